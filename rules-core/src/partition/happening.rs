use alloc::{string::ToString, sync::Arc};

use super::alert::Told;
use crate::{
    AlertState, EpisodeId, Group, Reason, Timestamp, Transition, Value, lifecycle::summary,
};

/// A transition before it is written out: what is the same for all of an
/// alert's transitions is shared, and what follows from the rest is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    pub(super) told: Arc<Told>,
    pub(super) device: Arc<str>,
    pub(super) state: AlertState,
    pub(super) at: Timestamp,
    pub(super) started_at: Timestamp,
    pub(super) value: Option<Value>,
    pub(super) reason: Option<Reason>,
    pub(super) rules_version: u64,
}

impl Happening {
    /// The rule that was judged.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.told.rule
    }

    /// The device it was judged for.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The state the alert is in now.
    #[must_use]
    pub fn state(&self) -> AlertState {
        self.state
    }

    /// Event time of the judgement.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// All of it, written out.
    #[must_use]
    pub fn transition(&self) -> Transition {
        let rule: &str = &self.told.rule;
        let group = Group::Device(self.device.to_string());
        let (severity, summary) = (&self.told.severity, self.told.summary.as_ref());
        let summary = summary::filled((rule, severity), summary, &group, self.value.as_ref());
        Transition {
            rule: rule.to_string(),
            state: self.state,
            at: self.at,
            started_at: self.started_at,
            value: self.value.clone(),
            episode: EpisodeId::new(rule, &group, self.started_at),
            reason: self.reason,
            severity: severity.clone(),
            labels: self.told.labels.clone(),
            summary,
            mode: self.told.mode,
            rules_version: self.rules_version,
            group,
        }
    }
}
