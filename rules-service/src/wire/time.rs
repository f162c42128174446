//! Times as text (RFC 3339, UTC, milliseconds) and as numbers.

use chrono::{DateTime, SecondsFormat};
use rules_core::Timestamp;

/// `2014-01-07T02:00:00.000Z`: the one way in which times leave the service.
///
/// A time that RFC 3339 cannot write (after the year 9999, before 0) comes
/// out as its milliseconds; readings cannot bring one.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    match DateTime::from_timestamp_millis(at.as_millis()) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        None => at.as_millis().to_string(),
    }
}

/// Reads an RFC 3339 time with any offset; what is finer than a millisecond
/// goes to the nearest one. `None` for anything else, a time without offset included.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    let nanos = i64::from(time.timestamp_subsec_nanos());
    Some(Timestamp::from_millis(
        time.timestamp().checked_mul(1_000)?.checked_add((nanos + 500_000) / 1_000_000)?,
    ))
}

/// A number below this is seconds, from it on milliseconds.
///
/// As seconds it is the year 5138, as milliseconds 3 March 1973: no device
/// means either. Who has to say an earlier time in numbers says it in seconds.
const MILLIS_FROM: f64 = 1e11;

/// Reads seconds or milliseconds since 1970, to the nearest millisecond;
/// `None` for what no reading may carry.
#[inline]
#[must_use]
pub fn from_number(number: f64) -> Option<Timestamp> {
    let millis = if number < MILLIS_FROM { number * 1_000.0 } else { number };
    #[allow(clippy::cast_possible_truncation, reason = "what is cut off comes next")]
    let whole = millis as i64;
    let cut_off = millis - whole as f64;
    let nearest = whole.saturating_add(i64::from(cut_off >= 0.5) - i64::from(cut_off <= -0.5));
    let at = Timestamp::from_millis(nearest);
    (Timestamp::MIN..=Timestamp::MAX).contains(&at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_with_offsets_and_to_the_nearest_millisecond() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2020-07-13T00:00:24.5023336Z", 1_594_598_424_502),
            ("2020-07-13T02:00:24.5025+02:00", 1_594_598_424_503),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("1969-12-31T23:59:59.9Z", -100),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_millis(millis)), "{text}");
        }
        for text in ["", "2020-07-13", "2020-07-13T00:00:24", "yesterday", "2020-13-01T00:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        assert_eq!(rfc3339(Timestamp::from_millis(1_389_060_000_000)), "2014-01-07T02:00:00.000Z");
        assert_eq!(rfc3339(Timestamp::MAX), "9999-12-31T23:59:59.999Z");
    }
}
