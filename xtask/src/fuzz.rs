//! `cargo xtask fuzz`: libFuzzer on the targets of `fuzz/`, with nightly Rust.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    Failure,
    process::{self, answer, command},
    repository::{Repository, cargo},
    schedule,
};

/// How long a target runs if nothing else is said: as long as it took to find
/// what was there to be found when they were written.
const SECONDS: u64 = 60;
/// Longest input in bytes: what is longer is slow and says little new.
const BYTES_MAX: u32 = 4_096;
/// Most that one allocation may take, in MiB: ten times what the largest input can justify.
const ALLOCATION_MIB: u32 = 64;

/// What is asked for.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Options {
    target: Option<String>,
    seconds: u64,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Self, Failure> {
        let mut options = Self { target: None, seconds: SECONDS };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if *word == "--seconds" {
                let seconds = words.next().and_then(|seconds| seconds.parse().ok());
                options.seconds = seconds.filter(|seconds| *seconds > 0).ok_or_else(|| {
                    Failure::Usage("--seconds takes a whole number from 1".to_owned())
                })?;
            } else if word.starts_with('-') || options.target.is_some() {
                return Err(Failure::Usage(format!("fuzz does not take `{word}`")));
            } else {
                options.target = Some((*word).to_owned());
            }
        }
        Ok(options)
    }
}

/// Runs one target, or all of them one after another.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<(), Failure> {
    let all = targets(repository)?;
    let chosen: Vec<&String> =
        all.iter().filter(|name| options.target.as_ref().is_none_or(|it| it == *name)).collect();
    if chosen.is_empty() {
        return Err(Failure::Usage(format!("there are the targets {}", all.join(", "))));
    }
    if answer(nightly("rustc").arg("--version")).is_none() {
        let advice = "fuzzing takes nightly Rust: `rustup toolchain install nightly`";
        return Err(Failure::Message(advice.to_owned()));
    }
    schedule::run(repository, &["cargo-fuzz"])?;
    let mut found = Vec::new();
    for name in chosen {
        println!("▶ {name} for {} s", options.seconds);
        match one(repository, name, options.seconds) {
            Ok(told) => println!("✔ {name}: {told}"),
            Err(why) => {
                println!("✘ {name}: {why}");
                found.push(name.as_str());
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::Reported) }
}

/// The targets: the files of `fuzz/fuzz_targets`.
fn targets(repository: &Repository) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(repository.at("fuzz/fuzz_targets"))?;
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| name(entry.path())).collect();
    names.sort();
    Ok(names)
}

/// A program of nightly Rust, by rustup's proxy.
fn nightly(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = command(program);
    command.env("RUSTUP_TOOLCHAIN", "nightly").env_remove("CARGO");
    command
}

fn one(repository: &Repository, name: &str, seconds: u64) -> Result<String, String> {
    let log = repository.log(&format!("fuzz-{name}"));
    let _ = fs::remove_file(&log);
    let folder = repository.target.join("xtask/fuzz").join(name);
    let [corpus, seeds] = ["corpus", "seeds"].map(|inner| folder.join(inner));
    fs::create_dir_all(&corpus).map_err(|why| format!("{}: {why}", corpus.display()))?;
    let mut write = command(cargo());
    write
        .args(["run", "--quiet", "--locked", "-p", "fuzz-targets"])
        .args(["--example", "write_inputs", "--", name])
        .arg(&folder)
        .current_dir(&repository.root);
    let building = Duration::from_mins(15);
    process::run(&mut write, &log, building)?;

    let mut fuzz = nightly(repository.tool("cargo-fuzz"));
    fuzz.args(["run", name])
        .arg("--target-dir")
        .arg(repository.target.join("fuzz"))
        .args([&corpus, &seeds])
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={BYTES_MAX}"))
        .arg(format!("-malloc_limit_mb={ALLOCATION_MIB}"))
        .arg(format!("-dict={}", folder.join("words.dict").display()))
        .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-use_value_profile=1"])
        .current_dir(repository.at("fuzz"));
    match process::run(&mut fuzz, &log, building + Duration::from_secs(seconds)) {
        Ok(()) => Ok(statistics(&log)),
        Err(why) => Err(format!("{why}; what it found stands in {}", log.display())),
    }
}

/// What libFuzzer says at its end.
fn statistics(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let value = |name: &str| {
        let line = text.lines().rev().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().last()).unwrap_or("?").to_owned()
    };
    format!(
        "{} executions, {} new inputs, at most {} MiB",
        value("stat::number_of_executed_units"),
        value("stat::new_units_added"),
        value("stat::peak_rss_mb")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_and_its_time_are_read_in_any_order() {
        let read = |words: &[&str]| Options::parse(words).ok();
        let state = |seconds| Some(Options { target: Some("state".to_owned()), seconds });

        assert_eq!(read(&[]), Some(Options { target: None, seconds: SECONDS }));
        assert_eq!(read(&["state", "--seconds", "5"]), state(5));
        assert_eq!(read(&["--seconds", "5", "state"]), state(5));
        for wrong in [&["--seconds"][..], &["--seconds", "0"], &["a", "b"], &["--minutes"]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
