use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use super::{fields::BatchName, plan::at};
use crate::{
    Reading, ReadingRef, Span, Timestamp, Value, ValueRef,
    codec::{Reader, Writer},
    hash::{fnv1a_64, hash_64, mix},
};

/// Most readings of one device remembered for recognising repeats: a minute
/// at 17 Hz, in 8 KiB, or 12 with ids.
const REMEMBERED_MAX: usize = 1_024;

/// The recently accepted readings of a device, as digests.
///
/// Two readings with the same id, or without ids the same event time and equal
/// values, are one. A digest of an id has 64 bits, one of values 32 beside the
/// time itself: a false match needs a collision within one device's horizon,
/// of values even among readings of one millisecond, and would concern that
/// device alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    /// What the times of `seen` count from.
    base: Timestamp,
    /// In the order in which they came.
    seen: VecDeque<Seen>,
    /// The upper halves of the digests, once a reading has an id; 0 of one that has none.
    #[allow(clippy::box_collection, reason = "seldom there, and a quarter of the room")]
    upper: Option<Box<VecDeque<u32>>>,
    /// Those that state of before encoding version 3 remembered, by other digests.
    #[allow(clippy::box_collection, reason = "seldom there, and a quarter of the room")]
    old: Option<Box<VecDeque<(Timestamp, u64)>>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Milliseconds.
    after: u32,
    /// The digest, or the lower half of it.
    digest: u32,
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
        if is_new || (self.seen.is_empty() && self.old.is_none()) {
            return false;
        }
        let is_old = || {
            self.old.as_ref().is_some_and(|old| {
                let digest = old_digest(&reading.to_reading());
                old.iter().any(|(_, known)| *known == digest)
            })
        };
        self.has(reading, digest(reading, names)) || is_old()
    }

    fn has(&self, reading: ReadingRef<'_>, digest: u64) -> bool {
        let (upper, lower) = halves(digest);
        if reading.id().is_none() {
            let Some(after) = self.after(reading.ts()) else { return false };
            return self.seen.iter().rev().any(|seen| (seen.after, seen.digest) == (after, lower));
        }
        let Some(uppers) = &self.upper else { return false };
        let mut seen = self.seen.iter().zip(uppers.iter()).rev();
        seen.any(|(seen, known)| (*known, seen.digest) == (upper, lower))
    }

    /// Remembers an accepted reading and forgets those more than `horizon`
    /// behind `newest`. `false` if one within the horizon had to go because
    /// there are too many, or it was 49 days ago.
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
        while self.seen.front().is_some_and(|seen| self.ts(*seen) < oldest) {
            self.pop();
        }
        if let Some(old) = &mut self.old {
            while old.front().is_some_and(|(ts, _)| *ts < oldest) {
                old.pop_front();
            }
            if old.is_empty() {
                self.old = None;
            }
        }
        let (upper, lower) = halves(digest(reading, names));
        let upper = reading.id().map(|_| upper);
        let fits = self.push(reading.ts(), lower, upper);
        let full = self.seen.len() > REMEMBERED_MAX;
        if full {
            self.pop();
        }
        fits && !full
    }

    /// Adds one; whether all others could stay.
    fn push(&mut self, ts: Timestamp, digest: u32, upper: Option<u32>) -> bool {
        let mut fits = true;
        let after = loop {
            if let Some(after) = self.after(ts).filter(|_| !self.seen.is_empty()) {
                break after;
            }
            if let Some(after) = self.rebase(ts) {
                break after;
            }
            self.pop();
            fits = false;
        };
        if upper.is_some() && self.upper.is_none() {
            self.upper = Some(Box::new(self.seen.iter().map(|_| 0).collect()));
        }
        if let Some(uppers) = &mut self.upper {
            push_slowly(uppers, upper.unwrap_or_default());
        }
        push_slowly(&mut self.seen, Seen { after, digest });
        fits
    }

    /// Counts times from before all of them and `ts` on, with some to spare
    /// for others; gives how long after that `ts` is.
    fn rebase(&mut self, ts: Timestamp) -> Option<u32> {
        const SPARE: Span = Span::from_secs(3_600);
        let earliest = self.seen.iter().map(|seen| self.ts(*seen)).min();
        let base = earliest.map_or(ts, |earliest| earliest.min(ts)).minus(SPARE);
        let moved = |ts: Timestamp| u32::try_from(ts.since(base).as_millis()).ok();
        let after = moved(ts)?;
        if self.seen.iter().any(|seen| moved(self.ts(*seen)).is_none()) {
            return None;
        }
        let before = self.base;
        for seen in &mut self.seen {
            let ts = before.plus(Span::from_millis(i64::from(seen.after)));
            seen.after = moved(ts).unwrap_or_default();
        }
        self.base = base;
        Some(after)
    }

    fn pop(&mut self) {
        self.seen.pop_front();
        if let Some(upper) = &mut self.upper {
            upper.pop_front();
        }
    }

    fn ts(&self, seen: Seen) -> Timestamp {
        self.base.plus(Span::from_millis(i64::from(seen.after)))
    }

    fn after(&self, ts: Timestamp) -> Option<u32> {
        u32::try_from(ts.since(self.base).as_millis()).ok()
    }

    /// Writes times as steps, which mostly take a byte or two.
    pub(super) fn write(&self, to: &mut Writer) {
        let mut before = self.seen.front().map(|seen| self.ts(*seen)).unwrap_or_default();
        to.time(before);
        to.count(self.seen.len());
        for seen in &self.seen {
            let ts = self.ts(*seen);
            // Readings that were held come out of order: a step may go back.
            to.signed(ts.as_millis().saturating_sub(before.as_millis()));
            to.raw(&seen.digest.to_le_bytes());
            before = ts;
        }
        let upper = self.upper.as_ref().filter(|upper| upper.iter().any(|upper| *upper != 0));
        to.count(upper.map_or(0, |upper| upper.len()));
        for upper in upper.into_iter().flat_map(|upper| upper.iter()) {
            to.raw(&upper.to_le_bytes());
        }
        let old = self.old.iter().flat_map(|old| old.iter());
        to.count(self.old.as_ref().map_or(0, |old| old.len()));
        for (ts, digest) in old {
            to.time(*ts);
            to.unsigned(*digest);
        }
    }

    /// Reads what encoding `version` of a device has.
    pub(super) fn read(from: &mut Reader<'_>, version: u8) -> Self {
        let mut recent = Self::default();
        if version >= 3 {
            let mut ts = from.time();
            let seen = from.list(|from| {
                let step = from.signed();
                (step, half(from), (version == 3).then(|| half(from)))
            });
            let uppers = if version == 3 { Vec::new() } else { from.list(half) };
            for (place, (step, digest, upper)) in seen.into_iter().enumerate().take(REMEMBERED_MAX)
            {
                ts = Timestamp::from_millis(ts.as_millis().saturating_add(step));
                let _ = recent.push(ts, digest, upper.or(uppers.get(place).copied()));
            }
        }
        let old: VecDeque<_> = from.list(|from| (from.time(), from.unsigned())).into();
        recent.old = (!old.is_empty()).then(|| Box::new(old));
        recent
    }
}

fn half(from: &mut Reader<'_>) -> u32 {
    u32::from_le_bytes(from.raw(4).try_into().unwrap_or_default())
}

#[allow(clippy::cast_possible_truncation, reason = "halves")]
const fn halves(digest: u64) -> (u32, u32) {
    ((digest >> 32) as u32, digest as u32)
}

/// Adds to a list that grows by an eighth: there is one for each device.
fn push_slowly<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(4));
    }
    list.push_back(item);
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
