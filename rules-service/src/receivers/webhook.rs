//! Our own JSON.

use sorted::SortedMap;

use rules_core::{Transition, aggregator::Notification, json::to_text};
use serde::Serialize;

use crate::wire::{GroupJson, ValueJson, time};

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    kind: &'static str,
    reason: &'static str,
    rule: &'a str,
    #[serde(flatten)]
    group: GroupJson<'a>,
    state: &'static str,
    severity: &'a str,
    labels: &'a SortedMap<String, String>,
    summary: &'a str,
    value: Option<ValueJson<'a>>,
    at: String,
    started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fired_at: Option<String>,
    episode: String,
    rules_version: u64,
    attempt: u32,
}

pub(super) fn body(notification: &Notification) -> Vec<u8> {
    let Notification { id, reason, transition, fired_at, attempts, .. } = notification;
    let Transition { rule, group, severity, labels, summary, rules_version, .. } = transition;
    let body = Body {
        id,
        kind: reason.kind(),
        reason: transition.reason.map_or(reason.as_str(), rules_core::Reason::as_str),
        rule,
        group: GroupJson::new(group),
        state: transition.state.as_str(),
        severity,
        labels,
        summary,
        value: transition.value.as_ref().map(ValueJson),
        at: time::rfc3339(transition.at),
        started_at: time::rfc3339(transition.started_at),
        fired_at: fired_at.map(time::rfc3339),
        episode: transition.episode.to_string(),
        rules_version: *rules_version,
        attempt: attempts.saturating_add(1),
    };
    // A struct of texts, numbers and a map of texts always has a JSON form.
    to_text(&body).into_bytes()
}
