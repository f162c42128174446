use std::{
    env, fs,
    io::{self, BufRead, BufReader, ErrorKind, Write},
    path::{Path, PathBuf},
    process::{self, Child, ChildStdin, Command, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use scenario::{
    host::Failure,
    hosts::{Answer, Call, Delivery, Exchange, addressed},
};
use serde::Deserialize;

use crate::receiver::Receiver;

/// How long a host may take to start, and to answer one command or request.
/// Generous: it is there to end a hang, on a machine that builds beside us.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a host in a process of its own is started.
pub struct Launch {
    /// The command. It prints a JSON line with its `url` when it is ready and
    /// one for each line on its standard input; it ends when that does.
    pub command: Command,
    /// The line that makes it start anew, with nothing stored, with these
    /// variables; `{"url": …}` answers it. State may be kept in the folder,
    /// which is there and empty.
    pub renewal: fn(&[(String, String)], &Path) -> String,
    /// The lines that kill it and start it on the state it has, after it
    /// was renewed so; each is answered, the last by `{"url": …}`.
    pub restart: fn(&Running) -> Vec<String>,
}

/// What a host was renewed with.
pub struct Running {
    /// Where it listens.
    pub url: String,
    /// Its variables.
    pub variables: Vec<(String, String)>,
    /// The folder for its state.
    pub folder: Folder,
}

/// A folder that is gone when this is dropped.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A fresh one: in memory where that is to be had, since commits that
    /// outlast a power cut would be what takes the time.
    fn fresh() -> io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = Self(parent.join(format!("conformance-{}-{count}", process::id())));
        // A process with this number may have been killed before.
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir_all(&folder.0)?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The service in a process of its own, reached by HTTP.
pub struct ProcessExchange {
    child: Child,
    commands: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    renewal: fn(&[(String, String)], &Path) -> String,
    restart: fn(&Running) -> Vec<String>,
    running: Running,
    client: ureq::Agent,
    receiver: Receiver,
}

#[derive(Deserialize)]
struct Line {
    url: Option<String>,
    error: Option<String>,
    closed: Option<String>,
}

impl ProcessExchange {
    /// Starts the process.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(launch: Launch) -> Result<Self, Failure> {
        let Launch { mut command, renewal, restart } = launch;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let what = format!("{command:?}");
        let mut child = command.spawn().map_err(|why| Failure::of(&what, why))?;
        let (sender, lines) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        let client = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .proxy(None)
            .build();
        let mut exchange = Self {
            commands: child.stdin.take(),
            child,
            lines,
            renewal,
            restart,
            running: Running {
                url: String::new(),
                variables: Vec::new(),
                folder: Folder::fresh().map_err(|why| Failure::of(&what, why))?,
            },
            client: client.into(),
            receiver: Receiver::start().map_err(|why| Failure::of("webhook receiver", why))?,
        };
        exchange.listen().map_err(|why| Failure::of(what, why))?;
        Ok(exchange)
    }

    /// Takes in the next line of the process.
    fn listen(&mut self) -> Result<(), Failure> {
        let line = self.lines.recv_timeout(PATIENCE).map_err(|why| Failure::of("no line", why))?;
        let read: Line = serde_json::from_str(&line).map_err(|why| Failure::of(&line, why))?;
        match read {
            Line { url: Some(url), .. } => self.running.url = url,
            Line { closed: Some(_), .. } => {}
            Line { error, .. } => return Err(Failure(error.unwrap_or(line))),
        }
        Ok(())
    }

    fn command(&mut self, line: &str) -> Result<(), Failure> {
        let commands = self.commands.as_mut().ok_or_else(|| Failure("it has ended".to_owned()))?;
        let written = writeln!(commands, "{line}").and_then(|()| commands.flush());
        written.map_err(|why| Failure::of(line, why))?;
        self.listen().map_err(|why| Failure::of(line, why))
    }
}

impl Exchange for ProcessExchange {
    fn renew(&mut self, variables: &[(String, String)]) -> Result<(), Failure> {
        self.receiver.clear();
        let variables = addressed(variables, &self.receiver.origin());
        let folder = Folder::fresh().map_err(|why| Failure::of("a folder for its state", why))?;
        let command = (self.renewal)(&variables, &folder.0);
        self.command(&command)?;
        (self.running.variables, self.running.folder) = (variables, folder);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Failure> {
        (self.restart)(&self.running).iter().try_for_each(|line| self.command(line))
    }

    fn send(&mut self, call: &Call) -> Result<Answer, Failure> {
        send(&self.client, &self.running.url, call)
    }

    fn send_together(&mut self, calls: &[Call]) -> Result<Vec<Answer>, Failure> {
        let (client, url) = (&self.client, self.running.url.as_str());
        thread::scope(|scope| {
            let start = |call| scope.spawn(move || send(client, url, call));
            let threads: Vec<_> = calls.iter().map(start).collect();
            let end = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|_| Err(Failure("a sender panicked".to_owned())))
            };
            threads.into_iter().map(end).collect()
        })
    }

    fn answer_next(&mut self, answers: &[u16]) {
        self.receiver.answer_next(answers);
    }

    fn take_deliveries(&mut self) -> Vec<Delivery> {
        self.receiver.take()
    }
}

/// How often a large body is sent. A host that refuses one by its length closes
/// the connection, and who is still writing then may never see the answer.
const TRIES: usize = 5;
/// More bytes than the buffers of a connection hold.
const LARGE: usize = 64 * 1_024;

fn send(client: &ureq::Agent, origin: &str, call: &Call) -> Result<Answer, Failure> {
    let what = format!("{} {}", call.method, call.target);
    let fail = |why: &dyn std::fmt::Display| Failure::of(&what, why);
    let url = format!("{}{}", origin.trim_end_matches('/'), call.target);
    let mut request = ureq::http::Request::builder().method(call.method.as_str()).uri(url);
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    let request = request.body(call.body.clone()).map_err(|why| fail(&why))?;
    let mut sent = client.run(request.clone());
    for _ in 1..TRIES {
        if call.body.len() <= LARGE || !sent.as_ref().is_err_and(is_cut_off) {
            break;
        }
        sent = client.run(request.clone());
    }
    let mut response = sent.map_err(|why| fail(&why))?;
    let body = response.body_mut().read_to_string().map_err(|why| fail(&why))?;
    let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    Ok(Answer { status: response.status().as_u16(), headers, body })
}

/// Whether the host closed the connection while it was written to.
fn is_cut_off(why: &ureq::Error) -> bool {
    let kinds = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
    matches!(why, ureq::Error::Io(why) if kinds.contains(&why.kind()))
}

impl Drop for ProcessExchange {
    /// Ends the process: by closing its input, and by force if that does not help.
    fn drop(&mut self) {
        self.commands = None;
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
