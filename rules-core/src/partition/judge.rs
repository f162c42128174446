//! Evaluating what a reading or a deadline touches on one device, and moving
//! its alerts.

use alloc::{borrow::Cow, boxed::Box, sync::Arc, vec::Vec};

use sorted::SortedMap;

use super::{
    Settings,
    deadlines::Deadlines,
    dedup::{digest, digest_with},
    device::{Device, Since, make_room},
    episodes::Rewriting,
    facts::DeviceFacts,
    fields::{BatchName, Names, Pattern},
    happening::Happenings,
    moving::Found,
    plan::{Condition, Layout, NO_ROUTE, Plan, SelectedCondition, Selection, at},
    state::Header,
};
use crate::{
    Batch, ReadingRef, Timestamp, Value,
    expr::{evaluate, truth},
    fleet::{Fact, GroupKey},
    lifecycle::Verdict,
    window::{DEVICE_SAMPLES_MAX, Sample},
};

/// One device's cell while it is stepped, and where the step's outputs go.
pub(super) struct Judge<'a> {
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) settings: &'a Settings,
    pub(super) id: &'a Arc<str>,
    pub(super) device: &'a mut Device,
    pub(super) names: &'a mut Names,
    pub(super) header: &'a mut Header,
    pub(super) happened: &'a mut Happenings,
    /// What groups are to be told of this step.
    pub(super) facts: &'a mut SortedMap<GroupKey, Vec<Fact>>,
    pub(super) scratch: &'a mut Option<Box<Scratch>>,
}

/// Lists of one judgement, kept so that none is allocated for the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The names of the batch at hand, by their numbers.
    pub(super) names: Vec<BatchName>,
    /// A reading that was held.
    pub(super) released: Batch,
    /// Where the values of the reading at hand belong.
    pattern: Pattern,
    /// Of which layout what the pattern touches is listed.
    touching: Option<Arc<Layout>>,
    /// What is touched, as places in the selection.
    pub(super) series: Vec<u32>,
    pub(super) quantities: Vec<u32>,
    pub(super) conditions: Vec<u32>,
    pub(super) samples: Vec<u32>,
    /// By place of the condition; untouched but for those in `conditions`.
    pub(super) verdicts: Vec<Verdict>,
    /// Classes whose alerts may have to move, as those from one on and before another.
    pub(super) classes: Vec<(u32, u32)>,
    /// What was found of the conditions of classes.
    pub(super) found: Vec<Found>,
    pub(super) rewriting: Rewriting,
}

impl Scratch {
    /// Takes the names of `batch` for those of the readings that follow.
    pub(super) fn name(&mut self, batch: &Batch, names: &mut Names) {
        if !names.of_batch(batch, &mut self.names) {
            self.pattern.forget();
        }
    }

    /// Lists what the values of the reading at hand touch.
    fn touch(&mut self, layout: &Arc<Layout>) {
        self.touch_nothing();
        self.conditions.extend_from_slice(&layout.always);
        for touched in self.pattern.routes().filter_map(|route| layout.routes(route)) {
            self.series.extend_from_slice(&touched.series);
            self.quantities.extend_from_slice(&touched.quantities);
            self.conditions.extend_from_slice(&touched.conditions);
            self.samples.extend_from_slice(&touched.samples);
        }
        let Self { series, quantities, conditions, samples, .. } = self;
        for list in [series, quantities, conditions, samples] {
            in_order(list);
        }
        self.touching = Some(Arc::clone(layout));
    }

    fn touch_nothing(&mut self) {
        self.touching = None;
        self.series.clear();
        self.quantities.clear();
        self.conditions.clear();
        self.samples.clear();
    }
}

impl Judge<'_> {
    /// Takes in an accepted reading. Without allowed lateness it is judged at
    /// once; else it waits until no reading can come that belongs before it.
    /// Gives its digest.
    pub(super) fn accept(&mut self, reading: ReadingRef<'_>) -> u64 {
        let ts = reading.ts();
        self.device.newest = self.device.newest.max(Some(ts));
        if self.settings.allowed_lateness.as_millis() == 0 {
            if self.device.next.is_some_and(|next| next < ts) {
                self.deadlines(&|deadline| deadline < ts);
            }
            let mut scratch = self.scratch.take().unwrap_or_default();
            let values = self.reading(reading, &mut scratch);
            *self.scratch = Some(scratch);
            return digest_with(reading, || values);
        }
        let names = self.scratch.as_ref().map_or(&[][..], |scratch| &scratch.names);
        let digest = digest(reading, names);
        self.device.held.insert(reading.to_reading());
        while self.device.held.is_overfull() {
            self.header.counters.limits_reached += 1;
            self.release_next();
        }
        let newest = self.device.newest.unwrap_or(ts);
        let watermark = newest.minus(self.settings.allowed_lateness);
        while self.device.held.next_ts().is_some_and(|ts| ts <= watermark) {
            self.release_next();
        }
        self.deadlines(&|deadline| deadline < watermark);
        digest
    }

    /// Lets the clock pass `limit`: held readings and deadlines up to and
    /// with it, in the order of their times.
    pub(super) fn pass(&mut self, limit: Timestamp) {
        while self.device.held.next_ts().is_some_and(|ts| ts <= limit) {
            self.release_next();
        }
        self.deadlines(&|deadline| deadline <= limit);
    }

    fn release_next(&mut self) {
        if let Some(reading) = self.device.held.pop() {
            self.deadlines(&|deadline| deadline < reading.ts);
            let mut scratch = self.scratch.take().unwrap_or_default();
            let mut batch = core::mem::take(&mut scratch.released);
            let names = core::mem::take(&mut scratch.names);
            batch.push(0, &reading);
            scratch.name(&batch, self.names);
            for (_, reading) in batch.iter() {
                self.reading(reading, &mut scratch);
            }
            batch.clear();
            scratch.released = batch;
            scratch.names = names;
            scratch.pattern.forget();
            *self.scratch = Some(scratch);
        }
    }

    /// Judges a reading: known values, windows, conditions. Gives the sum of
    /// its values' digests.
    fn reading(&mut self, reading: ReadingRef<'_>, scratch: &mut Scratch) -> u64 {
        let ts = reading.ts();
        let selection = self.selection;
        let Device { fields, said, last, .. } = &mut *self.device;
        *last = (*last).max(Some(ts));
        let Scratch { pattern, names, touching, .. } = scratch;
        let is_known = fields.follow(pattern, reading, names, selection, self.names);
        let digest = fields.learn(reading, pattern, |route| {
            let conditions = selection.routes(route).map_or(&[][..], |it| &it.conditions);
            for place in conditions {
                said.get_mut(*place as usize).into_iter().for_each(|said| *said = None);
            }
        });
        let layout = selection.layout();
        if !is_known || touching.as_ref().is_none_or(|it| !Arc::ptr_eq(it, layout)) {
            scratch.touch(layout);
        }
        for place in &scratch.series {
            self.sample(*place, ts);
        }
        for place in &scratch.samples {
            self.tell_sample(*place, ts);
        }
        self.judge(ts, scratch);
        digest
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.clock().next()
    }

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
            let at = self.device.reached().map_or(deadline, |reached| reached.max(deadline));
            let mut scratch = self.scratch.take().unwrap_or_default();
            scratch.touch_nothing();
            self.clock().due(deadline, &mut scratch);
            in_order(&mut scratch.quantities);
            in_order(&mut scratch.conditions);
            self.device.settled = Some(at);
            for series in &mut self.device.series {
                series.close(deadline);
            }
            self.judge(at, &mut scratch);
            *self.scratch = Some(scratch);
            self.time_out(deadline, at);
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

    /// Evaluates the input of a series and keeps its value as a sample.
    fn sample(&mut self, place: u32, ts: Timestamp) {
        let selected = at(&self.selection.series, place);
        let Some(selected) = selected else { return };
        let sample = match selected.field {
            NO_ROUTE => self.computed_sample(selected.series, ts),
            field => self.device.fields.on_route(field).and_then(|value| match value {
                Value::Number(number) => Some(Sample::Number(*number)),
                value => sample(value.clone()),
            }),
        };
        let Some(sample) = sample else { return };
        let count = self.device.series.len();
        let Some(series) = self.device.series_at_mut(place) else { return };
        let pushed = series.push(ts, sample);
        self.header.counters.type_errors += u64::from(pushed.type_errors);
        self.header.counters.limits_reached += u64::from(pushed.coarsened);
        // Together they hold too much only if one of them holds more than its share.
        if series.samples() * count > DEVICE_SAMPLES_MAX {
            self.header.counters.limits_reached += make_room(&mut self.device.series);
        }
    }

    /// Evaluates the input of a series.
    fn computed_sample(&mut self, series: u32, ts: Timestamp) -> Option<Sample> {
        let lateness = self.settings.allowed_lateness;
        let facts = DeviceFacts::new(self.device, self.selection, None, ts, lateness);
        let value = evaluate(&at(&self.plan.series, series)?.input, &facts).map(Cow::into_owned);
        self.header.counters.type_errors += facts.type_errors();
        value.and_then(sample)
    }

    /// Evaluates what is touched at `t`, and moves the alerts of the rules
    /// that ask for it.
    fn judge(&mut self, t: Timestamp, scratch: &mut Scratch) {
        for place in &scratch.quantities {
            self.measure(*place, t, &mut scratch.found, &mut scratch.classes);
        }
        if scratch.verdicts.len() < self.selection.conditions.len() {
            scratch.verdicts.resize(self.selection.conditions.len(), Verdict::Untouched);
        }
        for place in &scratch.conditions {
            let verdict = self.look(*place, t, &mut scratch.classes);
            if let Some(known) = scratch.verdicts.get_mut(*place as usize) {
                *known = verdict;
            }
        }
        if self.device.episodes.next_timer().is_some_and(|timer| timer <= t) {
            // A timer that ends with this very evaluation is its affair.
            let open = self.device.episodes.iter();
            let due = open.filter(|run| run.timer.is_some_and(|timer| timer <= t));
            scratch.classes.extend(due.map(|run| (run.from, run.to)));
        }
        self.move_alerts(t, scratch);
        for place in &scratch.conditions {
            if let Some(known) = scratch.verdicts.get_mut(*place as usize) {
                *known = Verdict::Untouched;
            }
        }
    }

    /// Evaluates a condition at `t`, and finds the classes for which it may matter.
    fn look(&mut self, place: u32, t: Timestamp, classes: &mut Vec<(u32, u32)>) -> Verdict {
        let Some(selected) = at(&self.selection.conditions, place) else {
            return Verdict::Untouched;
        };
        let Some(condition) = at(&self.plan.conditions, selected.condition) else {
            return Verdict::Untouched;
        };
        let said = self.device.said.get(place as usize).copied().flatten();
        let verdict = said.unwrap_or_else(|| self.find_out(place, selected, condition, t));
        let busy = !self.device.episodes.is_empty();
        // Without news no alert has anything to do but by its timer, unless one may begin.
        if verdict == Verdict::Known(true) || (busy && said.is_none()) {
            classes.extend(self.selection.classes(place).iter().map(|class| (*class, class + 1)));
        }
        verdict
    }

    /// Evaluates a condition, and notes what it says if it says so again as
    /// long as its fields have the same values.
    fn find_out(
        &mut self,
        place: u32,
        selected: &SelectedCondition,
        condition: &Condition,
        t: Timestamp,
    ) -> Verdict {
        let type_errors = self.header.counters.type_errors;
        let verdict = self.verdict(condition, t, selected.is_asked);
        self.tell_value(place, t);
        // A type error counts each time.
        let is_lasting = condition.reads_values_only()
            && selected.tellers.is_empty()
            && self.header.counters.type_errors == type_errors;
        if let Some(said) = self.device.said.get_mut(place as usize).filter(|_| is_lasting) {
            *said = Some(verdict);
        }
        verdict
    }

    /// What a condition says at `t`, if a rule asks; a group may want another
    /// value than a truth of it.
    fn verdict(&mut self, condition: &Condition, t: Timestamp, is_asked: bool) -> Verdict {
        if condition.is_timed() {
            self.device.looked.insert(condition.key, t);
        }
        self.advance(condition, t);
        self.follow_sinces(condition, t);
        if !is_asked {
            return Verdict::Untouched;
        }
        if condition.schedule.as_ref().is_some_and(|schedule| !schedule.open_at(t)) {
            return Verdict::Closed;
        }
        let facts = self.facts(condition, t);
        let verdict = truth(&condition.expr, &facts).map_or(Verdict::Unknown, Verdict::Known);
        let type_errors = facts.type_errors();
        self.header.counters.type_errors += type_errors;
        verdict
    }

    pub(super) fn facts<'b>(&'b self, condition: &'b Condition, t: Timestamp) -> DeviceFacts<'b> {
        let lateness = self.settings.allowed_lateness;
        DeviceFacts::new(self.device, self.selection, Some(condition), t, lateness)
    }

    /// The value that alerts of a condition give at `t`.
    pub(super) fn value(&mut self, condition: u32, t: Timestamp) -> Option<Value> {
        let condition = at(&self.plan.conditions, condition)?;
        let quantity = condition.quantity.as_ref()?;
        self.advance(condition, t);
        evaluate(quantity, &self.facts(condition, t)).map(Cow::into_owned)
    }

    /// Lets the condition's windows forget what has left them at `t`.
    pub(super) fn advance(&mut self, condition: &Condition, t: Timestamp) {
        for window in &condition.windows {
            let place = self.selection.series_place(window.series);
            if let Some(series) = place.and_then(|place| self.device.series_at_mut(place)) {
                series.advance(t);
            }
        }
    }

    /// Notes whether the conditions of the condition's `since` hold at `t`;
    /// what is unknown leaves them as they were.
    pub(super) fn follow_sinces(&mut self, condition: &Condition, t: Timestamp) {
        for since in &condition.clocks.sinces {
            let known = self.device.since.get(&since.key);
            let now = match (truth(&since.condition, &self.facts(condition, t)), known) {
                (Some(true), _) => Since::Holds,
                (Some(false), Some(Since::Holds)) => Since::Ended(t),
                _ => continue,
            };
            self.device.since.insert(since.key, now);
        }
    }
}

fn sample(value: Value) -> Option<Sample> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(Sample::Number(number)),
        Value::Bool(truth) => Some(Sample::Bool(truth)),
        Value::Text(text) => Some(Sample::Text(text)),
    }
}

/// Sorts a list, each element once. Most lists have an element or none.
fn in_order(list: &mut Vec<u32>) {
    if !list.is_sorted_by(|a, b| a < b) {
        list.sort_unstable();
        list.dedup();
    }
}
