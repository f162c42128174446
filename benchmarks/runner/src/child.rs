//! Contenders that are processes of their own: Node, and wasmtime.
//!
//! For each line `run` on its standard input such a process goes over its part
//! of the stream once, from an empty state, and answers with a line of JSON:
//! `{"cpu_s": …, "count": …, "sum": …}`, or `{"error": "…"}`.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use bench_workload::found::Found;

use crate::contender::{Contender, Measured};

/// A process under measurement. It ends when this is dropped.
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let fault = |why| format!("{name}: {why}");
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|why| fault(why.to_string()))?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| fault("no output".to_owned()))?;
        Ok(Self { name, child, input, output: BufReader::new(output) })
    }

    /// Its answer to a line.
    pub(crate) fn ask(&mut self, line: &str) -> Result<Value, String> {
        let input = self.input.as_mut().ok_or("it was told to end")?;
        writeln!(input, "{line}")
            .and_then(|()| input.flush())
            .map_err(|why| format!("{}: {why}", self.name))?;
        self.hear()
    }

    /// What it says next.
    pub(crate) fn hear(&mut self) -> Result<Value, String> {
        let mut answer = String::new();
        let heard = self.output.read_line(&mut answer);
        heard.map_err(|why| format!("{}: {why}", self.name))?;
        let answer: Value = serde_json::from_str(&answer)
            .map_err(|why| format!("{}: {answer}: {why}", self.name))?;
        match answer.get("error") {
            Some(error) => Err(format!("{}: {error}", self.name)),
            None => Ok(answer),
        }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it, whether it is done or not.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
    }
}

impl Contender for Process {
    fn run(&mut self) -> Result<Measured, String> {
        let answer = self.ask("run")?;
        let number = |key: &str| {
            answer[key].as_u64().ok_or_else(|| format!("{}: no {key} in {answer}", self.name))
        };
        let cpu = answer["cpu_s"].as_f64().ok_or_else(|| format!("{}: {answer}", self.name))?;
        let sum = u32::try_from(number("sum")?).map_err(|why| why.to_string())?;
        let found = Some(Found { count: number("count")?, sum });
        Ok(Measured { cpu: Duration::from_secs_f64(cpu), found, ..Measured::default() })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
