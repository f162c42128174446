use std::{format, string::String, vec::Vec};

use jiff::{
    civil,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use proptest::prelude::*;

use crate::{
    Timestamp,
    zone::{Resolved, Weekday, Zone},
};

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|| panic!("no zone {name}"))
}

pub(crate) fn oracle(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// An instant as RFC 3339 writes it.
pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn shown(t: Timestamp) -> String {
    format!("{}", jiff::Timestamp::from_millisecond(t.as_millis()).unwrap())
}

/// A local date and time → its instants.
fn resolved(name: &str, local: &str) -> String {
    let local: civil::DateTime = local.parse().unwrap();
    let (day, millis) = parts(local);
    match zone(name).resolve(day, millis) {
        Resolved::Once(t) => shown(t),
        Resolved::Skipped { after, moved } => {
            format!("skipped until {}, moved to {}", shown(after), shown(moved))
        }
        Resolved::Twice { earlier, later } => format!("{} and {}", shown(earlier), shown(later)),
    }
}

fn parts(local: civil::DateTime) -> (i64, i64) {
    let since = local.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
    (since.div_euclid(86_400_000), since.rem_euclid(86_400_000))
}

#[test]
fn clocks_put_forward_and_back_are_resolved() {
    for (name, local, instants) in [
        (
            "Europe/Berlin",
            "2026-03-29T02:30",
            "skipped until 2026-03-29T01:00:00Z, moved to 2026-03-29T01:30:00Z",
        ),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z and 2026-10-25T01:30:00Z"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"),
        (
            "America/New_York",
            "2026-03-08T02:00",
            "skipped until 2026-03-08T07:00:00Z, moved to 2026-03-08T07:00:00Z",
        ),
        ("America/New_York", "2026-11-01T01:00", "2026-11-01T05:00:00Z and 2026-11-01T06:00:00Z"),
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z"),
        // Half an hour, and in the southern summer.
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            "skipped until 2026-10-03T15:30:00Z, moved to 2026-10-03T15:45:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            "2026-04-04T14:45:00Z and 2026-04-04T15:15:00Z",
        ),
        ("Asia/Kolkata", "2026-01-01T00:00", "2025-12-31T18:30:00Z"),
        ("Asia/Calcutta", "2026-01-01T00:00", "2025-12-31T18:30:00Z"),
        ("Asia/Kathmandu", "2026-01-01T00:00", "2025-12-31T18:15:00Z"),
        // Samoa went over the date line and had no 30 December.
        (
            "Pacific/Apia",
            "2011-12-30T12:00",
            "skipped until 2011-12-30T10:00:00Z, moved to 2011-12-30T22:00:00Z",
        ),
        // Morocco puts its clocks back for Ramadan.
        ("Africa/Casablanca", "2025-02-23T02:30", "2025-02-23T01:30:00Z and 2025-02-23T02:30:00Z"),
        ("UTC", "2026-03-29T02:30", "2026-03-29T02:30:00Z"),
    ] {
        assert_eq!(resolved(name, local), instants, "{local} in {name}");
    }
}

#[test]
fn offsets_are_seconds_east_of_utc() {
    for (name, t, offset) in [
        ("Europe/Berlin", "2026-03-29T00:59:59.999Z", 3_600),
        ("Europe/Berlin", "2026-03-29T01:00:00Z", 7_200),
        ("America/New_York", "2006-03-20T12:00:00Z", -18_000),
        ("America/New_York", "2026-03-20T12:00:00Z", -14_400),
        ("Asia/Kathmandu", "2026-01-01T00:00:00Z", 20_700),
        ("Africa/Casablanca", "2025-03-10T00:00:00Z", 0),
        ("Africa/Casablanca", "2025-06-10T00:00:00Z", 3_600),
        ("Africa/Monrovia", "1971-01-01T00:00:00Z", -2_670),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", -36_000),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", 50_400),
    ] {
        assert_eq!(zone(name).offset_at(at(t)), offset, "{name} at {t}");
    }
}

#[test]
fn names_are_exact_and_a_near_one_is_suggested() {
    for (found, meant) in [
        ("europe/berlin", Some("Europe/Berlin")),
        ("Europe/Berln", Some("Europe/Berlin")),
        ("Berlin", Some("Europe/Berlin")),
        ("New York", Some("America/New_York")),
        ("utc", Some("UTC")),
        ("Asia/Calcuta", Some("Asia/Calcutta")),
        ("CEST", None),
        ("somewhere else entirely", None),
        ("", None),
        ("Europe/Berlin/Europe/Berlin/Europe/Berlin/Europe/Berlin/Europe/Berlin", None),
    ] {
        assert_eq!(Zone::named(found), None, "{found}");
        assert_eq!(Zone::nearest_name(found), meant, "{found}");
    }
    assert_eq!(Zone::named("Europe/Berlin;"), None);
    assert_eq!(Zone::named("Europe/Berlin Arctic/Longyearbyen"), None);
}

#[test]
fn no_time_is_too_far_for_a_zone() {
    let ends = [i64::MIN, -1, 0, Timestamp::MAX.as_millis(), i64::MAX];
    for name in Zone::names() {
        let zone = zone(name);
        for t in ends.map(Timestamp::from_millis) {
            let _ = (zone.local(t), zone.next_change(t), zone.offset_at(t));
            let _ = zone.resolve(t.as_millis(), t.as_millis());
        }
    }
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(Zone::names().collect::<Vec<_>>())
}

/// 1970 to the end of what RFC 3339 can write, mostly near the present.
fn instants() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => 0..4_102_444_800_000_i64,
        1 => 0..=Timestamp::MAX.as_millis() - 86_400_000,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// jiff reads the same database by itself.
    #[test]
    fn local_time_is_what_jiff_says(name in names(), millis in instants()) {
        let t = Timestamp::from_millis(millis);
        let wanted = oracle(name).to_datetime(jiff::Timestamp::from_millisecond(millis).unwrap());

        let local = zone(name).local(t);

        prop_assert_eq!((local.day, local.millis), parts(wanted));
        let weekday = Weekday::ALL[usize::try_from(wanted.weekday().to_monday_zero_offset()).unwrap()];
        prop_assert_eq!(local.weekday, weekday);
    }

    /// The clocks change exactly when jiff says.
    #[test]
    fn changes_are_those_of_jiff(name in names(), millis in instants()) {
        let mut t = Timestamp::from_millis(millis);
        let zone = zone(name);
        let oracle = oracle(name);
        let from = jiff::Timestamp::from_millisecond(millis).unwrap();
        let mut offset = oracle.to_offset(from);
        // jiff's list also has changes of nothing but the abbreviation.
        let wanted = oracle.following(from).filter(|change| {
            core::mem::replace(&mut offset, change.offset()) != change.offset()
        });
        for wanted in wanted.take(5) {
            let next = zone.next_change(t);
            prop_assert_eq!(next.map(Timestamp::as_millis), Some(wanted.timestamp().as_millisecond()));
            t = next.unwrap();
            prop_assert_eq!(zone.offset_at(t), wanted.offset().seconds());
        }
    }

    /// Local times, many of them at or near a change of clocks, resolve as jiff has them.
    #[test]
    fn local_times_resolve_as_with_jiff(
        name in names(), millis in instants(), near in -100_000_000..100_000_000_i64, jump in any::<bool>(),
    ) {
        let zone = zone(name);
        let mut t = Timestamp::from_millis(millis);
        if let Some(change) = zone.next_change(t).filter(|change| jump && *change < Timestamp::MAX) {
            t = Timestamp::from_millis(change.as_millis() + near / 10);
        }
        let local = jiff::Timestamp::from_millisecond(t.as_millis()).unwrap().to_zoned(TimeZone::UTC).datetime();
        let (day, millis) = parts(local);
        let instant = |offset: jiff::tz::Offset| offset.to_timestamp(local).unwrap().as_millisecond();

        let found = zone.resolve(day, millis);

        match oracle(name).to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                prop_assert_eq!(found, Resolved::Once(Timestamp::from_millis(instant(offset))));
            }
            AmbiguousOffset::Gap { before, .. } => {
                let Resolved::Skipped { after, moved } = found else { panic!("{found:?}") };
                prop_assert_eq!(moved.as_millis(), instant(before));
                prop_assert_eq!(zone.next_change(Timestamp::from_millis(after.as_millis() - 1)), Some(after));
                prop_assert!(after <= moved);
            }
            AmbiguousOffset::Fold { before, after } => prop_assert_eq!(found, Resolved::Twice {
                earlier: Timestamp::from_millis(instant(before)),
                later: Timestamp::from_millis(instant(after)),
            }),
        }
    }
}
