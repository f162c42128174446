use alloc::{collections::VecDeque, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{fields::BatchName, plan::at};
use crate::{
    Reading, ReadingRef, Span, Timestamp, Value, ValueRef,
    hash::{fnv1a_64, hash_64, mix},
};

/// Most readings of one device remembered for recognising repeats: a minute
/// at 17 Hz, in 16 KiB at most.
const REMEMBERED_MAX: usize = 1_024;

/// The recently accepted readings of a device, as digests.
///
/// Two readings with the same id, or without ids the same event time and equal
/// values, are one. Digests are 64 bits: a false match needs a collision
/// within one device's horizon, and would concern that device alone.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(from = "Encoded", into = "Encoded")]
pub(super) struct Recent {
    seen: VecDeque<Seen>,
    /// Those that state of before encoding version 3 remembered, by other digests.
    old: VecDeque<Seen>,
}

/// As encoding versions 1 and 2 have it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct OldRecent(VecDeque<Seen>);

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Seen {
    ts: Timestamp,
    digest: u64,
}

impl Recent {
    /// Whether `reading` is here already; `newest` is the newest event time that is.
    pub(super) fn contains(
        &self,
        reading: ReadingRef<'_>,
        names: &[BatchName],
        newest: Option<Timestamp>,
    ) -> bool {
        // Without an id, what is newer than all others is none of them.
        let is_new = reading.id().is_none() && newest.is_none_or(|newest| reading.ts() > newest);
        if is_new {
            return false;
        }
        let is_among = |seen: &VecDeque<Seen>, digest: u64| {
            seen.iter().rev().any(|seen| seen.digest == digest)
        };
        (!self.seen.is_empty() && is_among(&self.seen, digest(reading, names)))
            || (!self.old.is_empty() && is_among(&self.old, old_digest(&reading.to_reading())))
    }

    /// Remembers an accepted reading and forgets those more than `horizon`
    /// behind `newest`. `false` if one within the horizon had to go because
    /// there are too many.
    #[must_use]
    pub(super) fn remember(
        &mut self,
        reading: ReadingRef<'_>,
        names: &[BatchName],
        newest: Timestamp,
        horizon: Span,
    ) -> bool {
        if horizon == Span::ZERO {
            *self = Self::default();
            return true;
        }
        let oldest = newest.minus(horizon);
        for seen in [&mut self.seen, &mut self.old] {
            while seen.front().is_some_and(|seen| seen.ts < oldest) {
                seen.pop_front();
            }
        }
        self.seen.push_back(Seen { ts: reading.ts(), digest: digest(reading, names) });
        let full = self.seen.len() > REMEMBERED_MAX;
        if full {
            self.seen.pop_front();
        }
        !full
    }
}

impl From<OldRecent> for Recent {
    fn from(OldRecent(old): OldRecent) -> Self {
        Self { seen: VecDeque::new(), old }
    }
}

/// How it is stored: times as steps, which mostly take a byte or two.
#[derive(Deserialize, Serialize)]
struct Encoded {
    oldest: Timestamp,
    seen: Vec<(i64, [u8; 8])>,
    old: VecDeque<Seen>,
}

impl From<Recent> for Encoded {
    fn from(Recent { seen, old }: Recent) -> Self {
        let oldest = seen.front().map(|seen| seen.ts).unwrap_or_default();
        let steps = seen.iter().scan(oldest, |before, seen| {
            // Readings that were held come out of order: a step may go back.
            let step = seen.ts.as_millis().saturating_sub(before.as_millis());
            *before = seen.ts;
            Some((step, seen.digest.to_le_bytes()))
        });
        Self { oldest, seen: steps.collect(), old }
    }
}

impl From<Encoded> for Recent {
    fn from(Encoded { oldest, seen, old }: Encoded) -> Self {
        let seen = seen.into_iter().scan(oldest, |ts, (step, digest)| {
            *ts = Timestamp::from_millis(ts.as_millis().saturating_add(step));
            Some(Seen { ts: *ts, digest: u64::from_le_bytes(digest) })
        });
        Self { seen: seen.collect(), old }
    }
}

/// The digest that encoding versions 1 and 2 remember; of values sorted by name.
fn old_digest(reading: &Reading) -> u64 {
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
            Value::Number(number) => mix(&(number + 0.0).to_bits().to_le_bytes()),
            Value::Text(text) => mix(text.as_bytes()),
        }
    }
    digest
}

/// Of the id where there is one, else of time and values, in whatever order these come.
fn digest(reading: ReadingRef<'_>, names: &[BatchName]) -> u64 {
    if let Some(id) = reading.id() {
        return hash_64(0, id.as_bytes());
    }
    let mut digest: u64 = 0;
    for (number, value) in reading.numbered_values() {
        let name = at(names, number).map_or(0, |name| name.hash);
        digest = digest.wrapping_add(match value {
            ValueRef::Null => mix(name, 2),
            ValueRef::Bool(truth) => mix(name, 3 + u64::from(truth)),
            // Adding zero makes -0.0 and 0.0, which are equal, one.
            ValueRef::Number(number) => mix(!name, (number + 0.0).to_bits()),
            ValueRef::Text(text) => hash_64(name, text.as_bytes()),
        });
    }
    mix(digest, reading.ts().as_millis().cast_unsigned())
}
