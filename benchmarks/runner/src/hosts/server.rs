//! A host as a process: started, asked over HTTP, and looked at from outside.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use ureq::Agent;

use crate::child::Process;

/// May do everything.
pub(super) const TOKEN: &str = "bench";
/// How far ahead of the clock readings may be: the stream runs faster than time does.
pub(super) const CLOCK_SKEW: &str = "1d";
/// How long an answer may take, and how long a host may take until it listens.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running host. It ends when this is dropped.
pub(super) struct Server {
    process: Process,
    /// What it said when it listened.
    pub(super) said: Value,
    /// Scheme, host and port.
    pub(super) url: String,
    /// When it was started.
    pub(super) started: Instant,
}

impl Server {
    /// Starts `command`, which prints a line of JSON once it listens; `url` finds the address in it.
    pub(super) fn start(
        command: &mut Command,
        url: impl Fn(&Value) -> Option<String>,
    ) -> Result<Self, String> {
        let started = Instant::now();
        let mut process = Process::start(command)?;
        let said = process.hear()?;
        let url = url(&said).ok_or_else(|| format!("no address in {said}"))?;
        Ok(Self { process, said, url, started })
    }

    /// Its answer to a line on its standard input.
    pub(super) fn command(&mut self, line: &str) -> Result<Value, String> {
        self.process.ask(line)
    }

    /// Processor time so far.
    pub(super) fn cpu(&self) -> Result<Duration, String> {
        bench_cpu::of_process(self.process.id())
    }

    /// Bytes of memory that are its own and resident.
    pub(super) fn resident(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = fs::read_to_string(&path).map_err(|why| format!("{path}: {why}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
        kilobytes.map(|count| count * 1024.0).ok_or_else(|| format!("{path} has no RssAnon"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
    }
}

/// Somebody with connections of their own.
pub(super) struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    /// A client of the host at `url`.
    pub(super) fn new(url: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).build();
        Self { agent: config.into(), url: url.to_owned() }
    }

    /// The text at `path`.
    pub(super) fn get(&self, path: &str) -> Result<String, String> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let answer = request.header("authorization", format!("Bearer {TOKEN}")).call();
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        text.map_err(|why| format!("{}{path}: {why}", self.url))
    }

    /// Stores a rule.
    pub(super) fn put_rule(&self, id: &str, document: &str) -> Result<(), String> {
        let request = self.agent.put(format!("{}/v1/rules/{id}", self.url));
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        request.send(document).map(drop).map_err(|why| format!("{}: rule {id}: {why}", self.url))
    }

    /// Sends lines of readings, and gives the answer.
    pub(super) fn send(&self, body: &str) -> Result<Value, String> {
        let request = self.agent.post(format!("{}/v1/readings", self.url));
        let request = request
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/x-ndjson");
        let answer = request.send(body).and_then(|mut answer| answer.body_mut().read_to_string());
        let text = answer.map_err(|why| format!("{}/v1/readings: {why}", self.url))?;
        serde_json::from_str(&text).map_err(|why| format!("{text}: {why}"))
    }
}
