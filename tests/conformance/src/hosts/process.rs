use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
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
    /// variables; `{"url": …}` answers it.
    pub renewal: fn(&[(String, String)]) -> String,
}

/// The service in a process of its own, reached by HTTP.
pub struct ProcessExchange {
    child: Child,
    commands: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    renewal: fn(&[(String, String)]) -> String,
    url: String,
    client: ureq::Agent,
    receiver: Receiver,
}

#[derive(Deserialize)]
struct Line {
    url: Option<String>,
    error: Option<String>,
}

impl ProcessExchange {
    /// Starts the process.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(launch: Launch) -> Result<Self, Failure> {
        let Launch { mut command, renewal } = launch;
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
            url: String::new(),
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
        self.url = read.url.ok_or_else(|| Failure(read.error.unwrap_or(line)))?;
        Ok(())
    }
}

impl Exchange for ProcessExchange {
    fn renew(&mut self, variables: &[(String, String)]) -> Result<(), Failure> {
        self.receiver.clear();
        let variables = addressed(variables, &self.receiver.origin());
        let command = (self.renewal)(&variables) + "\n";
        let commands = self.commands.as_mut().ok_or_else(|| Failure("it has ended".to_owned()))?;
        let written = commands.write_all(command.as_bytes()).and_then(|()| commands.flush());
        written.map_err(|why| Failure::of("new", why))?;
        self.listen()
    }

    fn send(&mut self, call: &Call) -> Result<Answer, Failure> {
        send(&self.client, &self.url, call)
    }

    fn send_together(&mut self, calls: &[Call]) -> Result<Vec<Answer>, Failure> {
        let (client, url) = (&self.client, self.url.as_str());
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

fn send(client: &ureq::Agent, origin: &str, call: &Call) -> Result<Answer, Failure> {
    let what = format!("{} {}", call.method, call.target);
    let fail = |why: &dyn std::fmt::Display| Failure::of(&what, why);
    let url = format!("{}{}", origin.trim_end_matches('/'), call.target);
    let mut request = ureq::http::Request::builder().method(call.method.as_str()).uri(url);
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    let request = request.body(call.body.clone()).map_err(|why| fail(&why))?;
    let mut response = client.run(request).map_err(|why| fail(&why))?;
    let body = response.body_mut().read_to_string().map_err(|why| fail(&why))?;
    let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    Ok(Answer { status: response.status().as_u16(), headers, body })
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
