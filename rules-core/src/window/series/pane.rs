use alloc::vec::Vec;

use super::{Datum, Item, Squares, encoding::Named};
use crate::{
    Timestamp,
    codec::{Reader, Writer},
    expr::Aggregate,
    window::{ExactSum, View},
};

/// Most numbers that stand for the numbers of a pane in a quantile.
pub const PANE_RANKS_MAX: usize = 16;

/// Most different values that a pane remembers.
pub const PANE_DISTINCT_MAX: usize = 32;

/// Samples that follow each other, merged: what the aggregates need of them.
#[derive(Clone, Debug)]
pub(super) struct Pane {
    pub(super) first_at: Timestamp,
    pub(super) last_at: Timestamp,
    pub(super) first: Datum,
    pub(super) last: Datum,
    /// How many samples.
    pub(super) count: u64,
    pub(super) bools: u64,
    pub(super) trues: u64,
    /// How often neighbours differ.
    pub(super) changes: u64,
    pub(super) numbers: Option<Numbers>,
    /// The different values, at most [`PANE_DISTINCT_MAX`] of them, in the
    /// order in which they first came; `None` if
    /// no view asked when the pane was merged.
    pub(super) distinct: Option<Vec<Datum>>,
}

/// The numbers among a pane's samples.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    pub(super) count: u64,
    pub(super) sum: ExactSum,
    /// `None` if no view asked when the pane was merged.
    pub(super) squares: Option<Squares>,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) first: (Timestamp, f64),
    pub(super) last: (Timestamp, f64),
    /// Numbers at evenly spaced ranks, from the smallest to the largest; none
    /// if no view asked when the pane was merged.
    pub(super) ranks: Vec<f64>,
}

/// What the views need of a pane beyond what every pane keeps.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Facets {
    squares: bool,
    ranks: bool,
    distinct: bool,
}

impl Facets {
    /// What these views need.
    pub(super) fn of(views: impl Iterator<Item = View>) -> Self {
        let mut facets = Self::default();
        for view in views {
            match view.aggregate {
                Aggregate::StdDev => facets.squares = true,
                Aggregate::Quantile(_) => facets.ranks = true,
                Aggregate::Distinct => facets.distinct = true,
                _ => {}
            }
        }
        facets
    }
}

impl Pane {
    /// The pane of items that follow each other; `None` of none.
    pub(super) fn merged(items: &[Item<'_>], facets: Facets) -> Option<Self> {
        let (oldest, newest) = (items.first()?, items.last()?);
        let inside: u64 = items.iter().map(Item::changes).sum();
        let between = items.iter().zip(items.iter().skip(1));
        let between = between.filter(|(one, next)| one.last() != next.first()).count();
        Some(Self {
            first_at: oldest.first_at(),
            last_at: newest.last_at(),
            first: oldest.first(),
            last: newest.last(),
            count: items.iter().map(Item::count).sum(),
            bools: items.iter().map(|item| item.taken_by(Aggregate::All)).sum(),
            trues: items.iter().map(Item::trues).sum(),
            changes: inside + between as u64,
            numbers: Numbers::merged(items, facets),
            distinct: facets.distinct.then(|| distinct(items)).flatten(),
        })
    }

    pub(super) fn write(&self, to: &mut Writer, named: &Named<'_>) {
        to.time(self.first_at);
        to.time(self.last_at);
        self.first.write(to, named);
        self.last.write(to, named);
        for count in [self.count, self.bools, self.trues, self.changes] {
            to.unsigned(count);
        }
        to.option(self.numbers.as_ref(), |to, numbers| numbers.write(to));
        to.option(self.distinct.as_ref(), |to, values| {
            to.count(values.len());
            for datum in values {
                datum.write(to, named);
            }
        });
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self {
            first_at: from.time(),
            last_at: from.time(),
            first: Datum::read(from),
            last: Datum::read(from),
            count: from.unsigned(),
            bools: from.unsigned(),
            trues: from.unsigned(),
            changes: from.unsigned(),
            numbers: from.option(Numbers::read),
            distinct: from.option(|from| from.list(Datum::read)),
        }
    }

    /// Every datum that the pane holds, for the texts it refers to.
    pub(super) fn data(&self) -> impl Iterator<Item = Datum> {
        [self.first, self.last].into_iter().chain(self.distinct.iter().flatten().copied())
    }

    /// The pane with each datum as `known` has it; `None` if that knows one not.
    pub(super) fn with_data(mut self, known: impl Fn(Datum) -> Option<Datum>) -> Option<Self> {
        self.first = known(self.first)?;
        self.last = known(self.last)?;
        if let Some(values) = self.distinct.take() {
            self.distinct = Some(values.into_iter().map(known).collect::<Option<_>>()?);
        }
        Some(self)
    }

    /// About how many bytes it takes when it is stored, rather too many.
    pub(super) fn bytes(&self) -> usize {
        // Times and counts, and the first and the last sample.
        let plain = 48;
        let distinct = self.distinct.as_ref().map_or(0, |values| 9 * values.len());
        let numbers = self.numbers.as_ref().map_or(0, |numbers| {
            let squares = numbers.squares.as_ref().map_or(0, |_| 40);
            80 + 8 * numbers.ranks.len() + squares
        });
        plain + distinct + numbers
    }

    /// Whether the parts fit together, and nothing is out of bounds.
    pub(super) fn is_sound(&self) -> bool {
        /// Far more samples than a device sends in a lifetime.
        const COUNT_MAX: u64 = 1 << 40;
        let numbers = self.numbers.as_ref();
        self.first_at <= self.last_at
            && (1..=COUNT_MAX).contains(&self.count)
            && self.changes < self.count
            && self.trues <= self.bools
            && self.bools.saturating_add(numbers.map_or(0, |numbers| numbers.count)) <= self.count
            && self.distinct.as_ref().is_none_or(|values| values.len() <= PANE_DISTINCT_MAX)
            && self.data().all(|datum| !matches!(datum, Datum::Number(n) if !n.is_finite()))
            && numbers.is_none_or(Numbers::are_sound)
    }
}

impl Numbers {
    fn merged(items: &[Item<'_>], facets: Facets) -> Option<Self> {
        let mut extremes = items.iter().filter_map(Item::extremes);
        let (mut min, mut max) = extremes.next()?;
        for (low, high) in extremes {
            (min, max) = (min.min(low), max.max(high));
        }
        let mut sum = ExactSum::default();
        for item in items {
            match item {
                Item::Sample(_, Datum::Number(number)) => sum.add(*number),
                Item::Sample(..) => {}
                Item::Pane(pane) => {
                    pane.numbers.iter().for_each(|numbers| sum.add_sum(&numbers.sum));
                }
            }
        }
        Some(Self {
            count: items.iter().map(|item| item.taken_by(Aggregate::Sum)).sum(),
            sum,
            squares: facets.squares.then(|| squares(items)).flatten(),
            min,
            max,
            first: items.iter().find_map(Item::first_number)?,
            last: items.iter().rev().find_map(Item::last_number)?,
            ranks: if facets.ranks { ranks(items) } else { Vec::new() },
        })
    }

    fn write(&self, to: &mut Writer) {
        to.unsigned(self.count);
        self.sum.write(to);
        to.option(self.squares.as_ref(), |to, squares| squares.write(to));
        to.float(self.min);
        to.float(self.max);
        for (ts, number) in [self.first, self.last] {
            to.time(ts);
            to.float(number);
        }
        to.count(self.ranks.len());
        self.ranks.iter().for_each(|number| to.float(*number));
    }

    fn read(from: &mut Reader<'_>) -> Self {
        Self {
            count: from.unsigned(),
            sum: ExactSum::read(from),
            squares: from.option(Squares::read),
            min: from.float(),
            max: from.float(),
            first: (from.time(), from.float()),
            last: (from.time(), from.float()),
            ranks: from.list(Reader::float),
        }
    }

    /// The numbers that stand for all in a quantile, each with for how many:
    /// the remembered ones, and others on straight lines between them.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (f64, u64)> {
        /// Four from each remembered one to the next.
        const POINTS_MAX: u64 = 4 * (PANE_RANKS_MAX as u64 - 1) + 1;
        let points = if self.ranks.is_empty() { 0 } else { self.count.min(POINTS_MAX) };
        let lines = (self.ranks.len() as u64).saturating_sub(1);
        let gaps = points.saturating_sub(1).max(1);
        (0..points).filter_map(move |point| {
            let place = usize::try_from(point * lines / gaps).ok()?;
            let part = (point * lines % gaps) as f64 / gaps as f64;
            let lower = *self.ranks.get(place)?;
            let upper = self.ranks.get(place + 1).copied().unwrap_or(lower);
            let number = if part == 0.0 || lower.total_cmp(&upper).is_eq() {
                lower
            } else {
                lower * (1.0 - part) + upper * part
            };
            // Spread so that as many are below the middle as above.
            let weight = (point + 1) * self.count / points - point * self.count / points;
            Some((number, weight))
        })
    }

    fn are_sound(&self) -> bool {
        let finite = [self.min, self.max, self.first.1, self.last.1];
        self.count > 0
            && self.ranks.len() <= PANE_RANKS_MAX
            && self.ranks.len() as u64 <= self.count
            && finite.iter().chain(&self.ranks).all(|number| number.is_finite())
            && self.squares.as_ref().is_none_or(|squares| squares.beyond <= self.count)
    }
}

/// Numbers at evenly spaced ranks of those in `items`; none if some pane has none.
fn ranks(items: &[Item<'_>]) -> Vec<f64> {
    let mut weighted: Vec<(f64, u64)> = Vec::new();
    for item in items {
        match item {
            Item::Sample(_, Datum::Number(number)) => weighted.push((*number, 1)),
            Item::Sample(..) => {}
            Item::Pane(pane) => {
                if let Some(numbers) = &pane.numbers {
                    if numbers.ranks.is_empty() {
                        return Vec::new();
                    }
                    weighted.extend(numbers.weighted());
                }
            }
        }
    }
    sorted::sort_by(&mut weighted, |(a, _), (b, _)| a.total_cmp(b));
    let count: u64 = weighted.iter().map(|(_, weight)| weight).sum();
    let kept = count.min(PANE_RANKS_MAX as u64);
    let mut sorted = weighted.iter();
    let mut below = 0;
    let mut current = None;
    (0..kept)
        .filter_map(|place| {
            let rank = place * (count - 1) / (kept - 1).max(1);
            while below <= rank {
                let (number, weight) = sorted.next()?;
                current = Some(*number);
                below += weight;
            }
            current
        })
        .collect()
}

/// The sum of the squares; `None` if some pane has none.
fn squares(items: &[Item<'_>]) -> Option<Squares> {
    let mut squares = Squares::default();
    for item in items {
        match item {
            Item::Sample(_, Datum::Number(number)) => squares.add(*number),
            Item::Sample(..) => {}
            Item::Pane(pane) => {
                if let Some(numbers) = &pane.numbers {
                    squares.add_all(numbers.squares.as_ref()?);
                }
            }
        }
    }
    Some(squares)
}

/// The different values in the order in which they first came, as many as a
/// pane remembers; `None` if some pane has none.
fn distinct(items: &[Item<'_>]) -> Option<Vec<Datum>> {
    let mut different = Vec::new();
    let mut add = |datum: Datum| {
        if different.len() < PANE_DISTINCT_MAX && !different.contains(&datum) {
            different.push(datum);
        }
    };
    for item in items {
        match item {
            Item::Sample(_, datum) => add(*datum),
            Item::Pane(pane) => pane.distinct.as_ref()?.iter().for_each(|datum| add(*datum)),
        }
    }
    Some(different)
}
