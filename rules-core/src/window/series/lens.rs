use alloc::boxed::Box;

use super::{Accumulator, Datum, Item, Items, View, item, sample::Kind};
use crate::{
    Span, Timestamp, Value, ValueRef,
    expr::{Aggregate, Frame},
    window::ExactSum,
};

/// Views at work that see the same items: which of these lie in their window,
/// and what their aggregates have gathered of them.
///
/// Sliding views and views of so many samples share a lens if they are over
/// the same frame and take the same of what is there, see [`View::is_like`];
/// a view whose windows close has one for itself.
#[derive(Clone, Debug)]
pub(super) struct Lens {
    /// The first of the views.
    pub(super) view: View,
    /// Number of the oldest item in the window, one that the views take; `hi`
    /// if there is none.
    pub(super) lo: u64,
    /// Number of the item after the newest in the window. Hopping windows lag
    /// behind: a sample at the coming end is not in yet.
    pub(super) hi: u64,
    /// Number of the newest item that the views take.
    last: u64,
    /// Samples in the window that the views take.
    taken: u64,
    /// How many of them are `false`.
    falses: u64,
    accumulators: Box<[Accumulator]>,
    /// The coming end of a hopping window.
    pub(super) next: Option<Timestamp>,
    /// What the last hopping window or session had to say; `None` if it had no sample.
    pub(super) closed: Option<Box<Closed>>,
}

/// What a window said when it closed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Closed {
    pub(super) samples: u64,
    /// `None` if it is not finite.
    pub(super) value: Option<Value>,
}

impl Lens {
    /// A lens that has seen nothing; its first item will be the one numbered `at`.
    pub(super) fn new(view: View, at: u64) -> Self {
        let mut lens = Self {
            view,
            lo: at,
            hi: at,
            last: at,
            taken: 0,
            falses: 0,
            accumulators: Box::default(),
            next: None,
            closed: None,
        };
        lens.gather(view.aggregate);
        lens
    }

    /// Gathers for another aggregate, too, before it looks at anything.
    pub(super) fn gather(&mut self, aggregate: Aggregate) {
        let mut accumulators = core::mem::take(&mut self.accumulators).into_vec();
        Accumulator::gather(aggregate, &mut accumulators);
        self.accumulators = accumulators.into();
    }

    /// Looks at the items as views that see what they can at `t` do; not one
    /// whose windows close, which goes on from where it is.
    pub(super) fn look(&mut self, items: &Items, t: Option<Timestamp>) {
        match (self.view.frame, t) {
            (Frame::Sliding(width), Some(t)) => {
                self.look_anew(items, items.first_after(t.minus(width)), items.end());
            }
            (Frame::Samples(most), _) => {
                self.start_at(items.first());
                self.keep_last(items, most);
            }
            _ => {}
        }
    }

    /// Looks at the newest sample, after closing what closes before.
    pub(super) fn arrive(&mut self, items: &Items, ts: Timestamp, newest: Datum) {
        match self.view.frame {
            Frame::Sliding(width) => {
                let start = start_at(ts, width);
                match newest {
                    // But for a view that was just laid, only this one is new.
                    Datum::Number(number) if self.hi + 1 == items.end() && self.is_plain(items) => {
                        self.slide(items, start, number);
                    }
                    _ => {
                        self.forget_before(items, start);
                        self.take_in(items, items.end());
                    }
                }
            }
            Frame::Samples(most) => self.keep_last(items, most),
            Frame::Hopping { width, every } => {
                if self.next.is_none() {
                    self.next = self.find_next(items, width, every);
                }
                self.take_in_before_end(items, width);
            }
            Frame::Session { .. } => self.take_in(items, items.end()),
        }
    }

    /// A window of so many samples takes in what there is, and keeps the last.
    pub(super) fn keep_last(&mut self, items: &Items, most: u32) {
        self.take_in(items, items.end());
        while self.taken > u64::from(most) && self.lo < self.hi {
            self.forget_oldest(items);
        }
    }

    /// A sliding window forgets what (t − W, t] leaves out.
    pub(super) fn advance(&mut self, items: &Items, t: Timestamp) {
        if let Frame::Sliding(width) = self.view.frame {
            self.forget_before(items, start_at(t, width));
        }
    }

    /// Closes the windows and the session that are due at `t` or before.
    pub(super) fn close(&mut self, items: &Items, t: Timestamp) {
        while let Some(at) = self.closes_at(items).filter(|at| *at <= t) {
            if let Frame::Hopping { width, every } = self.view.frame {
                let at = self.last_end_to_close(items, at, t);
                self.move_to_end(items, at, width);
                self.closed = self.said(items).map(Box::new);
                let following = at.plus(every);
                self.next = if self.closed.is_some() && following > at {
                    Some(following)
                } else {
                    self.find_next(items, width, every)
                };
                match self.next {
                    Some(next) => self.move_to_end(items, next, width),
                    None => self.start_at(items.end()),
                }
            } else {
                self.closed = self.said(items).map(Box::new);
                self.start_at(self.hi);
            }
        }
    }

    /// Forgets the items below `number`, which are given up.
    pub(super) fn give_up(&mut self, items: &Items, number: u64) {
        while self.lo < number && self.lo < self.hi {
            self.forget_oldest(items);
        }
        if self.hi < number {
            self.start_at(number);
        }
    }

    /// Looks anew at the items from `lo` to `hi`, after they were renumbered.
    pub(super) fn look_anew(&mut self, items: &Items, lo: u64, hi: u64) {
        self.start_at(lo);
        self.take_in(items, hi);
    }

    /// Begins an empty window at the item numbered `number`.
    pub(super) fn start_at(&mut self, number: u64) {
        if self.lo < self.hi {
            self.accumulators.iter_mut().for_each(Accumulator::clear);
        }
        (self.lo, self.hi, self.last) = (number, number, number);
        (self.taken, self.falses) = (0, 0);
    }

    /// Moves the window of a hopping view to the end `at`.
    pub(super) fn move_to_end(&mut self, items: &Items, at: Timestamp, width: Span) {
        self.next = Some(at);
        self.forget_before(items, at.minus(width));
        self.take_in_before_end(items, width);
    }

    /// Takes in the items below `end`.
    pub(super) fn take_in(&mut self, items: &Items, end: u64) {
        while self.hi < end {
            let Some(item) = items.get(self.hi) else { break };
            self.take(items, item);
        }
    }

    /// What the aggregate says of the window; `None` of an empty one.
    pub(super) fn said(&self, items: &Items) -> Option<Closed> {
        let value = || self.value(items, self.view.aggregate).map(ValueRef::to_value);
        (self.taken > 0).then(|| Closed { samples: self.taken, value: value() })
    }

    /// Samples in the window that the views take.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// When the open window or session closes; `None` for other frames.
    pub(super) fn closes_at(&self, items: &Items) -> Option<Timestamp> {
        match self.view.frame {
            Frame::Hopping { .. } => self.next,
            Frame::Session { gap, max } if self.taken > 0 => {
                let by_gap = items.get(self.last)?.last_at().plus(gap);
                let first = items.get(self.lo)?.first_at();
                Some(max.map_or(by_gap, |max| by_gap.min(first.plus(max))))
            }
            _ => None,
        }
    }

    /// When a sliding window will have fewer than `needed` samples.
    pub(super) fn missing_at(&self, items: &Items, needed: u64) -> Option<Timestamp> {
        let Frame::Sliding(width) = self.view.frame else { return None };
        if self.taken < needed {
            return None;
        }
        // Where every item is a sample that counts, the decisive one is found
        // by its number.
        if self.takes_all(items) {
            return items.last_at(self.hi - needed).map(|last| last.plus(width));
        }
        let mut newer = 0;
        (self.lo..self.hi).rev().filter_map(|number| items.get(number)).find_map(|item| {
            newer += item.taken_by(self.view.aggregate);
            (newer >= needed).then(|| item.last_at().plus(width))
        })
    }

    /// What the aggregate of one of the views says; `None` of no samples, or
    /// if it is not finite.
    #[inline]
    pub(super) fn value<'a>(&self, items: &'a Items, aggregate: Aggregate) -> Option<ValueRef<'a>> {
        if self.taken == 0 {
            return None;
        }
        let number = match aggregate {
            Aggregate::Count => (self.taken - self.falses).cast_signed() as f64,
            Aggregate::Min => self.least()?,
            Aggregate::Max => self.greatest()?,
            Aggregate::Avg => finite(self.sum()?.divided_by(self.taken))?,
            Aggregate::Sum => finite(self.sum()?.rounded())?,
            _ => return self.reckoned(items, aggregate),
        };
        Some(ValueRef::Number(number))
    }

    /// What an aggregate says that takes more to find out.
    #[inline(never)]
    fn reckoned<'a>(&self, items: &'a Items, aggregate: Aggregate) -> Option<ValueRef<'a>> {
        let ends = || items.get(self.lo).zip(items.get(self.last));
        let number = match aggregate {
            Aggregate::All => return Some(ValueRef::Bool(self.falses == 0)),
            Aggregate::Any => return Some(ValueRef::Bool(self.falses < self.taken)),
            Aggregate::First => return Some(items.texts.value(items.get(self.lo)?.first())),
            Aggregate::Last => return Some(items.texts.value(items.get(self.last)?.last())),
            Aggregate::Range => self.greatest()? - self.least()?,
            Aggregate::Delta => ends().and_then(difference)?.1,
            Aggregate::Rate => {
                let (elapsed, delta) = ends().and_then(difference)?;
                if elapsed == Span::ZERO {
                    return None;
                }
                delta / (elapsed.as_millis() as f64 / 1_000.0)
            }
            _ => self.gathered(|accumulator| match (accumulator, aggregate) {
                (Accumulator::Squares(squares), Aggregate::StdDev) => {
                    squares.deviation(self.sum()?, self.taken)
                }
                (Accumulator::Ranks(ranks), Aggregate::Quantile(rank)) => {
                    ranks.quantile(rank.get())
                }
                (Accumulator::Changes(changes), Aggregate::Changes) => Some(*changes as f64),
                (Accumulator::Distinct(values), Aggregate::Distinct) => Some(values.len() as f64),
                _ => None,
            })?,
        };
        finite(number).map(ValueRef::Number)
    }

    fn gathered<'a, T>(&'a self, of: impl Fn(&'a Accumulator) -> Option<T>) -> Option<T> {
        self.accumulators.iter().find_map(of)
    }

    fn sum(&self) -> Option<&ExactSum> {
        self.gathered(|accumulator| match accumulator {
            Accumulator::Sum(sum) => Some(sum),
            _ => None,
        })
    }

    fn least(&self) -> Option<f64> {
        self.gathered(|accumulator| match accumulator {
            Accumulator::Min(min) => min.extreme().map(|key| -key),
            _ => None,
        })
    }

    fn greatest(&self) -> Option<f64> {
        self.gathered(|accumulator| match accumulator {
            Accumulator::Max(max) => max.extreme(),
            _ => None,
        })
    }

    /// What a sliding window of numbers does at each: forgets what was before
    /// `start`, and takes in the newest.
    #[inline]
    fn slide(&mut self, items: &Items, start: Timestamp, number: f64) {
        while self.lo < self.hi && items.last_at(self.lo).is_some_and(|last| last < start) {
            let Some(gone) = items.number(self.lo) else {
                self.forget_oldest(items);
                continue;
            };
            let next = self.lo + 1;
            for accumulator in &mut self.accumulators {
                let after = (next < self.hi).then_some(next);
                accumulator.remove_number(items, self.lo, gone, after);
            }
            self.taken -= 1;
            self.lo = next;
        }
        let before = (self.taken > 0).then_some(self.last);
        for accumulator in &mut self.accumulators {
            accumulator.add_number(items, self.hi, number, before);
        }
        self.taken += 1;
        self.last = self.hi;
        self.hi += 1;
    }

    /// Whether the views take every item in the window, which are samples, and numbers.
    fn is_plain(&self, items: &Items) -> bool {
        self.takes_all(items) && item::kinds(self.view.aggregate).contain(Kind::Number)
    }

    /// Takes in `item`, the one numbered `hi`, as far as the views take it.
    fn take(&mut self, items: &Items, item: Item<'_>) {
        let samples = item.taken_by(self.view.aggregate);
        if samples > 0 {
            let before = (self.taken > 0).then_some(self.last);
            for accumulator in &mut self.accumulators {
                match item {
                    Item::Sample(_, datum) => accumulator.add_datum(items, self.hi, datum, before),
                    Item::Pane(pane) => accumulator.add_pane(items, self.hi, pane, before),
                }
            }
            self.taken += samples;
            self.falses += item.falses();
            self.last = self.hi;
        }
        self.hi += 1;
        if self.taken == 0 {
            self.lo = self.hi;
        }
    }

    /// Forgets the oldest item, and steps over those that the views do not take.
    fn forget_oldest(&mut self, items: &Items) {
        let Some(item) = items.get(self.lo) else {
            self.start_at(self.hi);
            return;
        };
        // Where every item is a sample that counts, the next one is.
        let all = self.takes_all(items);
        let next = if all { self.lo + 1 } else { self.next_taken(items, self.lo + 1) };
        let after = (next < self.hi).then_some(next);
        for accumulator in &mut self.accumulators {
            match item {
                Item::Sample(_, datum) => accumulator.remove_datum(items, self.lo, datum, after),
                Item::Pane(pane) => accumulator.remove_pane(items, self.lo, pane, after),
            }
        }
        self.taken -= item.taken_by(self.view.aggregate);
        self.falses -= item.falses().min(self.falses);
        self.lo = next;
    }

    /// Number of the next item, from the one of this number on, that the views take.
    #[cold]
    fn next_taken(&self, items: &Items, from: u64) -> u64 {
        let takes = |item: Item<'_>| item.taken_by(self.view.aggregate) > 0;
        (from..self.hi).find(|next| items.get(*next).is_some_and(takes)).unwrap_or(self.hi)
    }

    /// Whether every item in the window is a sample that the views take.
    fn takes_all(&self, items: &Items) -> bool {
        self.lo >= items.first_sample() && self.hi - self.lo == self.taken
    }

    /// Forgets what ended before `start`.
    fn forget_before(&mut self, items: &Items, start: Timestamp) {
        while self.lo < self.hi && items.last_at(self.lo).is_none_or(|last| last < start) {
            self.forget_oldest(items);
        }
    }

    /// A hopping window takes in what lies before its coming end, and steps
    /// over what lies before its start.
    fn take_in_before_end(&mut self, items: &Items, width: Span) {
        let Some(end) = self.next else {
            self.start_at(items.end());
            return;
        };
        let start = end.minus(width);
        while let Some(item) = items.get(self.hi).filter(|item| item.last_at() < end) {
            if item.last_at() < start && self.taken == 0 {
                self.start_at(self.hi + 1);
            } else {
                self.take(items, item);
            }
        }
    }

    /// The coming end of a window that holds an item which is not in yet.
    fn find_next(&self, items: &Items, width: Span, every: Span) -> Option<Timestamp> {
        let mut waiting = items.range(self.hi, items.end());
        waiting.find_map(|(_, item)| {
            (item.taken_by(self.view.aggregate) > 0)
                .then(|| covering_end(item.last_at(), width, every))
                .flatten()
        })
    }

    /// The last of the ends from `at` on that are due at `t`, as far as the
    /// ones between leave no trace: each holds a sample, and what a window has
    /// said is forgotten when the next one closes.
    fn last_end_to_close(&self, items: &Items, at: Timestamp, t: Timestamp) -> Timestamp {
        let Frame::Hopping { width, every } = self.view.frame else { return at };
        if every > width || every == Span::ZERO {
            return at;
        }
        let waiting = items.range(self.hi, items.end());
        let waiting = waiting.filter(|(_, item)| item.taken_by(self.view.aggregate) > 0);
        let in_window = (self.taken > 0).then_some(self.last).and_then(|last| items.get(last));
        let newest = waiting.map(|(_, item)| item).last().or(in_window);
        // The first end whose window holds nothing closes too.
        let empty = newest.map_or(at, |item| item.last_at().plus(width).plus(every));
        let due = t.min(empty).as_millis();
        at.max(Timestamp::from_millis(due.saturating_sub(due.rem_euclid(every.as_millis()))))
    }
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

/// The first moment of the sliding window that ends at `t`.
fn start_at(t: Timestamp, width: Span) -> Timestamp {
    t.minus(width).plus(Span::from_millis(1))
}

/// How far apart in time and in value the first number of the first item and
/// the last one of the last item are.
fn difference((first, last): (Item<'_>, Item<'_>)) -> Option<(Span, f64)> {
    let ((first_at, first), (last_at, last)) = first.first_number().zip(last.last_number())?;
    Some((last_at.since(first_at), last - first))
}

/// The first multiple of `every` after `ts`, if the window that ends there holds `ts`.
pub(super) fn covering_end(ts: Timestamp, width: Span, every: Span) -> Option<Timestamp> {
    let every = every.as_millis().max(1);
    let end = ts.as_millis().div_euclid(every).saturating_add(1).saturating_mul(every);
    let end = Timestamp::from_millis(end);
    (end.minus(width) <= ts && ts < end).then_some(end)
}
