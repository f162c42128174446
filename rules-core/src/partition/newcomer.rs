//! What a stored device tells of its alerts when it takes on another rule set.

use alloc::sync::Arc;

use super::{
    alert::Told,
    happening::{Happenings, Moved},
    plan::{Asked, Class, Plan, Selection, at},
    stored::StoredDevice,
};
use crate::{
    AlertState, Reason, Span, Timestamp,
    lifecycle::{Alert, Phase},
};

/// A stored device that takes on a rule set it has not been judged by.
pub(super) struct Newcomer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) rules_version: u64,
    pub(super) id: &'a Arc<str>,
}

impl Newcomer<'_> {
    /// Brings the cell up to the rule set at `now`, and adds what happened.
    pub(super) fn take_on(
        &self,
        stored: &mut StoredDevice,
        now: Timestamp,
        happened: &mut Happenings,
    ) {
        stored.rules_version = self.rules_version;
        stored.forget_what_no_rule_asks(self.plan, self.selection);
        for (id, mut alert) in core::mem::take(&mut stored.alerts) {
            let t = now.max(alert.started_at);
            let firing = matches!(alert.phase, Phase::Firing { .. });
            let planned = self.plan.rule(&id);
            let class = planned.and_then(|(_, planned)| at(&self.plan.classes, planned.class));
            if let Some(reason) = self.ending(stored, class, t) {
                let state = if firing { AlertState::Resolved } else { AlertState::Inactive };
                self.tell(&id, &alert, state, (t, reason), happened);
                continue;
            }
            let hold = class.map_or(Span::ZERO, |class| class.course.hold);
            if firing && t < alert.started_at.plus(hold) {
                alert.phase = Phase::Pending;
                let reason = Reason::HoldLengthened;
                self.tell(&id, &alert, AlertState::Pending, (t, reason), happened);
            }
            stored.alerts.insert(id, alert);
        }
    }

    /// Why an alert ends with the new rule set, if it does.
    fn ending(&self, stored: &StoredDevice, class: Option<&Class>, t: Timestamp) -> Option<Reason> {
        let Some(class) = class else { return Some(Reason::RuleDeleted) };
        if !self.selection.has_scope(class.scope) {
            return Some(Reason::RuleNarrowed);
        }
        let Asked::General(condition) = class.when else { return None };
        let condition = at(&self.plan.conditions, condition)?;
        let closed = condition.schedule.as_ref().is_some_and(|it| !it.open_at(t));
        // One that was judged by the schedule ends by a deadline, which runs by itself.
        let is_new = !stored.looked.contains_key(&condition.key);
        (closed && is_new).then_some(Reason::ScheduleEnded)
    }

    fn tell(
        &self,
        rule: &str,
        alert: &Alert,
        state: AlertState,
        (at, reason): (Timestamp, Reason),
        happened: &mut Happenings,
    ) {
        let summary = self.plan.rule(rule).and_then(|(_, planned)| planned.told.summary.clone());
        let told: Told = Told::stored(alert.told.clone(), rule, summary);
        let moved = Moved {
            device: Arc::clone(self.id),
            state,
            at,
            started_at: alert.started_at,
            value: alert.value.clone(),
            reason: Some(reason),
        };
        happened.add_apart(told, moved);
    }
}
