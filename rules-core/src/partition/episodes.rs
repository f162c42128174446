use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use super::plan::Plan;
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
    /// The compared quantity at the last judgement, of a condition that is no
    /// threshold; the value of one is kept once a quantity.
    pub(super) value: Option<Value>,
    /// Whose alerts, as ascending indexes of rules, if not those of all rules.
    pub(super) rules: Option<Box<[u32]>>,
}

/// The runs that a rewriting has still to come by, in order.
pub(super) type Rest = VecDeque<Run>;

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

    /// Begins to rewrite the runs from `class` on; they come into `rest`.
    pub(super) fn rewrite(&mut self, class: u32, rest: &mut Rest) {
        let first = self.runs.partition_point(|run| run.to <= class);
        rest.extend(self.runs.drain(first..));
    }

    /// Adds a run behind all others; what stands alike becomes one.
    pub(super) fn put(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last) if last.is_continued_by(&run) => last.to = run.to,
            _ => self.runs.push(run),
        }
    }

    /// Ends a rewriting: what is left in `rest` stays as it is.
    pub(super) fn finish(&mut self, rest: &mut Rest) {
        if let Some(next) = rest.pop_front() {
            self.put(next);
        }
        self.runs.extend(rest.drain(..));
        self.next_timer = self.runs.iter().filter_map(|run| run.timer).min();
    }
}

impl Run {
    /// Lets them stand as `stand` says.
    pub(super) fn set_stand(&mut self, stand: Stand, course: &Course) {
        self.timer = course.timer(stand);
        self.stand = stand;
    }

    /// Whose alerts they are, as indexes of rules.
    pub(super) fn rules<'a>(&'a self, plan: &'a Plan) -> &'a [u32] {
        self.rules.as_deref().unwrap_or_else(|| plan.rules_of(self.from, self.to))
    }

    fn is_continued_by(&self, next: &Self) -> bool {
        (self.to, self.ladder_end, self.stand) == (next.from, next.ladder_end, next.stand)
            && self.rules.is_none()
            && next.rules.is_none()
    }
}

/// The next run, or the part of it, that lies before `class`.
pub(super) fn next_before(rest: &mut Rest, class: u32) -> Option<Run> {
    let next = rest.front_mut().filter(|next| next.from < class)?;
    if next.to <= class {
        return rest.pop_front();
    }
    let before = Run { to: class, ..next.clone() };
    next.from = class;
    Some(before)
}
