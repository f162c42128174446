use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::Value;
use ureq::Agent;

use crate::wait::{PATIENCE, free_port};

/// The token of an operator.
const ADMIN: &str = "the-admin-of-this-test";
/// The token of the bridge.
const INGEST: &str = "the-bridge-of-this-test";

/// The built Worker in workerd, by the harness of `worker-app/test`.
pub struct Worker {
    host: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    url: String,
    agent: Agent,
}

impl Worker {
    /// Starts one that tells `webhook`.
    ///
    /// # Panics
    /// It is not built, or does not start.
    #[must_use]
    pub fn start(webhook: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worker-app");
        let built = folder.join("build/index_bg.wasm");
        let installed = folder.join("node_modules/miniflare");
        assert!(
            built.is_file() && installed.is_dir(),
            "the Worker is not built: `cargo xtask test` does it, worker-app/README.md says how by hand"
        );
        // Of its own, so that it is the same after a restart.
        let port = free_port();
        let mut host = Command::new(node(&folder))
            .current_dir(&folder)
            .args(["test/host.mjs", "--port", &port.to_string()])
            .args(["--var", &format!("ADMIN_TOKEN={ADMIN}")])
            .args(["--var", &format!("INGEST_TOKEN={INGEST}")])
            .args(["--var", &format!("WEBHOOK_URL={webhook}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect(
                "Node: worker-app/node_modules has one, `npm ci --prefix worker-app` brings it",
            );
        let input = host.stdin.take();
        let output = BufReader::new(host.stdout.take().expect("its output"));
        let (say, answers) = mpsc::channel();
        thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| say.send(line).is_ok())
        });
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)));
        let agent = config.build().new_agent();
        let mut worker = Self { host, input, answers, url: String::new(), agent };
        worker.url = worker.answered();
        worker
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token with which readings may be sent.
    #[must_use]
    pub const fn ingest_token(&self) -> &'static str {
        INGEST
    }

    /// Ends the process and starts another on the same state.
    ///
    /// # Panics
    /// It does not start, or listens elsewhere.
    pub fn restart(&mut self) {
        let input = self.input.as_mut().expect("a running host");
        input.write_all(b"restart\n").expect("a running host");
        assert_eq!(self.answered(), self.url, "it listens elsewhere now");
    }

    /// Stores a rule of `examples/rules`.
    ///
    /// # Panics
    /// The Worker does not take it.
    pub fn put_example(&self, id: &str) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let path = root.join(format!("examples/rules/{id}.json"));
        let rule = std::fs::read_to_string(&path).expect("the example");
        let url = format!("{}/v1/rules/{id}", self.url);
        let request = self.agent.put(&url).header("authorization", format!("Bearer {ADMIN}"));
        let mut response =
            request.header("content-type", "application/json").send(&rule).expect("an answer");
        let said = response.body_mut().read_to_string().unwrap_or_default();
        assert!(response.status().is_success(), "{}: {said}", response.status());
    }

    /// The sum over all shards of a metric's samples that have this label; with
    /// an empty label, of all its samples. None while a scope does not answer.
    #[must_use]
    pub fn metric(&self, name: &str, label: &str) -> Option<u64> {
        let url = format!("{}/metrics", self.url);
        let request = self.agent.get(&url).header("authorization", format!("Bearer {ADMIN}"));
        let mut response = request.call().ok().filter(|response| response.status() == 200)?;
        let text = response.body_mut().read_to_string().ok()?;
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let mut sum = 0;
        for sample in samples {
            let (series, value) = sample.rsplit_once(' ')?;
            if series.starts_with("tripline_up") && value != "1" {
                return None;
            }
            let labels = series.strip_prefix(name).filter(|rest| !rest.starts_with('_'));
            if labels.is_some_and(|labels| labels.contains(label)) {
                sum += value.parse::<u64>().ok()?;
            }
        }
        Some(sum)
    }

    /// The address in the host's next answer.
    fn answered(&self) -> String {
        let line = self.answers.recv_timeout(PATIENCE).expect("an answer of host.mjs");
        let answer: Value = serde_json::from_str(&line).expect("JSON of host.mjs");
        answer["url"].as_str().unwrap_or_else(|| panic!("host.mjs: {line}")).to_owned()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The host stops workerd and ends when its input does.
        drop(self.input.take());
        for _ in 0..500 {
            if !matches!(self.host.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.host.kill();
        let _ = self.host.wait();
    }
}

/// The Node that was installed for the Worker, else that of the machine.
fn node(folder: &Path) -> PathBuf {
    let own = folder.join("node_modules/node/bin/node");
    if own.is_file() { own } else { PathBuf::from("node") }
}
