use alloc::{boxed::Box, vec::Vec};

use super::{Ref, Slab, Symbol};
use crate::network::{AlphaIndex, IndexId, NodeIndex};

/// Which list of a session.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum List {
    /// The facts of an alpha node.
    Facts(AlphaIndex),
    /// The matches of a beta node.
    Matches(NodeIndex),
    /// The tokens of a negation, blocked ones too, by the key under which
    /// facts block them.
    Waiting(NodeIndex),
    /// One index of an alpha or a beta node.
    Index(IndexId),
}

/// The values by which members of a list are looked up.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Key {
    /// By none: the list as a whole.
    None,
    /// As most joins have it, and without an allocation.
    One(Symbol),
    Many(Box<[Symbol]>),
}

/// Lists of members by list and key, of which those without members take no
/// room. They are in no order; a member leaves in constant time.
///
/// What is hashed are numbers that the network and [`Symbols`](super::Symbols)
/// give out, with a function that is the same everywhere, and nothing is ever
/// listed in the order of the table: answers do not depend on it.
#[derive(Clone, Debug)]
pub(crate) struct Lists<M> {
    /// Open addressing: a bucket stands at its hash or behind it, without a gap
    /// between. A power of two long, or empty. Beside the buckets stand their
    /// hashes, so that others than the one that is looked for are not touched.
    table: Vec<Option<(Ref<Bucket<M>>, u32)>>,
    buckets: Slab<Bucket<M>>,
    entries: Slab<Entry<M>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Bucket<M> {
    list: List,
    key: Key,
    first: Option<Ref<Entry<M>>>,
    len: u32,
}

/// A member in one bucket.
#[derive(Clone, Debug)]
pub(crate) struct Entry<M> {
    member: M,
    bucket: Ref<Bucket<M>>,
    before: Option<Ref<Entry<M>>>,
    after: Option<Ref<Entry<M>>>,
    /// The next entry of the same member.
    next: Option<Ref<Entry<M>>>,
}

/// Where the entries of a member begin.
pub(crate) type Entries<M> = Option<Ref<Entry<M>>>;

impl<M> Default for Lists<M> {
    fn default() -> Self {
        Self { table: Vec::new(), buckets: Slab::default(), entries: Slab::default() }
    }
}

impl<M: Copy> Lists<M> {
    /// Adds a member, and to `entries`, the entries it has already. Says how
    /// many members there are now.
    pub(crate) fn add(
        &mut self,
        list: List,
        key: Key,
        member: M,
        entries: &mut Entries<M>,
    ) -> usize {
        let Some(bucket) = self.bucket_for(list, key) else { return 0 };
        let (after, len) = match self.buckets.get(bucket) {
            Some(found) => (found.first, found.len + 1),
            None => return 0,
        };
        let entry = Entry { member, bucket, before: None, after, next: *entries };
        let Some(entry) = self.entries.insert(entry) else { return 0 };
        *entries = Some(entry);
        if let Some(after) = after.and_then(|after| self.entries.get_mut(after)) {
            after.before = Some(entry);
        }
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.first = Some(entry);
            bucket.len = len;
        }
        length(len)
    }

    /// Takes a member out of all lists that it is in by `entries`. Calls `ended` for each
    /// that has no member with its key any more.
    pub(crate) fn remove_all(&mut self, entries: &mut Entries<M>, mut ended: impl FnMut(List)) {
        let mut next = entries.take();
        while let Some(entry) = next.and_then(|entry| self.entries.remove(entry)) {
            let Entry { bucket: name, before, after, next: following, .. } = entry;
            next = following;
            if let Some(after) = after.and_then(|after| self.entries.get_mut(after)) {
                after.before = before;
            }
            if let Some(before) = before.and_then(|before| self.entries.get_mut(before)) {
                before.after = after;
            }
            let Some(bucket) = self.buckets.get_mut(name) else { continue };
            bucket.len -= 1;
            if before.is_none() {
                bucket.first = after;
            }
            if bucket.len == 0 {
                ended(bucket.list);
                self.remove_bucket(name);
            }
        }
    }

    /// Counts one member more of a list that nobody goes through, and says how many there
    /// are now.
    pub(crate) fn count_up(&mut self, list: List) -> usize {
        let bucket = self.bucket_for(list, Key::None);
        let Some(bucket) = bucket.and_then(|name| self.buckets.get_mut(name)) else { return 0 };
        bucket.len += 1;
        length(bucket.len)
    }

    /// Counts one member less.
    pub(crate) fn count_down(&mut self, list: List) -> usize {
        let hash = hash(list, &Key::None);
        let Ok(name) = self.find(list, &Key::None, hash) else { return 0 };
        let Some(bucket) = self.buckets.get_mut(name) else { return 0 };
        bucket.len -= 1;
        let len = bucket.len;
        if len == 0 {
            self.remove_bucket(name);
        }
        length(len)
    }

    /// How many members a list has with this key.
    pub(crate) fn len(&self, list: List, key: &Key) -> usize {
        self.bucket(list, key).map_or(0, |bucket| length(bucket.len))
    }

    /// Where the members of a list begin.
    pub(crate) fn first(&self, list: List, key: &Key) -> Entries<M> {
        self.bucket(list, key)?.first
    }

    /// A member, and where the list goes on.
    pub(crate) fn member(&self, entry: Ref<Entry<M>>) -> Option<(M, Entries<M>)> {
        let entry = self.entries.get(entry)?;
        Some((entry.member, entry.after))
    }

    /// The members of a list.
    pub(crate) fn members(&self, list: List, key: &Key) -> impl Iterator<Item = M> {
        let mut next = self.first(list, key);
        core::iter::from_fn(move || {
            let (member, after) = self.member(next?)?;
            next = after;
            Some(member)
        })
    }

    fn bucket(&self, list: List, key: &Key) -> Option<&Bucket<M>> {
        self.buckets.get(self.find(list, key, hash(list, key)).ok()?)
    }

    /// The bucket, or where it would stand.
    fn find(&self, list: List, key: &Key, hash: u32) -> Result<Ref<Bucket<M>>, usize> {
        let Some(last) = self.table.len().checked_sub(1) else { return Err(0) };
        let mut place = length(hash) & last;
        while let Some(Some((name, other))) = self.table.get(place) {
            if *other == hash
                && let Some(bucket) = self.buckets.get(*name)
                && bucket.list == list
                && bucket.key == *key
            {
                return Ok(*name);
            }
            place = (place + 1) & last;
        }
        Err(place)
    }

    fn bucket_for(&mut self, list: List, key: Key) -> Option<Ref<Bucket<M>>> {
        let hash = hash(list, &key);
        let mut place = match self.find(list, &key, hash) {
            Ok(bucket) => return Some(bucket),
            Err(place) => place,
        };
        if (self.buckets.len() + 1) * 4 > self.table.len() * 3 {
            self.resize((self.table.len() * 2).max(4));
            place = self.find(list, &key, hash).err()?;
        }
        let name = self.buckets.insert(Bucket { list, key, first: None, len: 0 })?;
        *self.table.get_mut(place)? = Some((name, hash));
        Some(name)
    }

    fn remove_bucket(&mut self, name: Ref<Bucket<M>>) {
        let Some(last) = self.table.len().checked_sub(1) else { return };
        let Some(Bucket { list, key, .. }) = self.buckets.remove(name) else { return };
        let mut gap = length(hash(list, &key)) & last;
        while self.table.get(gap).is_some_and(|at| at.is_none_or(|(other, _)| other != name)) {
            gap = (gap + 1) & last;
        }
        // Whatever stands behind the gap and may stand in it moves up.
        let mut place = (gap + 1) & last;
        while let Some(Some((behind, hash))) = self.table.get(place).copied() {
            let home = length(hash) & last;
            if (place.wrapping_sub(home) & last) >= (place.wrapping_sub(gap) & last) {
                if let Some(free) = self.table.get_mut(gap) {
                    *free = Some((behind, hash));
                }
                gap = place;
            }
            place = (place + 1) & last;
        }
        if let Some(free) = self.table.get_mut(gap) {
            *free = None;
        }
        if self.buckets.len() * 8 < self.table.len() {
            self.resize(self.table.len() / 2);
        }
    }

    fn resize(&mut self, len: usize) {
        let old = core::mem::replace(&mut self.table, alloc::vec![None; len]);
        let Some(last) = len.checked_sub(1) else { return };
        for (name, hash) in old.into_iter().flatten() {
            let mut place = length(hash) & last;
            while self.table.get(place).is_some_and(Option::is_some) {
                place = (place + 1) & last;
            }
            if let Some(free) = self.table.get_mut(place) {
                *free = Some((name, hash));
            }
        }
    }

    /// Every bucket with its members.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(List, Key, Vec<M>)> {
        let buckets = self.table.iter().flatten().map(|(name, _)| self.buckets.get(*name).unwrap());
        let all: Vec<_> = buckets
            .map(|b| (b.list, b.key.clone(), self.members(b.list, &b.key).collect::<Vec<_>>()))
            .collect();
        assert_eq!(all.len(), self.buckets.len());
        assert_eq!(all.iter().map(|(.., m)| m.len()).sum::<usize>(), self.entries.len());
        all
    }
}

impl Key {
    /// Of some symbols; none if one is missing.
    pub(crate) fn of(mut symbols: impl ExactSizeIterator<Item = Option<Symbol>>) -> Option<Self> {
        match symbols.len() {
            0 => Some(Self::None),
            1 => symbols.next()?.map(Self::One),
            _ => symbols.collect::<Option<_>>().map(Self::Many),
        }
    }
}

/// Knuth's multiplicative method over the numbers of list and key; the best bits
/// of the product are the upper ones.
fn hash(list: List, key: &Key) -> u32 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (kind, number) = match list {
        List::Facts(alpha) => (0, alpha),
        List::Matches(node) => (1, node),
        List::Waiting(node) => (2, node),
        List::Index(index) => (3, index),
    };
    let mut hash = (u64::from(number) << 2 | kind).wrapping_mul(FACTOR);
    let mut add = |symbol: &Symbol| {
        hash = (hash ^ hash >> 32 ^ u64::from(symbol.0)).wrapping_mul(FACTOR);
    };
    match key {
        Key::None => {}
        Key::One(symbol) => add(symbol),
        Key::Many(symbols) => symbols.iter().for_each(add),
    }
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// Lengths are kept in four bytes.
fn length(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
