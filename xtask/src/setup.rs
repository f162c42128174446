//! Set-up steps. Each looks first whether its work is already done, and says
//! what to do where it cannot be done.

use std::{env, fs, path::Path, process::Command};

use crate::{
    process::{answer, command},
    schedule::Job,
};

/// Targets of the two applications, and of the check that the core stands alone.
const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip2"];

/// worker-build's version: the one that belongs to the `worker` crate in Cargo.lock.
const WORKER_BUILD: &str = "0.8.7";

/// cargo-fuzz's version; it has to know the flags of nightly Rust.
const CARGO_FUZZ: &str = "0.13.2";

/// Oldest Node that npm and our scripts run on.
const NODE_MAJOR_MIN: u32 = 18;

/// Compilation targets, rustfmt and clippy.
pub(crate) fn rust(job: &Job) -> Result<String, String> {
    let sysroot = answer(command("rustc").args(["--print", "sysroot"]))
        .ok_or("`rustc` does not run; install Rust from https://rustup.rs")?;
    let libraries = Path::new(&sysroot).join("lib/rustlib");
    let missing: Vec<&str> =
        TARGETS.into_iter().filter(|target| !libraries.join(target).is_dir()).collect();
    let components: Vec<&str> = [("clippy", "clippy-driver"), ("rustfmt", "rustfmt")]
        .into_iter()
        .filter(|(_, program)| answer(command(program).arg("--version")).is_none())
        .map(|(component, _)| component)
        .collect();
    if missing.is_empty() && components.is_empty() {
        return Ok("already there".to_owned());
    }
    if answer(command("rustup").arg("--version")).is_none() {
        return Err(format!(
            "{} missing and there is no rustup to add them; install Rust from https://rustup.rs, \
             or these with the package manager your Rust came from",
            [missing, components].concat().join(", ")
        ));
    }
    if !missing.is_empty() {
        job.run(command("rustup").args(["target", "add"]).args(&missing))?;
    }
    if !components.is_empty() {
        job.run(command("rustup").args(["component", "add"]).args(&components))?;
    }
    Ok(format!("added {}", [missing, components].concat().join(", ")))
}

/// The packages of worker-app: wrangler, miniflare, binaryen, esbuild and a Node new enough for them.
pub(crate) fn npm(job: &Job) -> Result<String, String> {
    let advice = "install Node 18 or newer from https://nodejs.org";
    let version = answer(command("node").arg("--version"))
        .ok_or_else(|| format!("`node` does not run; {advice}"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR_MIN) {
        return Err(format!("Node is {version}; {advice}"));
    }
    let folder = job.repository.at("worker-app");
    let lock = fs::read(folder.join("package-lock.json")).map_err(|why| why.to_string())?;
    let stamp = folder.join("node_modules/.tripline-installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(format!("already there, Node {version}"));
    }
    job.run(command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    fs::write(&stamp, &lock).map_err(|why| why.to_string())?;
    Ok(format!("installed with Node {version}"))
}

/// The program that makes JavaScript bindings. It reads only what the very
/// same version of the library wrote, so Cargo.lock decides.
pub(crate) fn wasm_bindgen(job: &Job) -> Result<String, String> {
    let lock =
        fs::read_to_string(job.repository.at("Cargo.lock")).map_err(|why| why.to_string())?;
    let version = locked_version(&lock, "wasm-bindgen")
        .ok_or("Cargo.lock names no wasm-bindgen, which the Worker is built with")?;
    // Without its default feature: that one is TLS, for a test server we do not use.
    install(job, "wasm-bindgen", "wasm-bindgen-cli", version, &["--no-default-features"])
}

/// The program that packs the Worker.
pub(crate) fn worker_build(job: &Job) -> Result<String, String> {
    install(job, "worker-build", "worker-build", WORKER_BUILD, &["--locked"])
}

/// The program that builds fuzz targets and runs them.
pub(crate) fn cargo_fuzz(job: &Job) -> Result<String, String> {
    install(job, "cargo-fuzz", "cargo-fuzz", CARGO_FUZZ, &["--locked"])
}

fn install(
    job: &Job,
    program: &str,
    package: &str,
    version: &str,
    options: &[&str],
) -> Result<String, String> {
    let says = answer(command(job.repository.tool(program)).arg("--version")).unwrap_or_default();
    if says.split_whitespace().any(|word| word == version) {
        return Ok(format!("already there, {version}"));
    }
    job.run(
        command(crate::repository::cargo())
            .args(["install", package, "--version", &format!("={version}"), "--force", "--root"])
            .arg(&job.repository.tools)
            .args(options)
            // They run for less than a second; compiling them well would take minutes more.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
            // Its own folder for builds: ours is locked by the steps that run beside.
            .env("CARGO_TARGET_DIR", job.repository.target.join("xtask").join(package)),
    )?;
    let _ = fs::remove_dir_all(job.repository.target.join("xtask").join(package));
    Ok(format!("installed {version}"))
}

/// Version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

/// The broker that the end-to-end test talks to.
pub(crate) fn mosquitto(job: &Job) -> Result<String, String> {
    if mosquitto_path().is_some() {
        return Ok("already there".to_owned());
    }
    apt_install(job, "mosquitto")?;
    match mosquitto_path() {
        Some(_) => Ok("installed by apt".to_owned()),
        None => Err("apt installed Mosquitto, but `mosquitto` is not on the PATH".to_owned()),
    }
}

/// What counts instructions. Where it is not to be had nothing is counted,
/// which is no reason to fail.
#[allow(clippy::unnecessary_wraps, reason = "a step may fail; this one never does")]
pub(crate) fn valgrind(job: &Job) -> Result<String, String> {
    if counts_instructions() {
        return Ok("already there".to_owned());
    }
    Ok(match apt_install(job, "valgrind") {
        Ok(()) => "installed by apt".to_owned(),
        Err(why) => format!("goes without: {why}"),
    })
}

/// Whether valgrind runs here.
pub(crate) fn counts_instructions() -> bool {
    answer(command("valgrind").arg("--version")).is_some()
}

/// Installs a package of Debian, or says what whoever is here may do instead.
fn apt_install(job: &Job, package: &str) -> Result<(), String> {
    if answer(command("apt-get").arg("--version")).is_none() {
        return Err(format!(
            "{package} is missing; install it (macOS: `brew install {package}`), then run this again"
        ));
    }
    let is_root = answer(command("id").arg("-u")).as_deref() == Some("0");
    if !is_root && answer(command("sudo").args(["-n", "true"])).is_none() {
        return Err(format!(
            "{package} is missing and installing it takes root; run \
             `sudo apt-get install {package}`, then this again"
        ));
    }
    for arguments in [&["update"][..], &["install", "-y", "--no-install-recommends", package]] {
        let mut apt: Command = if is_root { command("apt-get") } else { command("sudo") };
        if !is_root {
            apt.args(["-n", "apt-get"]);
        }
        job.run(apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    Ok(())
}

/// Debian puts it where only root's PATH looks.
pub(crate) fn mosquitto_path() -> Option<String> {
    let path = env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"])
        .map(|folder| format!("{folder}/mosquitto"))
        .find(|file| Path::new(file).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_that_of_the_package_and_not_of_one_with_a_longer_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"…\"\n";

        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
