//! Child processes, each in a process group of its own, so that whatever it
//! started ends with it.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

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
    let mut program =
        Program::start(command, log).map_err(|why| format!("`{shown}` did not start: {why}"))?;
    let begun = Instant::now();
    loop {
        match program.status() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("`{shown}` ended with {status}")),
            Ok(None) if begun.elapsed() > limit => {
                return Err(format!("`{shown}` did not end within {} s", limit.as_secs()));
            }
            Ok(None) if interrupted() => return Err(format!("`{shown}` was interrupted")),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(why) => return Err(format!("`{shown}` is lost: {why}")),
        }
    }
}

/// A running program with whatever it starts. All of it ends when this is dropped.
pub(crate) struct Program {
    child: Child,
}

impl Program {
    /// How long a program may take to end when it is asked to.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Starts `command` in a group of its own, its output added to the file `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> io::Result<Self> {
        let mut file = open_log(log)?;
        writeln!(file, "$ {}", shown(command))?;
        let child = command.stdout(file.try_clone()?).stderr(file).process_group(0).spawn()?;
        Ok(Self { child })
    }

    /// How it ended, if it has.
    pub(crate) fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Whether the program, or something that it started and left behind, runs.
    fn lives(&mut self) -> bool {
        // Asking takes an ended program off the list of processes; its group remains if somebody is in it.
        matches!(self.status(), Ok(None)) || self.signal("0")
    }

    fn signal(&self, signal: &str) -> bool {
        let kill = Command::new("kill")
            .args([&format!("-{signal}"), "--", &format!("-{}", self.child.id())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        kill.is_ok_and(|status| status.success())
    }
}

/// Asks, then insists.
impl Drop for Program {
    fn drop(&mut self) {
        if !self.lives() {
            return;
        }
        self.signal("TERM");
        let begun = Instant::now();
        while self.lives() && begun.elapsed() < Self::PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
        if self.lives() {
            self.signal("KILL");
            let _ = self.child.wait();
        }
    }
}

fn open_log(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(log)
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    command.get_args().fold(name.into_owned(), |shown, argument| {
        format!("{shown} {}", argument.to_string_lossy())
    })
}
