use alloc::collections::VecDeque;

use super::{
    Datum,
    column::{POWERS, scaled, small_whole},
    sample::Packed,
};
use crate::{Span, Timestamp};

/// Exact samples, oldest first, each in six or eight bytes as long as it fits
/// there: a time within 49 days, and a number with few decimals, a truth or a text.
#[derive(Clone, Debug)]
pub(super) enum Samples {
    /// Numbers, in units of their last decimal below 2^15.
    Tiny(Shorts<i16>),
    Short(Shorts<i32>),
    Long(VecDeque<(Timestamp, Packed)>),
}

/// Samples with what they have in common said once.
#[derive(Clone, Debug, Default)]
pub(super) struct Shorts<C> {
    /// What their times count from.
    base: Timestamp,
    /// Place in [`POWERS`] of what their numbers are divided by.
    pub(super) decimals: u8,
    pub(super) list: VecDeque<Short<C>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Short<C> {
    /// Milliseconds: the lower and the upper half, so that it can lie anywhere.
    after: [u16; 2],
    /// A number in units of its last decimal, or one of those below.
    code: C,
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
        Self::Tiny(Shorts::default())
    }
}

impl Samples {
    pub(super) fn push(&mut self, ts: Timestamp, datum: Datum) {
        let goes = match (&mut *self, datum) {
            (Self::Tiny(shorts), Datum::Number(number)) => shorts.push_fitting(ts, number),
            (Self::Short(shorts), Datum::Number(number)) => shorts.push_fitting(ts, number),
            _ => false,
        };
        if !goes {
            self.push_other(ts, datum);
        }
    }

    /// Adds a sample, after those that are there were made to go with it.
    #[cold]
    fn push_other(&mut self, ts: Timestamp, datum: Datum) {
        if self.is_empty() && !matches!(self, Self::Tiny(_)) {
            *self = Self::default();
        }
        if let Self::Tiny(shorts) = self {
            if shorts.push(ts, datum) {
                return;
            }
            *self = Self::Short(shorts.widened());
        }
        if let Self::Short(shorts) = self {
            if shorts.push(ts, datum) {
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
        match self {
            Self::Tiny(shorts) => shorts.push_units(ts, units, decimals),
            Self::Short(shorts) => shorts.push_units(ts, units, decimals),
            Self::Long(_) => false,
        }
    }

    pub(super) fn pop(&mut self) -> Option<Datum> {
        match self {
            Self::Tiny(shorts) => shorts.pop(),
            Self::Short(shorts) => shorts.pop(),
            Self::Long(list) => list.pop_front().map(|(_, packed)| packed.datum()),
        }
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<(Timestamp, Datum)> {
        match self {
            Self::Tiny(shorts) => shorts.get(place),
            Self::Short(shorts) => shorts.get(place),
            Self::Long(list) => list.get(place).map(|(ts, packed)| (*ts, packed.datum())),
        }
    }

    /// The sample at `place`, if it is a number.
    #[inline]
    pub(super) fn number(&self, place: usize) -> Option<f64> {
        let datum = match self {
            Self::Tiny(shorts) => shorts.datum(*shorts.list.get(place)?),
            Self::Short(shorts) => shorts.datum(*shorts.list.get(place)?),
            Self::Long(list) => list.get(place)?.1.datum(),
        };
        match datum {
            Datum::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The event time of the sample at `place`.
    #[inline]
    pub(super) fn ts(&self, place: usize) -> Option<Timestamp> {
        match self {
            Self::Tiny(shorts) => shorts.list.get(place).map(|short| shorts.ts(*short)),
            Self::Short(shorts) => shorts.list.get(place).map(|short| shorts.ts(*short)),
            Self::Long(list) => list.get(place).map(|(ts, _)| *ts),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Tiny(shorts) => shorts.list.len(),
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
            Self::Tiny(shorts) => shorts.list.partition_point(|short| shorts.ts(*short) <= ts),
            Self::Short(shorts) => shorts.list.partition_point(|short| shorts.ts(*short) <= ts),
            Self::Long(list) => list.partition_point(|(taken, _)| *taken <= ts),
        }
    }

    pub(super) fn iter(&self) -> impl Clone + Iterator<Item = (Timestamp, Datum)> + use<'_> {
        (0..self.len()).map_while(|place| self.get(place))
    }
}

impl<C: Copy + Into<i32> + TryFrom<i32>> Shorts<C> {
    /// Adds a number, if it goes with those that are there as they are.
    #[inline]
    fn push_fitting(&mut self, ts: Timestamp, number: f64) -> bool {
        let code = units(number, self.decimals).and_then(|units| C::try_from(units).ok());
        match (self.after(ts), code) {
            (Some(after), Some(code)) if !self.list.is_empty() => {
                push(&mut self.list, Short { after, code });
                true
            }
            _ => false,
        }
    }

    /// Adds a sample, after those that are there were made to go with it;
    /// whether it has a place here.
    fn push(&mut self, ts: Timestamp, datum: Datum) -> bool {
        if self.list.is_empty() {
            (self.base, self.decimals) = (ts, 0);
        }
        let after = self.after(ts).or_else(|| self.rebase(ts));
        let mut code = || match datum {
            Datum::Bool(false) => Some(FALSE),
            Datum::Bool(true) => Some(TRUE),
            Datum::Text(place) => Some(TEXT + i32::from(place)),
            Datum::Number(number) => {
                let known = units(number, self.decimals).filter(|it| C::try_from(*it).is_ok());
                known.or_else(|| self.refine(number))
            }
        };
        let Some((after, code)) = after.and_then(|after| Some((after, code()?))) else {
            return false;
        };
        let Ok(code) = C::try_from(code) else { return false };
        push(&mut self.list, Short { after, code });
        true
    }

    fn push_units(&mut self, ts: Timestamp, units: i64, decimals: u8) -> bool {
        if self.list.is_empty() {
            (self.base, self.decimals) = (ts, decimals);
        }
        let code = i32::try_from(units).ok().filter(|it| f64::from(*it).abs() < UNITS_MAX);
        let code = code.and_then(|code| C::try_from(code).ok());
        match (self.after(ts), code) {
            (Some(after), Some(code)) if self.decimals == decimals => {
                push(&mut self.list, Short { after, code });
                true
            }
            _ => false,
        }
    }

    fn pop(&mut self) -> Option<Datum> {
        let short = self.list.pop_front()?;
        Some(self.datum(short))
    }

    #[inline]
    fn get(&self, place: usize) -> Option<(Timestamp, Datum)> {
        let short = *self.list.get(place)?;
        Some((self.ts(short), self.datum(short)))
    }

    /// The same with more room for codes.
    fn widened(&self) -> Shorts<i32> {
        let wide = |short: &Short<C>| Short { after: short.after, code: short.code() };
        let Self { base, decimals, .. } = *self;
        Shorts { base, decimals, list: self.list.iter().map(wide).collect() }
    }

    /// Counts times from the oldest on; gives how long after that `ts` is.
    fn rebase(&mut self, ts: Timestamp) -> Option<[u16; 2]> {
        let oldest = self.ts(*self.list.front()?);
        let before = core::mem::replace(&mut self.base, oldest);
        let Some(after) = self.after(ts) else {
            self.base = before;
            return None;
        };
        for short in &mut self.list {
            let ts = before.plus(short.after());
            short.after = after_of(ts.since(oldest)).unwrap_or_default();
        }
        Some(after)
    }

    /// Counts numbers in units in which `number` is whole, too; gives it in these.
    fn refine(&mut self, number: f64) -> Option<i32> {
        let finer = self.decimals + 1..u8::try_from(POWERS.len()).ok()?;
        let (decimals, of_number) =
            finer.into_iter().find_map(|decimals| Some((decimals, units(number, decimals)?)))?;
        let factor = 10_i32.pow(u32::from(decimals - self.decimals));
        let finer = |short: &Short<C>| match short.code() {
            FALSE..=TEXT_LAST => Some(short.code),
            units => {
                let finer = units.checked_mul(factor)?;
                (f64::from(finer.abs()) < UNITS_MAX).then(|| C::try_from(finer).ok()).flatten()
            }
        };
        if C::try_from(of_number).is_err() || self.list.iter().any(|short| finer(short).is_none()) {
            return None;
        }
        for short in &mut self.list {
            short.code = finer(short)?;
        }
        self.decimals = decimals;
        Some(of_number)
    }

    fn ts(&self, short: Short<C>) -> Timestamp {
        self.base.plus(short.after())
    }

    fn after(&self, ts: Timestamp) -> Option<[u16; 2]> {
        after_of(ts.since(self.base))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place")]
    fn datum(&self, short: Short<C>) -> Datum {
        match short.code() {
            FALSE => Datum::Bool(false),
            TRUE => Datum::Bool(true),
            code @ TEXT..=TEXT_LAST => Datum::Text((code - TEXT) as u16),
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

impl<C: Copy + Into<i32>> Short<C> {
    pub(super) fn code(&self) -> i32 {
        self.code.into()
    }

    fn after(&self) -> Span {
        let [lower, upper] = self.after;
        Span::from_millis(i64::from(upper) << 16 | i64::from(lower))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "halves")]
fn after_of(span: Span) -> Option<[u16; 2]> {
    let millis = u32::try_from(span.as_millis()).ok()?;
    Some([millis as u16, (millis >> 16) as u16])
}

/// A number in units of its decimal of that place, if it is whole in them and has a code.
fn units(number: f64, decimals: u8) -> Option<i32> {
    let units = scaled(number, *POWERS.get(usize::from(decimals))?)?;
    (units.abs() < UNITS_MAX).then(|| small_whole(units))
}

/// Adds to a list that grows by an eighth: there are many lists, and each is
/// as long as its window.
#[inline]
pub(super) fn push<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == list.capacity() {
        grow(list);
    }
    list.push_back(item);
}

#[cold]
fn grow<T>(list: &mut VecDeque<T>) {
    list.reserve_exact((list.len() / 8).max(4));
}
