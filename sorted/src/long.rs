use alloc::{vec, vec::Vec};
use core::{borrow::Borrow, cmp::Ordering, fmt};

/// Most places in one chunk; a full one is split into halves.
const CHUNK_MAX: usize = 512;

/// A map in the order of its keys that may hold many thousands of entries,
/// put in and taken out in any order.
///
/// Entries stay where they are put; what is kept in order is their places, in
/// chunks of up to 512. Found in O(log n); put in or taken out in O(log n),
/// two kilobytes that move, and n / 256 numbers when a chunk is split or empty.
#[derive(Clone)]
pub struct LongMap<K, V> {
    entries: Vec<Option<(K, V)>>,
    /// Places without an entry.
    free: Vec<u32>,
    order: Order,
}

impl<K, V> LongMap<K, V> {
    /// No entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new(), free: Vec::new(), order: Order(Vec::new()) }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.order.from(Spot::default()).filter_map(|place| self.entry(place))
    }

    /// Values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// All values, in no order, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().flatten().map(|(_, value)| value)
    }

    /// All entries, in no order.
    pub fn into_entries(self) -> impl Iterator<Item = (K, V)> {
        self.entries.into_iter().flatten()
    }

    /// The entry with the smallest key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    fn entry(&self, place: u32) -> Option<(&K, &V)> {
        self.entries.get(place as usize)?.as_ref().map(|(key, value)| (key, value))
    }

    fn value_mut(&mut self, place: u32) -> Option<&mut V> {
        self.entries.get_mut(place as usize)?.as_mut().map(|(_, value)| value)
    }
}

impl<K: Ord, V> LongMap<K, V> {
    /// The value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        Some(self.entry(self.place(key)?)?.1)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key)?;
        self.value_mut(place)
    }

    /// Whether `key` has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_some()
    }

    /// Gives `key` a value; returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.spot(&key) {
            Ok(spot) => {
                let place = self.order.place(spot)?;
                self.value_mut(place).map(|known| core::mem::replace(known, value))
            }
            Err(spot) => {
                self.fill(spot, key, value);
                None
            }
        }
    }

    /// Takes out the value of `key`.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.order.remove(self.spot(key).ok()?)?;
        let (_, value) = self.entries.get_mut(place as usize)?.take()?;
        self.free.push(place);
        Some(value)
    }

    /// The value of `key`, which is `value` if there was none.
    pub fn get_or_insert(&mut self, key: K, value: V) -> &mut V {
        self.get_or_insert_with(key, |_| value)
    }

    /// The value of `key`, which `value` gives if there was none.
    ///
    /// # Panics
    /// Never, unless `value` does: the entry is there by then.
    pub fn get_or_insert_with(&mut self, key: K, value: impl FnOnce(&K) -> V) -> &mut V {
        let place = match self.spot(&key) {
            Ok(spot) => self.order.place(spot).unwrap_or(u32::MAX),
            Err(spot) => {
                let value = value(&key);
                self.fill(spot, key, value)
            }
        };
        #[allow(clippy::expect_used, reason = "found or filled above")]
        self.value_mut(place).expect("an entry")
    }

    /// Entries from `key` on.
    pub fn from<'m, Q: Ord + ?Sized>(
        &'m self,
        key: &Q,
    ) -> impl Iterator<Item = (&'m K, &'m V)> + use<'m, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let spot = self.spot(key).unwrap_or_else(|spot| spot);
        self.order.from(spot).filter_map(|place| self.entry(place))
    }

    /// The last entry whose key is at most `key`.
    pub fn at_most<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        match self.spot(key) {
            Ok(spot) => self.entry(self.order.place(spot)?),
            Err(spot) => self.entry(self.order.before(spot)?),
        }
    }

    /// The last entry whose key is less than `key`.
    pub fn below<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.entry(self.order.before(self.spot(key).unwrap_or_else(|spot| spot))?)
    }

    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        self.order.place(self.spot(key).ok()?)
    }

    /// Where `key` is, or would be.
    fn spot<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Spot, Spot>
    where
        K: Borrow<Q>,
    {
        self.order.find(&Sought { entries: &self.entries, key })
    }

    fn fill(&mut self, spot: Spot, key: K, value: V) -> u32 {
        let entry = Some((key, value));
        let place = if let Some(place) = self.free.pop() {
            if let Some(free) = self.entries.get_mut(place as usize) {
                *free = entry;
            }
            place
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        };
        self.order.insert(spot, place);
        place
    }
}

impl<K, V> Default for LongMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for LongMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A set in the order of its items that may hold many thousands of them.
///
/// Costs what a [`LongMap`] costs.
#[derive(Clone, Debug)]
pub struct LongSet<T>(LongMap<T, ()>);

impl<T: Ord> LongSet<T> {
    /// Puts `item` in; whether it was not there before.
    pub fn insert(&mut self, item: T) -> bool {
        self.0.insert(item, ()).is_none()
    }

    /// Takes `item` out; whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.remove(item).is_some()
    }

    /// The smallest.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.0.first_key_value().map(|(item, ())| item)
    }
}

impl<T> Default for LongSet<T> {
    fn default() -> Self {
        Self(LongMap::new())
    }
}

/// How the key of an entry lies to another; a trait, since a closure behind a
/// pointer is compiled twice.
trait Compare {
    fn compare(&self, place: u32) -> Ordering;
}

struct Sought<'m, K, V, Q: ?Sized> {
    entries: &'m [Option<(K, V)>],
    key: &'m Q,
}

impl<K: Borrow<Q>, V, Q: Ord + ?Sized> Compare for Sought<'_, K, V, Q> {
    fn compare(&self, place: u32) -> Ordering {
        match self.entries.get(place as usize) {
            Some(Some((known, _))) => known.borrow().cmp(self.key),
            _ => Ordering::Less,
        }
    }
}

/// Places of entries in the order of their keys; no chunk is empty.
#[derive(Clone)]
struct Order(Vec<Vec<u32>>);

/// A place's chunk, and where in it.
#[derive(Clone, Copy, Default)]
struct Spot {
    chunk: usize,
    at: usize,
}

impl Order {
    /// Where an entry is that compares equal, or would be.
    fn find(&self, sought: &dyn Compare) -> Result<Spot, Spot> {
        let begins_behind = |chunk: &Vec<u32>| {
            chunk.first().is_none_or(|first| sought.compare(*first) != Ordering::Greater)
        };
        let chunk = self.0.partition_point(begins_behind).saturating_sub(1);
        let places = self.0.get(chunk).map(Vec::as_slice).unwrap_or_default();
        match places.binary_search_by(|place| sought.compare(*place)) {
            Ok(at) => Ok(Spot { chunk, at }),
            Err(at) => Err(Spot { chunk, at }),
        }
    }

    fn place(&self, spot: Spot) -> Option<u32> {
        self.0.get(spot.chunk)?.get(spot.at).copied()
    }

    /// The place that comes before `spot`.
    fn before(&self, spot: Spot) -> Option<u32> {
        match spot.at.checked_sub(1) {
            Some(at) => self.place(Spot { at, ..spot }),
            None => self.0.get(spot.chunk.checked_sub(1)?)?.last().copied(),
        }
    }

    /// The places from `spot` on.
    fn from(&self, spot: Spot) -> impl Iterator<Item = u32> {
        let chunks = self.0.get(spot.chunk..).unwrap_or_default();
        chunks.iter().flatten().skip(spot.at).copied()
    }

    fn insert(&mut self, spot: Spot, place: u32) {
        let Some(chunk) = self.0.get_mut(spot.chunk) else {
            self.0.push(vec![place]);
            return;
        };
        chunk.insert(spot.at, place);
        if chunk.len() > CHUNK_MAX {
            // Entries that come in order leave full chunks behind.
            let end = if spot.at == CHUNK_MAX { CHUNK_MAX } else { CHUNK_MAX / 2 };
            let behind = chunk.split_off(end);
            self.0.insert(spot.chunk + 1, behind);
        }
    }

    fn remove(&mut self, spot: Spot) -> Option<u32> {
        let chunk = self.0.get_mut(spot.chunk)?;
        if spot.at >= chunk.len() {
            return None;
        }
        let place = chunk.remove(spot.at);
        if chunk.is_empty() {
            self.0.remove(spot.chunk);
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// After any changes it has the entries of a `BTreeMap`, in its order,
        /// and answers as it does. Long runs of keys split and empty chunks.
        #[test]
        fn does_what_a_btree_map_does(
            runs in proptest::collection::vec((any::<u16>(), 1_u16..900, any::<bool>()), 0..12),
            asked in proptest::collection::vec(any::<u16>(), 20),
        ) {
            let (mut map, mut oracle) = (LongMap::new(), BTreeMap::new());
            for (start, length, inserts) in runs {
                for key in (0..length).map(|step| (start % 2_000).wrapping_add(step.wrapping_mul(7) % 1_500)) {
                    if inserts {
                        prop_assert_eq!(map.insert(key, length), oracle.insert(key, length));
                    } else {
                        prop_assert_eq!(map.remove(&key), oracle.remove(&key));
                    }
                }
            }
            prop_assert!(map.iter().eq(oracle.iter()));
            prop_assert_eq!(map.len(), oracle.len());
            for key in asked.into_iter().flat_map(|key| [key % 3_600, key]) {
                prop_assert_eq!(map.get(&key), oracle.get(&key));
                prop_assert!(map.from(&key).eq(oracle.range(key..)));
                prop_assert_eq!(map.at_most(&key), oracle.range(..=key).next_back());
                prop_assert_eq!(map.below(&key), oracle.range(..key).next_back());
            }
            *map.get_or_insert(77, 0) += 1;
            *oracle.entry(77).or_default() += 1;
            prop_assert!(map.iter().eq(oracle.iter()));
        }
    }
}
