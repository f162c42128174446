//! What a partition does, as small scripts: rules, then lines of readings and
//! ticks, then what came of them.

mod clocks;
mod groups;
mod ladders;
mod lateness;
mod lifecycle_oracle;
mod migration;
mod rules_change;
mod scripts;
mod storing;
mod window_oracle;

use std::{
    fmt::Write as _,
    string::{String, ToString},
    vec::Vec,
};

use super::{Engine, Input, Partition, Receipt, Settings, Step};
use crate::{
    Batch, CellKey, Reading, Rule, Span, Timestamp, Transition, Value, document,
    fleet::{Destination, Message},
};

/// The scripts' time 0: a full hour, so windows of the clock begin here.
const ZERO: i64 = 1_700_002_800_000;

fn rules(documents: &[&str]) -> Vec<Rule> {
    documents
        .iter()
        .map(|text| document::read(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}")))
        .collect()
}

/// A partition that is stored and loaded again around every step, as hosts do.
struct Bench {
    engine: Engine,
    header: Option<Vec<u8>>,
    cells: std::collections::BTreeMap<CellKey, (Vec<u8>, Option<Timestamp>)>,
    sequence: u64,
}

impl Bench {
    fn new(documents: &[&str]) -> Self {
        Self::with(documents, Settings::default())
    }

    fn with(documents: &[&str], settings: Settings) -> Self {
        let engine = Engine::new(1, rules(documents), settings);
        Self { engine, header: None, cells: std::collections::BTreeMap::new(), sequence: 0 }
    }

    fn change_rules(&mut self, documents: &[&str]) {
        self.engine = Engine::new(self.engine.version() + 1, rules(documents), Settings::default());
    }

    fn step(&mut self, input: &Input, now: Timestamp) -> Step {
        let mut keys = self.engine.cells_for(input);
        if *input == Input::Tick {
            keys.extend(self.engine.named_devices().into_iter().map(CellKey::device));
            let due = self
                .cells
                .iter()
                .filter(|(_, (_, wake_at))| wake_at.is_some_and(|wake_at| wake_at <= now));
            keys.extend(due.map(|(key, _)| key.clone()));
        }
        let loaded = keys.into_iter().map(|key| {
            let bytes = self.cells.get(&key).map(|(bytes, _)| bytes.clone());
            (key, bytes)
        });
        let mut partition = Partition::decode(self.header.as_deref(), loaded).unwrap();
        let step = self.engine.step(&mut partition, input, now);
        let changes = partition.take_changes().unwrap();
        assert_eq!(partition.take_changes(), None);
        self.header = Some(changes.header);
        if let Some(wake_all) = changes.wake_all {
            for (_, wake_at) in self.cells.values_mut() {
                *wake_at = Some(wake_at.map_or(wake_all, |at| at.min(wake_all)));
            }
        }
        for cell in changes.cells {
            self.cells.insert(cell.key, (cell.bytes.unwrap(), cell.wake_at));
        }
        for (sequence, bytes) in &changes.outbox {
            self.sequence += 1;
            assert_eq!(*sequence, self.sequence);
            match Destination::of(bytes) {
                Destination::Aggregator => {
                    let written = Transition::from_bytes(bytes).unwrap();
                    assert!(step.transitions().any(|transition| transition == written));
                }
                Destination::Fleet(group) => {
                    let written = Message::from_bytes(bytes).unwrap();
                    assert_eq!(written.group, group);
                    let mut told = step.messages.iter();
                    assert!(told.any(|(number, told)| (*number, &**told) == (*sequence, &written)));
                }
            }
        }
        assert_eq!(changes.outbox.len(), step.happened.len() + step.messages.len());
        let counters = partition.counters();
        assert_eq!(
            counters.received,
            counters.accepted + counters.duplicate + counters.late + counters.refused
        );
        step
    }

    /// Runs a line `<time> tick` or `<time> [@<event time>] <device> <name>=<value> … [id=<id>]`.
    fn line(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace().peekable();
        let now = time(words.next().unwrap());
        let mut ts = now;
        if let Some(event_time) = words.next_if(|word| word.starts_with('@')) {
            ts = time(&event_time[1..]);
        }
        let device = words.next().unwrap();
        let input = if device == "tick" {
            Input::Tick
        } else {
            let mut reading = Reading {
                device: device.to_string(),
                ts,
                id: None,
                values: Vec::new(),
                tags: Vec::new(),
            };
            for (name, value) in words.map(|word| word.split_once('=').unwrap()) {
                if name == "id" {
                    reading.id = Some(value.to_string());
                } else {
                    reading.values.push((name.to_string(), scalar(value)));
                }
            }
            reading.values.sort_by(|a, b| a.0.cmp(&b.0));
            Input::Readings { source: None, batch: Batch::from(&reading), refused_before: 0 }
        };
        let mut text = describe(&self.step(&input, now));
        // A host ticks until nothing is due: a changed rule set makes every cell due.
        while self.cells.values().any(|(_, wake_at)| wake_at.is_some_and(|at| at <= now))
            && input == Input::Tick
        {
            text.push_str(&describe(&self.step(&Input::Tick, now)));
        }
        text
    }
}

/// Runs `script` line by line and gives it back with what came of each line below it.
fn play(bench: &mut Bench, script: &str) -> String {
    let mut transcript = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        writeln!(transcript, "{line}").unwrap();
        transcript.push_str(&bench.line(line));
    }
    transcript
}

fn check(documents: &[&str], script: &str, expect: &expect_test::Expect) {
    expect.assert_eq(&play(&mut Bench::new(documents), script));
}

fn describe(step: &Step) -> String {
    let mut text = String::new();
    for (_, receipt) in &step.receipts {
        match receipt {
            Receipt::Accepted => {}
            Receipt::Duplicate => text.push_str("    duplicate\n"),
            Receipt::Late(by) => writeln!(text, "    late by {by}").unwrap(),
            Receipt::Refused { code, message } => {
                writeln!(text, "    refused {code}: {message}").unwrap();
            }
        }
    }
    for transition in step.transitions() {
        let Transition { rule, group, state, at, started_at, value, reason, .. } = transition;
        write!(
            text,
            "    {} {rule}{{{}}} at {} since {}",
            state.as_str(),
            group.name(),
            ago(at),
            ago(started_at)
        )
        .unwrap();
        if let Some(value) = value {
            write!(text, " value {value}").unwrap();
        }
        if let Some(reason) = reason {
            write!(text, " because {}", reason.as_str()).unwrap();
        }
        text.push('\n');
    }
    text
}

fn time(text: &str) -> Timestamp {
    Timestamp::from_millis(ZERO).plus(Span::parse(text).unwrap())
}

fn ago(time: Timestamp) -> Span {
    time.since(Timestamp::from_millis(ZERO))
}

fn scalar(text: &str) -> Value {
    match text {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse().map_or_else(|_| Value::Text(text.to_string()), Value::Number),
    }
}
