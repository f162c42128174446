use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use super::{alert::Alert, delivery::Delivery};
use crate::{
    CellChange, CellKey, Changes, DecodeError, Timestamp,
    codec::{self, Stored},
};

/// The loaded part of the aggregator's state: its header and some cells.
#[derive(Debug, Default)]
pub struct AggregatorState {
    pub(super) header: Header,
    pub(super) alerts: SortedMap<CellKey, Slot<Alert>>,
    pub(super) deliveries: SortedMap<CellKey, Slot<Delivery>>,
    pub(super) header_changed: bool,
}

/// What the aggregator knows beside its alerts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Header {
    pub(super) counters: Counters,
    /// For each sender, the highest sequence number taken in.
    pub(super) senders: SortedMap<String, u64>,
}

/// Counts since the aggregator's beginning, one for each transition and
/// receiver (one in all where no receiver is to be told).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counters {
    /// All that came.
    pub transitions: u64,
    /// Told.
    pub sent: u64,
    /// Not to be told: pending, inactive, shadow, known already, or no receiver.
    pub muted: u64,
    /// Still to be told.
    pub pending: u64,
    /// Given up: a queue was full, or the receiver is no longer configured.
    pub dead: u64,
}

/// A cell as loaded; `content` is `None` while there is no such cell.
#[derive(Debug)]
pub(super) struct Slot<T> {
    pub(super) content: Option<T>,
    pub(super) changed: bool,
}

impl Stored for Header {}
impl Stored for Alert {}
impl Stored for Delivery {}

impl AggregatorState {
    /// State from what a host loaded, as `Partition::decode`.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn decode(
        header: Option<&[u8]>,
        cells: impl IntoIterator<Item = (CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self, DecodeError> {
        let header = header.map(|bytes| codec::decode("the header", bytes)).transpose()?;
        let mut state = Self { header: header.unwrap_or_default(), ..Self::default() };
        for (key, bytes) in cells {
            if key.as_str().starts_with(Alert::PREFIX) {
                let slot = Slot::decode(&key, bytes)?;
                state.alerts.insert(key, slot);
            } else if key.as_str().starts_with(Delivery::PREFIX) {
                let slot = Slot::decode(&key, bytes)?;
                state.deliveries.insert(key, slot);
            } else {
                let why = String::from("no cell of the aggregator has such a key");
                return Err(DecodeError { what: key.as_str().into(), why });
            }
        }
        Ok(state)
    }

    /// What changed since `decode` or the last call; `None` if nothing did.
    pub fn take_changes(&mut self) -> Option<Changes> {
        let mut cells = Vec::new();
        for (key, slot) in &mut self.alerts {
            cells.extend(slot.take_change(key, |alert| alert.forget_at));
        }
        for (key, slot) in &mut self.deliveries {
            cells.extend(slot.take_change(key, |delivery| Some(delivery.next_try)));
        }
        let header_changed = core::mem::take(&mut self.header_changed);
        (header_changed || !cells.is_empty()).then(|| Changes {
            header: codec::encode(&self.header),
            cells,
            ..Changes::default()
        })
    }

    /// Counts since the beginning; *transitions = sent + muted + pending + dead*.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.header.counters
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
        self.header_changed = true;
        true
    }

    /// Changes the counters.
    pub(super) fn count(&mut self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.header.counters);
        self.header_changed = true;
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { content: None, changed: false }
    }
}

impl<T: Serialize + Stored> Slot<T> {
    fn decode(key: &CellKey, bytes: Option<Vec<u8>>) -> Result<Self, DecodeError> {
        let content = bytes.map(|bytes| codec::decode(key.as_str(), &bytes)).transpose()?;
        Ok(Self { content, changed: false })
    }

    fn take_change(
        &mut self,
        key: &CellKey,
        wake_at: impl FnOnce(&T) -> Option<Timestamp>,
    ) -> Option<CellChange> {
        core::mem::take(&mut self.changed).then(|| CellChange {
            key: key.clone(),
            bytes: self.content.as_ref().map(codec::encode),
            wake_at: self.content.as_ref().and_then(wake_at),
        })
    }
}
