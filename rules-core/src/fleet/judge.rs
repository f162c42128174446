//! Judging one group, and moving its alerts.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::cell::Cell as Counter;

use sorted::{Gather, SortedMap, SortedSet};

use super::{
    Step,
    cell::{ALERTS_BYTES_MAX, AlertKey, Cast, Cell},
    condition::Condition,
    deadlines::Deadlines,
    derived::Derived,
    facts::GroupFacts,
    plan::{Kind, Part, Plan, PlannedRule},
    state::Header,
};
use crate::{
    AlertState, Group, Reason, Timestamp, Transition, Value,
    expr::{evaluate, truth},
    lifecycle::{self, Alert, Happening, Move, Outcome, Subject, Told, Verdict},
};

/// One group's cell while it is stepped, and where the step's outputs go.
pub(super) struct Judge<'a> {
    pub(super) plan: &'a Plan,
    pub(super) kind: &'a Kind,
    pub(super) rules_version: u64,
    /// The tags that make the group.
    pub(super) tags: &'a [(String, String)],
    pub(super) cell: &'a mut Cell,
    pub(super) derived: &'a mut Derived,
    pub(super) header: &'a mut Header,
    pub(super) outbox: &'a mut Vec<(u64, Vec<u8>)>,
    pub(super) step: &'a mut Step,
}

impl Judge<'_> {
    /// Runs the deadlines for which `due` holds, in the order of their times.
    pub(super) fn deadlines(&mut self, due: &dyn Fn(Timestamp) -> bool) {
        let mut ran = None;
        while let Some(deadline) = self.next_deadline() {
            // All that is due by a deadline runs with it, so the next one lies after it.
            if !due(deadline) || ran.is_some_and(|ran| deadline <= ran) {
                break;
            }
            ran = Some(deadline);
            // A rule set that changed may bring a deadline that lies before
            // what was judged already; time does not go back for it.
            let at = self.cell.reached.map_or(deadline, |reached| reached.max(deadline));
            let due = self.clock().due(deadline);
            self.cell.settled = Some(at);
            self.cell.reached = Some(at);
            self.judge(&due.conditions, None, at);
            for key in due.alerts {
                if let Some((rule, planned)) = self.plan.rule(&key.rule) {
                    self.judge_one((rule, planned), key.cast, &[Part::When], at);
                }
            }
            for key in self.clock().timed_out(deadline) {
                self.time_out(key, at);
            }
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.clock().next()
    }

    fn clock(&self) -> Deadlines<'_> {
        Deadlines { plan: self.plan, kind: self.kind, cell: self.cell, derived: self.derived }
    }

    /// Ends the pending or clearing run of an alert whose time is up; judges nothing.
    fn time_out(&mut self, key: AlertKey, at: Timestamp) {
        let Some((_, planned)) = self.plan.rule(&key.rule) else { return };
        if let Some(alert) = self.cell.alerts.get(&key) {
            let happening = Happening { at, value: alert.value.clone(), reason: None };
            let to = lifecycle::timed_out(alert);
            self.apply(planned, key, to, happening);
        }
    }

    /// Evaluates conditions at `at`, and moves the alerts of their rules; with
    /// `whom`, only those in which this device plays a part.
    pub(super) fn judge(
        &mut self,
        conditions: &SortedSet<(usize, Part)>,
        whom: Option<&str>,
        at: Timestamp,
    ) {
        let mut rules: SortedMap<usize, Vec<Part>> = SortedMap::new();
        for (rule, part) in conditions {
            rules.entry(*rule).or_default().push(*part);
        }
        for (rule, parts) in rules {
            let Some(planned) = self.plan.rules.get(rule) else { continue };
            for cast in self.subjects(rule, planned, &parts, whom) {
                self.judge_one((rule, planned), cast, &parts, at);
            }
        }
    }

    /// The combinations of devices for which something may change.
    fn subjects(
        &self,
        rule: usize,
        planned: &PlannedRule,
        parts: &[Part],
        whom: Option<&str>,
    ) -> SortedSet<Cast> {
        if !planned.joins() {
            let looks_at_some = self.derived.population(rule) > 0;
            return looks_at_some.then(Vec::new).into_iter().collect();
        }
        let concerns =
            |cast: &Cast| whom.is_none_or(|whom| cast.iter().any(|(_, device)| device == whom));
        let alerts = self.cell.alerts.keys().filter(|key| key.rule == planned.rule.id);
        let mut subjects: SortedSet<Cast> =
            alerts.map(|key| key.cast.clone()).filter(concerns).collect();
        if let Some(joins) = self.derived.joins.as_ref().filter(|_| parts.contains(&Part::When)) {
            let names = planned.fleet.role_names();
            let cast = |devices: Vec<String>| names.iter().cloned().zip(devices).gather();
            let combinations = joins.combinations(rule).into_iter();
            subjects.extend(combinations.map(cast).filter(concerns));
        }
        subjects
    }

    fn judge_one(
        &mut self,
        (rule, planned): (usize, &PlannedRule),
        cast: Cast,
        parts: &[Part],
        at: Timestamp,
    ) {
        let mut verdict = |part: Part| {
            let condition = planned.condition(part).filter(|_| parts.contains(&part));
            condition.map_or(Verdict::Untouched, |condition| {
                self.verdict(condition, (rule, planned), &cast, at)
            })
        };
        let (when, clear) = (verdict(Part::When), verdict(Part::Clear));
        let key = AlertKey { rule: planned.rule.id.clone(), cast };
        let alert = self.cell.alerts.get(&key);
        let to = lifecycle::evaluated(&planned.rule, alert, when, clear, at);
        if alert.is_some() || to != Move::Stay {
            let value = self.quantity((rule, planned), &key.cast, at);
            let reason = (when == Verdict::Closed).then_some(Reason::ScheduleEnded);
            self.apply(planned, key, to, Happening { at, value, reason });
        }
    }

    fn verdict(
        &mut self,
        condition: &Condition,
        rule: (usize, &PlannedRule),
        cast: &[(String, String)],
        at: Timestamp,
    ) -> Verdict {
        if condition.schedule.as_ref().is_some_and(|schedule| !schedule.open_at(at)) {
            return Verdict::Closed;
        }
        let facts = self.facts(condition, rule, cast, at);
        let verdict = truth(&condition.expr, &facts).map_or(Verdict::Unknown, Verdict::Known);
        let type_errors = facts.type_errors.get();
        self.header.counters.type_errors += type_errors;
        verdict
    }

    /// The value that an alert gives at `at`.
    fn quantity(
        &self,
        rule: (usize, &PlannedRule),
        cast: &[(String, String)],
        at: Timestamp,
    ) -> Option<Value> {
        let condition = &rule.1.when;
        let facts = self.facts(condition, rule, cast, at);
        evaluate(condition.quantity.as_ref()?, &facts).map(Cow::into_owned)
    }

    fn facts<'f>(
        &'f self,
        condition: &'f Condition,
        (rule, planned): (usize, &PlannedRule),
        cast: &'f [(String, String)],
        at: Timestamp,
    ) -> GroupFacts<'f> {
        GroupFacts {
            cell: self.cell,
            derived: self.derived,
            kind: self.kind,
            rule,
            scope: planned.scope,
            condition,
            min_samples: planned.rule.min_samples,
            cast,
            at,
            type_errors: Counter::new(0),
        }
    }

    /// Carries out a move of an alert.
    fn apply(&mut self, planned: &PlannedRule, key: AlertKey, to: Move, happening: Happening) {
        let rule = &planned.rule;
        if to == Move::Stay {
            if let Some(alert) = self.cell.alerts.get_mut(&key) {
                alert.value = happening.value;
            }
            return;
        }
        let known = self.cell.alerts.get(&key);
        if known.is_none() && !self.has_room_for_alert(planned) {
            self.header.counters.limits_reached += 1;
            return;
        }
        let subject = self.subject(&key);
        let Some((outcome, transition)) = subject.apply(rule, known, to, happening) else { return };
        match outcome {
            Outcome::Put(alert) => {
                self.cell.alerts.insert(key, alert);
            }
            Outcome::Ended => {
                self.cell.alerts.remove(&key);
            }
        }
        if let Some(transition) = transition {
            self.tell(transition);
        }
    }

    fn has_room_for_alert(&self, planned: &PlannedRule) -> bool {
        let bytes: usize = self.cell.alerts.iter().map(|(key, alert)| key.bytes(alert)).sum();
        bytes + Told::of(&planned.rule).bytes() <= ALERTS_BYTES_MAX
    }

    /// Whom an alert is about: the tags of the group, and the devices in the roles.
    fn subject(&self, key: &AlertKey) -> Subject {
        let mut tags: Vec<(String, String)> = self.tags.iter().chain(&key.cast).cloned().gather();
        sorted::sort(&mut tags);
        Subject { group: Group::Tags(tags), rules_version: self.rules_version }
    }

    /// Tells of an alert that ends, or goes back, because rules or devices have changed.
    pub(super) fn tell_of_change(
        &mut self,
        key: &AlertKey,
        alert: &Alert,
        state: AlertState,
        (at, reason): (Timestamp, Reason),
    ) {
        let rule = self.plan.rule(&key.rule).map(|(_, planned)| &planned.rule);
        let subject = self.subject(key);
        let transition = subject.rule_changed((&key.rule, rule), alert, state, (at, reason));
        self.tell(transition);
    }

    fn tell(&mut self, transition: Transition) {
        self.header.send(self.outbox, &transition);
        self.step.transitions.push(transition);
    }
}
