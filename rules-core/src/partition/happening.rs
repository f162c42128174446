use alloc::{string::ToString, sync::Arc, vec::Vec};

use super::{
    alert::Told,
    plan::{Plan, number},
};
use crate::{
    AlertState, EpisodeId, Group, Reason, Timestamp, Transition, Value, lifecycle::summary,
};

/// The transitions of one step before they are written out, in the order in
/// which they happened. What is the same for alerts that moved together stands
/// once, and what follows from the rest is left out.
#[derive(Clone, Debug)]
pub struct Happenings {
    rules_version: u64,
    plan: Arc<Plan>,
    moves: Vec<Moved>,
    /// Rules, each with the move of its alert in the lower half: numbers are
    /// sorted faster than pairs.
    alerts: Vec<u64>,
    /// Of alerts whose rules say something else by now, or are gone: the rules
    /// that follow those of the plan.
    told_apart: Vec<Told>,
}

/// A move of alerts that began together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moved {
    pub(super) device: Arc<str>,
    pub(super) state: AlertState,
    pub(super) at: Timestamp,
    pub(super) started_at: Timestamp,
    pub(super) value: Option<Value>,
    pub(super) reason: Option<Reason>,
}

/// A transition before it is written out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Happening<'a> {
    told: &'a Told,
    moved: &'a Moved,
    rules_version: u64,
}

impl Happenings {
    /// Nothing yet, by version `rules_version` of the rule set.
    pub(super) fn new(rules_version: u64, plan: &Arc<Plan>) -> Self {
        let (moves, alerts, told_apart) = (Vec::new(), Vec::new(), Vec::new());
        Self { rules_version, plan: Arc::clone(plan), moves, alerts, told_apart }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// Each transition.
    pub fn iter(&self) -> impl Iterator<Item = Happening<'_>> {
        self.alerts.iter().filter_map(|alert| {
            let rule = usize::try_from(alert >> 32).ok()?;
            let moved = usize::try_from(alert & u64::from(u32::MAX)).ok()?;
            let told = match self.plan.rules.get(rule) {
                Some(planned) => &*planned.told,
                None => self.told_apart.get(rule - self.plan.rules.len())?,
            };
            let moved = self.moves.get(moved)?;
            Some(Happening { told, moved, rules_version: self.rules_version })
        })
    }

    /// Adds what happened to the alerts of `rules`.
    pub(super) fn add(&mut self, rules: &[u32], moved: Moved) {
        let index = u64::from(number(self.moves.len()));
        self.alerts.extend(rules.iter().map(|rule| (u64::from(*rule) << 32) | index));
        self.moves.push(moved);
    }

    /// Adds what happened to the alert of a rule that is, or was, as `told` says.
    pub(super) fn add_apart(&mut self, told: Told, moved: Moved) {
        let rule = number(self.plan.rules.len() + self.told_apart.len());
        self.told_apart.push(told);
        self.add(&[rule], moved);
    }

    /// Puts those from the `first` on into the order of their rules.
    pub(super) fn sort_from(&mut self, first: usize) {
        let alerts = self.alerts.get_mut(first..).unwrap_or_default();
        if !alerts.is_sorted() {
            alerts.sort_unstable();
        }
    }
}

impl PartialEq for Happenings {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Happening<'_> {
    /// The rule that was judged.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.told.rule
    }

    /// The device it was judged for.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.moved.device
    }

    /// The state the alert is in now.
    #[must_use]
    pub fn state(&self) -> AlertState {
        self.moved.state
    }

    /// Event time of the judgement.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.moved.at
    }

    /// All of it, written out.
    #[must_use]
    pub fn transition(&self) -> Transition {
        let Moved { device, state, at, started_at, value, reason } = self.moved;
        let rule: &str = &self.told.rule;
        let group = Group::Device(device.to_string());
        let (severity, summary) = (&self.told.severity, self.told.summary.as_ref());
        let summary = summary::filled((rule, severity), summary, &group, value.as_ref());
        Transition {
            rule: rule.to_string(),
            state: *state,
            at: *at,
            started_at: *started_at,
            value: value.clone(),
            episode: EpisodeId::new(rule, &group, *started_at),
            reason: *reason,
            severity: severity.clone(),
            labels: self.told.labels.clone(),
            summary,
            mode: self.told.mode,
            rules_version: self.rules_version,
            group,
        }
    }
}
