use std::{fs, process::Command, thread};

/// The machine and the versions, in one line.
pub(super) fn line() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1)).unwrap_or("processor unknown");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let rust = says("rustc", "--version");
    let node = says("node", "--version");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    format!(
        "{model}, {cores} cores, load {load} at the end; {}, Node {node}, SQLite {}, cel 0.15.0, wasmtime 48.0.8",
        rust.split(" (").next().unwrap_or_default(),
        rusqlite::version()
    )
}

fn says(program: &str, option: &str) -> String {
    let output = Command::new(program).arg(option).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}
