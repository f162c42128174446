use std::collections::BTreeMap;

use rules_core::{Group, Mode, Transition, aggregator::AlertRecord};
use serde::Serialize;

use super::{time, value::ValueJson};

/// A transition as every program of ours prints it: the command line, and
/// answers with `detail=transitions`.
#[derive(Debug, Serialize)]
pub struct TransitionJson<'a> {
    rule: &'a str,
    device: &'a str,
    state: &'static str,
    at: String,
    started_at: String,
    value: Option<ValueJson<'a>>,
    episode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl<'a> TransitionJson<'a> {
    /// The form of `transition`.
    #[must_use]
    pub fn new(transition: &'a Transition) -> Self {
        let Group::Device(device) = &transition.group;
        Self {
            rule: &transition.rule,
            device,
            state: transition.state.as_str(),
            at: time::rfc3339(transition.at),
            started_at: time::rfc3339(transition.started_at),
            value: transition.value.as_ref().map(ValueJson),
            episode: transition.episode.to_string(),
            reason: transition.reason.map(rules_core::Reason::as_str),
        }
    }
}

/// A line of the list of alerts.
#[derive(Debug, Serialize)]
pub struct AlertJson<'a> {
    #[serde(flatten)]
    last: TransitionJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fired_at: Option<String>,
    severity: &'a str,
    labels: &'a BTreeMap<String, String>,
    summary: &'a str,
    mode: Mode,
    rules_version: u64,
}

impl<'a> AlertJson<'a> {
    /// The form of `record`.
    #[must_use]
    pub fn new(record: &'a AlertRecord) -> Self {
        let Transition { severity, labels, summary, mode, rules_version, .. } = &record.last;
        Self {
            last: TransitionJson::new(&record.last),
            fired_at: record.fired_at.map(time::rfc3339),
            severity,
            labels,
            summary,
            mode: *mode,
            rules_version: *rules_version,
        }
    }
}
