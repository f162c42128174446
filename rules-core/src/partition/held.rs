use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Reading, Timestamp, Value};

/// Most readings that one device has waiting: an hour of one a second, and more.
pub(super) const HELD_MAX: usize = 4_096;
/// Most bytes of theirs, beside what the device's samples take in its cell.
pub(super) const HELD_BYTES_MAX: usize = 256 * 1_024;

/// Readings that wait for those they may have overtaken, in the order of
/// their event times; at equal times in the order in which they came.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Held(VecDeque<Reading>);

impl Held {
    pub(super) fn insert(&mut self, reading: Reading) {
        let place = self.0.partition_point(|other| other.ts <= reading.ts);
        self.0.insert(place, reading);
    }

    /// When the next of them was measured.
    pub(super) fn next_ts(&self) -> Option<Timestamp> {
        self.0.front().map(|reading| reading.ts)
    }

    pub(super) fn pop(&mut self) -> Option<Reading> {
        self.0.pop_front()
    }

    /// Whether the first has to go although its time has not come.
    pub(super) fn is_overfull(&self) -> bool {
        // Only from some number on can they be too large together.
        self.0.len() > HELD_MAX
            || (self.0.len() > 16 && self.0.iter().map(bytes).sum::<usize>() > HELD_BYTES_MAX)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Reading> {
        self.0.iter()
    }
}

/// About what a reading takes in its device's cell.
fn bytes(reading: &Reading) -> usize {
    let values = reading.values.iter().map(|(name, value)| {
        let value = match value {
            Value::Text(text) => text.len() + 2,
            Value::Null | Value::Bool(_) | Value::Number(_) => 9,
        };
        name.len() + value + 2
    });
    let id = reading.id.as_ref().map_or(1, |id| id.len() + 2);
    reading.device.len() + 10 + id + values.sum::<usize>()
}
