use alloc::{string::String, vec::Vec};

use super::glob;

/// What a selector asks beyond the anchor under which it stands.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Remainder {
    /// For what the anchor leaves of the text; nothing if that may be anything.
    pub(super) pattern: Option<String>,
    /// `attribute = value`, ascending.
    pub(super) tests: Vec<(String, String)>,
}

/// Selectors under one anchor, ascending, each once with all its keys.
#[derive(Clone, Debug)]
pub(super) struct Bucket<K> {
    entries: Vec<(Remainder, Vec<K>)>,
}

impl<K> Default for Bucket<K> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl Remainder {
    fn holds<'t>(&self, rest: &str, attribute: &impl Fn(&str) -> Option<&'t str>) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| glob(pattern, rest))
            && self.tests.iter().all(|(name, value)| attribute(name) == Some(value.as_str()))
    }
}

impl<K> Bucket<K> {
    /// How many selectors it has.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn has(&self, remainder: &Remainder) -> bool {
        self.place(remainder).is_ok()
    }

    fn place(&self, remainder: &Remainder) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.cmp(remainder))
    }
}

impl<K: Ord> Bucket<K> {
    /// False if the key was there already.
    pub(super) fn insert(&mut self, remainder: Remainder, key: K) -> bool {
        let place = self.place(&remainder).unwrap_or_else(|place| {
            grow(&mut self.entries);
            self.entries.insert(place, (remainder, Vec::new()));
            place
        });
        let Some((_, keys)) = self.entries.get_mut(place) else { return false };
        match keys.binary_search(&key) {
            Ok(_) => false,
            Err(at) => {
                grow(keys);
                keys.insert(at, key);
                true
            }
        }
    }

    /// False if the key was not there.
    pub(super) fn remove(&mut self, remainder: &Remainder, key: &K) -> bool {
        let Ok(place) = self.place(remainder) else { return false };
        let Some((_, keys)) = self.entries.get_mut(place) else { return false };
        let Ok(at) = keys.binary_search(key) else { return false };
        keys.remove(at);
        if keys.is_empty() {
            self.entries.remove(place);
        }
        true
    }
}

impl<K: Clone> Bucket<K> {
    /// Adds the keys of the selectors that hold to `found`.
    pub(super) fn matching<'t>(
        &self,
        rest: &str,
        attribute: &impl Fn(&str) -> Option<&'t str>,
        found: &mut Vec<K>,
    ) {
        for (remainder, keys) in &self.entries {
            if remainder.holds(rest, attribute) {
                found.extend_from_slice(keys);
            }
        }
    }
}

/// Room for the first, and for no more: most lists keep one member.
fn grow<T>(list: &mut Vec<T>) {
    if list.is_empty() && size_of::<T>() > 0 {
        list.reserve_exact(1);
    }
}
