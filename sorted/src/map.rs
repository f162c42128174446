use alloc::vec::{self, Vec};
use core::{borrow::Borrow, cmp::Ordering, fmt, marker::PhantomData, slice};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use crate::{Gather, order::sort_distinct_by};

/// A map in the order of its keys, kept as one sorted list.
///
/// Found in O(log n). An entry that comes after all others is appended in
/// O(1); elsewhere the ones behind it move, O(n). Encoded as a `BTreeMap` is.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> SortedMap<K, V> {
    /// No entries.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Entries in the order of their keys, to change the values.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// Values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// Values in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> + ExactSizeIterator {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Values in the order of their keys.
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> + ExactSizeIterator {
        self.0.into_iter().map(|(_, value)| value)
    }

    /// Keys in order.
    pub fn into_keys(self) -> impl DoubleEndedIterator<Item = K> + ExactSizeIterator {
        self.0.into_iter().map(|(key, _)| key)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// The entry with the smallest key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entry with the largest key.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// Whether `key` has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Entries with keys from `from` up to, but not with, `to`.
    pub fn range<Q: Ord + ?Sized>(&self, from: &Q, to: &Q) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let from = self.place(from).unwrap_or_else(|place| place);
        let to = self.place(to).unwrap_or_else(|place| place);
        let within = self.0.get(from..to).unwrap_or_default();
        within.iter().map(|(key, value)| (key, value))
    }

    /// Gives `key` a value; returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => self.0.get_mut(place).map(|(_, old)| core::mem::replace(old, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes out the value of `key`.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|place| self.0.remove(place).1)
    }

    /// The place of `key`, to be filled if it is empty.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { place: self.place(&key), map: self, key }
    }

    /// Of entries with the same key the last one counts.
    fn of(mut entries: Vec<(K, V)>) -> Self {
        let distinct = sort_distinct_by(&mut entries, |(a, _), (b, _)| a.cmp(b));
        entries.truncate(distinct);
        Self(entries)
    }

    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        let (mut from, mut to) = (0, self.0.len());
        // Most come in order, as the host reads them: the last one is asked first.
        let mut at = to.wrapping_sub(1);
        while from < to
            && let Some((known, _)) = self.0.get(at)
        {
            match known.borrow().cmp(key) {
                Ordering::Less => from = at + 1,
                Ordering::Equal => return Ok(at),
                Ordering::Greater => to = at,
            }
            at = from + (to - from) / 2;
        }
        Err(from)
    }
}

/// A key's place in a [`SortedMap`], filled or not.
#[derive(Debug)]
pub struct Entry<'m, K, V> {
    map: &'m mut SortedMap<K, V>,
    place: Result<usize, usize>,
    key: K,
}

impl<'m, K, V> Entry<'m, K, V> {
    /// The value, which is `V::default()` if there was none.
    pub fn or_default(self) -> &'m mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// The value, which is `value` if there was none.
    pub fn or_insert(self, value: V) -> &'m mut V {
        self.or_insert_with(|| value)
    }

    /// The value, which `value` gives if there was none.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> &'m mut V {
        self.or_insert_with_key(|_| value())
    }

    /// The value, which `value` gives if there was none.
    pub fn or_insert_with_key(self, value: impl FnOnce(&K) -> V) -> &'m mut V {
        let Self { map: SortedMap(entries), place, key } = self;
        let place = match place {
            Ok(place) => place,
            Err(place) => {
                let value = value(&key);
                entries.insert(place, (key, value));
                place
            }
        };
        #[allow(clippy::indexing_slicing, reason = "found or filled above")]
        &mut entries[place].1
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::of(entries.into_iter().gather())
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        Self::of(Vec::from(entries))
    }
}

/// Entries of a [`SortedMap`].
pub(super) type Iter<'m, K, V> =
    core::iter::Map<slice::Iter<'m, (K, V)>, fn(&'m (K, V)) -> (&'m K, &'m V)>;

/// Entries of a [`SortedMap`], to change the values.
type IterMut<'m, K, V> =
    core::iter::Map<slice::IterMut<'m, (K, V)>, fn(&'m mut (K, V)) -> (&'m K, &'m mut V)>;

impl<'m, K, V> IntoIterator for &'m SortedMap<K, V> {
    type Item = (&'m K, &'m V);
    type IntoIter = Iter<'m, K, V>;

    fn into_iter(self) -> Iter<'m, K, V> {
        self.iter()
    }
}

impl<'m, K, V> IntoIterator for &'m mut SortedMap<K, V> {
    type Item = (&'m K, &'m mut V);
    type IntoIter = IterMut<'m, K, V>;

    fn into_iter(self) -> IterMut<'m, K, V> {
        self.iter_mut()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> vec::IntoIter<(K, V)> {
        self.0.into_iter()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for SortedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = SortedMap<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut map = SortedMap::new();
                while let Some((key, value)) = access.next_entry()? {
                    map.insert(key, value);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Change {
        Insert(u8, u16),
        Remove(u8),
        Add(u8, u16),
        RetainBelow(u16),
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            4 => (any::<u8>(), any::<u16>()).prop_map(|(key, value)| Change::Insert(key, value)),
            2 => any::<u8>().prop_map(Change::Remove),
            2 => (any::<u8>(), any::<u16>()).prop_map(|(key, value)| Change::Add(key, value)),
            1 => any::<u16>().prop_map(Change::RetainBelow),
        ]
    }

    proptest! {
        /// Of entries with the same key the last one counts.
        #[test]
        fn collects_what_a_btree_map_collects(
            entries in proptest::collection::vec((0_u8..40, any::<u16>()), 0..60),
        ) {
            let map: SortedMap<u8, u16> = entries.iter().copied().collect();
            let oracle: BTreeMap<u8, u16> = entries.into_iter().collect();
            prop_assert!(map.iter().eq(oracle.iter()));
        }

        /// After any changes it has the entries of a `BTreeMap`, in its order
        /// and in its bytes, and answers as it does.
        #[test]
        fn does_what_a_btree_map_does(changes in proptest::collection::vec(change(), 0..80)) {
            let (mut map, mut oracle) = (SortedMap::new(), BTreeMap::new());
            for change in changes {
                match change {
                    Change::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), oracle.insert(key, value));
                    }
                    Change::Remove(key) => prop_assert_eq!(map.remove(&key), oracle.remove(&key)),
                    Change::Add(key, more) => {
                        let (mine, other) = (map.entry(key), oracle.entry(key));
                        let (mine, other) = (mine.or_default(), other.or_default());
                        *mine = u16::wrapping_add(*mine, more);
                        *other = u16::wrapping_add(*other, more);
                        prop_assert_eq!(map.get(&key), oracle.get(&key));
                    }
                    Change::RetainBelow(limit) => {
                        map.retain(|_, value| *value < limit);
                        oracle.retain(|_, value| *value < limit);
                    }
                }
            }
            prop_assert!(map.iter().eq(oracle.iter()));
            let bytes = postcard::to_allocvec(&map).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_allocvec(&oracle).unwrap());
            prop_assert_eq!(postcard::from_bytes::<SortedMap<u8, u16>>(&bytes).unwrap(), map);
        }
    }
}
