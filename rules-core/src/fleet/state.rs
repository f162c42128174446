use alloc::{boxed::Box, string::String, vec::Vec};

use sorted::{LongMap, LongSet, SortedMap};

use serde::{Deserialize, Serialize};

use super::{Counters, cell::Cell, derived::Derived};
use crate::{
    CellChange, CellKey, Changes, DecodeError, Timestamp, Transition,
    codec::{self, Stored},
};

/// The loaded part of a scope of groups: its header and some cells.
#[derive(Debug, Default)]
pub struct Groups {
    pub(super) header: Header,
    pub(super) cells: LongMap<CellKey, Slot>,
    /// The loaded cells that wait for a deadline, in the order of these.
    pub(super) wakes: LongSet<(Timestamp, CellKey)>,
    pub(super) outbox: Vec<(u64, Vec<u8>)>,
    pub(super) wake_all: Option<Timestamp>,
    pub(super) changed: bool,
    /// The rule set that every loaded cell has taken on; `None` after loading.
    pub(super) taken_on: Option<u64>,
}

/// What a scope knows beside its groups.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Header {
    pub(super) counters: Counters,
    /// The latest `now`: processing time does not run backwards.
    pub(super) clock: Timestamp,
    /// Version of the newest rule set seen.
    pub(super) rules_version: u64,
    /// Sequence number of the last message in the outbox.
    pub(super) sequence: u64,
    /// For each partition, the highest sequence number taken in.
    pub(super) senders: SortedMap<String, u64>,
}

/// A cell as loaded; `cell` is `None` while there is no such cell.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) cell: Option<Cell>,
    /// What follows from the cell and the rules; found anew after loading.
    pub(super) derived: Option<Box<Derived>>,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) changed: bool,
}

impl Stored for Header {}

impl Groups {
    /// State from what a host loaded. A cell that the host does not have is
    /// passed as `None`; a scope never stepped before has no header.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn decode(
        header: Option<&[u8]>,
        cells: impl IntoIterator<Item = (CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self, DecodeError> {
        let header = header.map(|bytes| codec::decode("the header", bytes)).transpose()?;
        let mut groups = Self { header: header.unwrap_or_default(), ..Self::default() };
        for (key, bytes) in cells {
            let cell = bytes.map(|bytes| codec::decode(key.as_str(), &bytes)).transpose()?;
            groups.cells.insert(key, Slot { cell, ..Slot::default() });
        }
        Ok(groups)
    }

    /// What changed since `decode` or the last call; `None` if nothing did.
    pub fn take_changes(&mut self) -> Option<Changes> {
        if !core::mem::take(&mut self.changed) {
            return None;
        }
        let mut cells = Vec::new();
        for (key, slot) in self.cells.iter().filter(|(_, slot)| slot.changed) {
            let bytes = slot.cell.as_ref().map(codec::encode);
            cells.push(CellChange { key: key.clone(), bytes, wake_at: slot.wake_at });
        }
        for slot in self.cells.values_mut() {
            slot.changed = false;
        }
        Some(Changes {
            cells,
            header: codec::encode(&self.header),
            outbox: core::mem::take(&mut self.outbox),
            wake_all: self.wake_all.take(),
        })
    }

    /// Drops what [`Groups::take_changes`] would give, for a caller that keeps
    /// the groups in memory and stores nothing.
    pub fn forget_changes(&mut self) {
        self.changed = false;
        self.outbox.clear();
        self.wake_all = None;
    }

    /// When the next of the loaded cells has to be looked at.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(wake_at, _)| *wake_at)
    }

    /// Counts since the scope's beginning.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.header.counters
    }

    /// Version of the newest rule set that judged here; an older one must not.
    #[must_use]
    pub fn rules_version(&self) -> u64 {
        self.header.rules_version
    }

    /// Whether message `sequence` of `sender` is one that was not taken in
    /// before; from now on it was.
    pub(super) fn is_new(&mut self, sender: &str, sequence: u64) -> bool {
        match self.header.senders.get_mut(sender) {
            Some(seen) if sequence <= *seen => return false,
            Some(seen) => *seen = sequence,
            None => {
                self.header.senders.insert(sender.into(), sequence);
            }
        }
        true
    }
}

impl Header {
    /// Puts a transition into the outbox.
    pub(super) fn send(&mut self, outbox: &mut Vec<(u64, Vec<u8>)>, transition: &Transition) {
        self.sequence += 1;
        self.counters.transitions += 1;
        outbox.push((self.sequence, transition.to_bytes()));
    }
}
