use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{Counters, device::Device};
use crate::{
    CellChange, CellKey, Changes, DecodeError, Timestamp, Transition,
    codec::{self, Stored},
};

/// Most senders whose numbering is remembered: bridges, not devices, number.
pub(super) const SOURCES_MAX: usize = 1_024;

/// The part of a partition's state that is loaded: its header and some cells.
#[derive(Debug, Default)]
pub struct Partition {
    pub(super) header: Header,
    pub(super) cells: BTreeMap<CellKey, Slot>,
    /// The loaded cells that wait for a deadline, in the order of these.
    pub(super) wakes: BTreeSet<(Timestamp, CellKey)>,
    pub(super) outbox: Vec<(u64, Vec<u8>)>,
    pub(super) wake_all: Option<Timestamp>,
    pub(super) changed: bool,
    /// The rule set that every loaded cell has taken on; `None` after loading.
    pub(super) taken_on: Option<u64>,
    /// Loaded without content, and not looked at by a tick yet.
    pub(super) never_seen: BTreeSet<CellKey>,
}

/// What a partition knows beside its devices.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Header {
    pub(super) counters: Counters,
    /// The latest `now`: processing time does not run backwards.
    pub(super) clock: Timestamp,
    /// Version of the newest rule set seen.
    pub(super) rules_version: u64,
    /// Sequence number of the last message in the outbox.
    pub(super) sequence: u64,
    /// For each numbering sender, the highest number seen.
    pub(super) sources: BTreeMap<String, u64>,
}

/// A cell as loaded; `device` is `None` while there is no such cell.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) device: Option<Device>,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) changed: bool,
}

impl Stored for Header {}

impl Partition {
    /// State from what a host loaded. A cell that the host does not have is
    /// passed as `None`; a partition never stepped before has no header.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn decode(
        header: Option<&[u8]>,
        cells: impl IntoIterator<Item = (CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self, DecodeError> {
        let header = header.map(|bytes| codec::decode("the header", bytes)).transpose()?;
        let mut never_seen = BTreeSet::new();
        let cells = cells
            .into_iter()
            .map(|(key, bytes)| {
                if bytes.is_none() {
                    never_seen.insert(key.clone());
                }
                let device = bytes.map(|bytes| codec::decode(key.as_str(), &bytes)).transpose()?;
                Ok((key, Slot { device, ..Slot::default() }))
            })
            .collect::<Result<_, DecodeError>>()?;
        Ok(Self { header: header.unwrap_or_default(), cells, never_seen, ..Self::default() })
    }

    /// What changed since `decode` or the last call; `None` if nothing did.
    pub fn take_changes(&mut self) -> Option<Changes> {
        if !core::mem::take(&mut self.changed) {
            return None;
        }
        let cells = self.cells.iter_mut().filter_map(|(key, slot)| {
            let device = slot.device.as_ref()?;
            core::mem::take(&mut slot.changed).then(|| CellChange {
                key: key.clone(),
                bytes: Some(codec::encode(device)),
                wake_at: slot.wake_at,
            })
        });
        Some(Changes {
            cells: cells.collect(),
            header: codec::encode(&self.header),
            outbox: core::mem::take(&mut self.outbox),
            wake_all: self.wake_all.take(),
        })
    }

    /// Drops what [`Partition::take_changes`] would give, for a caller that
    /// keeps the partition in memory and stores nothing.
    pub fn forget_changes(&mut self) {
        self.changed = false;
        self.outbox.clear();
        self.wake_all = None;
    }

    /// Counts since the partition's beginning; *received = accepted + duplicate + late + refused*.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.header.counters
    }

    /// Version of the newest rule set that judged here; an older one must not.
    #[must_use]
    pub fn rules_version(&self) -> u64 {
        self.header.rules_version
    }

    /// Puts a transition into the outbox.
    pub(super) fn send(
        header: &mut Header,
        outbox: &mut Vec<(u64, Vec<u8>)>,
        transition: &Transition,
    ) {
        header.sequence += 1;
        header.counters.transitions += 1;
        outbox.push((header.sequence, transition.to_bytes()));
    }
}
