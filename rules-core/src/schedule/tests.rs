use std::{string::ToString, vec::Vec};

use jiff::{ToSpan as _, civil, tz::TimeZoneDatabase};
use proptest::prelude::*;

use super::*;
use crate::Timestamp;

/// An instant as RFC 3339 writes it.
fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn shown(t: Option<Timestamp>) -> std::string::String {
    let shown = |t: Timestamp| jiff::Timestamp::from_millisecond(t.as_millis()).unwrap();
    t.map_or("never".to_string(), |t| shown(t).to_string())
}

fn period(zone: &str, days: &[Weekday], hours: &[(u16, u16)]) -> Period {
    Period {
        zone: Zone::named(zone).unwrap(),
        days: days.to_vec(),
        hours: hours.iter().map(|(begin, end)| Hours::new(*begin, *end).unwrap()).collect(),
    }
}

const EVERY_DAY: &[Weekday] = &Weekday::ALL;

/// The boundaries from `begin` on, as many as `expected` names.
fn check(schedule: &Schedule, begin: &str, expected: &[&str]) {
    let mut t = at(begin);
    let mut found = Vec::new();
    for _ in expected {
        let next = schedule.next_boundary(t);
        found.push(shown(next));
        let Some(next) = next else { break };
        assert_ne!(schedule.open_at(next), schedule.open_at(t));
        t = next;
    }
    assert_eq!(found, expected);
}

#[test]
fn a_beginning_is_open_and_an_end_is_closed() {
    let office = Schedule::new(&[period("UTC", &[Weekday::Monday], &[(480, 1_020)])]);
    for (t, open) in [
        ("2026-03-02T07:59:59.999Z", false),
        ("2026-03-02T08:00:00Z", true),
        ("2026-03-02T16:59:59.999Z", true),
        ("2026-03-02T17:00:00Z", false),
        ("2026-03-03T12:00:00Z", false),
    ] {
        assert_eq!(office.open_at(at(t)), open, "{t}");
    }
    check(
        &office,
        "2026-03-02T08:00:00Z",
        &["2026-03-02T17:00:00Z", "2026-03-09T08:00:00Z", "2026-03-09T17:00:00Z"],
    );
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_begin_on() {
    let night = Schedule::new(&[period("UTC", &[Weekday::Sunday], &[(1_320, 360)])]);
    check(
        &night,
        "2026-03-01T00:00:00Z",
        &["2026-03-01T22:00:00Z", "2026-03-02T06:00:00Z", "2026-03-08T22:00:00Z"],
    );
}

#[test]
fn hours_that_the_clock_skips_do_not_happen() {
    let small_hours = Schedule::new(&[period("Europe/Berlin", EVERY_DAY, &[(120, 180)])]);
    check(
        &small_hours,
        "2026-03-28T00:00:00Z",
        &[
            "2026-03-28T01:00:00Z",
            "2026-03-28T02:00:00Z",
            // On the 29th it is never between 2:00 and 3:00.
            "2026-03-30T00:00:00Z",
            "2026-03-30T01:00:00Z",
        ],
    );
    let half_skipped = Schedule::new(&[period("Europe/Berlin", EVERY_DAY, &[(150, 210)])]);
    check(&half_skipped, "2026-03-29T00:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]);
}

#[test]
fn hours_that_the_clock_repeats_are_open_both_times() {
    let until_half_past_two = Schedule::new(&[period("Europe/Berlin", EVERY_DAY, &[(60, 150)])]);
    check(
        &until_half_past_two,
        "2026-10-24T22:00:00Z",
        &[
            "2026-10-24T23:00:00Z",
            "2026-10-25T00:30:00Z",
            // The clock goes back from 3:00 to 2:00.
            "2026-10-25T01:00:00Z",
            "2026-10-25T01:30:00Z",
        ],
    );
    let until_three = Schedule::new(&[period("Europe/Berlin", EVERY_DAY, &[(60, 180)])]);
    check(&until_three, "2026-10-24T22:00:00Z", &["2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z"]);
}

#[test]
fn zones_with_odd_clocks_open_by_their_own() {
    let morning = |zone| Schedule::new(&[period(zone, EVERY_DAY, &[(480, 540)])]);
    for (zone, begin, boundary) in [
        ("America/New_York", "2026-03-07T20:00:00Z", "2026-03-08T12:00:00Z"),
        ("America/New_York", "2026-03-06T20:00:00Z", "2026-03-07T13:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-02T23:00:00Z", "2026-10-03T21:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-01T23:00:00Z", "2026-10-02T21:30:00Z"),
        ("Asia/Kolkata", "2026-06-01T00:00:00Z", "2026-06-01T02:30:00Z"),
        ("Asia/Kathmandu", "2026-06-01T00:00:00Z", "2026-06-01T02:15:00Z"),
        // No 30 December: from the evening of the 29th to the morning of the 31st.
        ("Pacific/Apia", "2011-12-29T20:00:00Z", "2011-12-30T18:00:00Z"),
        // Ramadan.
        ("Africa/Casablanca", "2025-03-10T00:00:00Z", "2025-03-10T08:00:00Z"),
        ("Africa/Casablanca", "2025-06-10T00:00:00Z", "2025-06-10T07:00:00Z"),
    ] {
        check(&morning(zone), begin, &[boundary]);
    }
}

#[test]
fn what_is_always_open_has_no_boundary() {
    let halves = [
        period("Europe/Berlin", EVERY_DAY, &[(0, 720)]),
        period("Europe/Berlin", EVERY_DAY, &[(720, 0)]),
    ];
    // Two zones that hand over to each other every day.
    let relay = [
        period("Asia/Tokyo", EVERY_DAY, &[(0, 780)]),
        period("Asia/Seoul", EVERY_DAY, &[(720, 60)]),
    ];
    for schedule in [Schedule::new(&halves), Schedule::new(&relay)] {
        assert_eq!(schedule.next_boundary(at("2026-03-02T08:00:00Z")), None);
    }
}

#[test]
fn zones_that_hand_over_close_when_the_clocks_differ() {
    let relay = Schedule::new(&[
        period("UTC", EVERY_DAY, &[(0, 720)]),
        period("Europe/Berlin", EVERY_DAY, &[(780, 60)]),
    ]);
    // In summer Berlin's 1:00 is 23:00 in UTC.
    check(&relay, "2026-01-02T08:00:00Z", &["2026-03-29T23:00:00Z", "2026-03-30T00:00:00Z"]);
}

#[test]
fn times_at_the_ends_of_what_there_is_are_answered() {
    let office = Schedule::new(&[period("Europe/Berlin", &[Weekday::Monday], &[(480, 1_020)])]);
    for t in [i64::MIN, -1, 0, Timestamp::MAX.as_millis(), i64::MAX - 1, i64::MAX] {
        let t = Timestamp::from_millis(t);
        let _ = office.open_at(t);
        assert!(office.next_boundary(t).is_none_or(|next| next > t));
    }
}

/// Days as a bit each, and hours as minutes.
type Drawn = (&'static str, u8, Vec<(u16, u16)>);

fn drawn() -> impl Strategy<Value = Drawn> {
    // Half of the draws are zones where clocks change oddly.
    let odd =
        ["Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/Nuuk", "Asia/Gaza"];
    let zone = prop_oneof![
        prop::sample::select(Zone::names().collect::<Vec<_>>()),
        prop::sample::select(odd.to_vec()),
    ];
    // Clocks change at full and half hours, and so do most people.
    let hours = prop_oneof![
        (0..1_440_u16, 0..=1_440_u16),
        (0..48_u16, 0..=48_u16).prop_map(|(begin, end)| (begin * 30, end * 30)),
    ];
    let hours = hours.prop_filter("ends when it begins", |(b, e)| b != e);
    (zone, 1..128_u8, prop::collection::vec(hours, 1..4))
}

fn made((zone, days, hours): &Drawn) -> Period {
    let days: Vec<Weekday> =
        Weekday::ALL.into_iter().filter(|day| days & (1 << *day as u8) != 0).collect();
    period(zone, &days, hours)
}

/// Looks at the clock and the calendar on the wall as jiff shows them.
fn naively_open((zone, days, hours): &Drawn, t: Timestamp) -> bool {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
    let wall = zone.to_datetime(jiff::Timestamp::from_millisecond(t.as_millis()).unwrap());
    let on = |date: civil::Date| days & (1 << date.weekday().to_monday_zero_offset()) != 0;
    let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap();
    hours.iter().any(|(begin, end)| {
        let (begin, end) = (*begin, *end);
        let today = on(wall.date()) && begin <= minute && (minute < end || end < begin);
        let since_yesterday = on(wall.date() - 1.day()) && end < begin && minute < end;
        today || since_yesterday
    })
}

/// 2005 to 2037, to the second, half of them near a change of the zone's clocks.
fn instant(zone: &str, secs: i64, near: i64) -> Timestamp {
    let t = Timestamp::from_millis(secs * 1_000);
    let change = Zone::named(zone).unwrap().next_change(t).filter(|_| secs % 2 == 0);
    change.map_or(t, |change| Timestamp::from_millis(change.as_millis() + near * 1_000))
}

const YEARS: Range<i64> = 1_104_537_600..2_145_916_800;

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn open_is_what_the_wall_says(
        drawn in prop::collection::vec(drawn(), 1..4), secs in YEARS, near in -200_000..200_000_i64,
    ) {
        let schedule = Schedule::new(&drawn.iter().map(made).collect::<Vec<_>>());
        let t = instant(drawn[0].0, secs, near);
        for minutes in 0..50 {
            let t = Timestamp::from_millis(t.as_millis() + minutes * 37 * 60_000);
            let naive = drawn.iter().any(|period| naively_open(period, t));
            prop_assert_eq!(schedule.open_at(t), naive, "{} at {}", schedule, shown(Some(t)));
        }
    }

    /// Minute by minute, as every clock since 1972 is a whole number of minutes from UTC.
    #[test]
    fn the_next_boundary_is_the_first_minute_that_differs(
        drawn in prop::collection::vec(drawn(), 1..3), secs in YEARS, near in -200_000..200_000_i64,
    ) {
        let schedule = Schedule::new(&drawn.iter().map(made).collect::<Vec<_>>());
        let t = instant(drawn[0].0, secs, near);
        let open = |t| drawn.iter().any(|period| naively_open(period, t));
        let now = open(t);
        let minute = t.as_millis() - t.as_millis() % 60_000;
        let most = 16 * 1_440;
        let first = (1..most)
            .map(|later| Timestamp::from_millis(minute + later * 60_000))
            .find(|t| open(*t) != now);

        let found = schedule.next_boundary(t);

        match first {
            Some(first) => prop_assert_eq!(found, Some(first), "{} from {}", schedule, shown(Some(t))),
            None => prop_assert!(found.is_none_or(|t| t.as_millis() >= minute + most * 60_000)),
        }
    }
}
