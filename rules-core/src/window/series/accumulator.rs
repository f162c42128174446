use alloc::collections::{BTreeMap, VecDeque};

use super::{Datum, Item, Ranks, Squares};
use crate::{expr::Aggregate, window::ExactSum};

/// What an aggregate keeps of the items in its window beside their number, so
/// that an item's coming and going costs little however many there are.
#[derive(Clone, Debug)]
pub(super) enum Accumulator {
    /// Count, all, any; first, last, delta, rate, which look at the ends.
    Nothing,
    /// Sum and mean.
    Sum(ExactSum),
    /// Minimum.
    Min(Monotone),
    /// Maximum.
    Max(Monotone),
    /// Both.
    Range(Monotone, Monotone),
    /// Standard deviation.
    Deviation(ExactSum, Squares),
    /// Quantile.
    Ranks(Ranks),
    /// How often neighbours differ.
    Changes(u64),
    /// How often each value stands: in how many samples or panes.
    Distinct(BTreeMap<Datum, u64>),
}

impl Accumulator {
    /// Of no items.
    pub(super) fn new(aggregate: Aggregate) -> Self {
        let (min, max) = (Monotone::new(Extreme::Min), Monotone::new(Extreme::Max));
        match aggregate {
            Aggregate::Sum | Aggregate::Avg => Self::Sum(ExactSum::default()),
            Aggregate::Min => Self::Min(min),
            Aggregate::Max => Self::Max(max),
            Aggregate::Range => Self::Range(min, max),
            Aggregate::StdDev => Self::Deviation(ExactSum::default(), Squares::default()),
            Aggregate::Quantile(_) => Self::Ranks(Ranks::default()),
            Aggregate::Changes => Self::Changes(0),
            Aggregate::Distinct => Self::Distinct(BTreeMap::new()),
            Aggregate::Count
            | Aggregate::All
            | Aggregate::Any
            | Aggregate::First
            | Aggregate::Last
            | Aggregate::Delta
            | Aggregate::Rate => Self::Nothing,
        }
    }

    /// Takes in the newest item, which follows `before` in the window.
    pub(super) fn add(&mut self, number: u64, item: Item<'_>, before: Option<Item<'_>>) {
        match self {
            Self::Nothing => {}
            Self::Min(min) => item.extremes().iter().for_each(|(low, _)| min.push(number, *low)),
            Self::Max(max) => item.extremes().iter().for_each(|(_, high)| max.push(number, *high)),
            Self::Range(min, max) => {
                if let Some((low, high)) = item.extremes() {
                    min.push(number, low);
                    max.push(number, high);
                }
            }
            Self::Changes(changes) => *changes += changed(before, item),
            _ => match item {
                Item::Sample(_, datum) => self.add_sample(datum),
                Item::Pane(pane) => self.add_pane(pane),
            },
        }
    }

    fn add_sample(&mut self, datum: Datum) {
        match (self, datum) {
            (Self::Sum(sum), Datum::Number(number)) => sum.add(number),
            (Self::Deviation(sum, squares), Datum::Number(number)) => {
                sum.add(number);
                squares.add(number);
            }
            (Self::Ranks(ranks), Datum::Number(number)) => ranks.add(number, 1),
            (Self::Distinct(values), datum) => *values.entry(datum).or_default() += 1,
            _ => {}
        }
    }

    fn add_pane(&mut self, pane: &super::Pane) {
        match (self, &pane.numbers) {
            (Self::Sum(sum), Some(numbers)) => sum.add_sum(&numbers.sum),
            (Self::Deviation(sum, squares), Some(numbers)) => {
                sum.add_sum(&numbers.sum);
                numbers.squares.iter().for_each(|more| squares.add_all(more));
            }
            (Self::Ranks(ranks), Some(numbers)) => {
                numbers.weighted().for_each(|(number, weight)| ranks.add(number, weight));
            }
            (Self::Distinct(values), _) => {
                for datum in pane.distinct.iter().flatten() {
                    *values.entry(*datum).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// Forgets the oldest item, which `after` follows in the window.
    pub(super) fn remove(&mut self, number: u64, item: Item<'_>, after: Option<Item<'_>>) {
        match self {
            Self::Nothing => {}
            Self::Min(one) | Self::Max(one) => one.forget(number),
            Self::Range(min, max) => {
                min.forget(number);
                max.forget(number);
            }
            Self::Changes(changes) => {
                let next = after.map_or(0, |after| changed(Some(item), after) - after.changes());
                *changes = changes.saturating_sub(item.changes() + next);
            }
            _ => match item {
                Item::Sample(_, datum) => self.remove_sample(datum),
                Item::Pane(pane) => self.remove_pane(pane),
            },
        }
    }

    fn remove_sample(&mut self, datum: Datum) {
        match (self, datum) {
            (Self::Sum(sum), Datum::Number(number)) => sum.add(-number),
            (Self::Deviation(sum, squares), Datum::Number(number)) => {
                sum.add(-number);
                squares.subtract(number);
            }
            (Self::Ranks(ranks), Datum::Number(number)) => ranks.remove(number, 1),
            (Self::Distinct(values), datum) => forget(values, datum),
            _ => {}
        }
    }

    fn remove_pane(&mut self, pane: &super::Pane) {
        match (self, &pane.numbers) {
            (Self::Sum(sum), Some(numbers)) => sum.subtract_sum(&numbers.sum),
            (Self::Deviation(sum, squares), Some(numbers)) => {
                sum.subtract_sum(&numbers.sum);
                numbers.squares.iter().for_each(|less| squares.subtract_all(less));
            }
            (Self::Ranks(ranks), Some(numbers)) => {
                numbers.weighted().for_each(|(number, weight)| ranks.remove(number, weight));
            }
            (Self::Distinct(values), _) => {
                pane.distinct.iter().flatten().for_each(|datum| forget(values, *datum));
            }
            _ => {}
        }
    }
}

/// How often neighbours differ in `item`, the step from `before` to it included.
fn changed(before: Option<Item<'_>>, item: Item<'_>) -> u64 {
    item.changes() + u64::from(before.is_some_and(|before| before.last() != item.first()))
}

fn forget(values: &mut BTreeMap<Datum, u64>, datum: Datum) {
    if let Some(count) = values.get_mut(&datum) {
        *count -= 1;
        if *count == 0 {
            values.remove(&datum);
        }
    }
}

/// Which end of the samples is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extreme {
    Min,
    Max,
}

/// The items of a window that are, or may still become, its extreme.
///
/// An item is dropped as soon as a later one is at least as extreme: the
/// later one outlives it. What remains is monotone, so the extreme is in
/// front, and each item is pushed and popped once.
///
/// Source: Lemire, "Streaming maximum-minimum filter using no more than three
/// comparisons per element", Nordic Journal of Computing 13(4) (2006).
#[derive(Clone, Debug)]
pub(super) struct Monotone {
    of: Extreme,
    /// Number of the item, and its extreme.
    candidates: VecDeque<(u64, f64)>,
}

impl Monotone {
    fn new(of: Extreme) -> Self {
        Self { of, candidates: VecDeque::new() }
    }

    fn push(&mut self, number: u64, value: f64) {
        while self.candidates.back().is_some_and(|(_, held)| match self.of {
            Extreme::Min => value <= *held,
            Extreme::Max => value >= *held,
        }) {
            self.candidates.pop_back();
        }
        self.candidates.push_back((number, value));
    }

    fn forget(&mut self, number: u64) {
        if self.candidates.front().is_some_and(|(oldest, _)| *oldest == number) {
            self.candidates.pop_front();
        }
    }

    /// The extreme; `None` of no items.
    pub(super) fn value(&self) -> Option<f64> {
        self.candidates.front().map(|(_, value)| *value)
    }
}
