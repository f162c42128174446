use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};

use serde::{Deserialize, Serialize};
use sorted::{LongSet, SortedMap, SortedSet};

use super::{
    Counters, Happenings,
    fields::Names,
    judge::Scratch,
    plan::{Plan, Selection, Shared},
    slots::{Content, Slots},
    stored,
};
use crate::{
    CellChange, CellKey, Changes, DecodeError, Timestamp,
    codec::{self, Stored, Writer},
    fleet::{Fact, GroupKey, Message},
};

/// Most senders whose numbering is remembered: bridges, not devices, number.
pub(super) const SOURCES_MAX: usize = 1_024;

/// Bytes of memory that a loaded cell takes for each byte that it has as
/// stored, and those that each takes beside; a name takes as much as a cell does.
const WEIGHT_PER_BYTE: usize = 5;
const WEIGHT_PER_CELL: usize = 1_000;

/// The part of a partition's state that is loaded: its header and some cells.
#[derive(Debug, Default)]
pub struct Partition {
    pub(super) header: Header,
    pub(super) slots: Slots,
    /// The loaded cells that wait for a deadline, in the order of these, by device.
    pub(super) wakes: LongSet<(Timestamp, Arc<str>)>,
    pub(super) outbox: Vec<(u64, Outgoing)>,
    /// What groups are to be told of the step under way.
    pub(super) facts: SortedMap<GroupKey, Vec<Fact>>,
    pub(super) wake_all: Option<Timestamp>,
    pub(super) changed: bool,
    /// Places of the cells that changed.
    pub(super) changed_slots: Vec<usize>,
    /// Places of the cells that were loaded since rules were laid.
    pub(super) loaded: Vec<usize>,
    /// Bytes that the loaded cells have as stored.
    stored_bytes: usize,
    /// The rule set that every loaded cell has taken on; `None` after loading.
    pub(super) laid: Option<Laid>,
    /// Loaded without content, and not looked at by a tick yet.
    pub(super) never_seen: SortedSet<CellKey>,
    pub(super) names: Names,
    pub(super) scratch: Option<Box<Scratch>>,
}

/// A message of the outbox before it is written out.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// Under as many numbers as there are, from the first on.
    Happenings(Arc<Happenings>),
    Facts(Arc<Message>),
}

impl Outgoing {
    /// Its messages, the first of them under `number`.
    fn write(&self, number: u64, messages: &mut Vec<(u64, Vec<u8>)>) {
        match self {
            Self::Happenings(happened) => {
                let bytes = happened.iter().map(|happening| happening.transition().to_bytes());
                messages.extend((number..).zip(bytes));
            }
            Self::Facts(message) => messages.push((number, message.to_bytes())),
        }
    }
}

/// The rule set along which the loaded cells are laid.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) version: u64,
    pub(super) plan: Arc<Plan>,
    /// Selections by their scopes.
    selections: SortedMap<Vec<u32>, Arc<Selection>>,
    shared: Shared,
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
    pub(super) sources: SortedMap<String, u64>,
}

impl Stored for Header {}

impl Laid {
    pub(super) fn new(version: u64, plan: &Arc<Plan>) -> Self {
        let plan = Arc::clone(plan);
        Self { version, plan, selections: SortedMap::new(), shared: Shared::default() }
    }

    /// What of the rule set concerns `device`.
    pub(super) fn select(&mut self, device: &str, tags: &[(String, String)]) -> Arc<Selection> {
        let scopes = self.plan.scopes_of(device, tags);
        if let Some(known) = self.selections.get(&scopes) {
            return Arc::clone(known);
        }
        let selection = Selection::new(&self.plan, scopes.clone(), &mut self.shared);
        let selection = Arc::new(selection);
        self.selections.insert(scopes, Arc::clone(&selection));
        selection
    }
}

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
        let mut partition = Self { header: header.unwrap_or_default(), ..Self::default() };
        partition.add(cells)?;
        Ok(partition)
    }

    /// Adds cells that were not loaded before, as [`Partition::decode`] takes
    /// them, to a partition that everything it changed is stored of.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn add(
        &mut self,
        cells: impl IntoIterator<Item = (CellKey, Option<Vec<u8>>)>,
    ) -> Result<(), DecodeError> {
        for (key, bytes) in cells {
            let stored_len = bytes.as_ref().map_or(0, Vec::len);
            let content = if let Some(bytes) = bytes {
                Content::Stored(Box::new(stored::decode(key.as_str(), &bytes)?))
            } else {
                self.never_seen.insert(key.clone());
                Content::Nothing
            };
            if self.slots.find(key.device_id()).is_none() {
                let place = self.slots.push(key.device_id(), content);
                self.loaded.push(place);
                self.weigh(place, stored_len);
            }
        }
        Ok(())
    }

    /// Whether a cell is loaded that holds something.
    #[must_use]
    pub fn has(&self, key: &CellKey) -> bool {
        let slot = self.slots.find(key.device_id()).and_then(|place| self.slots.get(place));
        slot.is_some_and(|slot| !matches!(slot.content, Content::Nothing))
    }

    /// About how many bytes of memory the loaded cells take.
    #[must_use]
    pub fn weight(&self) -> usize {
        let count = self.slots.len() + self.names.len();
        WEIGHT_PER_BYTE * self.stored_bytes + WEIGHT_PER_CELL * count
    }

    /// The cell at `place` has `len` bytes as stored.
    fn weigh(&mut self, place: usize, len: usize) {
        if let Some(slot) = self.slots.get_mut(place) {
            let len = u32::try_from(len).unwrap_or(u32::MAX);
            let before = core::mem::replace(&mut slot.stored_len, len);
            self.stored_bytes += len as usize;
            self.stored_bytes -= before as usize;
        }
    }

    /// What changed since `decode` or the last call; `None` if nothing did.
    pub fn take_changes(&mut self) -> Option<Changes> {
        if !core::mem::take(&mut self.changed) {
            return None;
        }
        let mut writer = Writer::default();
        let mut cells = Vec::with_capacity(self.changed_slots.len());
        for place in core::mem::take(&mut self.changed_slots) {
            let Some(slot) = self.slots.get_mut(place) else { continue };
            slot.changed = false;
            if let (Content::Laid(device, selection), Some(laid)) = (&slot.content, &self.laid) {
                let bytes = stored::encode(device, &laid.plan, selection, &mut writer);
                let len = bytes.len();
                let (key, wake_at) = (CellKey::device(&slot.id), slot.wake_at);
                cells.push(CellChange { key, bytes: Some(bytes), wake_at });
                self.weigh(place, len);
            }
        }
        sorted::sort_by(&mut cells, |a, b| a.key.cmp(&b.key));
        let mut outbox = Vec::new();
        for (number, message) in core::mem::take(&mut self.outbox) {
            message.write(number, &mut outbox);
        }
        Some(Changes {
            cells,
            header: codec::encode(&self.header),
            outbox,
            wake_all: self.wake_all.take(),
        })
    }

    /// Drops what [`Partition::take_changes`] would give, for a caller that
    /// keeps the partition in memory and stores nothing.
    pub fn forget_changes(&mut self) {
        self.changed = false;
        self.outbox.clear();
        self.wake_all = None;
        for place in self.changed_slots.drain(..) {
            if let Some(slot) = self.slots.get_mut(place) {
                slot.changed = false;
            }
        }
    }

    /// When the next of the loaded cells has to be looked at.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(wake_at, _)| *wake_at)
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
}
