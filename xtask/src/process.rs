//! Child processes, each in a process group of its own, so that whatever it
//! started ends with it.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Groups that are running.
static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Set once by Ctrl-C, SIGTERM or a closed terminal.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in
        [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP]
    {
        // Refused only for signals that cannot be caught, and these can.
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    flag
});

/// Whether the user asked us to stop. The first call begins to listen.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A command as this repository starts them: nothing on standard input, and
/// without the variables that describe xtask's own package, which would make
/// build scripts run anew.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env("CARGO_TERM_PROGRESS_WHEN", "never");
    for (name, _) in env::vars_os() {
        let ours = name.to_string_lossy();
        if ours.starts_with("CARGO_PKG_") || ours.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// What a command prints, if it is there and succeeds.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs `command` to its end, its output added to the file `log`.
pub(crate) fn run(command: &mut Command, log: &Path, limit: Duration) -> Result<(), String> {
    let shown = shown(command);
    let mut child = spawn(command, log).map_err(|why| format!("`{shown}` did not start: {why}"))?;
    let group = child.id();
    let begun = Instant::now();
    let outcome = loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break Ok(()),
            Ok(Some(status)) => break Err(format!("`{shown}` ended with {status}")),
            Ok(None) if begun.elapsed() > limit => {
                break Err(format!("`{shown}` did not end within {} s", limit.as_secs()));
            }
            Ok(None) if interrupted() => break Err(format!("`{shown}` was interrupted")),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(why) => break Err(format!("`{shown}` is lost: {why}")),
        }
    };
    // Even after a good end: nothing that it started may outlive it.
    stop_group(group);
    let _ = child.wait();
    outcome
}

/// Starts `command` in a group of its own, its output added to the file `log`.
pub(crate) fn spawn(command: &mut Command, log: &Path) -> io::Result<Child> {
    let mut file = open_log(log)?;
    writeln!(file, "$ {}", shown(command))?;
    let child = command.stdout(file.try_clone()?).stderr(file).process_group(0).spawn()?;
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner).insert(child.id());
    Ok(child)
}

fn open_log(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(log)
}

/// Ends a group: asks, then insists. Returns when it is gone.
pub(crate) fn stop_group(group: u32) {
    signal_group(group, "TERM");
    let begun = Instant::now();
    while group_lives(group) && begun.elapsed() < Duration::from_secs(3) {
        thread::sleep(Duration::from_millis(20));
    }
    signal_group(group, "KILL");
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
}

/// Ends every group that is still running.
pub(crate) fn stop_all() {
    let groups: Vec<u32> =
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
    for group in groups.into_iter().rev() {
        stop_group(group);
    }
}

fn signal_group(group: u32, signal: &str) -> bool {
    let kill = Command::new("kill")
        .args([&format!("-{signal}"), "--", &format!("-{group}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    kill.is_ok_and(|status| status.success())
}

fn group_lives(group: u32) -> bool {
    signal_group(group, "0")
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    command.get_args().fold(name.into_owned(), |shown, argument| {
        format!("{shown} {}", argument.to_string_lossy())
    })
}
