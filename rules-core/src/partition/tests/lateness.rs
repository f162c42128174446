//! Readings that were overtaken, and what waits for them.

use std::{fmt::Write as _, format, string::String, vec::Vec};

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{Bench, play};
use crate::{Span, partition::Settings};

fn allowing(lateness: &str) -> Settings {
    Settings { allowed_lateness: Span::parse(lateness).unwrap(), ..Settings::default() }
}

#[allow(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
fn check(rules: &[&str], script: &str, expect: Expect) {
    expect.assert_eq(&play(&mut Bench::with(rules, allowing("10s")), script));
}

#[test]
fn a_reading_is_judged_when_none_can_come_before_it() {
    check(
        &[r#"{"id": "hot", "when": "temp > 80"}"#],
        "
        0s d temp=70
        8s d temp=90
        10s @5s d temp=95
        18s d temp=60
        30s d temp=60
        ",
        expect![[r#"
            0s d temp=70
            8s d temp=90
            10s @5s d temp=95
            18s d temp=60
                firing hot{d} at 5s since 5s value 95
            30s d temp=60
                resolved hot{d} at 18s since 5s value 60
        "#]],
    );
}

#[test]
fn the_clock_releases_the_readings_of_a_silent_device() {
    check(
        &[r#"{"id": "hot", "when": "temp > 80", "for": "5s"}"#],
        "
        0s d temp=90
        9s tick
        10s tick
        15s tick
        ",
        expect![[r#"
            0s d temp=90
            9s tick
            10s tick
                pending hot{d} at 0s since 0s value 90
            15s tick
                firing hot{d} at 5s since 0s value 90
        "#]],
    );
}

#[test]
fn behind_the_watermark_or_behind_what_was_judged_a_reading_is_late() {
    check(
        &[r#"{"id": "hot", "when": "temp > 80"}"#],
        "
        20s d temp=70
        21s @10s d temp=71
        21s @9s d temp=72
        31s tick
        32s @20s d temp=73
        33s @19s d temp=73
        ",
        expect![[r#"
            20s d temp=70
            21s @10s d temp=71
            21s @9s d temp=72
                late by 1s
            31s tick
            32s @20s d temp=73
            33s @19s d temp=73
                late by 1s
        "#]],
    );
}

#[test]
fn silence_counts_its_lateness_too() {
    check(
        &[r#"{"id": "silent", "when": "absent(30s)"}"#],
        "
        0s d temp=1
        49s tick
        50s tick
        55s d temp=1
        70s tick
        ",
        expect![[r#"
            0s d temp=1
            49s tick
            50s tick
                firing silent{d} at 40s since 40s
            55s d temp=1
            70s tick
                resolved silent{d} at 55s since 40s
        "#]],
    );
}

/// Acts in the order of event time: seconds between readings, and values.
fn readings() -> impl Strategy<Value = Vec<(u32, i8)>> {
    prop::collection::vec((1_u32..8, 0_i8..5), 1..40)
}

/// One rule for every kind of frame, and for all that time alone moves.
pub(super) const RULES: [&str; 12] = [
    r#"{"id": "life", "when": "v > 2", "clear": "v < 1", "for": "5s", "keep_firing_for": "4s"}"#,
    r#"{"id": "sliding", "when": "avg(v, 10s) > 2 && count(v > 1, 20s) >= 2"}"#,
    r#"{"id": "silent", "when": "absent(5s)"}"#,
    r#"{"id": "spread", "when": "range(v, 9s) > 2", "min_samples": 2, "missing": "clear"}"#,
    r#"{"id": "last", "when": "median(v, 3 samples) > 2"}"#,
    r#"{"id": "tumbling", "when": "sum(v, 7s, every 7s) > 4", "missing": "clear"}"#,
    r#"{"id": "hopping", "when": "stddev(v, 15s, every 5s) > 1.2"}"#,
    r#"{"id": "gaps", "when": "delta(v, 3s, every 11s) > 0"}"#,
    r#"{"id": "session", "when": "changes(v, session 4s max 20s) >= 2"}"#,
    r#"{"id": "stale", "when": "!fresh(w, 6s) && v > 0"}"#,
    r#"{"id": "after", "when": "since(v > 3) > 6s", "for": "2s"}"#,
    r#"{"id": "order", "when": "last(v, 8s) > first(v, 8s) || quantile(0.9, v, 12s) == 4"}"#,
];

/// What came of it, without the moments at which it was noticed.
fn outcome(script: &str) -> Vec<String> {
    let transcript = play(&mut Bench::with(&RULES, allowing("10s")), script);
    transcript.lines().filter(|line| line.starts_with("    ")).map(String::from).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Readings that overtake each other by no more than the allowed lateness
    /// give what they give in order, with ticks anywhere in between.
    #[test]
    fn the_order_of_arrival_within_the_allowed_lateness_does_not_matter(
        readings in readings(), delays in prop::collection::vec(0_u32..10, 40), ticks in prop::collection::vec(any::<bool>(), 40),
    ) {
        let mut ts = 0;
        let mut arrivals = Vec::new();
        for ((pause, value), delay) in readings.iter().zip(&delays) {
            ts += pause;
            arrivals.push((ts, ts + delay, *value));
        }
        let end = ts + 100;
        let line = |(ts, now, value): &(u32, u32, i8)| {
            let other = if ts % 5 == 0 { " w=1" } else { "" };
            format!("{now}s @{ts}s d v={value}{other}\n")
        };
        let ordered: String = arrivals.iter().map(|(ts, _, value)| line(&(*ts, *ts, *value))).collect();
        arrivals.sort_by_key(|(ts, now, _)| (*now, *ts));
        let mut delayed = String::new();
        for (arrival, tick) in arrivals.iter().zip(&ticks) {
            if *tick {
                writeln!(delayed, "{}s tick", arrival.1).unwrap();
            }
            delayed.push_str(&line(arrival));
        }
        let end = format!("{end}s tick\n");
        prop_assert_eq!(outcome(&(delayed + &end)), outcome(&(ordered + &end)));
    }
}
