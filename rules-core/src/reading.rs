//! Readings: one by itself, and many side by side.
//!
//! [`Reading`] owns what it says. [`Batch`] holds the readings of one call in
//! a few buffers, without an allocation for each; [`ReadingRef`] is a reading
//! in it, and [`Draft`] writes one.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Timestamp, Value};

mod batch;
pub use batch::{Batch, ReadingRef};
mod draft;
pub use draft::{DoubledName, Draft};
mod encoding;
mod names;
#[cfg(test)]
mod tests;
mod value_ref;
pub use value_ref::ValueRef;

/// What one device said at one moment: named values with an event time.
///
/// Readers (`rules_service::wire`) give the values sorted by name, each name
/// once, nested objects flattened with `.`, numbers finite, and `ts` between
/// [`Timestamp::MIN`] and [`Timestamp::MAX`].
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Reading {
    /// Who reported; 1 to [`Reading::DEVICE_BYTES_MAX`] bytes of UTF-8 without control characters.
    pub device: String,
    /// Event time: when the device measured.
    pub ts: Timestamp,
    /// The sender's own name for this reading, if it gave one: two readings
    /// of a device with the same id are one.
    pub id: Option<String>,
    /// Values sorted by name.
    pub values: Vec<(String, Value)>,
    /// What the reading says of its device, sorted by name, each name once; empty: nothing.
    ///
    /// Not in the encoding, which is that of readings which wait in their
    /// device's cell: tags belong to the device as soon as its reading counts.
    #[serde(skip)]
    pub tags: Vec<(String, String)>,
}

impl Reading {
    /// Longest device name: it is part of keys, which hosts index.
    pub const DEVICE_BYTES_MAX: usize = 256;
    /// Longest id of a reading: a UUID, a hash or a packet id fits amply.
    pub const ID_BYTES_MAX: usize = 128;
    /// Longest name of a value, dots of nesting included.
    pub const NAME_BYTES_MAX: usize = 256;
    /// Most values in one reading: the widest device known to us sends 90.
    pub const VALUES_MAX: usize = 256;
    /// Longest text value.
    pub const TEXT_BYTES_MAX: usize = 1_024;
    /// Most tags of one reading: each is kept with its device.
    pub const TAGS_MAX: usize = 32;
    /// Longest name of a tag, and longest text of one: they are parts of group keys.
    pub const TAG_BYTES_MAX: usize = 128;

    /// The value named `name`, if this reading carries it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        let index = self.values.binary_search_by(|(key, _)| key.as_str().cmp(name)).ok()?;
        self.values.get(index).map(|(_, value)| value)
    }
}
