use alloc::{borrow::ToOwned, string::String, vec::Vec};

use sorted::{Gather, LongMap};

mod glob;
pub use glob::glob;
mod bucket;
use bucket::{Bucket, Remainder};

/// Patterns and tests of many keys: which of them select this text with these
/// attributes?
///
/// A selector is a pattern as [`glob`] reads it, or none, and a set of tests
/// `attribute = value`; it selects what meets all of them. Each stands under
/// one of its *anchors*, and only selectors whose anchor fits are tried:
///
/// - a pattern without wildcards under its text;
/// - another under the literal text with which it begins, or that with which
///   it ends, or under one of its tests: whichever has fewest selectors so far;
/// - what has neither, like `*` and `*-b-*`, under nothing: it is always tried.
///
/// Equal selectors are one, whatever the number of their keys. With n
/// selectors, p the literal beginnings and ends that fit the text or part from
/// it within an indexed one (at most its length), a the attributes that are
/// anchors, and c the selectors tried, [`matching`] takes O((p + a) · log n),
/// c comparisons of what the anchors leave, and a sort of the keys it finds.
/// [`insert`] and [`remove`] take O(t · log n) for t tests, and move the
/// neighbours under one anchor up or down.
///
/// ```
/// use rete_lite::SelectorIndex;
///
/// let mut rules = SelectorIndex::new();
/// rules.insert(Some("boiler-*"), &[], 1);
/// rules.insert(Some("boiler-1"), &[("site", "north")], 2);
/// rules.insert(None, &[("site", "south")], 3);
///
/// let site = |site| move |name: &str| (name == "site").then_some(site);
/// let mut found = Vec::new();
/// rules.matching("boiler-1", site("north"), &mut found);
/// assert_eq!(found, [1, 2]);
/// rules.matching("boiler-12", site("south"), &mut found);
/// assert_eq!(found, [1, 3]);
/// ```
///
/// [`matching`]: SelectorIndex::matching
/// [`insert`]: SelectorIndex::insert
/// [`remove`]: SelectorIndex::remove
#[derive(Clone, Debug)]
pub struct SelectorIndex<K> {
    texts: LongMap<String, Bucket<K>>,
    beginnings: LongMap<String, Bucket<K>>,
    /// Read backwards, so that they are found as beginnings are.
    ends: LongMap<String, Bucket<K>>,
    /// By attribute, then value.
    tests: LongMap<String, LongMap<String, Bucket<K>>>,
    /// Those without an anchor.
    others: Bucket<K>,
    len: usize,
}

/// What is looked for before the rest of a selector is tried.
enum Anchor<'a> {
    Text(&'a str),
    Beginning(&'a str),
    /// Read backwards.
    End(String),
    Test(&'a str, &'a str),
    Nothing,
}

/// A selector under one of its anchors.
type Standing<'a> = (Anchor<'a>, Remainder);

impl<K> Default for SelectorIndex<K> {
    fn default() -> Self {
        Self {
            texts: LongMap::new(),
            beginnings: LongMap::new(),
            ends: LongMap::new(),
            tests: LongMap::new(),
            others: Bucket::default(),
            len: 0,
        }
    }
}

impl<K: Ord> SelectorIndex<K> {
    /// An index without selectors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a selector of `key`, which may have several: it is selected if one
    /// of them selects. `None` leaves the text open, as `*` does.
    ///
    /// False if it is there already, or asks one attribute for two values, can
    /// never select and is therefore not kept.
    pub fn insert(&mut self, pattern: Option<&str>, tests: &[(&str, &str)], key: K) -> bool {
        let Some(tests) = arranged(tests) else { return false };
        let standings = standings(pattern, &tests);
        let known = standings.iter().position(|(anchor, remainder)| {
            self.bucket(anchor).is_some_and(|bucket| bucket.has(remainder))
        });
        let filled = |standing: &&Standing<'_>| self.bucket(&standing.0).map_or(0, Bucket::len);
        let chosen = match known {
            Some(place) => standings.get(place),
            None => standings.iter().min_by_key(filled),
        };
        let Some((anchor, remainder)) = chosen else { return false };
        let fresh = self.bucket_mut(anchor).insert(remainder.clone(), key);
        self.len += usize::from(fresh);
        fresh
    }

    /// Takes one selector of `key` out again; false if it is not there.
    pub fn remove(&mut self, pattern: Option<&str>, tests: &[(&str, &str)], key: &K) -> bool {
        let Some(tests) = arranged(tests) else { return false };
        let gone = standings(pattern, &tests).iter().any(|(anchor, remainder)| match anchor {
            Anchor::Text(text) => remove(&mut self.texts, text, remainder, key),
            Anchor::Beginning(text) => remove(&mut self.beginnings, text, remainder, key),
            Anchor::End(text) => remove(&mut self.ends, text, remainder, key),
            Anchor::Test(attribute, value) => {
                let Some(values) = self.tests.get_mut(*attribute) else { return false };
                let gone = remove(values, value, remainder, key);
                if values.is_empty() {
                    self.tests.remove(*attribute);
                }
                gone
            }
            Anchor::Nothing => self.others.remove(remainder, key),
        });
        self.len -= usize::from(gone);
        gone
    }

    fn bucket_mut(&mut self, anchor: &Anchor<'_>) -> &mut Bucket<K> {
        match anchor {
            Anchor::Text(text) => entry(&mut self.texts, text),
            Anchor::Beginning(text) => entry(&mut self.beginnings, text),
            Anchor::End(text) => entry(&mut self.ends, text),
            Anchor::Test(attribute, value) => entry(entry(&mut self.tests, attribute), value),
            Anchor::Nothing => &mut self.others,
        }
    }
}

impl<K: Clone + Ord> SelectorIndex<K> {
    /// Replaces what is in `keys` by those that select `text` with the values
    /// that `attribute` knows, ascending, each once.
    pub fn matching<'t>(
        &self,
        text: &str,
        attribute: impl Fn(&str) -> Option<&'t str>,
        keys: &mut Vec<K>,
    ) {
        keys.clear();
        if let Some(bucket) = self.texts.get(text) {
            bucket.matching("", &attribute, keys);
        }
        beginnings(&self.beginnings, text, |bucket, length| {
            bucket.matching(text.get(length..).unwrap_or_default(), &attribute, keys);
        });
        if !self.ends.is_empty() {
            let backwards: String = text.chars().rev().collect();
            beginnings(&self.ends, &backwards, |bucket, length| {
                let before = text.len().saturating_sub(length);
                bucket.matching(text.get(..before).unwrap_or_default(), &attribute, keys);
            });
        }
        for (name, values) in self.tests.iter() {
            if let Some(bucket) = attribute(name).and_then(|value| values.get(value)) {
                bucket.matching(text, &attribute, keys);
            }
        }
        self.others.matching(text, &attribute, keys);
        sorted::sort(keys);
        keys.dedup();
    }
}

impl<K> SelectorIndex<K> {
    /// How many selectors it holds, each counted for every key it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds no selector.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn bucket(&self, anchor: &Anchor<'_>) -> Option<&Bucket<K>> {
        match anchor {
            Anchor::Text(text) => self.texts.get(*text),
            Anchor::Beginning(text) => self.beginnings.get(*text),
            Anchor::End(text) => self.ends.get(text),
            Anchor::Test(attribute, value) => self.tests.get(*attribute)?.get(*value),
            Anchor::Nothing => Some(&self.others),
        }
    }
}

/// Ascending and each once; none if two of them contradict each other.
fn arranged<'a>(tests: &[(&'a str, &'a str)]) -> Option<Vec<(&'a str, &'a str)>> {
    let mut tests = tests.to_vec();
    sorted::sort(&mut tests);
    tests.dedup();
    let agree = tests.windows(2).all(|pair| !matches!(pair, [(a, _), (b, _)] if a == b));
    agree.then_some(tests)
}

/// Every anchor of a selector, with what it asks beside it.
fn standings<'a>(pattern: Option<&'a str>, tests: &[(&'a str, &'a str)]) -> Vec<Standing<'a>> {
    let remainder = |pattern: Option<&str>, without: Option<usize>| {
        let kept = tests.iter().enumerate().filter(|(place, _)| Some(*place) != without);
        Remainder {
            pattern: pattern.filter(|pattern| *pattern != "*").map(ToOwned::to_owned),
            tests: kept.map(|(_, (name, value))| ((*name).into(), (*value).into())).gather(),
        }
    };
    let mut standings = Vec::new();
    if let Some(pattern) = pattern {
        let (beginning, behind) = glob::head(pattern);
        if behind.is_empty() {
            standings.push((Anchor::Text(pattern), remainder(None, None)));
            return standings;
        }
        if !beginning.is_empty() {
            standings.push((Anchor::Beginning(beginning), remainder(Some(behind), None)));
        }
        let (end, before) = glob::tail(pattern);
        if !end.is_empty() {
            let backwards = end.chars().rev().collect();
            standings.push((Anchor::End(backwards), remainder(Some(before), None)));
        }
    }
    for (place, (attribute, value)) in tests.iter().enumerate() {
        standings.push((Anchor::Test(attribute, value), remainder(pattern, Some(place))));
    }
    if standings.is_empty() {
        standings.push((Anchor::Nothing, remainder(pattern, None)));
    }
    standings
}

/// Calls `found` for everything under a text with which `text` begins, the
/// longest first, and says how long that is.
///
/// The greatest text that is at most `text` either begins it or parts from it
/// somewhere. All that begin it lie between themselves and it, so they begin
/// that greatest one too, and what is longer than their common beginning
/// can be left out of the next search.
fn beginnings<V>(texts: &LongMap<String, V>, text: &str, mut found: impl FnMut(&V, usize)) {
    let mut next = texts.at_most(text);
    while let Some((known, value)) = next {
        let common = common(known, text);
        let shared = text.get(..common).unwrap_or_default();
        if common == known.len() {
            found(value, common);
            next = texts.below(shared);
        } else {
            next = texts.at_most(shared);
        }
    }
}

/// How many bytes both begin with, in whole characters.
fn common(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a.floor_char_boundary(same)
}

/// The value under `text`, made if there is none.
fn entry<'m, V: Default>(map: &'m mut LongMap<String, V>, text: &str) -> &'m mut V {
    map.get_or_insert(text.to_owned(), V::default())
}

/// Takes a key out of the bucket under `text`, and the bucket with its last one.
fn remove<K: Ord>(
    map: &mut LongMap<String, Bucket<K>>,
    text: &str,
    remainder: &Remainder,
    key: &K,
) -> bool {
    let Some(bucket) = map.get_mut(text) else { return false };
    let gone = bucket.remove(remainder, key);
    if bucket.is_empty() {
        map.remove(text);
    }
    gone
}

#[cfg(test)]
mod tests;
