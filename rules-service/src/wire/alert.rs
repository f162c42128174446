use sorted::SortedMap;

use rules_core::{Group, Mode, Transition, aggregator::AlertRecord};
use serde::Serialize;

use super::{time, value::ValueJson};

/// A transition as every program of ours prints it: the command line, and
/// answers with `detail=transitions`.
#[derive(Debug, Serialize)]
pub struct TransitionJson<'a> {
    rule: &'a str,
    #[serde(flatten)]
    group: GroupJson<'a>,
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
        Self {
            rule: &transition.rule,
            group: GroupJson::new(&transition.group),
            state: transition.state.as_str(),
            at: time::rfc3339(transition.at),
            started_at: time::rfc3339(transition.started_at),
            value: transition.value.as_ref().map(ValueJson),
            episode: transition.episode.to_string(),
            reason: transition.reason.map(rules_core::Reason::as_str),
        }
    }
}

/// Whom a transition is about: `"device": "boiler-1"`, or `"group": {"site": "plant-1"}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupJson<'a> {
    /// A device.
    Device(&'a str),
    /// The tags of a group, and the devices in its roles.
    Group(SortedMap<&'a str, &'a str>),
}

impl<'a> GroupJson<'a> {
    /// The form of `group`.
    #[must_use]
    pub fn new(group: &'a Group) -> Self {
        match group {
            Group::Device(device) => Self::Device(device),
            Group::Tags(tags) => Self::Group(
                tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            ),
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
    labels: &'a SortedMap<String, String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_written_by_its_tags_and_a_device_by_its_id() {
        let tags = [("line", "3"), ("in", "belt-7")];
        let tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let json = |group: &Group| serde_json::to_string(&GroupJson::new(group)).unwrap();

        assert_eq!(json(&Group::Device("belt-7".to_owned())), r#"{"device":"belt-7"}"#);
        assert_eq!(json(&Group::Tags(tags.into())), r#"{"group":{"in":"belt-7","line":"3"}}"#);
    }
}
