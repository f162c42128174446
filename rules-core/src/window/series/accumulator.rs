use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use super::{Datum, Item, Items, Pane, Ranks, Squares, samples};
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

    /// Takes in `item`, the newest, which follows the one numbered `before` in the window.
    pub(super) fn add(&mut self, items: &Items, number: u64, item: Item<'_>, before: Option<u64>) {
        match self {
            Self::Min(min) => {
                if let Some((low, _)) = item.extremes() {
                    let outdoes = |held: Item<'_>| held.extremes().is_none_or(|it| low <= it.0);
                    min.push(items, number, outdoes);
                }
            }
            Self::Max(max) => {
                if let Some((_, high)) = item.extremes() {
                    let outdoes = |held: Item<'_>| held.extremes().is_none_or(|it| high >= it.1);
                    max.push(items, number, outdoes);
                }
            }
            Self::Changes(changes) => {
                *changes += changed(before.and_then(|before| items.get(before)), item);
            }
            _ => match item {
                Item::Sample(_, datum) => self.add_sample(datum),
                Item::Pane(pane) => self.add_pane(pane),
            },
        }
    }

    fn add_sample(&mut self, datum: Datum) {
        match (self, datum) {
            (Self::Sum(sum), Datum::Number(number)) => sum.add(number),
            (Self::Squares(squares), Datum::Number(number)) => squares.add(number),
            (Self::Ranks(ranks), Datum::Number(number)) => ranks.add(number, 1),
            (Self::Distinct(values), datum) => *values.entry(datum).or_default() += 1,
            _ => {}
        }
    }

    fn add_pane(&mut self, pane: &Pane) {
        match (self, &pane.numbers) {
            (Self::Sum(sum), Some(numbers)) => sum.add_sum(&numbers.sum),
            (Self::Squares(squares), Some(numbers)) => {
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

    /// Forgets `item`, the oldest, which the one numbered `after` follows in the window.
    pub(super) fn remove(
        &mut self,
        items: &Items,
        number: u64,
        item: Item<'_>,
        after: Option<u64>,
    ) {
        match self {
            Self::Min(one) | Self::Max(one) => one.forget(number),
            Self::Changes(changes) => {
                let after = after.and_then(|after| items.get(after));
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
            (Self::Squares(squares), Datum::Number(number)) => squares.subtract(number),
            (Self::Ranks(ranks), Datum::Number(number)) => ranks.remove(number, 1),
            (Self::Distinct(values), datum) => forget(values, datum),
            _ => {}
        }
    }

    fn remove_pane(&mut self, pane: &Pane) {
        match (self, &pane.numbers) {
            (Self::Sum(sum), Some(numbers)) => sum.subtract_sum(&numbers.sum),
            (Self::Squares(squares), Some(numbers)) => {
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
}

#[allow(clippy::cast_possible_truncation, reason = "lower halves")]
impl Monotone {
    fn push(&mut self, items: &Items, number: u64, outdoes: impl Fn(Item<'_>) -> bool) {
        while let Some(held) = self.candidates.back() {
            if items.get(whole(*held, number)).is_some_and(|held| !outdoes(held)) {
                break;
            }
            self.candidates.pop_back();
        }
        samples::push(&mut self.candidates, number as u32);
    }

    fn forget(&mut self, number: u64) {
        if self.candidates.front().is_some_and(|oldest| *oldest == number as u32) {
            self.candidates.pop_front();
        }
    }

    /// Number of the item that is the extreme of those below `end`.
    pub(super) fn first(&self, end: u64) -> Option<u64> {
        self.candidates.front().map(|held| whole(*held, end))
    }
}

/// The number with this lower half that is `end` or less than 2^32 below it.
#[allow(clippy::cast_possible_truncation, reason = "lower halves")]
fn whole(lower: u32, end: u64) -> u64 {
    end.wrapping_sub(u64::from((end as u32).wrapping_sub(lower)))
}
