use alloc::collections::VecDeque;

use super::{
    Datum,
    column::{POWERS, scaled},
    sample::Packed,
};
use crate::{Span, Timestamp};

/// Exact samples, oldest first, each in eight bytes as long as it fits there:
/// a time within 49 days, and a number with few decimals, a truth or a text.
#[derive(Clone, Debug)]
pub(super) enum Samples {
    Short(Shorts),
    Long(VecDeque<(Timestamp, Packed)>),
}

/// Samples with what they have in common said once.
#[derive(Clone, Debug, Default)]
pub(super) struct Shorts {
    /// What their times count from.
    base: Timestamp,
    /// Place in [`POWERS`] of what their numbers are divided by.
    pub(super) decimals: u8,
    pub(super) list: VecDeque<Short>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    /// Milliseconds.
    after: u32,
    /// A number in units of its last decimal, or one of those below.
    pub(super) code: i32,
}

/// Numbers take the codes up to this size, for truths and texts there are others.
const UNITS_MAX: f64 = 1_073_741_824.0;
const FALSE: i32 = i32::MIN;
const TRUE: i32 = FALSE + 1;
/// The first of 65,536.
const TEXT: i32 = FALSE + 2;
pub(super) const TEXT_LAST: i32 = TEXT + 0xffff;

impl Default for Samples {
    fn default() -> Self {
        Self::Short(Shorts::default())
    }
}

impl Samples {
    pub(super) fn push(&mut self, ts: Timestamp, datum: Datum) {
        if self.is_empty() && matches!(self, Self::Long(_)) {
            *self = Self::default();
        }
        if let Self::Short(shorts) = self {
            if let Some(short) = shorts.short(ts, datum) {
                push(&mut shorts.list, short);
                return;
            }
            let long = shorts.iter().map(|(ts, datum)| (ts, Packed::of(datum)));
            *self = Self::Long(long.collect());
        }
        if let Self::Long(list) = self {
            push(list, (ts, Packed::of(datum)));
        }
    }

    /// Adds a number as it is stored, if it goes with those that are there as it is.
    pub(super) fn push_units(&mut self, ts: Timestamp, units: i64, decimals: u8) -> bool {
        let Self::Short(shorts) = self else { return false };
        if shorts.list.is_empty() {
            (shorts.base, shorts.decimals) = (ts, decimals);
        }
        let after = u32::try_from(ts.since(shorts.base).as_millis());
        let code = i32::try_from(units).ok().filter(|it| f64::from(*it).abs() < UNITS_MAX);
        let (Ok(after), Some(code)) = (after, code) else { return false };
        if shorts.decimals == decimals {
            push(&mut shorts.list, Short { after, code });
        }
        shorts.decimals == decimals
    }

    pub(super) fn pop(&mut self) -> Option<Datum> {
        match self {
            Self::Short(shorts) => {
                let short = shorts.list.pop_front()?;
                Some(shorts.datum(short))
            }
            Self::Long(list) => list.pop_front().map(|(_, packed)| packed.datum()),
        }
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<(Timestamp, Datum)> {
        match self {
            Self::Short(shorts) => {
                let short = *shorts.list.get(place)?;
                Some((shorts.ts(short), shorts.datum(short)))
            }
            Self::Long(list) => list.get(place).map(|(ts, packed)| (*ts, packed.datum())),
        }
    }

    /// The event time of the sample at `place`.
    #[inline]
    pub(super) fn ts(&self, place: usize) -> Option<Timestamp> {
        match self {
            Self::Short(shorts) => shorts.list.get(place).map(|short| shorts.ts(*short)),
            Self::Long(list) => list.get(place).map(|(ts, _)| *ts),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(shorts) => shorts.list.len(),
            Self::Long(list) => list.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many were taken at `ts` or before.
    pub(super) fn up_to(&self, ts: Timestamp) -> usize {
        match self {
            Self::Short(shorts) => shorts.list.partition_point(|short| shorts.ts(*short) <= ts),
            Self::Long(list) => list.partition_point(|(taken, _)| *taken <= ts),
        }
    }

    pub(super) fn iter(&self) -> impl Clone + Iterator<Item = (Timestamp, Datum)> + use<'_> {
        (0..self.len()).map_while(|place| self.get(place))
    }
}

impl Shorts {
    /// The sample in short, after those that are there were made to go with it.
    fn short(&mut self, ts: Timestamp, datum: Datum) -> Option<Short> {
        if self.list.is_empty() {
            self.base = ts;
        }
        let after = match u32::try_from(ts.since(self.base).as_millis()) {
            Ok(after) => after,
            Err(_) => self.rebase(ts)?,
        };
        let code = match datum {
            Datum::Bool(false) => FALSE,
            Datum::Bool(true) => TRUE,
            Datum::Text(place) => TEXT + i32::from(place),
            Datum::Number(number) => match units(number, self.decimals) {
                Some(units) => units,
                None => self.refine(number)?,
            },
        };
        Some(Short { after, code })
    }

    /// Counts times from the oldest on; gives how long after that `ts` is.
    fn rebase(&mut self, ts: Timestamp) -> Option<u32> {
        let oldest = self.ts(*self.list.front()?);
        let after = u32::try_from(ts.since(oldest).as_millis()).ok()?;
        let less = u32::try_from(oldest.since(self.base).as_millis()).ok()?;
        self.base = oldest;
        self.list.iter_mut().for_each(|short| short.after -= less);
        Some(after)
    }

    /// Counts numbers in units in which `number` is whole, too; gives it in these.
    fn refine(&mut self, number: f64) -> Option<i32> {
        let finer = self.decimals + 1..u8::try_from(POWERS.len()).ok()?;
        let (decimals, of_number) =
            finer.into_iter().find_map(|decimals| Some((decimals, units(number, decimals)?)))?;
        let factor = 10_i32.pow(u32::from(decimals - self.decimals));
        let finer = |short: &Short| match short.code {
            FALSE..=TEXT_LAST => Some(short.code),
            units => units.checked_mul(factor).filter(|it| f64::from(it.abs()) < UNITS_MAX),
        };
        if self.list.iter().any(|short| finer(short).is_none()) {
            return None;
        }
        for short in &mut self.list {
            short.code = finer(short)?;
        }
        self.decimals = decimals;
        Some(of_number)
    }

    fn ts(&self, short: Short) -> Timestamp {
        self.base.plus(Span::from_millis(i64::from(short.after)))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place")]
    fn datum(&self, short: Short) -> Datum {
        match short.code {
            FALSE => Datum::Bool(false),
            TRUE => Datum::Bool(true),
            TEXT..=TEXT_LAST => Datum::Text((short.code - TEXT) as u16),
            units => {
                let power = POWERS.get(usize::from(self.decimals)).copied().unwrap_or(1.0);
                Datum::Number(f64::from(units) / power)
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = (Timestamp, Datum)> {
        self.list.iter().map(|short| (self.ts(*short), self.datum(*short)))
    }
}

/// A number in units of its decimal of that place, if it is whole in them and has a code.
#[allow(clippy::cast_possible_truncation, reason = "whole and in bounds")]
fn units(number: f64, decimals: u8) -> Option<i32> {
    let units = scaled(number, *POWERS.get(usize::from(decimals))?)?;
    (units.abs() < UNITS_MAX).then_some(units as i32)
}

/// Adds to a list that grows by an eighth: there are many lists, and each is
/// as long as its window.
pub(super) fn push<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(4));
    }
    list.push_back(item);
}
