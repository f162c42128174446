//! Tripline on the stream, through the interfaces that its hosts use.

use rules_core::{
    AlertState, Batch, Changes, Timestamp, document,
    partition::{Counters, Engine, Happening, Input, Partition, Settings, Step},
};
use rules_service::wire::readings::{Format, decode_into};

use crate::{
    episodes::{Change, Fate},
    rule::Rule,
};

/// One partition in memory that holds every device.
#[derive(Debug)]
pub struct Tripline {
    engine: Engine,
    partition: Partition,
    /// Newest event time so far: no reading is ahead of it.
    clock: Timestamp,
}

impl Tripline {
    /// An engine with these rules, and nothing seen yet.
    ///
    /// # Panics
    /// The language does not take a rule.
    #[must_use]
    pub fn new(rules: &[Rule], window_ms: i64) -> Self {
        Self::from_documents(rules.iter().map(|rule| rule.document(window_ms)))
    }

    /// An engine with the rules of these documents.
    ///
    /// # Panics
    /// One of them is no rule.
    #[must_use]
    pub fn from_documents(documents: impl Iterator<Item = String>) -> Self {
        let read = |text: String| match document::read(&text) {
            Ok(rule) => rule,
            Err(mistakes) => panic!("{text}: {mistakes:?}"),
        };
        let engine = Engine::new(1, documents.map(read).collect(), Settings::default());
        Self { engine, partition: Partition::default(), clock: Timestamp::MIN }
    }

    /// Reads a body of NDJSON into `input`, whose room is used again.
    ///
    /// # Panics
    /// A line is no reading.
    pub fn decode(body: &[u8], input: &mut Input) {
        if !matches!(input, Input::Readings { .. }) {
            let batch = Batch::default();
            *input = Input::Readings { source: None, batch, refused_before: 0 };
        }
        if let Input::Readings { batch, .. } = input {
            let refused = decode_into(body, Format::Lines, batch).expect("few enough lines");
            assert!(refused.is_empty(), "{refused:?}");
        }
    }

    /// Judges a batch. What it leaves to store stays until it is taken or forgotten.
    pub fn step(&mut self, input: &Input) -> Step {
        if let Input::Readings { batch, .. } = input {
            let newest = batch.iter().map(|(_, reading)| reading.ts()).max();
            self.clock = self.clock.max(newest.unwrap_or(Timestamp::MIN));
        }
        self.engine.step(&mut self.partition, input, self.clock)
    }

    /// Forgets what there is to store.
    pub fn forget(&mut self) {
        self.partition.forget_changes();
    }

    /// What there is to store, as a host takes it after each batch.
    pub fn take(&mut self) -> Changes {
        self.partition.take_changes().unwrap_or_default()
    }

    /// Runs the deadlines up to the newest reading.
    pub fn finish(&mut self) -> Step {
        self.engine.finish(&mut self.partition, self.clock)
    }

    /// Counts so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.partition.counters()
    }
}

/// What a transition says, to compare with [`crate::episodes`].
///
/// # Panics
/// It is not of W1.
#[must_use]
pub fn change(happening: Happening<'_>) -> Change {
    let number = |name: &str| name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse();
    let to = match happening.state() {
        AlertState::Firing => Fate::Firing,
        AlertState::Resolved => Fate::Resolved,
        other => panic!("W1 has no {other:?}"),
    };
    Change {
        at: happening.at().as_millis(),
        device: number(happening.device()).expect("the number of a device"),
        rule: number(happening.rule()).expect("the number of a rule"),
        to,
    }
}
