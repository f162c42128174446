//! A scenario: rules, what reaches the service and when, and what comes of it.
//!
//! The format is described in `tests/scenarios/README.md`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use rules_core::{Span, Timestamp};

use crate::stored::Stored;

mod line;
mod parse;
pub use parse::SyntaxError;

/// The scenarios' time 0: 2026-01-01T00:00:00Z.
pub const ZERO: Timestamp = Timestamp::from_millis(1_767_225_600_000);

// A full day, so windows of the clock begin here.
const _: () = assert!(ZERO.as_millis() % 86_400_000 == 0);

/// Gives the rules in a file, each as JSON, from its path and its text; or what is wrong.
pub type RuleReader<'a> = &'a dyn Fn(&Path, &str) -> Result<Vec<String>, String>;

/// One file.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Where it was read from.
    pub path: PathBuf,
    /// Variables of the host's configuration that differ from the usual ones.
    pub variables: Vec<(String, String)>,
    /// The hosts that can play it, where not all can.
    pub hosts: Option<Vec<String>>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// The file, line by line.
    lines: Vec<String>,
}

/// A line of the file: one thing that happens, or one that happens again and again.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happens, in order; more than one where the line begins with `every`
    /// or names a file of several rules.
    pub runs: Vec<Run>,
    /// Whether it has a time of its own, or stands before all that have.
    pub stage: Stage,
    /// What the file says comes of it.
    pub expected: Vec<String>,
    /// Index of the line it ends on, and how many lines below say what comes of it.
    place: (usize, usize),
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub struct Run {
    /// Processing time.
    pub at: Timestamp,
    /// What happens.
    pub action: Action,
}

/// Where in a scenario a step stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Before the first line with a time: if nothing comes of it, that goes without saying.
    Setup,
    /// From then on.
    Play,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A body of readings arrives.
    Readings {
        /// `source` and `seq` of a numbered batch.
        numbered: Option<(String, u64)>,
        /// Its content type.
        content_type: String,
        /// The body.
        body: String,
    },
    /// A device gets these tags in place of all it had.
    Describe {
        /// The device.
        device: String,
        /// Its tags, by name.
        tags: BTreeMap<String, String>,
    },
    /// Timers are run.
    Tick,
    /// A rule is stored, under its own id.
    PutRule {
        /// Its id.
        id: String,
        /// Its document.
        document: String,
    },
    /// A rule is deleted.
    DeleteRule {
        /// Its id.
        id: String,
    },
    /// The receiver will answer its next requests so.
    Receiver {
        /// One status a request.
        answers: Vec<u16>,
    },
    /// The host is killed, and started anew with what it has stored.
    Restart,
    /// The host's store holds this instead of what it held.
    State(Stored),
    /// It is over: what is left?
    End,
}

impl Step {
    /// Whether it happens at several times.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.runs.first().map(|run| run.at) != self.runs.last().map(|run| run.at)
    }

    /// The number of the line it ends on, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.place.0 + 1
    }
}

impl Scenario {
    /// The line that a step ends on.
    #[must_use]
    pub fn text(&self, step: &Step) -> &str {
        self.lines.get(step.place.0).map_or("", |line| line.as_str())
    }

    /// The whole file, with `outcomes` (one a step) in place of what it expects.
    #[must_use]
    pub fn with_outcomes(&self, outcomes: &[Vec<String>]) -> String {
        let mut text = String::new();
        let mut next = 0;
        for (step, outcome) in self.steps.iter().zip(outcomes) {
            let (last, expected) = step.place;
            for line in self.lines.get(next..=last).unwrap_or_default() {
                text.push_str(line);
                text.push('\n');
            }
            for line in outcome {
                text.push_str("    ");
                text.push_str(line);
                text.push('\n');
            }
            next = last + 1 + expected;
        }
        for line in self.lines.get(next..).unwrap_or_default() {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// A time as scenarios write it: how long after [`ZERO`].
#[must_use]
pub fn offset(time: Timestamp) -> String {
    if time < ZERO { format!("-{}", ZERO.since(time)) } else { time.since(ZERO).to_string() }
}

/// The time that lies `offset` after [`ZERO`].
#[must_use]
pub fn time(offset: Span) -> Timestamp {
    ZERO.plus(offset)
}
