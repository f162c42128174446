use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{fields::BatchName, plan::at};
use crate::{
    ReadingRef, Span, Timestamp, ValueRef,
    hash::{hash_64, mix},
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
pub(super) struct Recent(VecDeque<Seen>);

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
        if self.0.is_empty() || is_new {
            return false;
        }
        let digest = digest(reading, names);
        self.0.iter().rev().any(|seen| seen.digest == digest)
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
            self.0.clear();
            return true;
        }
        let oldest = newest.minus(horizon);
        while self.0.front().is_some_and(|seen| seen.ts < oldest) {
            self.0.pop_front();
        }
        self.0.push_back(Seen { ts: reading.ts(), digest: digest(reading, names) });
        let full = self.0.len() > REMEMBERED_MAX;
        if full {
            self.0.pop_front();
        }
        !full
    }
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
