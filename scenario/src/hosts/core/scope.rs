use std::collections::{BTreeMap, BTreeSet};

use rules_core::{CellChange, CellKey, Changes, Timestamp, state_hash};

/// What a store keeps of one machine.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) header: Option<Vec<u8>>,
    pub(super) cells: BTreeMap<CellKey, (Vec<u8>, Option<Timestamp>)>,
    pub(super) outbox: Vec<(u64, Vec<u8>)>,
}

impl Scope {
    pub(super) fn load(&self, keys: BTreeSet<CellKey>) -> Vec<(CellKey, Option<Vec<u8>>)> {
        let bytes = |key: &CellKey| self.cells.get(key).map(|(bytes, _)| bytes.clone());
        keys.into_iter().map(|key| (key.clone(), bytes(&key))).collect()
    }

    pub(super) fn commit(&mut self, changes: Changes) {
        self.header = Some(changes.header);
        if let Some(wake_all) = changes.wake_all {
            for (_, wake_at) in self.cells.values_mut() {
                *wake_at = Some(wake_at.map_or(wake_all, |at| at.min(wake_all)));
            }
        }
        for cell in changes.cells {
            match cell.bytes {
                Some(bytes) => self.cells.insert(cell.key, (bytes, cell.wake_at)),
                None => self.cells.remove(&cell.key),
            };
        }
        self.outbox.extend(changes.outbox);
    }

    pub(super) fn due(&self, now: Timestamp) -> BTreeSet<CellKey> {
        let due = |wake_at: &Option<Timestamp>| wake_at.is_some_and(|wake_at| wake_at <= now);
        self.cells.iter().filter(|(_, cell)| due(&cell.1)).map(|(key, _)| key.clone()).collect()
    }

    /// All of it, as a commit that writes it.
    pub(super) fn changes(&self) -> Changes {
        let cell = |(key, (bytes, wake_at)): (&CellKey, &(Vec<u8>, Option<Timestamp>))| {
            CellChange { key: key.clone(), bytes: Some(bytes.clone()), wake_at: *wake_at }
        };
        Changes {
            header: self.header.clone().unwrap_or_default(),
            cells: self.cells.iter().map(cell).collect(),
            outbox: self.outbox.clone(),
            wake_all: None,
        }
    }

    pub(super) fn hash(&self) -> String {
        let cells = self.cells.iter().map(|(key, (bytes, _))| (key.as_str(), bytes.as_slice()));
        format!("{:032x}", state_hash(self.header.as_deref().unwrap_or_default(), cells))
    }
}
