use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Reading, Span, Timestamp, Value, hash::fnv1a_64};

/// Most readings of one device remembered for recognising repeats: a minute
/// at 17 Hz, in 16 KiB at most.
const REMEMBERED_MAX: usize = 1_024;

/// The recently accepted readings of a device, as digests.
///
/// Two readings with the same id, or without ids the same event time and equal
/// values, are one. Digests are 64 bits: a false match needs a collision
/// within one device's horizon, and would concern that device alone.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Recent(VecDeque<Seen>);

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Seen {
    ts: Timestamp,
    digest: u64,
}

impl Recent {
    /// Whether `reading` is here already.
    pub(super) fn contains(&self, reading: &Reading) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let digest = digest(reading);
        self.0.iter().rev().any(|seen| seen.digest == digest)
    }

    /// Remembers an accepted reading and forgets those more than `horizon`
    /// behind `newest`. `false` if one within the horizon had to go because
    /// there are too many.
    #[must_use]
    pub(super) fn remember(&mut self, reading: &Reading, newest: Timestamp, horizon: Span) -> bool {
        if horizon == Span::ZERO {
            self.0.clear();
            return true;
        }
        let oldest = newest.minus(horizon);
        while self.0.front().is_some_and(|seen| seen.ts < oldest) {
            self.0.pop_front();
        }
        self.0.push_back(Seen { ts: reading.ts, digest: digest(reading) });
        let full = self.0.len() > REMEMBERED_MAX;
        if full {
            self.0.pop_front();
        }
        !full
    }
}

/// Of the id where there is one, else of time and values.
fn digest(reading: &Reading) -> u64 {
    if let Some(id) = &reading.id {
        return fnv1a_64(id.as_bytes());
    }
    let mut digest = fnv1a_64(&reading.ts.as_millis().to_le_bytes());
    let mut mix = |bytes: &[u8]| {
        digest = digest.rotate_left(5) ^ fnv1a_64(bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    };
    for (name, value) in &reading.values {
        mix(name.as_bytes());
        match value {
            Value::Null => mix(b"null"),
            Value::Bool(truth) => mix(&[u8::from(*truth)]),
            // Adding zero makes -0.0 and 0.0, which are equal, one.
            Value::Number(number) => mix(&(number + 0.0).to_bits().to_le_bytes()),
            Value::Text(text) => mix(text.as_bytes()),
        }
    }
    digest
}
