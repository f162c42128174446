//! Evaluating conditions of one device at one moment, and moving its alerts.

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    Settings, Step,
    condition::Condition,
    deadlines::Deadlines,
    device::{Device, Since},
    facts::DeviceFacts,
    plan::{Plan, PlannedSeries, Selection},
    state::Header,
};
use crate::{
    Reading, Reason, Timestamp, Value,
    expr::{evaluate, truth},
    lifecycle::{self, Move, Verdict},
    window::{DEVICE_SAMPLES_MAX, Sample, Series},
};

/// One device's cell while it is stepped, and where the step's outputs go.
pub(super) struct Judge<'a> {
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) settings: &'a Settings,
    pub(super) rules_version: u64,
    pub(super) id: &'a str,
    pub(super) device: &'a mut Device,
    pub(super) header: &'a mut Header,
    pub(super) outbox: &'a mut Vec<(u64, Vec<u8>)>,
    pub(super) step: &'a mut Step,
}

impl Judge<'_> {
    /// Takes in an accepted reading. Without allowed lateness it is judged at
    /// once; else it waits until no reading can come that belongs before it.
    pub(super) fn accept(&mut self, reading: &Reading) {
        self.device.newest = self.device.newest.max(Some(reading.ts));
        if self.settings.allowed_lateness.as_millis() == 0 {
            self.deadlines(|deadline| deadline < reading.ts);
            self.reading(reading);
            return;
        }
        self.device.held.insert(reading.clone());
        while self.device.held.is_overfull() {
            self.header.counters.limits_reached += 1;
            self.release_next();
        }
        let newest = self.device.newest.unwrap_or(reading.ts);
        let watermark = newest.minus(self.settings.allowed_lateness);
        while self.device.held.next_ts().is_some_and(|ts| ts <= watermark) {
            self.release_next();
        }
        self.deadlines(|deadline| deadline < watermark);
    }

    /// Lets the clock pass `limit`: held readings and deadlines up to and
    /// with it, in the order of their times.
    pub(super) fn pass(&mut self, limit: Timestamp) {
        while self.device.held.next_ts().is_some_and(|ts| ts <= limit) {
            self.release_next();
        }
        self.deadlines(|deadline| deadline <= limit);
    }

    fn release_next(&mut self) {
        if let Some(reading) = self.device.held.pop() {
            self.deadlines(|deadline| deadline < reading.ts);
            self.reading(&reading);
        }
    }

    /// Judges a reading: known values, windows, conditions.
    fn reading(&mut self, reading: &Reading) {
        self.device.learn(reading);
        for series in self.plan.series_for(reading) {
            self.sample(series, reading.ts);
        }
        self.judge(&self.plan.conditions_for(reading), reading.ts);
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.clock().next()
    }

    /// Runs the deadlines for which `due` holds, in the order of their times.
    fn deadlines(&mut self, due: impl Fn(Timestamp) -> bool) {
        let mut ran = None;
        while let Some(deadline) = self.next_deadline() {
            // All that is due by a deadline runs with it, so the next one lies after it.
            if !due(deadline) || ran.is_some_and(|ran| deadline <= ran) {
                break;
            }
            ran = Some(deadline);
            // A rule set that changed may bring a deadline that lies before
            // what was judged already; time does not go back for it.
            let at = self.device.reached().map_or(deadline, |reached| reached.max(deadline));
            let conditions = self.clock().due(deadline);
            self.device.settled = Some(at);
            for series in self.device.series.values_mut() {
                series.close(deadline);
            }
            self.judge(&conditions, at);
            for index in self.clock().timed_out(deadline) {
                self.time_out(index, at);
            }
        }
    }

    fn clock(&self) -> Deadlines<'_> {
        Deadlines {
            device: self.device,
            plan: self.plan,
            selection: self.selection,
            settings: self.settings,
        }
    }

    /// Ends the pending or clearing run of an alert whose time is up; judges nothing.
    fn time_out(&mut self, index: usize, at: Timestamp) {
        let Some(planned) = self.plan.rules.get(index) else { return };
        if let Some(alert) = self.device.alerts.get(&planned.rule.id) {
            let value = alert.value.clone();
            let to = lifecycle::timed_out(alert);
            self.apply(index, to, at, value, None);
        }
    }

    /// Evaluates the input of a series and keeps its value as a sample.
    fn sample(&mut self, planned: &PlannedSeries, ts: Timestamp) {
        let Some(views) = self.selection.series.get(&planned.key) else { return };
        let facts = DeviceFacts::new(self.device, None, ts, self.settings.allowed_lateness);
        let value = evaluate(&planned.input, &facts).map(Cow::into_owned);
        self.header.counters.type_errors += facts.type_errors();
        let sample = match value {
            None | Some(Value::Null) => return,
            Some(Value::Number(number)) => Sample::Number(number),
            Some(Value::Bool(truth)) => Sample::Bool(truth),
            Some(Value::Text(text)) => Sample::Text(text),
        };
        let series = self.device.series.entry(planned.key).or_insert_with(|| Series::new(views));
        let pushed = series.push(ts, sample);
        self.header.counters.type_errors += u64::from(pushed.type_errors);
        self.header.counters.limits_reached += u64::from(pushed.coarsened);
        // Together they hold too much only if one of them holds more than its share.
        if series.samples() * self.device.series.len() > DEVICE_SAMPLES_MAX {
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
            let when = verdict(planned.when);
            let clear = planned.clear.map_or(Verdict::Untouched, verdict);
            let alert = self.device.alerts.get(&planned.rule.id);
            let to = lifecycle::evaluated(&planned.rule, alert, when, clear, at);
            if alert.is_some() || to != Move::Stay {
                let value = self.quantity(planned.when, at);
                let reason = (when == Verdict::Closed).then_some(Reason::ScheduleEnded);
                self.apply(index, to, at, value, reason);
            }
        }
    }

    fn verdict(&mut self, condition: &Condition, at: Timestamp) -> Verdict {
        if condition.is_timed() {
            self.device.judged.insert(condition.key, at);
        }
        self.advance(condition, at);
        self.follow_sinces(condition, at);
        if condition.schedule.as_ref().is_some_and(|schedule| !schedule.open_at(at)) {
            return Verdict::Closed;
        }
        let facts =
            DeviceFacts::new(self.device, Some(condition), at, self.settings.allowed_lateness);
        let verdict = truth(&condition.expr, &facts).map_or(Verdict::Unknown, Verdict::Known);
        self.header.counters.type_errors += facts.type_errors();
        verdict
    }

    /// The value that alerts of the condition give at `at`.
    fn quantity(&mut self, condition: usize, at: Timestamp) -> Option<Value> {
        let condition = self.plan.conditions.get(condition)?;
        let quantity = condition.quantity.as_ref()?;
        self.advance(condition, at);
        let facts =
            DeviceFacts::new(self.device, Some(condition), at, self.settings.allowed_lateness);
        evaluate(quantity, &facts).map(Cow::into_owned)
    }

    /// Lets the condition's windows forget what has left them at `at`.
    pub(super) fn advance(&mut self, condition: &Condition, at: Timestamp) {
        for window in &condition.windows {
            if let Some(series) = self.device.series.get_mut(&window.series) {
                series.advance(at);
            }
        }
    }

    /// Notes whether the conditions of the condition's `since` hold at `at`;
    /// what is unknown leaves them as they were.
    pub(super) fn follow_sinces(&mut self, condition: &Condition, at: Timestamp) {
        for since in &condition.clocks.sinces {
            let facts =
                DeviceFacts::new(self.device, Some(condition), at, self.settings.allowed_lateness);
            let known = self.device.since.get(&since.key);
            let now = match (truth(&since.condition, &facts), known) {
                (Some(true), _) => Since::Holds,
                (Some(false), Some(Since::Holds)) => Since::Ended(at),
                _ => continue,
            };
            self.device.since.insert(since.key, now);
        }
    }
}
