//! Carrying out what becomes of an alert, and telling of it.

use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
};

use super::{
    judge::Judge,
    lifecycle::{Alert, Move, Phase, Told},
    plan::PlannedRule,
    state::Partition,
    summary,
};
use crate::{AlertState, EpisodeId, Group, Reason, Span, Timestamp, Transition, Value};

impl Judge<'_> {
    /// Carries out a move of the alert of the rule at `index`.
    pub(super) fn apply(
        &mut self,
        index: usize,
        to: Move,
        at: Timestamp,
        value: Option<Value>,
        reason: Option<Reason>,
    ) {
        let Some(planned) = self.plan.rules.get(index) else { return };
        let rule = &planned.rule;
        let known = self.device.alerts.get(&rule.id);
        let started_at = known.map_or(at, |alert| alert.started_at);
        let was_firing = known.is_some_and(|alert| matches!(alert.phase, Phase::Firing { .. }));
        let state = match to {
            Move::Stay => {
                if let Some(alert) = self.device.alerts.get_mut(&rule.id) {
                    alert.value = value;
                }
                return;
            }
            Move::Begin(phase) | Move::To(phase) => {
                let told = Told::of(rule);
                let alert = Alert { started_at, phase, value: value.clone(), told };
                self.device.alerts.insert(rule.id.clone(), alert);
                match phase {
                    Phase::Pending => AlertState::Pending,
                    Phase::Firing { .. } if was_firing => return,
                    Phase::Firing { .. } => AlertState::Firing,
                }
            }
            Move::End(state) => {
                self.device.alerts.remove(&rule.id);
                state
            }
        };
        let summary = summary::fill(rule, self.id, value.as_ref());
        let happening = Happening { state, at, value, reason, summary };
        self.tell(&rule.id, Told::of(rule), started_at, happening);
    }

    /// Brings the cell up to a rule set that it has not been judged by, at `now`.
    pub(super) fn take_on_rules(&mut self, now: Timestamp) {
        self.device.rules_version = self.rules_version;
        self.forget_what_no_rule_asks();
        let alerts = core::mem::take(&mut self.device.alerts);
        for (id, mut alert) in alerts {
            let at = now.max(alert.started_at);
            let ending = match self.plan.rule(&id) {
                None => Some(Reason::RuleDeleted),
                Some((index, _)) if !self.selection.has_rule(index) => Some(Reason::RuleNarrowed),
                Some((_, planned)) if self.is_newly_closed(planned, at) => {
                    Some(Reason::ScheduleEnded)
                }
                Some(_) => None,
            };
            let firing = matches!(alert.phase, Phase::Firing { .. });
            if let Some(reason) = ending {
                let state = if firing { AlertState::Resolved } else { AlertState::Inactive };
                self.tell_of_change(&id, &alert, state, at, reason);
                continue;
            }
            let hold = self.plan.rule(&id).map_or(Span::ZERO, |(_, planned)| planned.rule.hold);
            if firing && at < alert.started_at.plus(hold) {
                alert.phase = Phase::Pending;
                self.tell_of_change(&id, &alert, AlertState::Pending, at, Reason::HoldLengthened);
            }
            self.device.alerts.insert(id, alert);
        }
    }

    /// Whether the rule is outside of its schedule at `at`, and has never been
    /// judged by that schedule: else its end is a deadline that runs by itself.
    fn is_newly_closed(&self, planned: &PlannedRule, at: Timestamp) -> bool {
        let condition = self.plan.conditions.get(planned.when);
        condition.is_some_and(|condition| {
            let closed = condition.schedule.as_ref().is_some_and(|it| !it.open_at(at));
            closed && !self.device.judged.contains_key(&condition.key)
        })
    }

    /// Drops the marks of conditions that no rule on the device has any more.
    fn forget_what_no_rule_asks(&mut self) {
        let conditions = self.selection.timed.iter();
        let (mut judged, mut sinces) = (BTreeSet::new(), BTreeSet::new());
        for condition in conditions.filter_map(|index| self.plan.conditions.get(*index)) {
            judged.insert(condition.key);
            sinces.extend(condition.clocks.sinces.iter().map(|since| since.key));
        }
        self.device.judged.retain(|key, _| judged.contains(key));
        self.device.since.retain(|key, _| sinces.contains(key));
    }

    fn tell_of_change(
        &mut self,
        rule: &str,
        alert: &Alert,
        state: AlertState,
        at: Timestamp,
        reason: Reason,
    ) {
        let value = alert.value.clone();
        let summary = match self.plan.rule(rule) {
            Some((_, planned)) => summary::fill(&planned.rule, self.id, value.as_ref()),
            None => alloc::format!("{rule} on {}", self.id),
        };
        let happening = Happening { state, at, value, reason: Some(reason), summary };
        self.tell(rule, alert.told.clone(), alert.started_at, happening);
    }

    fn tell(&mut self, rule: &str, told: Told, started_at: Timestamp, happening: Happening) {
        let group = Group::Device(self.id.to_string());
        let transition = Transition {
            rule: rule.to_string(),
            state: happening.state,
            at: happening.at,
            started_at,
            value: happening.value,
            episode: EpisodeId::new(rule, &group, started_at),
            reason: happening.reason,
            severity: told.severity,
            labels: told.labels,
            summary: happening.summary,
            mode: told.mode,
            rules_version: self.rules_version,
            group,
        };
        Partition::send(self.header, self.outbox, &transition);
        self.step.transitions.push(transition);
    }
}

/// What a transition says beside whose it is.
struct Happening {
    state: AlertState,
    at: Timestamp,
    value: Option<Value>,
    reason: Option<Reason>,
    summary: String,
}
