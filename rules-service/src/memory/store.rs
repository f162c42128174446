use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use rules_core::{Changes, Timestamp};

use crate::ports::{Commit, Loaded, Store, StoredCell, Unavailable, Version};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(RefCell<BTreeMap<String, Scope>>);

#[derive(Debug, Default)]
struct Scope {
    version: Version,
    header: Option<Vec<u8>>,
    cells: BTreeMap<String, Cell>,
    /// The cells that have a wake-up, in the order of these.
    wakes: BTreeSet<(Timestamp, String)>,
    outbox: BTreeMap<u64, Vec<u8>>,
}

#[derive(Debug)]
struct Cell {
    bytes: Vec<u8>,
    wake_at: Option<Timestamp>,
}

impl Scope {
    fn commit(&mut self, changes: &Changes) {
        self.version += 1;
        self.header = Some(changes.header.clone());
        if let Some(at) = changes.wake_all {
            self.wake_all(at);
        }
        for change in &changes.cells {
            self.write(change.key.as_str(), change.bytes.as_deref(), change.wake_at);
        }
        self.outbox.extend(changes.outbox.iter().cloned());
    }

    fn wake_all(&mut self, at: Timestamp) {
        for cell in self.cells.values_mut() {
            cell.wake_at = Some(cell.wake_at.map_or(at, |was| was.min(at)));
        }
        let wakes = self.cells.iter().filter_map(|(key, cell)| Some((cell.wake_at?, key.clone())));
        self.wakes = wakes.collect();
    }

    fn write(&mut self, key: &str, bytes: Option<&[u8]>, wake_at: Option<Timestamp>) {
        if let Some(was) = self.cells.remove(key).and_then(|cell| cell.wake_at) {
            self.wakes.remove(&(was, key.to_owned()));
        }
        let Some(bytes) = bytes else { return };
        self.wakes.extend(wake_at.map(|at| (at, key.to_owned())));
        self.cells.insert(key.to_owned(), Cell { bytes: bytes.to_owned(), wake_at });
    }
}

impl MemoryStore {
    /// What `look` sees in `scope`; an unknown scope looks like an empty one.
    fn read<T>(&self, scope: &str, look: impl FnOnce(&Scope) -> T) -> T {
        let empty = Scope::default();
        look(self.0.borrow().get(scope).unwrap_or(&empty))
    }
}

impl Store for MemoryStore {
    async fn load(&self, scope: &str, keys: &[String]) -> Result<Loaded, Unavailable> {
        Ok(self.read(scope, |scope| Loaded {
            version: scope.version,
            header: scope.header.clone(),
            cells: keys
                .iter()
                .map(|key| scope.cells.get(key).map(|cell| cell.bytes.clone()))
                .collect(),
        }))
    }

    async fn commit(
        &self,
        scope: &str,
        expected: Version,
        changes: &Changes,
    ) -> Result<Commit, Unavailable> {
        let mut scopes = self.0.borrow_mut();
        let scope = scopes.entry(scope.to_owned()).or_default();
        if scope.version != expected {
            return Ok(Commit::Conflict);
        }
        scope.commit(changes);
        Ok(Commit::Stored(scope.version))
    }

    async fn due(
        &self,
        scope: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<String>, Unavailable> {
        Ok(self.read(scope, |scope| {
            let due = scope.wakes.iter().take_while(|(at, _)| *at <= now);
            due.take(limit).map(|(_, key)| key.clone()).collect()
        }))
    }

    async fn next_wake(&self, scope: &str) -> Result<Option<Timestamp>, Unavailable> {
        Ok(self.read(scope, |scope| scope.wakes.first().map(|(at, _)| *at)))
    }

    async fn scan(
        &self,
        scope: &str,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredCell>, Unavailable> {
        let from = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        Ok(self.read(scope, |scope| {
            let cells = scope.cells.range::<str, _>((from, Bound::Unbounded));
            cells
                .take_while(|(key, _)| key.starts_with(prefix))
                .take(limit)
                .map(|(key, cell)| StoredCell { key: key.clone(), bytes: cell.bytes.clone() })
                .collect()
        }))
    }

    async fn outbox(
        &self,
        scope: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Unavailable> {
        let later = (Bound::Excluded(after), Bound::Unbounded);
        Ok(self.read(scope, |scope| {
            let messages = scope.outbox.range(later).take(limit);
            messages.map(|(sequence, bytes)| (*sequence, bytes.clone())).collect()
        }))
    }

    async fn outbox_done(&self, scope: &str, sequences: &[u64]) -> Result<(), Unavailable> {
        if let Some(scope) = self.0.borrow_mut().get_mut(scope) {
            for sequence in sequences {
                scope.outbox.remove(sequence);
            }
        }
        Ok(())
    }
}
