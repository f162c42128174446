use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Timestamp, fleet::GroupKey, hash::fnv1a_128};

/// Names one cell of a machine's state: `device/<id>` in a partition;
/// `group/<tags>` in a scope of groups; `alert/<fingerprint>` and `delivery/<receiver>/<fingerprint>` in the aggregator.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct CellKey(String);

impl CellKey {
    /// The cell of a device.
    #[must_use]
    pub fn device(device: &str) -> Self {
        Self(["device/", device].concat())
    }

    /// The cell of a group.
    #[must_use]
    pub fn group(group: &GroupKey) -> Self {
        Self(format!("group/{group}"))
    }

    /// Takes back what a host stored.
    #[must_use]
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The id of the device whose cell this is; the whole key for other cells.
    #[must_use]
    pub fn device_id(&self) -> &str {
        self.0.strip_prefix("device/").unwrap_or(&self.0)
    }

    /// The text a host stores.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a host has to store in one commit, all of it or nothing.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Changes {
    /// The header's new bytes.
    pub header: Vec<u8>,
    /// Cells that changed.
    pub cells: Vec<CellChange>,
    /// Messages for the next machine, each under its sequence number.
    pub outbox: Vec<(u64, Vec<u8>)>,
    /// The rule set changed: every stored cell must be due at this time or earlier.
    /// Applies before `cells`, whose own `wake_at` holds.
    pub wake_all: Option<Timestamp>,
}

/// The new content of one cell.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CellChange {
    /// Which cell.
    pub key: CellKey,
    /// Its bytes; `None` removes it.
    pub bytes: Option<Vec<u8>>,
    /// When a tick has to look at it; `None` if time alone changes nothing.
    pub wake_at: Option<Timestamp>,
}

/// State bytes that do not read back.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} is not state that this version can read: {why}")]
pub struct DecodeError {
    /// The header, or a cell's key.
    pub what: String,
    /// What stood there.
    pub why: String,
}

/// The hash of a machine's whole state: equal on two hosts when their header
/// and cells are. `cells` come in the order of their keys.
#[must_use]
pub fn state_hash<'a>(header: &[u8], cells: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> u128 {
    let mut hash = StateHash::new(header);
    for (key, bytes) in cells {
        hash.add(key, bytes);
    }
    hash.value()
}

/// [`state_hash`] for a host that reads its cells page by page.
#[derive(Clone, Copy, Debug)]
pub struct StateHash(u128);

impl StateHash {
    /// The hash of a state with `header` and no cells yet.
    #[must_use]
    pub fn new(header: &[u8]) -> Self {
        Self(fnv1a_128(&[header]))
    }

    /// Adds the cell with the next greater key.
    pub fn add(&mut self, key: &str, bytes: &[u8]) {
        self.0 = fnv1a_128(&[&self.0.to_le_bytes(), key.as_bytes(), bytes]);
    }

    /// The hash so far.
    #[must_use]
    pub fn value(self) -> u128 {
        self.0
    }
}
