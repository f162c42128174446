//! Checks and tests.

use crate::{process::command, repository::cargo, schedule::Job, setup, wasm};

/// Crates whose code runs here, tested on this machine.
const NATIVE: [&str; 10] = [
    "rete-lite",
    "rules-core",
    "rules-service",
    "mqtt-bridge",
    "scenario",
    "tripline",
    "bench-cpu",
    "bench-workload",
    "benchmarks",
    "instructions",
];

/// Crates that belong to this machine as well, but are run by steps of their own.
const CHORES: [&str; 8] = [
    "xtask",
    "tidy",
    "fuzz-targets",
    "conformance",
    "spin-host",
    "e2e",
    "bench-module",
    "bench-hosts",
];

pub(crate) fn formatting(job: &Job) -> Result<String, String> {
    job.cargo(&["fmt", "--all", "--check", "--", "--color", "never"])?;
    Ok(String::new())
}

pub(crate) fn clippy(job: &Job) -> Result<String, String> {
    let packages = NATIVE.into_iter().chain(CHORES).flat_map(|package| ["-p", package]);
    let arguments: Vec<&str> = ["clippy", "--locked", "--all-targets"]
        .into_iter()
        .chain(packages)
        .chain(["--", "-D", "warnings"])
        .collect();
    job.cargo(&arguments)?;
    Ok(String::new())
}

pub(crate) fn clippy_wasm(job: &Job) -> Result<String, String> {
    for (package, target) in [
        ("core-wasm", "wasm32-unknown-unknown"),
        ("worker-app", "wasm32-unknown-unknown"),
        ("spin-app", "wasm32-wasip2"),
        ("spin-contract", "wasm32-wasip2"),
    ] {
        let wanted = ["clippy", "--locked", "-p", package, "--target", target];
        job.cargo(&[&wanted[..], &["--", "-D", "warnings"]].concat())?;
    }
    Ok(String::new())
}

pub(crate) fn unit(job: &Job) -> Result<String, String> {
    let packages: Vec<&str> =
        NATIVE.into_iter().chain(["xtask"]).flat_map(|package| ["-p", package]).collect();
    job.cargo(&[&["test", "--locked"], &packages[..]].concat())?;
    Ok(String::new())
}

pub(crate) fn tidy(job: &Job) -> Result<String, String> {
    job.cargo(&["test", "--locked", "-p", "tidy"])?;
    Ok(String::new())
}

pub(crate) fn fuzz_seeds(job: &Job) -> Result<String, String> {
    job.cargo(&["test", "--locked", "-p", "fuzz-targets"])?;
    Ok(String::new())
}

/// Builds the engine as a wasm module of its own and looks what it asks of its host.
pub(crate) fn core_wasm(job: &Job) -> Result<String, String> {
    let target = "wasm32-unknown-unknown";
    job.cargo(&["build", "--locked", "-p", "core-wasm", "--profile", "wasm", "--target", target])?;
    let module = job.repository.target.join(target).join("wasm/core_wasm.wasm");
    let bytes = std::fs::read(&module).map_err(|why| format!("{}: {why}", module.display()))?;
    let imports = wasm::imports(&bytes)?;
    if imports.is_empty() {
        return Ok(format!("{} bytes, no imports", bytes.len()));
    }
    Err(format!("the core must stand alone, but imports {}", imports.join(", ")))
}

/// Every host at once; `spin-host` is a process that the tests start.
pub(crate) fn conformance(job: &Job) -> Result<String, String> {
    job.cargo(&["build", "--locked", "-p", "spin-host"])?;
    job.run(
        command(cargo())
            .args(["test", "--locked", "-p", "conformance"])
            .current_dir(&job.repository.root)
            .env("TRIPLINE_HOSTS", "core,memory,worker,spin"),
    )?;
    Ok(String::new())
}

pub(crate) fn spin_host(job: &Job) -> Result<String, String> {
    job.cargo(&["test", "--locked", "-p", "spin-host"])?;
    Ok(String::new())
}

pub(crate) fn e2e(job: &Job) -> Result<String, String> {
    job.cargo(&["test", "--locked", "-p", "e2e"])?;
    Ok(String::new())
}

/// Counts instructions where there is something to count them with.
pub(crate) fn instructions(job: &Job) -> Result<String, String> {
    if !setup::counts_instructions() {
        return Ok("SKIPPED: there is no valgrind here, so nothing is counted".to_owned());
    }
    job.cargo(&["run", "--locked", "--profile", "instructions", "-p", "instructions"])?;
    Ok(String::new())
}
