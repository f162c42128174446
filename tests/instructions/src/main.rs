//! Guards speed by counts of instructions, which are the same in every run on
//! every machine that is busy or not, as seconds are not.
//!
//! Without arguments it runs itself under valgrind's callgrind, once for each
//! workload, and compares what was counted with `expected.txt`;
//! `UPDATE_EXPECT=1` writes that file anew. `run NAME` does one workload and
//! nothing else: that is what runs under callgrind.
//!
//! - [`workload`]: what is run, of which only a region is counted;
//! - [`callgrind`]: how it is counted;
//! - [`expected`]: what was counted before, and whether that still holds.

use std::{env, fs, path::Path, process::ExitCode, thread};

mod callgrind;
mod expected;
mod workload;

use expected::{Counts, Verdict};

/// Beside this package's manifest.
const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/expected.txt");

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [] => guard(),
        ["run", name] => workload::run(name),
        _ => Err("usage: instructions [run NAME]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn guard() -> Result<(), String> {
    let Some(valgrind) = callgrind::version() else {
        println!("skipped: there is no valgrind here to count with");
        return Ok(());
    };
    let counts = Counts { tools: callgrind::tools()?, workloads: count_all()? };
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(EXPECTED, counts.to_string()).map_err(|why| format!("{EXPECTED}: {why}"))?;
        println!("{counts}\nwritten to {EXPECTED}");
        return Ok(());
    }
    let text = fs::read_to_string(Path::new(EXPECTED));
    let expected = Counts::parse(&text.map_err(|why| format!("{EXPECTED}: {why}"))?)?;
    println!("{} by {valgrind}\n", counts.tools);
    let Verdict { report, hold } = expected.compare(&counts);
    println!("{report}");
    if hold { Ok(()) } else { Err(expected::WHAT_TO_DO.to_owned()) }
}

/// Every workload with its count, two at a time.
fn count_all() -> Result<Vec<(String, u64)>, String> {
    let names = workload::names();
    let half = names.len().div_ceil(2);
    let count = |names: &[String]| -> Result<Vec<(String, u64)>, String> {
        names.iter().map(|name| Ok((name.clone(), callgrind::count(name)?))).collect()
    };
    thread::scope(|scope| {
        let halves: Vec<_> =
            names.chunks(half).map(|names| scope.spawn(move || count(names))).collect();
        let counted = halves.into_iter().map(|half| half.join().expect("no half panics"));
        Ok(counted.collect::<Result<Vec<_>, _>>()?.concat())
    })
}
