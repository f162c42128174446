use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use super::{Datum, Items, Pane, Ranks, Squares, samples};
use crate::{expr::Aggregate, window::ExactSum};

/// What aggregates keep of the items in their window beside their number, so
/// that an item's coming and going costs little however many there are.
#[derive(Clone, Debug)]
pub(super) enum Accumulator {
    /// Sum, mean, standard deviation.
    Sum(ExactSum),
    /// Standard deviation.
    Squares(Box<Squares>),
    /// Minimum, range.
    Min(Monotone),
    /// Maximum, range.
    Max(Monotone),
    /// Quantile.
    Ranks(Box<Ranks>),
    /// How often neighbours differ.
    Changes(u64),
    /// How often each value stands: in how many samples or panes.
    Distinct(BTreeMap<Datum, u64>),
}

impl Accumulator {
    /// Adds what `aggregate` needs to `list`: nothing for those that look at
    /// how many there are, or at the first and the last.
    pub(super) fn gather(aggregate: Aggregate, list: &mut Vec<Self>) {
        let mut need = |one: Self| {
            let kind = core::mem::discriminant(&one);
            if list.iter().all(|known| core::mem::discriminant(known) != kind) {
                list.reserve_exact(1);
                list.push(one);
            }
        };
        match aggregate {
            Aggregate::Sum | Aggregate::Avg => need(Self::Sum(ExactSum::default())),
            Aggregate::Min => need(Self::Min(Monotone::default())),
            Aggregate::Max => need(Self::Max(Monotone::default())),
            Aggregate::Range => {
                need(Self::Min(Monotone::default()));
                need(Self::Max(Monotone::default()));
            }
            Aggregate::StdDev => {
                need(Self::Sum(ExactSum::default()));
                need(Self::Squares(Box::default()));
            }
            Aggregate::Quantile(_) => need(Self::Ranks(Box::default())),
            Aggregate::Changes => need(Self::Changes(0)),
            Aggregate::Distinct => need(Self::Distinct(BTreeMap::new())),
            Aggregate::Count
            | Aggregate::All
            | Aggregate::Any
            | Aggregate::First
            | Aggregate::Last
            | Aggregate::Delta
            | Aggregate::Rate => {}
        }
    }

    /// Forgets all items.
    pub(super) fn clear(&mut self) {
        match self {
            Self::Sum(sum) => *sum = ExactSum::default(),
            Self::Squares(squares) => **squares = Squares::default(),
            Self::Min(one) | Self::Max(one) => one.candidates.clear(),
            Self::Ranks(ranks) => **ranks = Ranks::default(),
            Self::Changes(changes) => *changes = 0,
            Self::Distinct(values) => values.clear(),
        }
    }

    /// Takes in a number, the newest item, which follows the one numbered `before` in the window.
    #[inline]
    pub(super) fn add_number(&mut self, items: &Items, at: u64, number: f64, before: Option<u64>) {
        match self {
            Self::Sum(sum) => sum.add(number),
            Self::Max(max) => max.push(items, Side::Greatest, at, number),
            _ => self.add_datum(items, at, Datum::Number(number), before),
        }
    }

    /// Takes in any sample, as [`Accumulator::add_number`] does.
    #[inline(never)]
    pub(super) fn add_datum(&mut self, items: &Items, at: u64, datum: Datum, before: Option<u64>) {
        match (self, datum) {
            (Self::Changes(changes), _) => *changes += differs(items, before, datum),
            (Self::Distinct(values), _) => *values.entry(datum).or_default() += 1,
            (one, Datum::Number(number)) => match one {
                Self::Sum(sum) => sum.add(number),
                Self::Squares(squares) => squares.add(number),
                Self::Min(min) => min.push(items, Side::Least, at, -number),
                Self::Max(max) => max.push(items, Side::Greatest, at, number),
                Self::Ranks(ranks) => ranks.add(number, 1),
                _ => {}
            },
            _ => {}
        }
    }

    /// Takes in a pane, as [`Accumulator::add_number`] does.
    pub(super) fn add_pane(&mut self, items: &Items, at: u64, pane: &Pane, before: Option<u64>) {
        match (self, &pane.numbers) {
            (Self::Sum(sum), Some(numbers)) => sum.add_sum(&numbers.sum),
            (Self::Squares(squares), Some(numbers)) => {
                numbers.squares.iter().for_each(|more| squares.add_all(more));
            }
            (Self::Min(min), Some(numbers)) => min.push(items, Side::Least, at, -numbers.min),
            (Self::Max(max), Some(numbers)) => max.push(items, Side::Greatest, at, numbers.max),
            (Self::Ranks(ranks), Some(numbers)) => {
                numbers.weighted().for_each(|(number, weight)| ranks.add(number, weight));
            }
            (Self::Changes(changes), _) => {
                *changes += pane.changes + differs(items, before, pane.first);
            }
            (Self::Distinct(values), _) => {
                for datum in pane.distinct.iter().flatten() {
                    *values.entry(*datum).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// Forgets a number, the oldest item, which the one numbered `after` follows in the window.
    #[inline]
    pub(super) fn remove_number(
        &mut self,
        items: &Items,
        at: u64,
        number: f64,
        after: Option<u64>,
    ) {
        match self {
            Self::Sum(sum) => sum.add(-number),
            Self::Min(min) => min.forget(items, Side::Least, at),
            Self::Max(max) => max.forget(items, Side::Greatest, at),
            _ => self.remove_datum(items, at, Datum::Number(number), after),
        }
    }

    /// Forgets any sample, as [`Accumulator::remove_number`] does.
    #[inline(never)]
    pub(super) fn remove_datum(
        &mut self,
        items: &Items,
        at: u64,
        datum: Datum,
        after: Option<u64>,
    ) {
        match (self, datum) {
            (Self::Changes(changes), _) => {
                *changes = changes.saturating_sub(differs_after(items, datum, after));
            }
            (Self::Distinct(values), _) => forget(values, datum),
            (Self::Min(min), _) => min.forget(items, Side::Least, at),
            (Self::Max(max), _) => max.forget(items, Side::Greatest, at),
            (Self::Sum(sum), Datum::Number(number)) => sum.add(-number),
            (Self::Squares(squares), Datum::Number(number)) => squares.subtract(number),
            (Self::Ranks(ranks), Datum::Number(number)) => ranks.remove(number, 1),
            _ => {}
        }
    }

    /// Forgets a pane, as [`Accumulator::remove_number`] does.
    pub(super) fn remove_pane(&mut self, items: &Items, at: u64, pane: &Pane, after: Option<u64>) {
        match (self, &pane.numbers) {
            (Self::Sum(sum), Some(numbers)) => sum.subtract_sum(&numbers.sum),
            (Self::Squares(squares), Some(numbers)) => {
                numbers.squares.iter().for_each(|less| squares.subtract_all(less));
            }
            (Self::Min(min), _) => min.forget(items, Side::Least, at),
            (Self::Max(max), _) => max.forget(items, Side::Greatest, at),
            (Self::Ranks(ranks), Some(numbers)) => {
                numbers.weighted().for_each(|(number, weight)| ranks.remove(number, weight));
            }
            (Self::Changes(changes), _) => {
                let less = pane.changes + differs_after(items, pane.last, after);
                *changes = changes.saturating_sub(less);
            }
            (Self::Distinct(values), _) => {
                pane.distinct.iter().flatten().for_each(|datum| forget(values, *datum));
            }
            _ => {}
        }
    }
}

/// Whether `datum` is not what the item before it ends with: 1, or 0 if it is or there is none.
fn differs(items: &Items, before: Option<u64>, datum: Datum) -> u64 {
    let before = before.and_then(|before| items.get(before));
    u64::from(before.is_some_and(|before| before.last() != datum))
}

/// The same of the item after it, which begins with another one.
fn differs_after(items: &Items, datum: Datum, after: Option<u64>) -> u64 {
    let after = after.and_then(|after| items.get(after));
    u64::from(after.is_some_and(|after| after.first() != datum))
}

fn forget(values: &mut BTreeMap<Datum, u64>, datum: Datum) {
    if let Some(count) = values.get_mut(&datum) {
        *count -= 1;
        if *count == 0 {
            values.remove(&datum);
        }
    }
}

/// Which extreme.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Least,
    Greatest,
}

impl Side {
    /// How extreme the item of this number is: the more, the larger.
    fn key(self, items: &Items, number: u64) -> f64 {
        let Some((least, greatest)) = items.extremes(number) else { return f64::NEG_INFINITY };
        match self {
            Self::Least => -least,
            Self::Greatest => greatest,
        }
    }
}

/// The items of a window that are, or may still become, its extreme.
///
/// An item is dropped as soon as a later one is at least as extreme: the
/// later one outlives it. What remains is monotone, so the extreme is in
/// front, and each item is pushed and popped once.
///
/// Source: Lemire, "Streaming maximum-minimum filter using no more than three
/// comparisons per element", Nordic Journal of Computing 13(4) (2006).
#[derive(Clone, Debug, Default)]
pub(super) struct Monotone {
    /// The lower halves of their numbers.
    candidates: VecDeque<u32>,
    /// Keys of the oldest candidate and of the newest, while there are any.
    oldest: f64,
    newest: f64,
}

#[allow(clippy::cast_possible_truncation, reason = "lower halves")]
impl Monotone {
    /// Takes in the item of this number and key, which makes needless those that it outdoes.
    fn push(&mut self, items: &Items, side: Side, number: u64, key: f64) {
        while !self.candidates.is_empty() && self.newest <= key {
            self.candidates.pop_back();
            if let Some(held) = self.candidates.back() {
                let held = number.wrapping_sub(u64::from((number as u32).wrapping_sub(*held)));
                self.newest = side.key(items, held);
            }
        }
        if self.candidates.is_empty() {
            self.oldest = key;
        }
        self.newest = key;
        samples::push(&mut self.candidates, number as u32);
    }

    /// Forgets the item of this number, if it is there.
    fn forget(&mut self, items: &Items, side: Side, number: u64) {
        if self.candidates.front().is_some_and(|oldest| *oldest == number as u32) {
            self.candidates.pop_front();
            if let Some(held) = self.candidates.front() {
                let held = number.wrapping_add(u64::from(held.wrapping_sub(number as u32)));
                self.oldest = side.key(items, held);
            }
        }
    }

    /// Key of the extreme.
    pub(super) fn extreme(&self) -> Option<f64> {
        (!self.candidates.is_empty()).then_some(self.oldest)
    }
}
