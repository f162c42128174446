use std::collections::{BTreeMap, BTreeSet};

use rules_core::{CellKey, Changes, Timestamp, state_hash};

/// What a host stores of one machine, as its contract says.
#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) header: Option<Vec<u8>>,
    pub(crate) cells: BTreeMap<CellKey, Cell>,
    pub(crate) outbox: Vec<(u64, Vec<u8>)>,
}

/// The bytes of a cell, and when it is due.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Cell {
    pub(crate) bytes: Vec<u8>,
    wake_at: Option<Timestamp>,
}

impl Store {
    pub(crate) fn load(&self, keys: BTreeSet<CellKey>) -> Vec<(CellKey, Option<Vec<u8>>)> {
        let bytes = |key: &CellKey| self.cells.get(key).map(|cell| cell.bytes.clone());
        keys.into_iter().map(|key| (key.clone(), bytes(&key))).collect()
    }

    pub(crate) fn commit(&mut self, changes: Changes) {
        self.header = Some(changes.header);
        if let Some(at) = changes.wake_all {
            for cell in self.cells.values_mut() {
                cell.wake_at = Some(cell.wake_at.map_or(at, |before| before.min(at)));
            }
        }
        for cell in changes.cells {
            match cell.bytes {
                Some(bytes) => {
                    self.cells.insert(cell.key, Cell { bytes, wake_at: cell.wake_at });
                }
                None => drop(self.cells.remove(&cell.key)),
            }
        }
        for (sequence, message) in changes.outbox {
            let last = self.outbox.last().map_or(0, |(last, _)| *last);
            assert!(sequence > last, "message {sequence} comes after {last}");
            self.outbox.push((sequence, message));
        }
    }

    pub(crate) fn due(&self, now: Timestamp) -> BTreeSet<CellKey> {
        let is_due = |cell: &Cell| cell.wake_at.is_some_and(|at| at <= now);
        self.cells.iter().filter(|(_, cell)| is_due(cell)).map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn hash(&self) -> u128 {
        let cells = self.cells.iter().map(|(key, cell)| (key.as_str(), cell.bytes.as_slice()));
        state_hash(self.header.as_deref().unwrap_or_default(), cells)
    }
}
