//! Times in tables: many spellings, often without a zone.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeZone as _};
use rules_core::Timestamp;
use rules_service::wire;

/// The offset of times that name none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TimeZone(FixedOffset);

impl TimeZone {
    /// Reads `UTC`, `Z`, or an offset: `+02:00`, `-0530`, `+01`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wanted = || "`UTC` or an offset like +02:00 is wanted".to_owned();
        if matches!(text, "UTC" | "utc" | "Z" | "z") {
            return Ok(Self(FixedOffset::east_opt(0).ok_or_else(wanted)?));
        }
        let (sign, digits) = match text.split_at_checked(1) {
            Some(("+", digits)) => (1, digits),
            Some(("-", digits)) => (-1, digits),
            _ => return Err(wanted()),
        };
        let digits: String = digits.chars().filter(|character| *character != ':').collect();
        let number = |range: std::ops::Range<usize>| {
            digits.get(range).unwrap_or("0").parse::<i32>().map_err(|_| wanted())
        };
        if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wanted());
        }
        let (hours, minutes) = (number(0..2)?, number(2..4)?);
        if minutes > 59 {
            return Err(wanted());
        }
        FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60).map(Self).ok_or_else(wanted)
    }

    /// Reads an RFC 3339 time, or a date and time of day in this zone.
    pub(crate) fn read(self, text: &str) -> Option<Timestamp> {
        wire::time::parse(text).or_else(|| self.read_local(text))
    }

    /// `2013-12-02 21:15:00`, with `T` or `/` too, seconds and their fraction
    /// optional; or a date alone, which is its midnight.
    fn read_local(self, text: &str) -> Option<Timestamp> {
        const FORMATS: [&str; 6] = [
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y/%m/%d %H:%M:%S%.f",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M",
            "%Y/%m/%d %H:%M",
        ];
        let date_time = FORMATS
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
        let time = self.0.from_local_datetime(&date_time).single()?;
        let nanos = i64::from(time.timestamp_subsec_nanos());
        let millis =
            time.timestamp().checked_mul(1_000)?.checked_add((nanos + 500_000) / 1_000_000)?;
        Some(Timestamp::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(zone: &str, text: &str) -> Option<i64> {
        TimeZone::parse(zone).expect("a zone").read(text).map(Timestamp::as_millis)
    }

    #[test]
    fn times_without_a_zone_are_read_in_the_one_given() {
        assert_eq!(millis("UTC", "2013-12-02 21:15:00"), Some(1_386_018_900_000));
        assert_eq!(millis("+02:00", "2013-12-02 21:15:00"), Some(1_386_011_700_000));
        assert_eq!(millis("-0530", "2013-12-02T21:15:00.250"), Some(1_386_038_700_250));
        assert_eq!(millis("UTC", "2013/12/02 21:15"), Some(1_386_018_900_000));
        assert_eq!(millis("UTC", "2013-12-02"), Some(1_385_942_400_000));
    }

    #[test]
    fn a_zone_in_the_time_wins() {
        assert_eq!(millis("+02:00", "2022-03-20T11:00:00+01:00"), Some(1_647_770_400_000));
        assert_eq!(millis("+02:00", "2022-03-20T10:00:00Z"), Some(1_647_770_400_000));
    }

    #[test]
    fn what_is_no_time_and_no_zone_is_refused() {
        for text in ["", "73.9", "2013-13-02 21:15:00", "2013-12-02 25:00:00", "yesterday"] {
            assert_eq!(millis("UTC", text), None, "{text}");
        }
        for zone in ["", "CET", "+2", "2:00", "+0260", "+99:00", "+é1"] {
            assert!(TimeZone::parse(zone).is_err(), "{zone}");
        }
    }
}
