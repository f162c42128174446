use alloc::{string::String, sync::Arc};

use sorted::SortedMap;

use serde::Serialize;

use crate::{
    Mode, Rule, Summary, Timestamp, Value,
    lifecycle::{self, Phase},
};

/// What an alert's transitions carry of its rule. One for all alerts of the rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) rule: Arc<str>,
    pub(super) severity: String,
    pub(super) labels: SortedMap<String, String>,
    pub(super) mode: Mode,
    pub(super) summary: Option<Summary>,
}

impl Told {
    pub(super) fn of(rule: &Rule) -> Self {
        let summary = rule.summary.clone();
        Self::stored(lifecycle::Told::of(rule), &rule.id, summary)
    }

    /// What was stored of it with an alert of the rule that is, or was, named `rule`.
    pub(super) fn stored(told: lifecycle::Told, rule: &str, summary: Option<Summary>) -> Self {
        let lifecycle::Told { severity, labels, mode } = told;
        Self { rule: Arc::from(rule), severity, labels, mode, summary }
    }

    /// Whether it says the same as what was stored with an alert.
    pub(super) fn says(&self, told: &lifecycle::Told) -> bool {
        self.severity == told.severity && self.labels == told.labels && self.mode == told.mode
    }
}

/// [`lifecycle::Alert`] while it is written.
#[derive(Serialize)]
pub(super) struct AlertRef<'a> {
    started_at: Timestamp,
    phase: Phase,
    value: Option<Value>,
    told: ToldRef<'a>,
}

/// [`lifecycle::Told`] while it is written.
#[derive(Serialize)]
struct ToldRef<'a> {
    severity: &'a str,
    labels: &'a SortedMap<String, String>,
    mode: Mode,
}

impl<'a> AlertRef<'a> {
    pub(super) fn new(stand: lifecycle::Stand, value: Option<Value>, told: &'a Told) -> Self {
        let lifecycle::Stand { started_at, phase } = stand;
        let Told { severity, labels, mode, .. } = told;
        Self { started_at, phase, value, told: ToldRef { severity, labels, mode: *mode } }
    }
}
