//! Times in tables: many spellings, often without a zone.

use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, Offset as _, Utc};
use rules_core::{
    Timestamp,
    zone::{Resolved, Zone},
};
use rules_service::wire;

/// The clock that times are told by which name no zone themselves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum TimeZone {
    /// Always this far from UTC.
    Fixed(FixedOffset),
    /// As the clocks of a place, put forward and back in the course of a year.
    Named(Zone),
}

impl TimeZone {
    /// Reads `UTC`, `Z`, an offset (`+02:00`, `-0530`, `+01`), or a name of the IANA
    /// database (`Europe/Berlin`).
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if matches!(text, "UTC" | "utc" | "Z" | "z") {
            return Ok(Self::Fixed(Utc.fix()));
        }
        if let Some(offset) = offset(text) {
            return Ok(Self::Fixed(offset));
        }
        Zone::named(text).map(Self::Named).ok_or_else(|| {
            let wanted =
                "`UTC`, an offset like +02:00, or an IANA name like Europe/Berlin is wanted";
            match Zone::nearest_name(text) {
                Some(near) => format!("{wanted}; did you mean {near}?"),
                None => wanted.to_owned(),
            }
        })
    }

    /// Reads an RFC 3339 time, or a date and time of day in this zone.
    ///
    /// A time that the zone's clocks skip is moved forward by as much as they are; of
    /// one that they show twice it is the earlier. [`Times`] knows better.
    pub(crate) fn read(&self, text: &str) -> Option<Timestamp> {
        wire::time::parse(text).or_else(|| self.read_local(text, None))
    }

    /// `after` is where the log has come to.
    fn read_local(&self, text: &str, after: Option<Timestamp>) -> Option<Timestamp> {
        let local = local_millis(text)?;
        match self {
            Self::Fixed(offset) => {
                let east = i64::from(offset.local_minus_utc()) * 1_000;
                Some(Timestamp::from_millis(local.checked_sub(east)?))
            }
            Self::Named(zone) => {
                let (day, millis) = (local.div_euclid(DAY_MILLIS), local.rem_euclid(DAY_MILLIS));
                Some(match zone.resolve(day, millis) {
                    Resolved::Once(t) | Resolved::Skipped { moved: t, .. } => t,
                    Resolved::Twice { later, earlier } => match after {
                        Some(after) if earlier <= after => later,
                        _ => earlier,
                    },
                })
            }
        }
    }
}

/// The times of a log, row by row.
///
/// Of a time that clocks put back show twice, the first reading is taken as long as
/// the log goes on: a row whose first reading is not after the row before it (of the
/// same device) is of the second time round. So an hour that stands in the log
/// twice stays in order, if rows are an hour apart at most.
pub(crate) struct Times {
    zone: TimeZone,
    last_of_device: BTreeMap<String, Timestamp>,
}

impl Times {
    pub(crate) const fn new(zone: TimeZone) -> Self {
        Self { zone, last_of_device: BTreeMap::new() }
    }

    /// The time of the next row of `device`, as [`TimeZone::read`] reads it.
    pub(crate) fn read(&mut self, device: &str, text: &str) -> Option<Timestamp> {
        if let TimeZone::Fixed(_) = self.zone {
            return self.zone.read(text);
        }
        let last = self.last_of_device.get_mut(device);
        let after = last.as_deref().copied();
        let t = wire::time::parse(text).or_else(|| self.zone.read_local(text, after))?;
        match last {
            Some(last) => *last = t,
            None => drop(self.last_of_device.insert(device.to_owned(), t)),
        }
        Some(t)
    }
}

const DAY_MILLIS: i64 = 86_400_000;

/// `+02:00`, `-0530`, `+01`.
fn offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|character| *character != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number =
        |range: std::ops::Range<usize>| digits.get(range).unwrap_or("0").parse::<i32>().ok();
    let (hours, minutes) = (number(0..2)?, number(2..4)?);
    if minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60)
}

/// Milliseconds since 1970-01-01T00:00 by the clock on the wall, of `2013-12-02 21:15:00`, with
/// `T` or `/` too, seconds and their fraction optional; or of a date alone, which is
/// its midnight.
fn local_millis(text: &str) -> Option<i64> {
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
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?
        .and_utc();
    let nanos = i64::from(date_time.timestamp_subsec_nanos());
    date_time.timestamp().checked_mul(1_000)?.checked_add((nanos + 500_000) / 1_000_000)
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
        for zone in ["", "CEST", "+2", "2:00", "+0260", "+99:00", "+é1"] {
            assert!(TimeZone::parse(zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn times_in_a_named_zone_follow_its_clocks() {
        let read = |text| TimeZone::parse("Europe/Berlin").expect("a zone").read(text).map(shown);
        for (text, instant) in [
            ("2022-03-20 11:00", "2022-03-20T10:00:00.000Z"),
            ("2022-03-27 01:59:59.999", "2022-03-27T00:59:59.999Z"),
            // Skipped: half an hour past the end of what was skipped.
            ("2022-03-27 02:30", "2022-03-27T01:30:00.000Z"),
            ("2022-03-27 03:00", "2022-03-27T01:00:00.000Z"),
            // Shown twice.
            ("2022-10-30 02:30", "2022-10-30T00:30:00.000Z"),
            ("2022-10-30 03:00", "2022-10-30T02:00:00.000Z"),
            ("2022-10-30", "2022-10-29T22:00:00.000Z"),
            ("2022-10-30T02:30:00+01:00", "2022-10-30T01:30:00.000Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(instant), "{text}");
        }
        let years_ago = TimeZone::parse("Europe/Berlin").expect("a zone").read("1981-07-01 12:00");
        assert_eq!(years_ago.map(shown).as_deref(), Some("1981-07-01T10:00:00.000Z"));
    }

    #[test]
    fn a_name_that_is_none_is_answered_with_a_near_one() {
        assert_eq!(
            TimeZone::parse("Europe/Belrin").unwrap_err(),
            "`UTC`, an offset like +02:00, or an IANA name like Europe/Berlin is wanted; did you \
             mean Europe/Berlin?"
        );
    }

    #[test]
    fn an_hour_that_stands_in_a_log_twice_stays_in_order_for_each_device() {
        let mut times = Times::new(TimeZone::parse("Europe/Berlin").expect("a zone"));
        let mut read = |device, text| times.read(device, text).map(shown).unwrap_or_default();
        for (device, text, instant) in [
            ("a", "2022-10-30 02:00", "2022-10-30T00:00:00.000Z"),
            ("a", "2022-10-30 02:30", "2022-10-30T00:30:00.000Z"),
            ("a", "2022-10-30 02:00", "2022-10-30T01:00:00.000Z"),
            ("b", "2022-10-30 02:00", "2022-10-30T00:00:00.000Z"),
            ("a", "2022-10-30 02:30", "2022-10-30T01:30:00.000Z"),
            ("b", "2022-10-30 02:00", "2022-10-30T01:00:00.000Z"),
            ("b", "2022-10-30 03:00", "2022-10-30T02:00:00.000Z"),
            ("a", "2022-10-30 03:00", "2022-10-30T02:00:00.000Z"),
        ] {
            assert_eq!(read(device, text), instant, "{device} at {text}");
        }
    }

    /// What the clock on the wall showed, row by row, is read back as it was.
    #[test]
    fn a_year_s_log_by_the_clock_on_the_wall_is_read_back_to_the_minute() {
        for (name, minutes) in [
            ("Europe/Berlin", 60),
            ("Europe/Berlin", 7),
            ("America/New_York", 15),
            ("Australia/Lord_Howe", 30),
            ("Africa/Casablanca", 60),
            ("Asia/Kathmandu", 60),
        ] {
            let zone = Zone::named(name).expect("a zone");
            let mut times = Times::new(TimeZone::Named(zone.clone()));
            let begin = 1_735_689_600_000;
            for t in (begin..begin + 366 * DAY_MILLIS).step_by(minutes * 60_000) {
                let t = Timestamp::from_millis(t);
                let wall = zone.local(t);
                let wall =
                    chrono::DateTime::from_timestamp_millis(wall.day * DAY_MILLIS + wall.millis);
                let text = wall.expect("a time").format("%Y-%m-%d %H:%M").to_string();
                assert_eq!(times.read("meter", &text), Some(t), "{text} in {name}");
            }
        }
    }

    fn shown(t: Timestamp) -> String {
        wire::time::rfc3339(t)
    }
}
