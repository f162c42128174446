//! The key `schedule`.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use sorted::Gather;

use super::{
    BYTES_MAX, SCHEDULE_HOURS_MAX, SCHEDULE_PERIODS_MAX,
    json::{Json, shortened},
    keys::Reader,
};
use crate::{
    expr::spelling::{listed, nearest},
    schedule::{Hours, Period, Schedule},
    zone::{TZDATA_RELEASE, Weekday, Zone},
};

const KEYS: [&str; 3] = ["time_zone", "days", "hours"];
const EXPECTED: &str = "an object such as {\"time_zone\": \"Europe/Berlin\", \"days\": [\"mon\", \
                        \"fri\"], \"hours\": \"08:00-17:00\"}, or a list of them";
const EXPECTED_ZONE: &str = "a time zone such as \"Europe/Berlin\"";
const EXPECTED_DAYS: &str = "a list of days such as [\"mon\", \"tue\"]";
const EXPECTED_HOURS: &str = "hours such as \"08:00-17:30\", \"22:00-06:00\" or \"18:00-24:00\"";

impl Reader<'_, '_> {
    /// One period, or a list of them.
    pub(super) fn schedule(&mut self, value: Json<'_>) -> Option<Schedule> {
        let items = value.items().unwrap_or_else(|| Vec::from([value]));
        self.in_number(value, items.len(), SCHEDULE_PERIODS_MAX, "periods")?;
        let periods = items.into_iter().map(|item| self.period(item)).gather_all()?;
        Some(Schedule::new(&periods))
    }

    fn period(&mut self, value: Json<'_>) -> Option<Period> {
        let Some(entries) = value.entries() else {
            self.wrong_type(value, EXPECTED);
            return None;
        };
        let (mut zone, mut names_zone) = (None, false);
        let mut days = Some(Weekday::ALL.to_vec());
        let mut hours = Some(Vec::from([Hours::WHOLE_DAY]));
        for (key, value) in self.distinct(entries) {
            match key.name.as_str() {
                "time_zone" => {
                    names_zone = true;
                    zone = self.time_zone(value);
                }
                "days" => days = self.days(value),
                "hours" => hours = self.hours(value),
                _ => self.unknown_key(&key, &KEYS),
            }
        }
        if !names_zone {
            let message = format!("the schedule has no `time_zone`; it names {EXPECTED_ZONE}");
            self.mistakes.push(value.offset, "missing_key", message);
        }
        Some(Period { zone: zone?, days: days?, hours: hours? })
    }

    fn time_zone(&mut self, value: Json<'_>) -> Option<Zone> {
        let name = self.text(value, EXPECTED_ZONE, BYTES_MAX)?.text;
        let zone = Zone::named(&name);
        if zone.is_none() {
            let message = format!(
                "there is no time zone `{}`; there are the names of the IANA database, release \
                 {TZDATA_RELEASE}, as in \"Europe/Berlin\" or \"UTC\"",
                shortened(&name)
            );
            let near = Zone::nearest_name(&name).map(String::from);
            self.mistakes.push_suggesting(value.offset, "unknown_time_zone", message, near);
        }
        zone
    }

    fn days(&mut self, value: Json<'_>) -> Option<Vec<Weekday>> {
        let Some(items) = value.items() else {
            self.wrong_type(value, EXPECTED_DAYS);
            return None;
        };
        self.in_number(value, items.len(), Weekday::ALL.len(), "days")?;
        items.into_iter().map(|item| self.day(item)).gather_all()
    }

    fn day(&mut self, value: Json<'_>) -> Option<Weekday> {
        let names = || Weekday::ALL.iter().map(|day| day.short_name());
        let expected = listed(names(), ["\"", "\"", ", "]);
        let name = self.text(value, &format!("one of {expected}"), BYTES_MAX)?.text;
        let found = Weekday::ALL.into_iter().find(|day| day.short_name() == name);
        if found.is_none() {
            let message = format!("found {}, expected one of {expected}", value.described());
            // `Monday` and `Mo` are as near as `mno`.
            let begins = |day: &&str| name.len() > 1 && starts_alike(day, &name);
            let near = names().find(begins).or_else(|| nearest(&name, names()));
            let near = near.map(ToString::to_string);
            self.mistakes.push_suggesting(value.offset, "unknown_word", message, near);
        }
        found
    }

    fn hours(&mut self, value: Json<'_>) -> Option<Vec<Hours>> {
        let items = value.items().unwrap_or_else(|| Vec::from([value]));
        self.in_number(value, items.len(), SCHEDULE_HOURS_MAX, "ranges of hours")?;
        items.into_iter().map(|item| self.range(item)).gather_all()
    }

    fn range(&mut self, value: Json<'_>) -> Option<Hours> {
        let text = self.text(value, EXPECTED_HOURS, BYTES_MAX)?.text;
        let ends = text.split_once('-').and_then(|(begin, end)| minute(begin).zip(minute(end)));
        let Some((begin, end)) = ends else {
            let message = format!("found {}, expected {EXPECTED_HOURS}", value.described());
            self.mistakes.push(value.offset, "bad_hours", message);
            return None;
        };
        let hours = Hours::new(begin, end);
        if hours.is_none() {
            let allowed = if begin == end {
                "hours that end when they begin are none; the whole day is \"00:00-24:00\""
            } else {
                "hours begin at 00:00 to 23:59, and end at 00:00 to 24:00"
            };
            let message = format!("found {}; {allowed}", value.described());
            self.mistakes.push(value.offset, "out_of_range", message);
        }
        hours
    }

    /// Reports a list with nothing in it, which would never be open, and one that is too long.
    fn in_number(&mut self, list: Json<'_>, found: usize, most: usize, what: &str) -> Option<()> {
        if (1..=most).contains(&found) {
            return Some(());
        }
        let message = format!("found {found} {what}; there are 1 to {most}");
        self.mistakes.push(list.offset, "out_of_range", message);
        None
    }
}

fn starts_alike(left: &str, right: &str) -> bool {
    left.bytes().zip(right.bytes()).all(|(left, right)| left.eq_ignore_ascii_case(&right))
}

/// `HH:MM` → minutes since midnight; larger than a day can be.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        two.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
    Some(number(hours)? * 60 + minutes)
}
