use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use super::{fields::BatchName, plan::at};
use crate::{
    Reading, ReadingRef, Span, Timestamp, Value, ValueRef,
    codec::{Reader, Writer},
    hash::{fnv1a_64, hash_64, mix},
};

/// Most readings of one device remembered for recognising repeats: a minute
/// at 17 Hz, in 6 KiB, or 10 with ids.
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
    /// When the first was measured; the step to it says nothing.
    first: Timestamp,
    /// When the last was measured.
    last: Timestamp,
    count: u16,
    /// How many bytes of `seen` are forgotten already.
    gone: u32,
    /// In the order in which they came, as they are stored: see [`Seen`].
    seen: Vec<u8>,
    /// Those that state of before encoding version 3 remembered, by other digests.
    #[allow(clippy::box_collection, reason = "seldom there, and a quarter of the room")]
    old: Option<Box<VecDeque<(Timestamp, u64)>>>,
}

/// One of them: the step in time to it from the one before, doubled, and one
/// more where it has an id; then its digest, of an id in both halves.
#[derive(Clone, Copy, Debug)]
struct Seen {
    step: Span,
    lower: u32,
    upper: Option<u32>,
}

impl Recent {
    /// Whether `reading` is here already; `newest` is the newest event time that is.
    #[inline]
    pub(super) fn contains(
        &self,
        reading: ReadingRef<'_>,
        names: &[BatchName],
        newest: Option<Timestamp>,
    ) -> bool {
        // Without an id, what is newer than all others is none of them.
        let is_new = reading.id().is_none() && newest.is_none_or(|newest| reading.ts() > newest);
        !is_new && self.finds(reading, names)
    }

    fn finds(&self, reading: ReadingRef<'_>, names: &[BatchName]) -> bool {
        if self.count == 0 && self.old.is_none() {
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
        let (id, mut ts) = (reading.id(), None);
        let mut bytes = self.seen();
        while let Some(seen) = Seen::read(&mut bytes) {
            let this = ts.map_or(self.first, |before: Timestamp| before.plus(seen.step));
            ts = Some(this);
            let is_it = match id {
                Some(_) => seen.upper == Some(upper),
                None => this == reading.ts(),
            };
            if is_it && seen.lower == lower {
                return true;
            }
        }
        false
    }

    /// Remembers an accepted reading, whose [`digest`] it gets, and forgets
    /// those more than `horizon` behind `newest`. `false` if one within the
    /// horizon had to go because there are too many.
    #[must_use]
    pub(super) fn remember(
        &mut self,
        reading: ReadingRef<'_>,
        digest: u64,
        newest: Timestamp,
        horizon: Span,
    ) -> bool {
        if horizon == Span::ZERO {
            *self = Self::default();
            return true;
        }
        let oldest = newest.minus(horizon);
        while self.count > 0 && self.first < oldest {
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
        let (upper, lower) = halves(digest);
        self.push(reading.ts(), lower, reading.id().map(|_| upper));
        let full = usize::from(self.count) > REMEMBERED_MAX;
        if full {
            self.pop();
        }
        !full
    }

    fn push(&mut self, ts: Timestamp, lower: u32, upper: Option<u32>) {
        /// Of a step, so that it can be doubled twice.
        const STEP_MAX: i64 = i64::MAX >> 2;
        if self.count == 0 {
            (self.first, self.last) = (ts, ts);
        }
        // Readings that were held come out of order: a step may go back.
        let step = ts.as_millis().saturating_sub(self.last.as_millis());
        let step = Span::from_millis(step.clamp(-STEP_MAX, STEP_MAX));
        self.last = self.last.plus(step);
        let seen = Seen { step, lower, upper };
        if self.seen.capacity() - self.seen.len() < seen.len() {
            self.make_room();
        }
        seen.write(&mut self.seen);
        self.count += 1;
    }

    /// Gives up the bytes of what is forgotten, and takes more where these are
    /// few: there is one list for each device, as long as the horizon.
    fn make_room(&mut self) {
        let gone = core::mem::take(&mut self.gone) as usize;
        let left = self.seen.len() - gone;
        self.seen.copy_within(gone.., 0);
        self.seen.truncate(left);
        let room = (left / 10).max(Seen::BYTES_MAX);
        if self.seen.capacity() - left < room {
            self.seen.reserve_exact(room);
        }
    }

    /// What is remembered.
    fn seen(&self) -> &[u8] {
        self.seen.get(self.gone as usize..).unwrap_or_default()
    }

    fn pop(&mut self) {
        if self.count == 0 {
            return;
        }
        let mut rest = self.seen();
        let first = number(&mut rest).unwrap_or_default();
        rest = rest.get(Seen::digest_len(first)..).unwrap_or_default();
        let gone = self.seen.len() - rest.len();
        let next = number(&mut rest).unwrap_or_default();
        self.first = self.first.plus(Seen::step(next));
        self.gone = u32::try_from(gone).unwrap_or(u32::MAX);
        self.count -= 1;
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.time(self.first);
        to.count(self.seen().len());
        to.raw(self.seen());
        to.count(self.old.as_ref().map_or(0, |old| old.len()));
        for (ts, digest) in self.old.iter().flat_map(|old| old.iter()) {
            to.time(*ts);
            to.unsigned(*digest);
        }
    }

    /// Reads what encoding `version` of a device has.
    pub(super) fn read(from: &mut Reader<'_>, version: u8) -> Self {
        let mut recent = Self::default();
        if version > 3 {
            recent.read_seen(from);
        } else if version == 3 {
            let mut ts = from.time();
            let half = |from: &mut Reader<'_>| {
                u32::from_le_bytes(from.raw(4).try_into().unwrap_or_default())
            };
            for (step, lower, upper) in from.list(|from| (from.signed(), half(from), half(from))) {
                ts = Timestamp::from_millis(ts.as_millis().saturating_add(step));
                recent.push(ts, lower, Some(upper));
                if usize::from(recent.count) > REMEMBERED_MAX {
                    recent.pop();
                }
            }
        }
        let old: VecDeque<_> = from.list(|from| (from.time(), from.unsigned())).into();
        recent.old = (!old.is_empty()).then(|| Box::new(old));
        recent
    }

    fn read_seen(&mut self, from: &mut Reader<'_>) {
        self.first = from.time();
        self.last = self.first;
        let count = from.count();
        let bytes = from.raw(count);
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(seen) = Seen::read(&mut rest) else {
                from.refuse();
                return;
            };
            if self.count > 0 {
                self.last = self.last.plus(seen.step);
            }
            self.count = self.count.saturating_add(1);
        }
        if usize::from(self.count) > REMEMBERED_MAX {
            from.refuse();
        }
        self.seen.reserve_exact(bytes.len() + Seen::BYTES_MAX);
        self.seen.extend(bytes);
    }
}

impl Seen {
    /// Most bytes that one takes.
    const BYTES_MAX: usize = 10 + 8;

    /// What its bytes begin with, seven bits a byte.
    fn head(self) -> u64 {
        let step = self.step.as_millis();
        let number = ((step << 1) ^ (step >> 63)).cast_unsigned() << 1;
        number | u64::from(self.upper.is_some())
    }

    /// How many bytes it takes.
    fn len(self) -> usize {
        let number = self.head();
        let bits = (u64::BITS - number.leading_zeros()).max(1);
        bits.div_ceil(7) as usize + Self::digest_len(number)
    }

    #[allow(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    fn write(self, to: &mut Vec<u8>) {
        let mut number = self.head();
        while number >= 0x80 {
            to.push(number as u8 | 0x80);
            number >>= 7;
        }
        to.push(number as u8);
        to.extend_from_slice(&self.lower.to_le_bytes());
        if let Some(upper) = self.upper {
            to.extend_from_slice(&upper.to_le_bytes());
        }
    }

    /// The step in what its bytes begin with.
    fn step(number: u64) -> Span {
        Span::from_millis((number >> 2).cast_signed() ^ -(number >> 1 & 1).cast_signed())
    }

    /// How many bytes of a digest come after that.
    const fn digest_len(number: u64) -> usize {
        if number & 1 == 1 { 8 } else { 4 }
    }

    /// The next of `bytes`; `None` if there is none, or nothing whole.
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let number = number(bytes)?;
        let mut half = || {
            let (half, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Some(u32::from_le_bytes(*half))
        };
        let lower = half()?;
        let upper = if Self::digest_len(number) > 4 { Some(half()?) } else { None };
        Some(Self { step: Self::step(number), lower, upper })
    }
}

/// The number that `bytes` begin with, seven bits a byte.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            break;
        }
    }
    Some(number)
}

#[allow(clippy::cast_possible_truncation, reason = "halves")]
const fn halves(digest: u64) -> (u32, u32) {
    ((digest >> 32) as u32, digest as u32)
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
pub(super) fn digest(reading: ReadingRef<'_>, names: &[BatchName]) -> u64 {
    let values = reading.numbered_values().map(|(number, value)| {
        let name = at(names, number).map_or(0, |name| name.hash);
        digest_of_value(name, value)
    });
    digest_with(reading, || values.fold(0, u64::wrapping_add))
}

/// The same, with what the values give: the sum of the digests of each.
pub(super) fn digest_with(reading: ReadingRef<'_>, values: impl FnOnce() -> u64) -> u64 {
    match reading.id() {
        Some(id) => hash_64(0, id.as_bytes()),
        None => mix(values(), reading.ts().as_millis().cast_unsigned()),
    }
}

/// What a value under a name gives, of which it gets the hash.
#[inline]
pub(super) fn digest_of_value(name: u64, value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => mix(name, 2),
        ValueRef::Bool(truth) => mix(name, 3 + u64::from(truth)),
        // Adding zero makes -0.0 and 0.0, which are equal, one.
        ValueRef::Number(number) => mix(!name, (number + 0.0).to_bits()),
        ValueRef::Text(text) => hash_64(name, text.as_bytes()),
    }
}
