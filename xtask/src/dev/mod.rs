//! `cargo xtask dev`: the whole thing on this machine.
//!
//! - [`receiver`]: takes the service's webhooks and prints each alert;
//! - [`client`]: the few requests that we make of the service.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Failure,
    process::{Program, answer, command, interrupted},
    repository::Repository,
    schedule,
};

mod client;
mod receiver;

/// The token of a service that listens on this machine only.
const TOKEN: &str = "dev";
/// Ports that are taken if they are free; others otherwise.
const SERVICE_PORT: u16 = 8787;
const BROKER_PORT: u16 = 1883;

/// What the command line asks for.
#[derive(Default)]
pub(crate) struct Options {
    host: Host,
    broker: Option<String>,
    devices: Devices,
}

/// Where the service runs.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum Host {
    #[default]
    Worker,
    Spin,
}

/// Who sends readings.
#[derive(Default, Eq, PartialEq)]
enum Devices {
    #[default]
    Simulated,
    Yours,
}

impl Options {
    /// Reads the words after `dev`.
    pub(crate) fn parse(mut words: &[&str]) -> Result<Self, Failure> {
        let mut options = Self::default();
        loop {
            words = match words {
                [] => return Ok(options),
                ["--host", "worker", rest @ ..] => {
                    options.host = Host::Worker;
                    rest
                }
                ["--host", "spin", rest @ ..] => {
                    options.host = Host::Spin;
                    rest
                }
                ["--broker", url, rest @ ..] if url.contains("://") => {
                    options.broker = Some((*url).to_owned());
                    rest
                }
                ["--no-simulate", rest @ ..] => {
                    options.devices = Devices::Yours;
                    rest
                }
                [word, ..] => {
                    return Err(Failure::Usage(format!(
                        "`dev` does not take `{word}`: --host worker|spin, --broker URL, --no-simulate"
                    )));
                }
            };
        }
    }
}

/// Builds and starts everything, prints alerts until Ctrl-C, and stops what it started.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<(), Failure> {
    if options.host == Host::Spin && answer(command("spin").arg("--version")).is_none() {
        return Err(Failure::Message(
            "`spin` is not installed. Get Spin 4.1 or newer as https://spinframework.dev/install says, \
             or leave out `--host spin` to run under workerd."
                .to_owned(),
        ));
    }
    let build = if options.host == Host::Worker { "worker" } else { "spin" };
    schedule::run(repository, &["npm", build, "native"])?;
    let house = House { repository, options, folder: repository.at(".dev") };
    let mut running = Vec::new();
    let outcome = house.open(&mut running);
    println!("\nstopping …");
    // The last one first: the bridge hands on what it has while the service is still there.
    while running.pop().is_some() {}
    outcome
}

/// Everything that runs, and the folder in which it leaves state and logs.
struct House<'a> {
    repository: &'a Repository,
    options: &'a Options,
    folder: PathBuf,
}

/// A program that has to go on running.
struct Running {
    name: &'static str,
    program: Program,
}

impl House<'_> {
    fn open(&self, running: &mut Vec<Running>) -> Result<(), Failure> {
        fs::create_dir_all(&self.folder)?;
        let webhook = receiver::listen()?;
        let service = format!("http://127.0.0.1:{}", free_port(SERVICE_PORT)?);
        running.push(self.start_service(&service, &webhook)?);
        println!("waiting for {service} …");
        let answers = || {
            client::call(&service, "GET", "/healthz", TOKEN, "")
                .is_ok_and(|(status, _)| status == 200)
        };
        self.wait_until(answers, running)?;
        self.put_rules(&service)?;
        let broker = if let Some(url) = &self.options.broker {
            url.clone()
        } else {
            let port = free_port(BROKER_PORT)?;
            running.push(self.start_broker(port)?);
            self.wait_until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(), running)?;
            format!("mqtt://127.0.0.1:{port}")
        };
        running.push(self.start_bridge(&broker, &service)?);
        if self.options.devices == Devices::Simulated {
            running.push(self.start_devices(&broker)?);
        }
        self.greet(&service, &broker);
        self.watch(running)
    }

    fn start_service(&self, service: &str, webhook: &str) -> Result<Running, Failure> {
        let port = service.rsplit(':').next().unwrap_or_default();
        match self.options.host {
            Host::Worker => {
                let mut command = self.node("worker-app/test/host.mjs");
                // It ends when its standard input does.
                command.stdin(Stdio::piped()).args(["--port", port, "--persist"]);
                command.arg(self.folder.join("worker"));
                command.args(["--var", &format!("ADMIN_TOKEN={TOKEN}")]);
                command.args(["--var", &format!("WEBHOOK_URL={webhook}")]);
                self.start("workerd", &mut command)
            }
            Host::Spin => {
                self.put_component_where_the_manifest_wants_it()?;
                let mut command = command("spin");
                command.args(["up", "--listen", &format!("127.0.0.1:{port}"), "--state-dir"]);
                command.arg(self.folder.join("spin")).current_dir(&self.repository.root);
                command.args(["--variable", &format!("admin_token={TOKEN}")]);
                command.args(["--variable", &format!("webhook_url={webhook}")]);
                self.start("spin", &mut command)
            }
        }
    }

    /// spin.toml names cargo's usual folder; cargo may have been told another.
    fn put_component_where_the_manifest_wants_it(&self) -> Result<(), Failure> {
        let component = "wasm32-wasip2/wasm-fast/spin_app.wasm";
        let (built, wanted) =
            (self.repository.target.join(component), self.repository.at("target").join(component));
        if built != wanted {
            fs::create_dir_all(wanted.parent().unwrap_or(&wanted))?;
            fs::copy(&built, &wanted)?;
        }
        Ok(())
    }

    fn start_broker(&self, port: u16) -> Result<Running, Failure> {
        self.start("broker", self.node("worker-app/dev/broker.mjs").arg(port.to_string()))
    }

    fn start_bridge(&self, broker: &str, service: &str) -> Result<Running, Failure> {
        // Spin has no timers of its own.
        let tick = if self.options.host == Host::Spin { "tick_every = \"1s\"\n" } else { "" };
        let configuration = format!(
            "[broker]\nurl = \"{broker}\"\nclient_id = \"tripline-dev\"\n\n\
             [service]\nurl = \"{service}\"\n{tick}\n\
             [[topics]]\nfilter = \"sensors/+/telemetry\"\ndevice = \"{{1}}\"\n"
        );
        let file = self.folder.join("bridge.toml");
        fs::write(&file, configuration)?;
        let mut command = command(self.repository.target.join("debug/tripline-bridge"));
        self.start("bridge", command.arg("--config").arg(file).env("TRIPLINE_TOKEN", TOKEN))
    }

    fn start_devices(&self, broker: &str) -> Result<Running, Failure> {
        let mut command = command(self.repository.target.join("debug/tripline"));
        self.start("devices", command.args(["simulate", "--to", broker]))
    }

    fn node(&self, script: &str) -> Command {
        let mut command = command(self.repository.at("worker-app/node_modules/node/bin/node"));
        command.arg(self.repository.at(script));
        command
    }

    fn start(&self, name: &'static str, command: &mut Command) -> Result<Running, Failure> {
        let log = self.log(name);
        let _ = fs::remove_file(&log);
        let program = Program::start(command, &log)
            .map_err(|why| Failure::Message(format!("{name} did not start: {why}")))?;
        Ok(Running { name, program })
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }

    fn wait_until(
        &self,
        is_there: impl Fn() -> bool,
        running: &mut [Running],
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        while !is_there() {
            self.all_alive(running)?;
            if interrupted() {
                return Err(Failure::Message("interrupted".to_owned()));
            }
            if begun.elapsed() > Duration::from_mins(1) {
                let name = running.last().map_or("it", |last| last.name);
                return Err(Failure::Message(format!(
                    "{name} does not answer; see {}",
                    self.log(name).display()
                )));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn put_rules(&self, service: &str) -> Result<(), Failure> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.repository.at("examples/rules"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        for file in files {
            let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file)?;
            let (status, body) =
                client::call(service, "PUT", &format!("/v1/rules/{id}"), TOKEN, &text)?;
            if !(200..300).contains(&status) {
                return Err(Failure::Message(format!(
                    "{}: status {status}: {body}",
                    file.display()
                )));
            }
            println!("rule {id} is loaded");
        }
        Ok(())
    }

    fn greet(&self, service: &str, broker: &str) {
        let folder = shown(&self.folder, &self.repository.root);
        println!(
            "\nTripline runs on this machine.\n\
             \x20 alerts  curl -H 'authorization: Bearer {TOKEN}' {service}/v1/alerts\n\
             \x20 rules   curl -H 'authorization: Bearer {TOKEN}' {service}/v1/rules\n\
             \x20 broker  {broker}, topics sensors/<device>/telemetry with {{\"temp\": 81.5, …}}\n\
             \x20 state   {folder}, logs in {folder}/logs\n"
        );
        if self.options.devices == Devices::Simulated {
            println!("Six simulated devices publish; the first alert comes within a minute.");
        }
        println!("Alerts, as they happen, times in UTC (Ctrl-C stops everything):\n");
    }

    fn watch(&self, running: &mut [Running]) -> Result<(), Failure> {
        while !interrupted() {
            self.all_alive(running)?;
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn all_alive(&self, running: &mut [Running]) -> Result<(), Failure> {
        for Running { name, program } in running {
            if let Some(status) = program.status()? {
                let log = fs::read_to_string(self.log(name)).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(15).collect();
                let tail: Vec<&str> = tail.into_iter().rev().collect();
                return Err(Failure::Message(format!(
                    "{name} ended with {status}:\n{}",
                    tail.join("\n")
                )));
            }
        }
        Ok(())
    }
}

/// `wanted` if nobody listens there, else a port that is free.
fn free_port(wanted: u16) -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?.port())
}

fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
