use alloc::{collections::VecDeque, vec::Vec};

use crate::{
    Reading, Timestamp, Value,
    codec::{Reader, Writer},
};

/// Most readings that one device has waiting: an hour of one a second, and more.
pub(super) const HELD_MAX: usize = 4_096;
/// Most bytes of theirs, beside what the device's samples take in its cell.
pub(super) const HELD_BYTES_MAX: usize = 256 * 1_024;

/// Readings that wait for those they may have overtaken, in the order of
/// their event times; at equal times in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held {
    readings: VecDeque<Reading>,
    /// What they take together; follows from them, and is not stored.
    bytes: usize,
}

impl Held {
    pub(super) const fn new() -> Self {
        Self { readings: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn insert(&mut self, reading: Reading) {
        let place = self.readings.partition_point(|other| other.ts <= reading.ts);
        self.bytes += bytes(&reading);
        self.readings.insert(place, reading);
    }

    /// When the next of them was measured.
    pub(super) fn next_ts(&self) -> Option<Timestamp> {
        self.readings.front().map(|reading| reading.ts)
    }

    pub(super) fn pop(&mut self) -> Option<Reading> {
        let first = self.readings.pop_front()?;
        self.bytes -= bytes(&first);
        Some(first)
    }

    /// Whether the first has to go although its time has not come.
    pub(super) fn is_overfull(&self) -> bool {
        let len = self.readings.len();
        // However large, a few may wait.
        len > HELD_MAX || (len > 16 && self.bytes > HELD_BYTES_MAX)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter()
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.count(self.readings.len());
        for Reading { device, ts, id, values, tags: _ } in &self.readings {
            to.text(device);
            to.time(*ts);
            to.option(id.as_deref(), Writer::text);
            to.count(values.len());
            for (name, value) in values {
                to.text(name);
                to.value(value);
            }
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let readings = from.list(|from| Reading {
            device: from.text().into(),
            ts: from.time(),
            id: from.option(|from| from.text().into()),
            values: from.list(|from| (from.text().into(), from.value())),
            tags: Vec::new(),
        });
        let bytes = readings.iter().map(bytes).sum();
        Self { readings: readings.into(), bytes }
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
