//! Moving a device's alerts by what was found of their conditions.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use super::{
    device::Device,
    episodes::{Rewriting, Run},
    happening::Moved,
    judge::{Judge, Scratch},
    plan::{Asked, Class, at},
};
use crate::{
    AlertState, Reason, Timestamp, Value,
    expr::evaluate,
    lifecycle::{self, Move, Phase, Stand, Verdict},
};

/// Neighbouring classes of whose conditions the same was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) from: u32,
    /// The class after the last.
    pub(super) to: u32,
    pub(super) when: Verdict,
    pub(super) clear: Verdict,
}

impl Found {
    /// Adds one class of which it was found that `when`.
    pub(super) fn add(list: &mut Vec<Self>, class: u32, when: Verdict) {
        match list.last_mut() {
            Some(last) if last.to == class && last.when == when => last.to = class + 1,
            _ => list.push(Self { from: class, to: class + 1, when, clear: Verdict::Untouched }),
        }
    }
}

/// What moves alerts, and what their transitions say of it.
#[derive(Clone, Debug)]
struct Cause {
    at: Timestamp,
    value: Option<Value>,
    reason: Option<Reason>,
}

impl Judge<'_> {
    /// Moves the alerts of the classes that were found to have something to
    /// do at `t`.
    pub(super) fn move_alerts(&mut self, t: Timestamp, scratch: &mut Scratch) {
        let Scratch { classes, found, quantities, verdicts, rewriting, .. } = scratch;
        if found.is_empty() && classes.is_empty() {
            return;
        }
        for (from, to) in classes.drain(..) {
            self.find((from, to), quantities, verdicts, found);
        }
        if !found.is_sorted_by_key(|found| found.from) {
            sorted::sort_by(found, |a, b| a.from.cmp(&b.from));
        }
        found.retain(|found| !self.shift(*found, t));
        let (told, mut reached) = (self.happened.len(), 0);
        for found in found.drain(..) {
            // What was found twice is the same both times.
            let mut from = found.from.max(reached);
            if from >= found.to {
                continue;
            }
            self.device.episodes.rewrite(from, found.to, rewriting);
            while let Some(class) = at(&self.plan.classes, from).filter(|_| from < found.to) {
                let to = class.ladder_end.min(found.to);
                self.evaluate(class, Found { from, to, ..found }, t, rewriting);
                from = to;
            }
            self.device.episodes.finish(rewriting);
            reached = found.to;
        }
        self.happened.sort_from(told);
    }

    /// Ends the pending or clearing runs whose time is up at `deadline`;
    /// judges nothing.
    pub(super) fn time_out(&mut self, deadline: Timestamp, t: Timestamp) {
        let is_due = |timer: Option<Timestamp>| timer.is_some_and(|timer| timer <= deadline);
        if !is_due(self.device.episodes.next_timer()) {
            return;
        }
        let told = self.happened.len();
        let mut scratch = self.scratch.take().unwrap_or_default();
        let rewriting = &mut scratch.rewriting;
        let due = || self.device.episodes.iter().filter(|run| is_due(run.timer));
        let first = due().map(|run| run.from).min().unwrap_or_default();
        let end = due().map(|run| run.to).max().unwrap_or_default();
        self.device.episodes.rewrite(first, end, rewriting);
        while let Some(run) = rewriting.next_before(u32::MAX) {
            match at(&self.plan.classes, run.from).filter(|_| is_due(run.timer)) {
                Some(class) => {
                    let to = run.stand.phase.timed_out();
                    let value = self.device.last_value(self.selection, class, &run);
                    let cause = Cause { at: t, value, reason: None };
                    self.carry_out(class, run, to, cause, rewriting);
                    if class.clear.is_some() {
                        self.rescan(class);
                    }
                }
                None => rewriting.put(run),
            }
        }
        self.device.episodes.finish(rewriting);
        self.happened.sort_from(told);
        *self.scratch = Some(scratch);
    }

    /// Finds what is known of the conditions of neighbouring classes. Those of
    /// a ladder hold up to one of them, and not from there on.
    fn find(
        &self,
        (mut from, to): (u32, u32),
        quantities: &[u32],
        verdicts: &[Verdict],
        found: &mut Vec<Found>,
    ) {
        let of = |class: &Class| {
            let clear = class.clear.map(|clear| self.verdict_on(clear, quantities, verdicts));
            (self.verdict_on(class.when, quantities, verdicts), clear.unwrap_or_default())
        };
        while let Some(classes) = self.plan.classes.get(from as usize..to as usize) {
            let Some((when, clear)) = classes.first().map(of) else { return };
            let same = classes.partition_point(|class| of(class) == (when, clear));
            let end = from + super::plan::number(same);
            if (when, clear) != (Verdict::Untouched, Verdict::Untouched) {
                found.push(Found { from, to: end, when, clear });
            }
            from = end;
        }
    }

    /// What was found of something that a class asks.
    fn verdict_on(&self, asked: Asked, quantities: &[u32], verdicts: &[Verdict]) -> Verdict {
        let verdict = match asked {
            Asked::General(condition) => {
                let place = self.selection.condition_place(condition);
                place.and_then(|place| verdicts.get(place as usize)).copied()
            }
            Asked::Threshold(threshold) => {
                let place = self.selection.quantity_place(threshold.quantity);
                let place = place.filter(|place| quantities.binary_search(place).is_ok());
                let judged = place.and_then(|place| self.device.judged.get(place as usize));
                judged.map(|judged| match judged.value() {
                    Some(value) => Verdict::Known(threshold.holds(value)),
                    None => Verdict::Unknown,
                })
            }
        };
        verdict.unwrap_or(Verdict::Untouched)
    }

    /// Moves alerts in their places, if nobody is to be told of what was found
    /// of their conditions: most only begin to clear, or do so no more. False
    /// if there is more to do; then nothing was done.
    fn shift(&mut self, found: Found, t: Timestamp) -> bool {
        let Found { from, to, when, clear } = found;
        let plan = self.plan;
        let move_of = |run: &Run| {
            let class = at(&plan.classes, run.from)?;
            let to = lifecycle::moved(&class.course, Some(run.stand), when, clear, t);
            Some((class, to))
        };
        let (mut reached, mut is_changed) = (from, false);
        for run in self.device.episodes.between(from, to) {
            let Some((class, to)) = move_of(run) else { return false };
            let (stays, is_untold) = match to {
                Move::Stay => (true, true),
                Move::To(phase) => {
                    let is_untold = state_of(phase) == state_of(run.stand.phase);
                    (phase == run.stand.phase, is_untold && self.device.told_apart.is_empty())
                }
                Move::Begin(_) | Move::End(_) => (false, false),
            };
            let keeps_value = match class.when {
                Asked::Threshold(_) => true,
                Asked::General(condition) => self.keeps_value(condition, run, t),
            };
            let is_gap = run.from > reached || run.own_rules().is_some();
            if !is_untold || !keeps_value || (is_gap && when == Verdict::Known(true)) {
                return false;
            }
            is_changed |= !stays;
            reached = run.to;
        }
        if reached < to && when == Verdict::Known(true) {
            return false;
        }
        if is_changed {
            self.device.episodes.shift(from, to, |run| {
                if let Some((class, Move::To(phase))) = move_of(run) {
                    run.set_stand(Stand { phase, ..run.stand }, &class.course);
                }
            });
        }
        true
    }

    /// Whether the value of a condition is the one that its alerts have.
    fn keeps_value(&self, condition: u32, run: &Run, t: Timestamp) -> bool {
        let condition = at(&self.plan.conditions, condition);
        condition.filter(|condition| condition.windows.is_empty()).is_some_and(|condition| {
            let facts = self.facts(condition, t);
            let value = condition.quantity.as_ref().and_then(|it| evaluate(it, &facts));
            value.as_deref() == run.value()
        })
    }

    /// Moves the alerts of classes of one ladder by what was found of them at `t`.
    fn evaluate(&mut self, class: &Class, found: Found, t: Timestamp, rewriting: &mut Rewriting) {
        let Found { when, clear, .. } = found;
        while let Some(before) = rewriting.next_before(found.from) {
            rewriting.put(before);
        }
        let reason = (when == Verdict::Closed).then_some(Reason::ScheduleEnded);
        let is_threshold = matches!(class.when, Asked::Threshold(_));
        let mut from = found.from;
        // Of the class at `from`, the rules whose alerts are open, if not all are.
        let mut taken: Vec<Box<[u32]>> = Vec::new();
        while let Some(run) = rewriting.next_before(found.to) {
            if from < run.from {
                self.begin(class, Found { from, to: run.from, ..found }, t, &taken, rewriting);
                taken.clear();
                from = run.from;
            }
            match run.own_rules() {
                Some(rules) => taken.push(rules.into()),
                None => from = run.to,
            }
            let to = lifecycle::moved(&class.course, Some(run.stand), when, clear, t);
            if to == Move::Stay && is_threshold {
                rewriting.put(run);
                continue;
            }
            let value = self.value_of(class, t);
            let is_pending = run.stand.phase == Phase::Pending;
            self.carry_out(class, run, to, Cause { at: t, value, reason }, rewriting);
            // What holds already has more to do than its change would tell.
            let is_half_done = match to {
                Move::End(_) => when == Verdict::Known(true),
                _ => is_pending && clear == Verdict::Known(true),
            };
            if is_half_done {
                self.rescan(class);
            }
        }
        if from < found.to {
            self.begin(class, Found { from, ..found }, t, &taken, rewriting);
        }
    }

    /// Begins the alerts of classes that have none but those of the rules
    /// `taken` in the first of them, if it is time.
    fn begin(
        &mut self,
        class: &Class,
        found: Found,
        t: Timestamp,
        taken: &[Box<[u32]>],
        rewriting: &mut Rewriting,
    ) {
        let begin = lifecycle::moved(&class.course, None, found.when, found.clear, t);
        let Move::Begin(phase) = begin else { return };
        if found.clear == Verdict::Known(true) {
            self.rescan(class);
        }
        let Found { mut from, to, .. } = found;
        let cause = Cause { at: t, value: self.value_of(class, t), reason: None };
        let kept = cause.value.clone().filter(|_| matches!(class.when, Asked::General(_)));
        let stand = Stand { started_at: t, phase };
        if !taken.is_empty() {
            let rules = others(self.plan.rules_of(from, from + 1), taken);
            if !rules.is_empty() {
                self.tell(&rules, state_of(phase), t, cause.clone());
                let run = Run::new(from, from + 1, class, stand);
                rewriting.put(run.apart(kept.clone(), Some(rules)));
            }
            from += 1;
        }
        if from < to {
            self.tell(self.plan.rules_of(from, to), state_of(phase), t, cause);
            rewriting.put(Run::new(from, to, class, stand).apart(kept, None));
        }
    }

    /// The value that alerts of a class give at `t`, which its quantity was judged at.
    fn value_of(&mut self, class: &Class, t: Timestamp) -> Option<Value> {
        match class.when {
            Asked::General(condition) => self.value(condition, t),
            Asked::Threshold(threshold) => {
                let place = self.selection.quantity_place(threshold.quantity)?;
                self.device.judged.get(place as usize)?.value().map(Value::Number)
            }
        }
    }

    /// Lets the next judgement begin alerts of a class whose condition is
    /// true already.
    fn rescan(&mut self, class: &Class) {
        if let Asked::Threshold(threshold) = class.when {
            let place = self.selection.quantity_place(threshold.quantity);
            if let Some(judged) = place.and_then(|it| self.device.judged.get_mut(it as usize)) {
                judged.rescan = true;
            }
        }
    }

    /// Moves alerts that stand alike, and puts them back unless they are at an end.
    fn carry_out(
        &mut self,
        class: &Class,
        mut run: Run,
        to: Move,
        cause: Cause,
        rewriting: &mut Rewriting,
    ) {
        let Stand { started_at, phase: before } = run.stand;
        let told = match to {
            Move::Stay => None,
            Move::Begin(phase) | Move::To(phase) => {
                run.set_stand(Stand { started_at, phase }, &class.course);
                Some(state_of(phase)).filter(|state| *state != state_of(before))
            }
            Move::End(state) => Some(state),
        };
        if matches!(class.when, Asked::General(_)) {
            run.set_value(cause.value.as_ref());
        }
        let rules = run.rules(self.plan);
        if to != Move::Stay && !self.device.told_apart.is_empty() {
            self.device.told_apart.retain(|rule, _| !rules.contains(rule));
        }
        if let Some(state) = told {
            self.tell(rules, state, started_at, cause);
        }
        if !matches!(to, Move::End(_)) {
            rewriting.put(run);
        }
    }

    fn tell(&mut self, rules: &[u32], state: AlertState, started_at: Timestamp, cause: Cause) {
        let Cause { at, value, reason } = cause;
        let device = Arc::clone(self.id);
        self.happened.add(rules, Moved { device, state, at, started_at, value, reason });
    }
}

/// Those of `rules` that are not in `taken`.
fn others(rules: &[u32], taken: &[Box<[u32]>]) -> Box<[u32]> {
    let is_free = |rule: &&u32| taken.iter().all(|taken| taken.binary_search(rule).is_err());
    rules.iter().filter(is_free).copied().collect()
}

const fn state_of(phase: Phase) -> AlertState {
    match phase {
        Phase::Pending => AlertState::Pending,
        Phase::Firing { .. } => AlertState::Firing,
    }
}

impl Device {
    /// Lets the next judgement look at every threshold that is met.
    pub(super) fn rescan(&mut self) {
        self.judged.iter_mut().for_each(|judged| judged.rescan = true);
    }
}
