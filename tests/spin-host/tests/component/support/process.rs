use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
};

use super::{Client, PATIENCE};

/// A `spin-host` process; dropping it ends it.
pub(crate) struct Host {
    process: Child,
    commands: Option<ChildStdin>,
    answers: Receiver<String>,
    /// Its first application.
    pub(crate) client: Client,
}

impl Host {
    /// A host whose first application has these variables and fresh state.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_component("spin_app", variables)
    }

    /// A host of another component than the application.
    pub(crate) fn start_component(component: &str, variables: &[(&str, &str)]) -> Self {
        Self::spawn(component, variables, None)
    }

    /// A host whose first application keeps its state in `folder`.
    pub(crate) fn start_in(folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::spawn("spin_app", variables, Some(folder))
    }

    fn spawn(component: &str, variables: &[(&str, &str)], folder: Option<&Path>) -> Self {
        let precompiled = format!("{}/{component}.cwasm", env!("CARGO_TARGET_TMPDIR"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_spin-host"));
        command.arg("--component").arg(built(component));
        command.arg("--precompiled").arg(precompiled);
        if let Some(folder) = folder {
            command.arg("--state").arg(folder);
        }
        for (name, value) in variables {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("spin-host can be started");
        let commands = process.stdin.take();
        let answers = lines(process.stdout.take().expect("standard output is piped"));
        let started = answers.recv_timeout(PATIENCE).expect("spin-host says where it listens");
        Self { process, commands, answers, client: Client::new(url(&started)) }
    }

    /// Another application, with fresh state.
    pub(crate) fn new_application(&mut self, variables: &[(&str, &str)]) -> Client {
        let words: Vec<String> =
            variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let commands = self.commands.as_mut().expect("standard input is piped");
        writeln!(commands, "new {}", words.join(" ")).expect("spin-host reads its commands");
        let started = self.answers.recv_timeout(PATIENCE).expect("spin-host answers a command");
        Client::new(url(&started))
    }
}

impl Host {
    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("the process can be killed");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It ends with its standard input, and its output ends with it.
        self.commands = None;
        if self.answers.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Disconnected) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// An empty folder for the test called `name`.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

/// Where a build puts the component.
fn built(component: &str) -> PathBuf {
    let debug = Path::new(env!("CARGO_BIN_EXE_spin-host")).parent();
    let target = debug.and_then(Path::parent).expect("cargo's target folder");
    let file = target.join(format!("wasm32-wasip2/wasm-fast/{component}.wasm"));
    assert!(
        file.is_file(),
        "{} is missing; build it first: \
         cargo build -p spin-app -p spin-contract --profile wasm-fast --target wasm32-wasip2",
        file.display()
    );
    file
}

fn url(line: &str) -> &str {
    let (_, rest) = line.split_once("\"url\":\"").unwrap_or_else(|| panic!("no address: {line}"));
    rest.split('"').next().unwrap_or_default()
}

fn lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
