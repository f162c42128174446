use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::ops::Range;

use super::plan::{Class, Plan};
use crate::{
    Timestamp, Value,
    lifecycle::{Course, Stand},
};

/// The pending and firing alerts of one device.
///
/// What moves one alert mostly moves its neighbours as well: a value that
/// falls passes thresholds in their order. So alerts are kept as runs along
/// the classes, and a judgement rewrites the runs that it touches, once.
#[derive(Debug, Default)]
pub(super) struct Episodes {
    /// In the order of their classes; they overlap only where alerts of one
    /// class are apart.
    runs: Vec<Run>,
    /// When the first of them moves on by its own timer (`for`, `keep_firing_for`).
    next_timer: Option<Timestamp>,
}

/// Pending or firing alerts that began together and stand alike: those of
/// neighbouring classes on one ladder, or some of one class.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The first class.
    pub(super) from: u32,
    /// The class after the last.
    pub(super) to: u32,
    /// The class after the ladder's last.
    pub(super) ladder_end: u32,
    pub(super) stand: Stand,
    /// When they move on by their own timer.
    pub(super) timer: Option<Timestamp>,
    /// What most have not.
    pub(super) apart: Option<Box<Apart>>,
}

/// What sets a run apart.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    /// The compared quantity at the last judgement, of a condition that is no
    /// threshold; the value of one is kept once a quantity.
    pub(super) value: Option<Value>,
    /// Whose alerts, as ascending indexes of rules, if not those of all rules.
    pub(super) rules: Option<Box<[u32]>>,
}

/// Runs of one device while they are rewritten.
#[derive(Debug, Default)]
pub(super) struct Rewriting {
    /// Where they stand among all.
    place: Range<usize>,
    /// Those still to come by, in order.
    rest: VecDeque<Run>,
    /// Those that are done with, as they will be.
    done: Vec<Run>,
}

impl Episodes {
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter()
    }

    /// When the first of them moves on by its own timer.
    pub(super) fn next_timer(&self) -> Option<Timestamp> {
        self.next_timer
    }

    /// The runs that reach into the classes `from..to`.
    pub(super) fn between(&self, from: u32, to: u32) -> &[Run] {
        let first = self.runs.partition_point(|run| run.to <= from);
        let rest = self.runs.get(first..).unwrap_or_default();
        rest.split_at(rest.iter().take_while(|run| run.from < to).count()).0
    }

    /// Lets `change` how the alerts of the classes `from..to` stand, in their places.
    pub(super) fn shift(&mut self, from: u32, to: u32, change: impl FnMut(&mut Run)) {
        let mut first = self.runs.partition_point(|run| run.to <= from);
        first += usize::from(self.split(first, from));
        let rest = self.runs.get(first..).unwrap_or_default();
        let mut end = first + rest.iter().take_while(|run| run.to <= to).count();
        end += usize::from(self.split(end, to));
        let touched = self.runs.get_mut(first..end).unwrap_or_default();
        let before = first_timer(touched);
        touched.iter_mut().for_each(change);
        let after = first_timer(touched);
        for place in (first.max(1)..=end).rev() {
            if let Some([one, next]) = self.runs.get_mut(place - 1..=place)
                && one.is_continued_by(next)
            {
                one.to = next.to;
                self.runs.remove(place);
            }
        }
        self.retime(before, after);
    }

    /// Cuts the run at `place` before `class`, if it has classes on both sides. Whether it has.
    fn split(&mut self, place: usize, class: u32) -> bool {
        let run = self.runs.get_mut(place).filter(|run| run.from < class && class < run.to);
        let Some(run) = run else { return false };
        let rest = Run { from: class, ..run.clone() };
        run.to = class;
        self.runs.insert(place + 1, rest);
        true
    }

    /// Finds the next timer anew, after runs whose first was `before` became
    /// such whose first is `after`.
    fn retime(&mut self, before: Option<Timestamp>, after: Option<Timestamp>) {
        self.next_timer = if before.is_some() && before == self.next_timer {
            first_timer(&self.runs)
        } else {
            self.next_timer.into_iter().chain(after).min()
        };
    }

    /// Begins to rewrite the runs of the classes `from..to`, and what might
    /// become one with them.
    pub(super) fn rewrite(&self, from: u32, to: u32, rewriting: &mut Rewriting) {
        let first = self.runs.partition_point(|run| run.to < from);
        let touched = self.runs.get(first..).unwrap_or_default();
        let touched = touched.split_at(touched.partition_point(|run| run.from <= to)).0;
        rewriting.place = first..first + touched.len();
        rewriting.rest.extend(touched.iter().cloned());
    }

    /// Ends a rewriting: what is left of the rest stays as it is.
    pub(super) fn finish(&mut self, rewriting: &mut Rewriting) {
        while let Some(next) = rewriting.rest.pop_front() {
            rewriting.put(next);
        }
        let before = self.runs.get(rewriting.place.clone()).and_then(first_timer);
        let after = first_timer(&rewriting.done);
        self.runs.splice(rewriting.place.clone(), rewriting.done.drain(..));
        self.retime(before, after);
    }
}

/// When the first of these runs moves on by its own timer.
fn first_timer(runs: &[Run]) -> Option<Timestamp> {
    runs.iter().filter_map(|run| run.timer).min()
}

impl Rewriting {
    /// The next run, or the part of it, that lies before `class`.
    pub(super) fn next_before(&mut self, class: u32) -> Option<Run> {
        let next = self.rest.front_mut().filter(|next| next.from < class)?;
        if next.to <= class {
            return self.rest.pop_front();
        }
        let before = Run { to: class, ..next.clone() };
        next.from = class;
        Some(before)
    }

    /// Adds a run behind those that are done with; what stands alike becomes one.
    pub(super) fn put(&mut self, run: Run) {
        match self.done.last_mut() {
            Some(last) if last.is_continued_by(&run) => last.to = run.to,
            _ => self.done.push(run),
        }
    }
}

impl Run {
    /// Alerts of classes of `class`'s ladder that stand as `stand` says.
    pub(super) fn new(from: u32, to: u32, class: &Class, stand: Stand) -> Self {
        let timer = class.course.timer(stand);
        Self { from, to, ladder_end: class.ladder_end, stand, timer, apart: None }
    }

    /// The same, with this value, and only of these rules.
    pub(super) fn apart(self, value: Option<Value>, rules: Option<Box<[u32]>>) -> Self {
        let is_apart = value.is_some() || rules.is_some();
        Self { apart: is_apart.then(|| Box::new(Apart { value, rules })), ..self }
    }

    /// Lets them stand as `stand` says.
    pub(super) fn set_stand(&mut self, stand: Stand, course: &Course) {
        self.timer = course.timer(stand);
        self.stand = stand;
    }

    /// Notes the value of a condition that is no threshold.
    pub(super) fn set_value(&mut self, value: Option<&Value>) {
        if let Some(apart) = &mut self.apart {
            apart.value = value.cloned();
        } else {
            let apart = |value: &Value| Apart { value: Some(value.clone()), rules: None };
            self.apart = value.map(|value| Box::new(apart(value)));
        }
    }

    /// The value of a condition that is no threshold.
    pub(super) fn value(&self) -> Option<&Value> {
        self.apart.as_ref()?.value.as_ref()
    }

    /// Whose alerts they are, as indexes of rules, if not those of all rules.
    pub(super) fn own_rules(&self) -> Option<&[u32]> {
        self.apart.as_ref()?.rules.as_deref()
    }

    /// Whose alerts they are, as indexes of rules.
    pub(super) fn rules<'a>(&'a self, plan: &'a Plan) -> &'a [u32] {
        self.own_rules().unwrap_or_else(|| plan.rules_of(self.from, self.to))
    }

    fn is_continued_by(&self, next: &Self) -> bool {
        (self.to, self.ladder_end, self.stand) == (next.from, next.ladder_end, next.stand)
            && self.apart.is_none()
            && next.apart.is_none()
    }
}
