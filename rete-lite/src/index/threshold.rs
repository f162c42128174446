use alloc::vec::Vec;

use super::{Keys, sorted::Sorted};
use crate::ask;

/// A comparison with a threshold: `value < c`, `value <= c`, `value > c`, `value >= c`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Inequality {
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// Where a number stands among the thresholds of an index: how many it meets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place {
    rising: u32,
    falling: u32,
}

impl Place {
    fn new((rising, falling): (usize, usize)) -> Self {
        let number = |met| u32::try_from(met).unwrap_or(u32::MAX);
        Self { rising: number(rising), falling: number(falling) }
    }

    fn met(self) -> (usize, usize) {
        (self.rising as usize, self.falling as usize)
    }
}

/// All thresholds on one number: which keys' comparisons does a value meet,
/// and which of them begin or end to hold when it changes?
///
/// The `>` and `>=` are one sorted array, the `<` and `<=` another. What a
/// value meets is a prefix of each, found by binary search; what a change
/// from one value to another touches is what lies between two prefixes, and
/// nothing else is looked at. With n keys and k of them found, [`matches`]
/// takes O(log n + k) and [`changes`] O(log n + changed); neither allocates.
///
/// A key may come with several comparisons and is then found once for each.
/// Keys are found in ascending order of their thresholds from the easy end
/// and, at equal thresholds, of the keys; the order of insertion is not seen.
///
/// ```
/// use rete_lite::{Inequality, ThresholdIndex};
///
/// let mut rules = ThresholdIndex::new();
/// rules.insert(Inequality::Greater, 80.0, "hot");
/// rules.insert(Inequality::GreaterOrEqual, 100.0, "boiling");
/// rules.insert(Inequality::Less, 5.0, "cold");
///
/// assert!(rules.matches(101.0).eq(&["hot", "boiling"]));
///
/// let (begun, ended) = rules.changes(Some(85.0), Some(3.0));
/// assert!(begun.eq(&["cold"]));
/// assert!(ended.eq(&["hot"]));
/// ```
///
/// [`matches`]: ThresholdIndex::matches
/// [`changes`]: ThresholdIndex::changes
#[derive(Clone, Debug)]
pub struct ThresholdIndex<K> {
    /// `value >= c`, by c. A strict bound stands as the next larger number.
    rising: Sorted<f64, K>,
    /// `-value >= c`, by c: the same array seen in a mirror.
    falling: Sorted<f64, K>,
}

impl<K> Default for ThresholdIndex<K> {
    fn default() -> Self {
        Self { rising: Sorted::default(), falling: Sorted::default() }
    }
}

impl<K: Ord> ThresholdIndex<K> {
    /// An index without thresholds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `value inequality threshold` for `key`, in O(n): the array behind its
    /// place moves up. Many at once are better collected from an iterator.
    ///
    /// False if it is there already, or can never hold (a comparison with NaN,
    /// `> ∞`, `< -∞`) and is therefore not kept.
    pub fn insert(&mut self, inequality: Inequality, threshold: f64, key: K) -> bool {
        let Some(rung) = rung(inequality, threshold) else { return false };
        self.side_mut(inequality).insert(rung, key)
    }

    /// Takes one comparison out again, in O(n); false if it is not there.
    pub fn remove(&mut self, inequality: Inequality, threshold: f64, key: &K) -> bool {
        let Some(rung) = rung(inequality, threshold) else { return false };
        self.side_mut(inequality).remove(&rung, key)
    }

    fn side_mut(&mut self, inequality: Inequality) -> &mut Sorted<f64, K> {
        if rises(inequality) { &mut self.rising } else { &mut self.falling }
    }
}

impl<K> ThresholdIndex<K> {
    /// The keys whose comparison `value` meets; none for NaN. O(log n) and the keys.
    #[inline]
    pub fn matches(&self, value: f64) -> Keys<'_, K> {
        let (rising, falling) = self.prefixes(Some(value));
        Keys::of([self.rising.slice(0..rising), self.falling.slice(0..falling), &[]])
    }

    /// The keys whose comparison begins to hold and those whose comparison
    /// ends to hold when the value goes from `old` to `new`. `None` and NaN
    /// meet nothing, so a first value begins what it meets.
    #[inline]
    pub fn changes(&self, old: Option<f64>, new: Option<f64>) -> (Keys<'_, K>, Keys<'_, K>) {
        // As it does nothing else, NaN stands for none.
        self.advance(&mut self.place(old), new.unwrap_or(f64::NAN))
    }

    /// Where `value` stands among the thresholds; `None` and NaN stand below all.
    #[must_use]
    pub fn place(&self, value: Option<f64>) -> Place {
        Place::new(self.prefixes(value))
    }

    /// What [`ThresholdIndex::changes`] says when the value that stood at
    /// `place` becomes `value`, which then stands there. As no search is made
    /// for the old value, a change that passes no threshold costs two
    /// comparisons an array. A place of another index gives nonsense.
    #[inline]
    pub fn advance(&self, place: &mut Place, value: f64) -> (Keys<'_, K>, Keys<'_, K>) {
        let (rising, falling) = place.met();
        let (now_rising, now_falling) = if value.is_nan() {
            (0, 0)
        } else {
            (self.rising.prefix_from(rising, &value), self.falling.prefix_from(falling, &-value))
        };
        if (now_rising, now_falling) == (rising, falling) {
            return (Keys::of([&[], &[], &[]]), Keys::of([&[], &[], &[]]));
        }
        *place = Place::new((now_rising, now_falling));
        let begun = Keys::of([
            self.rising.slice(rising..now_rising),
            self.falling.slice(falling..now_falling),
            &[],
        ]);
        let ended = Keys::of([
            self.rising.slice(now_rising..rising),
            self.falling.slice(now_falling..falling),
            &[],
        ]);
        (begun, ended)
    }

    /// Two numbers, all between which stand at `place`: nearest thresholds, or
    /// infinities. On its way from one of them to another a value passes
    /// nothing, so whoever keeps them needs no index to know that. In O(1).
    #[must_use]
    pub fn around(&self, place: Place) -> (f64, f64) {
        let (rising, falling) = place.met();
        let (rung, next) = self.rising.around(rising);
        let low = rung.copied().unwrap_or(f64::NEG_INFINITY);
        let high = next.copied().unwrap_or(f64::INFINITY);
        // In the mirror.
        let (rung, next) = self.falling.around(falling);
        (next.map_or(low, |next| low.max(-next)), rung.map_or(high, |rung| high.min(-rung)))
    }

    /// The keys that stand with exactly this comparison, or one that says the same, in O(log n).
    pub fn keys_of(&self, inequality: Inequality, threshold: f64) -> &[K] {
        let side = if rises(inequality) { &self.rising } else { &self.falling };
        rung(inequality, threshold).map_or(&[], |rung| side.slice(side.run(&rung)))
    }

    /// How many comparisons it holds, in O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.rising.len() + self.falling.len()
    }

    /// Whether it holds no comparison.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every comparison with its key, in O(n): first the `>=`, then the `<=`, each
    /// from the easy end. A strict one comes as the inclusive one that says the
    /// same: `> c` as `>=` the next larger number.
    pub fn iter(&self) -> impl Iterator<Item = (Inequality, f64, &K)> {
        let rising = self.rising.iter().map(|(c, key)| (Inequality::GreaterOrEqual, *c, key));
        let falling = self.falling.iter().map(|(c, key)| (Inequality::LessOrEqual, -*c, key));
        rising.chain(falling)
    }

    /// Gives back the room that was left to grow, in O(n).
    pub fn shrink_to_fit(&mut self) {
        self.rising.shrink_to_fit();
        self.falling.shrink_to_fit();
    }

    /// How many of the `rising` and of the `falling` ones `value` meets.
    fn prefixes(&self, value: Option<f64>) -> (usize, usize) {
        // No constant is at most NaN, so it meets nothing here either.
        value.map_or((0, 0), |value| (self.rising.prefix(&value), self.falling.prefix(&-value)))
    }
}

impl<K: Ord> FromIterator<(Inequality, f64, K)> for ThresholdIndex<K> {
    /// With one sort, O(n log n); comparisons that can never hold are left out.
    fn from_iter<I: IntoIterator<Item = (Inequality, f64, K)>>(comparisons: I) -> Self {
        let (mut rising, mut falling) = (Vec::new(), Vec::new());
        for (inequality, threshold, key) in comparisons {
            if let Some(rung) = rung(inequality, threshold) {
                let side = if rises(inequality) { &mut rising } else { &mut falling };
                side.push((rung, key));
            }
        }
        Self { rising: Sorted::from_pairs(rising), falling: Sorted::from_pairs(falling) }
    }
}

fn rises(inequality: Inequality) -> bool {
    matches!(inequality, Inequality::Greater | Inequality::GreaterOrEqual)
}

/// What stands in the array, where every rung is inclusive.
fn rung(inequality: Inequality, threshold: f64) -> Option<f64> {
    let threshold = if rises(inequality) { threshold } else { -threshold };
    match inequality {
        _ if threshold.is_nan() => None,
        Inequality::Less | Inequality::Greater => ask::rung(threshold),
        Inequality::LessOrEqual | Inequality::GreaterOrEqual => Some(threshold),
    }
}
