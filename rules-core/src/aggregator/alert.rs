use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use sorted::Gather;

use super::{NotifyReason, Settings};
use crate::{AlertState, CellKey, Group, Mode, Reason, Timestamp, Transition, hash::fnv1a_128};

/// Names an alert over all its episodes: rule and group.
#[must_use]
pub fn fingerprint(transition: &Transition) -> u128 {
    let (rule, group) = (transition.rule.as_bytes(), transition.group.name());
    match &transition.group {
        Group::Device(_) => fnv1a_128(&[rule, group.as_bytes()]),
        Group::Tags(_) => fnv1a_128(&[rule, transition.group.kind().as_bytes(), group.as_bytes()]),
    }
}

/// One line of the list of alerts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AlertRecord {
    /// The alert's last transition.
    pub last: Transition,
    /// When the episode first began to fire, if it did.
    pub fired_at: Option<Timestamp>,
}

/// The cell of one alert: its line in the list, and who was told of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Alert {
    pub(super) record: AlertRecord,
    /// The receivers that were told that the episode fires and have not been
    /// told otherwise since: only they hear of its end.
    told: Vec<String>,
    /// How many times the episode was told of as firing. More than once if a
    /// longer `for` put it back to pending, or if readings of one and the same
    /// millisecond ended it and began it anew.
    openings: u32,
    /// When a resolved alert is no longer listed.
    pub(super) forget_at: Option<Timestamp>,
}

/// What receivers are to be told of a transition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct News {
    pub(super) reason: NotifyReason,
    pub(super) id: String,
    pub(super) receivers: Vec<String>,
}

impl Alert {
    /// The key of the cell of the alert named by `fingerprint`.
    pub(super) fn key(fingerprint: u128) -> CellKey {
        CellKey::from_stored(format!("{}{fingerprint:032x}", Self::PREFIX))
    }

    pub(super) const PREFIX: &str = "alert/";

    /// An alert that has just been heard of, before `transition` is taken in.
    pub(super) fn new(transition: &Transition) -> Self {
        let record = AlertRecord { last: transition.clone(), fired_at: None };
        Self { record, told: Vec::new(), openings: 0, forget_at: None }
    }

    /// Takes in the alert's next transition; `None` if nobody is to be told.
    pub(super) fn follow(
        &mut self,
        transition: &Transition,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<News> {
        if self.record.last.episode != transition.episode {
            *self = Self::new(transition);
        }
        self.record.last = transition.clone();
        if transition.state == AlertState::Firing {
            self.record.fired_at = self.record.fired_at.or(Some(transition.at));
        }
        self.forget_at =
            (transition.state == AlertState::Resolved).then(|| now.plus(settings.resolved_kept));

        let reason = may_tell(transition)?;
        let receivers = self.tell(reason, settings);
        (!receivers.is_empty()).then(|| News { reason, id: self.id(reason), receivers })
    }

    /// Whether the alert is still listed.
    pub(super) fn is_listed(&self, now: Timestamp) -> bool {
        self.record.last.state != AlertState::Inactive
            && self.forget_at.is_none_or(|forget_at| now < forget_at)
    }

    /// Notes who is told, and gives them.
    fn tell(&mut self, reason: NotifyReason, settings: &Settings) -> Vec<String> {
        let told = |told: &[String], name: &String| told.contains(name);
        if reason == NotifyReason::FirstNotification {
            let receivers = settings.receivers.iter().filter(|name| !told(&self.told, name));
            let receivers: Vec<String> = receivers.cloned().gather();
            self.openings = self.openings.saturating_add(u32::from(self.told.is_empty()));
            self.told.extend(receivers.iter().cloned());
            return receivers;
        }
        let mut receivers = core::mem::take(&mut self.told);
        receivers.retain(|name| told(&settings.receivers, name));
        receivers
    }

    fn id(&self, reason: NotifyReason) -> String {
        let (episode, kind) = (self.record.last.episode, reason.kind());
        match self.openings {
            0 | 1 => format!("{episode}-{kind}"),
            nth => format!("{episode}-{kind}-{nth}"),
        }
    }
}

/// Why receivers would be told of `transition`; `None` if it is muted by what
/// it is: shadow mode, or a change that only concerns the list of alerts.
pub(super) fn may_tell(transition: &Transition) -> Option<NotifyReason> {
    if transition.mode == Mode::Shadow {
        return None;
    }
    match (transition.state, transition.reason) {
        (AlertState::Firing, _) => Some(NotifyReason::FirstNotification),
        (AlertState::Resolved, _) => Some(NotifyReason::Resolved),
        (AlertState::Pending, Some(Reason::HoldLengthened)) => Some(NotifyReason::HoldLengthened),
        (AlertState::Pending | AlertState::Inactive, _) => None,
    }
}
