use alloc::{string::String, sync::Arc};

use sorted::SortedMap;

use crate::{
    Mode, Rule, Summary, Value,
    codec::{Reader, Writer},
    lifecycle::{self, Phase, Stand},
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

/// Writes an alert as [`read`] reads it.
pub(super) fn write(stand: Stand, value: Option<&Value>, told: &Told, to: &mut Writer) {
    to.time(stand.started_at);
    match stand.phase {
        Phase::Pending => to.byte(0),
        Phase::Firing { clearing_since } => {
            to.byte(1);
            to.option(clearing_since, Writer::time);
        }
    }
    to.option(value, Writer::value);
    to.text(&told.severity);
    to.count(told.labels.len());
    for (name, text) in &told.labels {
        to.text(name);
        to.text(text);
    }
    to.byte(match told.mode {
        Mode::Live => 0,
        Mode::Shadow => 1,
    });
}

/// Reads an alert that was stored.
pub(super) fn read(from: &mut Reader<'_>) -> lifecycle::Alert {
    let started_at = from.time();
    let phase = match from.byte() {
        0 => Phase::Pending,
        1 => Phase::Firing { clearing_since: from.option(Reader::time) },
        _ => {
            from.refuse();
            Phase::Pending
        }
    };
    let value = from.option(Reader::value);
    let severity = from.text().into();
    let labels = from.list(|from| (from.text().into(), from.text().into()));
    let mode = if from.truth() { Mode::Shadow } else { Mode::Live };
    let told = lifecycle::Told { severity, labels: labels.into_iter().collect(), mode };
    lifecycle::Alert { started_at, phase, value, told }
}
