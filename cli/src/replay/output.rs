//! What a replay prints.

use std::{io::Write, time::Duration};

use rules_core::{Transition, partition::Counters};
use rules_service::wire;
use serde_json::json;

use crate::Fault;

/// Transitions, one JSON object a line.
pub(super) struct Output<'a> {
    to: Box<dyn Write + 'a>,
}

impl<'a> Output<'a> {
    pub(super) fn new(to: impl Write + 'a) -> Self {
        Self { to: Box::new(to) }
    }

    pub(super) fn transition(&mut self, transition: &Transition) -> Result<(), Fault> {
        // A struct of texts and one finite number always has a JSON form.
        let line =
            serde_json::to_string(&wire::TransitionJson::new(transition)).unwrap_or_default();
        writeln!(self.to, "{line}").map_err(|why| Fault::Output(why.kind()))
    }

    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        self.to.flush().map_err(|why| Fault::Output(why.kind()))
    }
}

/// The counts of `--stats`.
pub(super) struct Stats {
    counters: Counters,
    rules: usize,
    took: Duration,
}

impl Stats {
    pub(super) fn new(counters: Counters, rules: usize, took: Duration) -> Self {
        Self { counters, rules, took }
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        let Counters {
            received,
            accepted,
            duplicate,
            late,
            refused,
            transitions,
            type_errors,
            limits_reached,
        } = self.counters;
        let per_second = received as f64 / self.took.as_secs_f64().max(1e-9);
        json!({
            "received": received,
            "accepted": accepted,
            "duplicate": duplicate,
            "late": late,
            "refused": refused,
            "rules": self.rules,
            "transitions": transitions,
            "type_errors": type_errors,
            "limits_reached": limits_reached,
            "readings_per_second": per_second.round(),
        })
    }
}
