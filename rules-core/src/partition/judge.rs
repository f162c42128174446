//! Evaluating conditions of one device at one moment, and moving its alerts.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::ToString,
    vec::Vec,
};
use core::cell::Cell;

use super::{
    Step,
    device::Device,
    lifecycle::{self, Alert, Move, Phase, Told, Verdict},
    plan::{Condition, Plan, Selection},
    state::{Header, Partition},
    summary,
};
use crate::{
    AlertState, EpisodeId, Group, Missing, Reading, Reason, Span, Timestamp, Transition, Value,
    expr::{Aggregate, Expr, Facts, WindowCall, evaluate},
    window::{DEVICE_SAMPLES_MAX, Sample, SlidingWindow},
};

/// One device's cell while it is stepped, and where the step's outputs go.
pub(super) struct Judge<'a> {
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) rules_version: u64,
    pub(super) id: &'a str,
    pub(super) device: &'a mut Device,
    pub(super) header: &'a mut Header,
    pub(super) outbox: &'a mut Vec<(u64, Vec<u8>)>,
    pub(super) step: &'a mut Step,
}

impl Judge<'_> {
    /// Takes in an accepted reading: known values, windows, conditions.
    pub(super) fn reading(&mut self, reading: &Reading) {
        self.deadlines(|deadline| deadline < reading.ts);
        self.device.learn(reading);
        for window in self.plan.windows_for(reading) {
            if self.selection.window_keys.contains(&window.key) {
                self.sample(&window.call, window.key, reading.ts);
            }
        }
        self.judge(&self.plan.conditions_for(reading), reading.ts);
    }

    /// Runs the deadlines for which `due` holds, in the order of their times.
    pub(super) fn deadlines(&mut self, due: impl Fn(Timestamp) -> bool) {
        let mut ran = None;
        while let Some(deadline) = self.device.next_deadline(self.plan, self.selection) {
            // All that is due by a deadline runs with it, so the next one lies after it.
            if !due(deadline) || ran.is_some_and(|ran| deadline <= ran) {
                break;
            }
            ran = Some(deadline);
            // A rule set that changed may bring a deadline that lies before
            // one that has run already; time does not go back for it.
            let at = self.device.settled.map_or(deadline, |settled| settled.max(deadline));
            self.device.settled = Some(at);
            let conditions = self.take_due_conditions(at);
            self.judge(&conditions, at);
            self.run_timers(at);
        }
    }

    /// The conditions that a deadline at `at` has to judge: absences, and windows that run empty.
    fn take_due_conditions(&mut self, at: Timestamp) -> BTreeSet<usize> {
        let mut due = BTreeSet::new();
        for index in &self.selection.silences {
            let Some(condition) = self.plan.conditions.get(*index) else { continue };
            while self.device.silence_at(condition).is_some_and(|deadline| deadline <= at) {
                let judged =
                    self.device.silence_judged.get(&condition.key).copied().unwrap_or(Span::ZERO);
                let Some(next) = condition.silences.iter().find(|span| **span > judged) else {
                    break;
                };
                self.device.silence_judged.insert(condition.key, *next);
                due.insert(*index);
            }
        }
        for planned in self
            .device
            .alerts
            .keys()
            .filter_map(|id| self.plan.rule(id))
            .map(|(_, planned)| planned)
            .filter(|planned| planned.rule.missing == Missing::Clear)
        {
            let condition = self.plan.conditions.get(planned.when);
            if condition
                .and_then(|condition| self.device.missing_at(condition))
                .is_some_and(|deadline| deadline <= at)
            {
                due.insert(planned.when);
            }
        }
        due
    }

    /// Ends the pending and clearing runs whose time is up at `at`; judges nothing.
    fn run_timers(&mut self, at: Timestamp) {
        let due: Vec<usize> = self
            .device
            .alerts
            .iter()
            .filter_map(|(id, alert)| {
                let (index, planned) = self.plan.rule(id)?;
                lifecycle::timer(&planned.rule, alert).filter(|timer| *timer <= at).map(|_| index)
            })
            .collect();
        for index in due {
            let Some(planned) = self.plan.rules.get(index) else { continue };
            if let Some(alert) = self.device.alerts.get(&planned.rule.id) {
                let value = alert.value.clone();
                let to = lifecycle::timed_out(alert);
                self.apply(index, to, at, value);
            }
        }
    }

    /// Evaluates `input` and hands its value to the window as a sample.
    fn sample(&mut self, call: &WindowCall, key: u64, ts: Timestamp) {
        let value = {
            let facts = DeviceFacts::new(self.device, None, ts);
            let value = evaluate(&call.input, &facts).map(alloc::borrow::Cow::into_owned);
            self.header.counters.type_errors += facts.type_errors.get();
            value
        };
        let sample = match (value, call.aggregate) {
            (None, _) => return,
            (Some(Value::Number(number)), _) => Sample::Number(number),
            (Some(Value::Bool(truth)), Aggregate::Count) => Sample::Bool(truth),
            (Some(Value::Text(_)), Aggregate::Count) => Sample::Bool(true),
            (Some(_), _) => {
                self.header.counters.type_errors += 1;
                return;
            }
        };
        let window = self
            .device
            .windows
            .entry(key)
            .or_insert_with(|| SlidingWindow::new(call.aggregate, call.width()));
        let given_up = window.push(ts, sample).is_some();
        self.header.counters.limits_reached += u64::from(given_up);
        // Together they hold too much only if one of them holds more than its share.
        let samples = window.samples();
        if samples * self.device.windows.len() > DEVICE_SAMPLES_MAX {
            self.header.counters.limits_reached += self.device.make_room();
        }
    }

    /// Evaluates the conditions at `at` and moves the alerts of the selected rules that use them.
    fn judge(&mut self, conditions: &BTreeSet<usize>, at: Timestamp) {
        let mut verdicts = BTreeMap::new();
        let mut rules: BTreeSet<usize> = BTreeSet::new();
        for index in conditions {
            let Some(condition) = self.plan.conditions.get(*index) else { continue };
            let mut selected =
                condition.users.iter().filter(|rule| self.selection.has_rule(**rule)).peekable();
            if selected.peek().is_some() {
                rules.extend(selected);
                verdicts.insert(*index, self.verdict(condition, at));
            }
        }
        let verdict = |index: usize| verdicts.get(&index).copied().unwrap_or(Verdict::Untouched);
        for index in rules {
            let Some(planned) = self.plan.rules.get(index) else { continue };
            let clear = planned.clear.map_or(Verdict::Untouched, verdict);
            let alert = self.device.alerts.get(&planned.rule.id);
            let to = lifecycle::evaluated(&planned.rule, alert, verdict(planned.when), clear, at);
            if alert.is_some() || to != Move::Stay {
                let value = self.quantity(planned.when, at);
                self.apply(index, to, at, value);
            }
        }
    }

    fn verdict(&mut self, condition: &Condition, at: Timestamp) -> Verdict {
        self.advance(condition, at);
        let facts = DeviceFacts::new(self.device, Some(condition), at);
        let verdict = match evaluate(&condition.expr, &facts).as_deref() {
            Some(Value::Bool(truth)) => Verdict::Known(*truth),
            Some(_) => {
                facts.type_error();
                Verdict::Unknown
            }
            None => Verdict::Unknown,
        };
        self.header.counters.type_errors += facts.type_errors.get();
        verdict
    }

    /// The value that alerts of the condition give at `at`.
    fn quantity(&mut self, condition: usize, at: Timestamp) -> Option<Value> {
        let condition = self.plan.conditions.get(condition)?;
        let quantity = condition.quantity.as_ref()?;
        self.advance(condition, at);
        let facts = DeviceFacts::new(self.device, Some(condition), at);
        evaluate(quantity, &facts).map(alloc::borrow::Cow::into_owned)
    }

    fn advance(&mut self, condition: &Condition, at: Timestamp) {
        for (_, key) in &condition.windows {
            if let Some(window) = self.device.windows.get_mut(key) {
                window.advance(at);
            }
        }
    }

    /// Carries out a move of the alert of the rule at `index`.
    fn apply(&mut self, index: usize, to: Move, at: Timestamp, value: Option<Value>) {
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
        self.tell(
            &rule.id,
            Told::of(rule),
            started_at,
            Happening { state, at, value, reason: None, summary },
        );
    }

    /// Brings the cell up to a rule set that it has not been judged by, at `now`.
    pub(super) fn take_on_rules(&mut self, now: Timestamp) {
        self.device.rules_version = self.rules_version;
        let keys = &self.selection.window_keys;
        self.device.windows.retain(|key, _| keys.contains(key));
        let plan = self.plan;
        self.device
            .silence_judged
            .retain(|key, _| plan.conditions.iter().any(|condition| condition.key == *key));
        let alerts = core::mem::take(&mut self.device.alerts);
        for (id, mut alert) in alerts {
            let ending = match plan.rule(&id) {
                None => Some(Reason::RuleDeleted),
                Some((index, _)) if !self.selection.has_rule(index) => Some(Reason::RuleNarrowed),
                Some(_) => None,
            };
            let firing = matches!(alert.phase, Phase::Firing { .. });
            let at = now.max(alert.started_at);
            if let Some(reason) = ending {
                let state = if firing { AlertState::Resolved } else { AlertState::Inactive };
                self.tell_of_change(&id, &alert, state, at, reason);
                continue;
            }
            let hold = plan.rule(&id).map_or(Span::ZERO, |(_, planned)| planned.rule.hold);
            if firing && at < alert.started_at.plus(hold) {
                alert.phase = Phase::Pending;
                self.tell_of_change(&id, &alert, AlertState::Pending, at, Reason::HoldLengthened);
            }
            self.device.alerts.insert(id, alert);
        }
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
    summary: alloc::string::String,
}

/// A device at one moment, as expressions see it.
struct DeviceFacts<'a> {
    device: &'a Device,
    condition: Option<&'a Condition>,
    at: Timestamp,
    type_errors: Cell<u64>,
}

impl<'a> DeviceFacts<'a> {
    fn new(device: &'a Device, condition: Option<&'a Condition>, at: Timestamp) -> Self {
        Self { device, condition, at, type_errors: Cell::new(0) }
    }
}

impl Facts for DeviceFacts<'_> {
    fn field(&self, field: &str) -> Option<&Value> {
        self.device.fields.get(field).map(|last| &last.value).filter(|value| **value != Value::Null)
    }

    fn window(&self, call: &WindowCall) -> Option<Value> {
        let condition = self.condition?;
        let (_, key) = condition.windows.iter().find(|(known, _)| known == call)?;
        self.device.windows.get(key)?.value(condition.min_samples).map(Value::Number)
    }

    fn fresh(&self, field: &str, span: Span) -> bool {
        let last = self.device.fields.get(field).filter(|last| last.value != Value::Null);
        last.is_some_and(|last| self.at < last.ts.plus(span))
    }

    fn since(&self, _: &Expr) -> Option<Span> {
        None
    }

    fn absent(&self, span: Span) -> bool {
        self.device.silent_since().is_some_and(|since| self.at >= since.plus(span))
    }

    fn type_error(&self) {
        self.type_errors.set(self.type_errors.get() + 1);
    }
}

impl WindowCall {
    /// How long the window is.
    #[must_use]
    pub const fn width(&self) -> Span {
        match self.frame {
            crate::expr::Frame::Sliding(width) => width,
            _ => Span::ZERO,
        }
    }
}
