use alloc::vec::Vec;
use core::{borrow::Borrow, cmp::Ordering, ops::Range};

/// Keys, each with a constant, ascending by constant and then key, each pair once.
///
/// Constants and keys lie in arrays of their own: a search reads constants
/// alone, and what it finds is a slice of keys.
#[derive(Clone, Debug)]
pub(crate) struct Sorted<C, K> {
    constants: Vec<C>,
    keys: Vec<K>,
}

impl<C, K> Default for Sorted<C, K> {
    fn default() -> Self {
        Self { constants: Vec::new(), keys: Vec::new() }
    }
}

impl<C: PartialOrd, K: Ord> Sorted<C, K> {
    /// Takes all of `pairs` with one sort; no constant may be NaN.
    pub(crate) fn from_pairs(mut pairs: Vec<(C, K)>) -> Self {
        ::sorted::sort_by(&mut pairs, |(a, x), (b, y)| order(a, b).then_with(|| x.cmp(y)));
        pairs.dedup_by(|(a, x), (b, y)| a == b && x == y);
        let (constants, keys) = pairs.into_iter().unzip();
        Self { constants, keys }
    }

    /// False if the pair was there already.
    pub(crate) fn insert(&mut self, constant: C, key: K) -> bool {
        match self.place(&constant, &key) {
            Ok(_) => false,
            Err(place) => {
                self.constants.insert(place, constant);
                self.keys.insert(place, key);
                true
            }
        }
    }

    /// False if there was no such pair.
    pub(crate) fn remove(&mut self, constant: &C, key: &K) -> bool {
        match self.place(constant, key) {
            Ok(place) => {
                self.constants.remove(place);
                self.keys.remove(place);
                true
            }
            Err(_) => false,
        }
    }

    fn place(&self, constant: &C, key: &K) -> Result<usize, usize> {
        let run = self.run(constant);
        let start = run.start;
        match self.slice(run).binary_search(key) {
            Ok(offset) => Ok(start + offset),
            Err(offset) => Err(start + offset),
        }
    }
}

impl<C, K> Sorted<C, K> {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// How many constants are at most `value`: they are the first ones.
    pub(crate) fn prefix<Q: PartialOrd + ?Sized>(&self, value: &Q) -> usize
    where
        C: Borrow<Q>,
    {
        self.constants.partition_point(|constant| constant.borrow() <= value)
    }

    /// What [`Sorted::prefix`] says, in O(log d) where it is d away from `from`:
    /// a value that stays between the same two constants costs two comparisons.
    ///
    /// Source: Bentley & Yao, "An almost optimal algorithm for unbounded
    /// searching", Information Processing Letters 5(3) (1976).
    pub(crate) fn prefix_from<Q: PartialOrd + ?Sized>(&self, from: usize, value: &Q) -> usize
    where
        C: Borrow<Q>,
    {
        let at_most = |constant: &C| constant.borrow() <= value;
        let (before, after) = self.constants.split_at_checked(from).unwrap_or_default();
        if after.first().is_some_and(at_most) {
            let mut step = 1;
            while after.get(step).is_some_and(at_most) {
                step *= 2;
            }
            // At most up to half the step, and not at the step any more.
            let (known, rest) = after.split_at(step / 2);
            let (rest, _) = rest.split_at(rest.len().min(step - step / 2));
            return before.len() + known.len() + rest.partition_point(at_most);
        }
        let is_above = |back: usize| {
            let constant = before.len().checked_sub(back).and_then(|place| before.get(place));
            constant.is_some_and(|constant| !at_most(constant))
        };
        if !is_above(1) {
            return before.len();
        }
        let mut step = 2;
        while is_above(step) {
            step *= 2;
        }
        let (_, near) = before.split_at(before.len().saturating_sub(step));
        let (near, _) = near.split_at(near.len().saturating_sub(step / 2));
        before.len().saturating_sub(step) + near.partition_point(at_most)
    }

    /// The constants on both sides of the first `from`: the last of them, and the next.
    pub(crate) fn around(&self, from: usize) -> (Option<&C>, Option<&C>) {
        let (before, after) = self.constants.split_at_checked(from).unwrap_or_default();
        (before.last(), after.first())
    }

    /// Where the constants equal to `value` lie.
    pub(crate) fn run<Q: PartialOrd + ?Sized>(&self, value: &Q) -> Range<usize>
    where
        C: Borrow<Q>,
    {
        let start = self.constants.partition_point(|constant| constant.borrow() < value);
        let rest = self.constants.get(start..).unwrap_or_default();
        start..start + rest.partition_point(|constant| constant.borrow() <= value)
    }

    /// The keys at these places; none where the range is empty or runs backwards.
    pub(crate) fn slice(&self, range: Range<usize>) -> &[K] {
        self.keys.get(range).unwrap_or_default()
    }

    pub(crate) fn keys(&self) -> &[K] {
        &self.keys
    }

    /// Constants and keys, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&C, &K)> {
        self.constants.iter().zip(&self.keys)
    }

    /// Gives back the room that was left to grow.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.constants.shrink_to_fit();
        self.keys.shrink_to_fit();
    }
}

/// NaN never gets here; if it did, it would be misplaced but do no harm.
fn order<C: PartialOrd>(a: &C, b: &C) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}
