//! Carrying out what becomes of an alert, and telling of it.

use alloc::string::ToString;

use super::{
    alert::{Alert, Move, Phase, Told},
    summary,
};
use crate::{AlertState, EpisodeId, Group, Reason, Rule, Timestamp, Transition, Value};

/// Whom alerts are about, and by which rule set they are judged.
pub(crate) struct Subject {
    pub(crate) group: Group,
    pub(crate) rules_version: u64,
}

/// A judgement that moves an alert.
pub(crate) struct Happening {
    pub(crate) at: Timestamp,
    pub(crate) value: Option<Value>,
    pub(crate) reason: Option<Reason>,
}

/// What is to be kept of an alert after a move.
pub(crate) enum Outcome {
    /// This, instead of what there was.
    Put(Alert),
    /// Nothing: the episode is over.
    Ended,
}

impl Subject {
    /// What a move makes of `known`, the alert of `rule`, and the transition
    /// that tells of it, if it is to be told. Not for [`Move::Stay`], which
    /// moves nothing.
    pub(crate) fn apply(
        &self,
        rule: &Rule,
        known: Option<&Alert>,
        to: Move,
        happening: Happening,
    ) -> Option<(Outcome, Option<Transition>)> {
        let started_at = known.map_or(happening.at, |alert| alert.started_at);
        let was_firing = known.is_some_and(|alert| matches!(alert.phase, Phase::Firing { .. }));
        let (outcome, state) = match to {
            Move::Stay => return None,
            Move::Begin(phase) | Move::To(phase) => {
                let told = Told::of(rule);
                let alert = Alert { started_at, phase, value: happening.value.clone(), told };
                let state = match phase {
                    Phase::Pending => Some(AlertState::Pending),
                    Phase::Firing { .. } => (!was_firing).then_some(AlertState::Firing),
                };
                (Outcome::Put(alert), state)
            }
            Move::End(state) => (Outcome::Ended, Some(state)),
        };
        let transition = state.map(|state| {
            let summary = summary::fill(rule, &self.group, happening.value.as_ref());
            self.transition(&rule.id, Told::of(rule), started_at, (state, summary), happening)
        });
        Some((outcome, transition))
    }

    /// The transition of `alert` into `state` because its rule, which may be
    /// gone, has changed.
    pub(crate) fn rule_changed(
        &self,
        (id, rule): (&str, Option<&Rule>),
        alert: &Alert,
        state: AlertState,
        (at, reason): (Timestamp, Reason),
    ) -> Transition {
        let value = alert.value.clone();
        let summary = match rule {
            Some(rule) => summary::fill(rule, &self.group, value.as_ref()),
            None => summary::plain(id, &self.group),
        };
        let happening = Happening { at, value, reason: Some(reason) };
        self.transition(id, alert.told.clone(), alert.started_at, (state, summary), happening)
    }

    fn transition(
        &self,
        rule: &str,
        told: Told,
        started_at: Timestamp,
        (state, summary): (AlertState, alloc::string::String),
        happening: Happening,
    ) -> Transition {
        Transition {
            rule: rule.to_string(),
            group: self.group.clone(),
            state,
            at: happening.at,
            started_at,
            value: happening.value,
            episode: EpisodeId::new(rule, &self.group, started_at),
            reason: happening.reason,
            severity: told.severity,
            labels: told.labels,
            summary,
            mode: told.mode,
            rules_version: self.rules_version,
        }
    }
}
