//! Runs this program under valgrind's callgrind.

use std::{env, process::Command};

/// The function whose instructions count, with all that it calls.
const REGION: &str = "*counted_region*";

/// Which valgrind there is.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("valgrind").arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What the counts are made by beside our own code: the compiler, and the C
/// library, whose allocator and copying count too.
pub(crate) fn tools() -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let compiler = output.map_err(|why| format!("rustc: {why}"))?.stdout;
    let library = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let library = library.map_or(b"another C library".to_vec(), |output| output.stdout);
    let [compiler, library] =
        [compiler, library].map(|said| String::from_utf8_lossy(&said).trim().to_owned());
    Ok(format!("{compiler}, {library}, {}", env::consts::ARCH))
}

/// The instructions of the workload `name`.
pub(crate) fn count(name: &str) -> Result<u64, String> {
    let own = env::current_exe().map_err(|why| why.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect={REGION}"))
        .arg(own)
        .args(["run", name])
        .output()
        .map_err(|why| format!("valgrind: {why}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : "));
    match counted.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if output.status.success() && count > 0 => Ok(count),
        _ => Err(format!("{name}: nothing was counted\n{said}")),
    }
}
