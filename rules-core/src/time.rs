use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// A point on the UTC time line, in whole milliseconds since 1970-01-01.
///
/// Milliseconds, not nanoseconds: Durable Object SQL passes integers through
/// JavaScript numbers, exact only up to 2^53 - 1, and every millisecond until
/// the year 287396 fits there.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The oldest event time a reading may carry: 1970-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(0);
    /// The newest event time a reading may carry: 9999-12-31T23:59:59.999Z,
    /// the last millisecond that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The time `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time moved `span` later; stays at the ends of `i64`.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This time moved `span` earlier; stays at the ends of `i64`.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this time lies; zero if it does not.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        let millis = self.0.saturating_sub(earlier.0);
        Span(if millis < 0 { 0 } else { millis })
    }
}

/// A length of time in whole milliseconds, never negative.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    /// This span and another together; stays at the largest.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `millis` milliseconds; negative counts as zero.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// A span of `secs` seconds; saturates.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1_000))
    }

    /// Whole milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads a duration literal: one or more of `<digits><unit>` with units
    /// `d h m s ms`, each at most once and from large to small (`1h30m`).
    ///
    /// `None` for anything else, for a bare number, and past 10,000 days.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const UNITS: [(&str, i64); 5] =
            [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        let mut rest = text;
        let mut millis: i64 = 0;
        let mut next_unit = 0;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at_checked(digits)?;
            let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = tail.split_at_checked(letters)?;
            let index = UNITS.iter().position(|(name, _)| *name == unit)?;
            if index < next_unit {
                return None;
            }
            next_unit = index + 1;
            let (_, factor) = UNITS.get(index)?;
            millis = millis.checked_add(number.parse::<i64>().ok()?.checked_mul(*factor)?)?;
            rest = tail;
        }
        (!text.is_empty() && millis <= Self::MAX.0).then_some(Self(millis))
    }

    /// The longest span a duration literal may say: 10,000 days.
    pub const MAX: Self = Self(864_000_000_000);
}

/// Writes the shortest duration literal that reads back as this span.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, factor) in
            [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
        {
            if rest >= factor {
                write!(f, "{}{unit}", rest / factor)?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        alloc::format!("{span}")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn duration_literals_read_and_print_back() {
        for text in ["30s", "5m", "1h30m", "1d", "250ms", "1m500ms"] {
            assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Span::parse("90s").map(Span::as_millis), Some(90_000));
        assert_eq!(Span::parse("0s"), Some(Span::ZERO));
    }

    #[test]
    fn what_is_no_duration_literal_is_refused() {
        for text in ["", "5", "m", "5x", "30s5m", "5m5m", "-5m", "1.5h", "99999999d", "5 m"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
