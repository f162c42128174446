use alloc::{string::String, vec::Vec};

use super::{Keys, sorted::Sorted};
use crate::{Constant, Scalar};

/// A comparison with a constant: `value == c`, `value != c`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Equality {
    /// `==`.
    Equal,
    /// `!=`: a value of the same kind, but another.
    NotEqual,
}

/// All comparisons of one attribute for equality: which keys' comparisons does
/// a value meet, and which of them begin or end to hold when it changes?
///
/// Constants lie sorted by kind and value. With n keys and k of them found,
/// [`matches`] takes O(log n + k) and [`changes`] O(log n + changed), within
/// one kind at least: a value of another kind leaves every `!=` of the one and
/// enters those of the other. Neither allocates.
///
/// `in [a, b]` is one key under two `==`: a change from a to b then neither
/// begins nor ends it. Under `!=` a key stands once for each constant.
///
/// ```
/// use rete_lite::{Constant, Equality, EqualityIndex, Scalar};
///
/// let mut rules = EqualityIndex::new();
/// rules.insert(Equality::Equal, Constant::from("open"), 1);
/// rules.insert(Equality::Equal, Constant::from("ajar"), 1);
/// rules.insert(Equality::NotEqual, Constant::from("open"), 2);
///
/// assert!(rules.matches(Scalar::Text("ajar")).eq(&[1, 2]));
///
/// let (begun, ended) = rules.changes(Some(Scalar::Text("open")), Some(Scalar::Text("ajar")));
/// assert!(begun.eq(&[2]));
/// assert_eq!(ended.count(), 0);
/// ```
///
/// [`matches`]: EqualityIndex::matches
/// [`changes`]: EqualityIndex::changes
#[derive(Clone, Debug)]
pub struct EqualityIndex<K> {
    equal: Constants<K>,
    not_equal: Constants<K>,
}

/// By kind; a comparison holds only within one.
#[derive(Clone, Debug)]
struct Constants<K> {
    bools: Sorted<bool, K>,
    numbers: Sorted<f64, K>,
    texts: Sorted<String, K>,
}

/// The keys of one kind of constant, cut at a value.
struct Cut<'a, K> {
    before: &'a [K],
    same: &'a [K],
    after: &'a [K],
}

impl<K> Default for EqualityIndex<K> {
    fn default() -> Self {
        Self { equal: Constants::default(), not_equal: Constants::default() }
    }
}

impl<K: Ord> EqualityIndex<K> {
    /// An index without constants.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `value equality constant` for `key`, in O(n): the array behind its
    /// place moves up.
    ///
    /// False if it is there already, or can never hold (a comparison with NaN)
    /// and is therefore not kept.
    pub fn insert(&mut self, equality: Equality, constant: Constant, key: K) -> bool {
        let side = self.side_mut(equality);
        match constant {
            Constant::Bool(truth) => side.bools.insert(truth, key),
            Constant::Number(number) => !number.is_nan() && side.numbers.insert(number, key),
            Constant::Text(text) => side.texts.insert(text, key),
        }
    }

    /// Takes one comparison out again, in O(n); false if it is not there.
    pub fn remove(&mut self, equality: Equality, constant: &Constant, key: &K) -> bool {
        let side = self.side_mut(equality);
        match constant {
            Constant::Bool(truth) => side.bools.remove(truth, key),
            Constant::Number(number) => !number.is_nan() && side.numbers.remove(number, key),
            Constant::Text(text) => side.texts.remove(text, key),
        }
    }

    fn side_mut(&mut self, equality: Equality) -> &mut Constants<K> {
        match equality {
            Equality::Equal => &mut self.equal,
            Equality::NotEqual => &mut self.not_equal,
        }
    }
}

impl<K> EqualityIndex<K> {
    /// The keys whose comparison `value` meets; none for null and NaN. O(log n) and the keys.
    pub fn matches(&self, value: Scalar<'_>) -> Keys<'_, K> {
        let not_equal = self.not_equal.cut(value);
        Keys::of([self.equal.cut(value).same, not_equal.before, not_equal.after])
    }

    /// The keys whose comparison begins to hold and those whose comparison
    /// ends to hold when the value goes from `old` to `new`. `None`, null and
    /// NaN meet nothing.
    pub fn changes(
        &self,
        old: Option<Scalar<'_>>,
        new: Option<Scalar<'_>>,
    ) -> (Keys<'_, K>, Keys<'_, K>) {
        let old = old.unwrap_or(Scalar::Null);
        let new = new.unwrap_or(Scalar::Null);
        let (was, is) = (self.equal.cut(old).same, self.equal.cut(new).same);
        let (left, entered) = (self.not_equal.cut(old), self.not_equal.cut(new));
        let [begun, ended] = match old.order(new) {
            Some(order) if order.is_eq() => [[&[] as &[K]; 2]; 2],
            // Within a kind only the two constants themselves matter.
            Some(_) => [[left.same, &[]], [entered.same, &[]]],
            None => [[entered.before, entered.after], [left.before, left.after]],
        };
        let ([begun, begun_too], [ended, ended_too]) = (begun, ended);
        (
            Keys::of([is, begun, begun_too]).without(was),
            Keys::of([was, ended, ended_too]).without(is),
        )
    }

    /// The keys that stand with exactly this comparison, in O(log n).
    pub fn keys_of(&self, equality: Equality, constant: &Constant) -> &[K] {
        let side = match equality {
            Equality::Equal => &self.equal,
            Equality::NotEqual => &self.not_equal,
        };
        side.cut(constant.as_scalar()).same
    }

    /// Every comparison with its key, in O(n): first the `==`, then the `!=`, each by
    /// kind and ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Equality, Constant, &K)> {
        let equal = self.equal.iter().map(|(c, key)| (Equality::Equal, c, key));
        equal.chain(self.not_equal.iter().map(|(c, key)| (Equality::NotEqual, c, key)))
    }

    /// Gives back the room that was left to grow, in O(n).
    pub fn shrink_to_fit(&mut self) {
        self.equal.shrink_to_fit();
        self.not_equal.shrink_to_fit();
    }

    /// How many comparisons it holds, in O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.equal.len() + self.not_equal.len()
    }

    /// Whether it holds no comparison.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Ord> FromIterator<(Equality, Constant, K)> for EqualityIndex<K> {
    /// With one sort for each kind, O(n log n); comparisons with NaN are left out.
    fn from_iter<I: IntoIterator<Item = (Equality, Constant, K)>>(comparisons: I) -> Self {
        let (mut equal, mut not_equal) = (Pairs::default(), Pairs::default());
        for (equality, constant, key) in comparisons {
            let pairs = match equality {
                Equality::Equal => &mut equal,
                Equality::NotEqual => &mut not_equal,
            };
            match constant {
                Constant::Bool(truth) => pairs.0.push((truth, key)),
                Constant::Number(number) if number.is_nan() => {}
                Constant::Number(number) => pairs.1.push((number, key)),
                Constant::Text(text) => pairs.2.push((text, key)),
            }
        }
        Self { equal: Constants::from_pairs(equal), not_equal: Constants::from_pairs(not_equal) }
    }
}

/// What is to be sorted, by kind.
struct Pairs<K>(Vec<(bool, K)>, Vec<(f64, K)>, Vec<(String, K)>);

impl<K> Default for Pairs<K> {
    fn default() -> Self {
        Self(Vec::new(), Vec::new(), Vec::new())
    }
}

impl<K> Default for Constants<K> {
    fn default() -> Self {
        Self { bools: Sorted::default(), numbers: Sorted::default(), texts: Sorted::default() }
    }
}

impl<K> Constants<K> {
    fn from_pairs(Pairs(bools, numbers, texts): Pairs<K>) -> Self
    where
        K: Ord,
    {
        Self {
            bools: Sorted::from_pairs(bools),
            numbers: Sorted::from_pairs(numbers),
            texts: Sorted::from_pairs(texts),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (Constant, &K)> {
        let bools = self.bools.iter().map(|(c, key)| (Constant::Bool(*c), key));
        let numbers = self.numbers.iter().map(|(c, key)| (Constant::Number(*c), key));
        let texts = self.texts.iter().map(|(c, key)| (Constant::Text(c.clone()), key));
        bools.chain(numbers).chain(texts)
    }

    fn shrink_to_fit(&mut self) {
        self.bools.shrink_to_fit();
        self.numbers.shrink_to_fit();
        self.texts.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.bools.len() + self.numbers.len() + self.texts.len()
    }

    fn cut(&self, value: Scalar<'_>) -> Cut<'_, K> {
        let (run, of_kind) = match value {
            Scalar::Bool(truth) => (self.bools.run(&truth), self.bools.keys()),
            Scalar::Number(number) if !number.is_nan() => {
                (self.numbers.run(&number), self.numbers.keys())
            }
            Scalar::Text(text) => (self.texts.run(text), self.texts.keys()),
            Scalar::Null | Scalar::Number(_) => (0..0, &[] as &[K]),
        };
        let (before, others) = of_kind.split_at_checked(run.start).unwrap_or_default();
        let (same, after) = others.split_at_checked(run.len()).unwrap_or_default();
        Cut { before, same, after }
    }
}
