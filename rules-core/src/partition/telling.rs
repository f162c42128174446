//! Carrying out what becomes of an alert, and telling of it.

use alloc::{collections::BTreeSet, string::ToString};

use super::{judge::Judge, plan::PlannedRule, state::Partition};
use crate::{
    AlertState, Group, Reason, Span, Timestamp, Transition, Value,
    lifecycle::{Alert, Happening, Move, Outcome, Phase, Subject},
};

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
        if to == Move::Stay {
            if let Some(alert) = self.device.alerts.get_mut(&rule.id) {
                alert.value = value;
            }
            return;
        }
        let known = self.device.alerts.get(&rule.id);
        let happening = Happening { at, value, reason };
        let Some((outcome, transition)) = self.subject().apply(rule, known, to, happening) else {
            return;
        };
        match outcome {
            Outcome::Put(alert) => {
                self.device.alerts.insert(rule.id.clone(), alert);
            }
            Outcome::Ended => {
                self.device.alerts.remove(&rule.id);
            }
        }
        if let Some(transition) = transition {
            self.tell(transition);
        }
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
        let planned = self.plan.rule(rule).map(|(_, planned)| &planned.rule);
        let transition = self.subject().rule_changed((rule, planned), alert, state, (at, reason));
        self.tell(transition);
    }

    fn subject(&self) -> Subject {
        let group = Group::Device(self.id.to_string());
        Subject { group, rules_version: self.rules_version }
    }

    fn tell(&mut self, transition: Transition) {
        Partition::send(self.header, self.outbox, &transition);
        self.step.transitions.push(transition);
    }
}
