use expect_test::expect;

use super::{Bench, Settings, check, play};
use crate::Span;

const HOT: &str = r#"{"id": "hot", "when": "temp > 80"}"#;
const HOT_FOR: &str = r#"{"id": "hot", "when": "temp > 80", "for": "1m"}"#;

#[test]
fn without_for_an_alert_fires_at_once_and_resolves_when_the_condition_ends() {
    check(
        &[HOT],
        "
        0s boiler temp=80
        1s boiler temp=81
        2s boiler temp=90
        3s boiler temp=80
        4s boiler temp=99
    ",
        &expect![[r#"
            0s boiler temp=80
            1s boiler temp=81
                firing hot{boiler} at 1s since 1s value 81
            2s boiler temp=90
            3s boiler temp=80
                resolved hot{boiler} at 3s since 1s value 80
            4s boiler temp=99
                firing hot{boiler} at 4s since 4s value 99
        "#]],
    );
}

#[test]
fn pending_becomes_firing_at_the_first_true_evaluation_after_for_or_by_its_timer() {
    check(
        &[HOT_FOR],
        "
        0s boiler temp=81
        59s boiler temp=82
        60s boiler temp=83
        61s boiler temp=70
        62s boiler temp=85
        123s tick
        200s tick
    ",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            59s boiler temp=82
            60s boiler temp=83
                firing hot{boiler} at 1m since 0s value 83
            61s boiler temp=70
                resolved hot{boiler} at 1m1s since 0s value 70
            62s boiler temp=85
                pending hot{boiler} at 1m2s since 1m2s value 85
            123s tick
                firing hot{boiler} at 2m2s since 1m2s value 85
            200s tick
        "#]],
    );
}

#[test]
fn false_while_pending_is_inactive_and_a_gap_does_not_reset_pending() {
    check(
        &[HOT_FOR],
        "
        0s boiler temp=81
        30s boiler temp=70
        40s boiler temp=81
        10m boiler temp=82
    ",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            30s boiler temp=70
                inactive hot{boiler} at 30s since 0s value 70
            40s boiler temp=81
                pending hot{boiler} at 40s since 40s value 81
            10m boiler temp=82
                firing hot{boiler} at 1m40s since 40s value 81
        "#]],
    );
}

#[test]
fn a_false_reading_exactly_when_the_timer_runs_out_comes_before_it() {
    check(
        &[HOT_FOR],
        "
        0s boiler temp=81
        60s boiler temp=70
    ",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            60s boiler temp=70
                inactive hot{boiler} at 1m since 0s value 70
        "#]],
    );
}

#[test]
fn a_timer_that_ran_out_before_a_reading_runs_before_it() {
    check(
        &[HOT_FOR],
        "
        0s boiler temp=81
        61s boiler temp=70
    ",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            61s boiler temp=70
                firing hot{boiler} at 1m since 0s value 81
                resolved hot{boiler} at 1m1s since 0s value 70
        "#]],
    );
}

#[test]
fn a_reading_at_or_before_a_deadline_that_has_run_is_late() {
    check(
        &[HOT_FOR],
        "
        0s boiler temp=81
        60s tick
        60s boiler temp=70
        61s @59s boiler temp=70
        61s boiler temp=70
    ",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            60s tick
                firing hot{boiler} at 1m since 0s value 81
            60s boiler temp=70
                late by 0s
            61s @59s boiler temp=70
                late by 1s
            61s boiler temp=70
                resolved hot{boiler} at 1m1s since 0s value 70
        "#]],
    );
}

#[test]
fn a_reading_exactly_as_old_as_the_window_is_out() {
    check(
        &[r#"{"id": "hot", "when": "avg(temp, 1m) > 80"}"#],
        "
        0s boiler temp=100
        30s boiler temp=70
        59999ms boiler temp=73
        60s boiler temp=70
    ",
        &expect![[r#"
            0s boiler temp=100
                firing hot{boiler} at 0s since 0s value 100
            30s boiler temp=70
            59999ms boiler temp=73
            60s boiler temp=70
                resolved hot{boiler} at 1m since 0s value 71
        "#]],
    );
}

#[test]
fn hysteresis_and_keep_firing_for_hold_an_alert_up() {
    check(
        &[r#"{"id": "hot", "when": "temp > 80", "clear": "temp < 70", "keep_firing_for": "1m"}"#],
        "
        0s boiler temp=81
        10s boiler temp=75
        20s boiler temp=69
        50s boiler temp=75
        60s boiler temp=69
        90s boiler other=1
        120s tick
    ",
        &expect![[r#"
            0s boiler temp=81
                firing hot{boiler} at 0s since 0s value 81
            10s boiler temp=75
            20s boiler temp=69
            50s boiler temp=75
            60s boiler temp=69
            90s boiler other=1
            120s tick
                resolved hot{boiler} at 2m since 0s value 69
        "#]],
    );
}

#[test]
fn late_and_future_readings_and_repeats_change_nothing() {
    check(
        &[HOT],
        "
        10s boiler temp=70
        10s boiler temp=70
        11s @9s boiler temp=99
        11s @72s boiler temp=99
        11s @71s boiler temp=99
        71s @71s boiler temp=98
        72s boiler temp=60 id=7
        73s boiler temp=99 id=7
    ",
        &expect![[r#"
            10s boiler temp=70
            10s boiler temp=70
                duplicate
            11s @9s boiler temp=99
                late by 1s
            11s @72s boiler temp=99
                refused clock_ahead: event time is 1m1s ahead of the clock, and 1m is allowed
            11s @71s boiler temp=99
                firing hot{boiler} at 1m11s since 1m11s value 99
            71s @71s boiler temp=98
            72s boiler temp=60 id=7
                resolved hot{boiler} at 1m12s since 1m11s value 60
            73s boiler temp=99 id=7
                duplicate
        "#]],
    );
}

#[test]
fn conditions_follow_kleene_over_last_known_values() {
    check(
        &[
            r#"{"id": "and", "when": "motion && !door_open"}"#,
            r#"{"id": "clears", "when": "motion && !door_open", "missing": "clear"}"#,
            r#"{"id": "seen", "when": "has(door_open) && motion"}"#,
        ],
        "
        0s hall motion=true
        1s hall door_open=false
        2s hall door_open=null
        3s hall door_open=true
        4s hall lux=5
    ",
        &expect![[r#"
            0s hall motion=true
            1s hall door_open=false
                firing and{hall} at 1s since 1s value true
                firing clears{hall} at 1s since 1s value true
                firing seen{hall} at 1s since 1s value true
            2s hall door_open=null
                resolved clears{hall} at 2s since 1s value true
                resolved seen{hall} at 2s since 1s value true
            3s hall door_open=true
                resolved and{hall} at 3s since 1s value true
                firing seen{hall} at 3s since 3s value true
            4s hall lux=5
        "#]],
    );
}

#[test]
fn missing_clear_resolves_by_timer_when_the_window_runs_empty() {
    check(
        &[
            r#"{"id": "hold", "when": "avg(temp, 1m) > 80"}"#,
            r#"{"id": "clear", "when": "avg(temp, 1m) > 80", "missing": "clear"}"#,
        ],
        "
        0s boiler temp=90
        30s boiler temp=90
        89s tick
        90s tick
        120s boiler temp=70
    ",
        &expect![[r#"
            0s boiler temp=90
                firing clear{boiler} at 0s since 0s value 90
                firing hold{boiler} at 0s since 0s value 90
            30s boiler temp=90
            89s tick
            90s tick
                resolved clear{boiler} at 1m30s since 0s
            120s boiler temp=70
                resolved hold{boiler} at 2m since 0s value 70
        "#]],
    );
}

#[test]
fn absence_begins_by_timer_and_ends_with_the_next_reading() {
    check(
        &[r#"{"id": "silent", "when": "absent(10m)", "for": "1m"}"#],
        "
        0s probe temp=1
        5m probe temp=1
        14m tick
        15m tick
        16m tick
        20m probe temp=1
    ",
        &expect![[r#"
            0s probe temp=1
            5m probe temp=1
            14m tick
            15m tick
                pending silent{probe} at 15m since 15m
            16m tick
                firing silent{probe} at 16m since 15m
            20m probe temp=1
                resolved silent{probe} at 20m since 15m
        "#]],
    );
}

#[test]
fn a_device_named_by_a_rule_is_watched_before_its_first_reading() {
    check(
        &[r#"{"id": "silent", "devices": {"id": ["probe", "x-*"]}, "when": "absent(10m)"}"#],
        "
        0s tick
        10m tick
        11m probe temp=1
        12m x-1 temp=1
        22m tick
    ",
        &expect![[r#"
            0s tick
            10m tick
                firing silent{probe} at 10m since 10m
            11m probe temp=1
                resolved silent{probe} at 11m since 10m
            12m x-1 temp=1
            22m tick
                firing silent{probe} at 21m since 21m
                firing silent{x-1} at 22m since 22m
        "#]],
    );
}

#[test]
fn a_numbered_batch_that_comes_twice_counts_once() {
    use super::{super::SourceRange, Batch, Input, Reading, Receipt, Value, time};

    let mut bench = Bench::new(&[HOT]);
    let reading = Reading {
        device: "boiler".into(),
        ts: time("0s"),
        id: None,
        values: std::vec![("temp".into(), Value::Number(81.0))],
        tags: std::vec![],
    };
    let batch = |first| Input::Readings {
        source: Some(SourceRange { source: "bridge".into(), first }),
        batch: Batch::from(&Reading { ts: time("1s"), ..reading.clone() }),
        refused_before: 0,
    };

    let first = bench.step(&batch(7), time("1s"));
    let again = bench.step(&batch(7), time("200s"));

    assert_eq!(first.receipts, [(0, Receipt::Accepted)]);
    assert_eq!(again.receipts, [(0, Receipt::Duplicate)]);
    assert!(again.happened.is_empty());
}

#[test]
fn with_the_dedup_horizon_off_a_repeat_counts() {
    let settings = Settings { dedup_horizon: Span::ZERO, ..Settings::default() };
    let transcript = play(
        &mut Bench::with(&[HOT], settings),
        "
        0s boiler temp=70
        0s boiler temp=70
    ",
    );
    expect![[r#"
        0s boiler temp=70
        0s boiler temp=70
    "#]]
    .assert_eq(&transcript);
}

#[test]
fn summary_and_value_tell_what_was_compared() {
    let rule = r#"{"id": "hot", "when": "avg(temp, 1m) > 80", "summary": "{{ device }} is {{ value }} °C"}"#;
    let mut bench = Bench::new(&[rule]);
    let _ = bench.line("0s boiler temp=81");
    let _ = bench.line("1s boiler temp=20");
    let step = {
        let input = super::Input::Readings {
            source: None,
            batch: super::Batch::from(&super::Reading {
                device: "boiler".into(),
                ts: super::time("2s"),
                id: None,
                values: std::vec![("temp".into(), super::Value::Number(250.0))],
                tags: std::vec![],
            }),
            refused_before: 0,
        };
        bench.step(&input, super::time("2s"))
    };
    assert_eq!(step.transitions().next().unwrap().summary, "boiler is 117 °C");
}

#[test]
fn the_windows_of_a_device_keep_no_more_than_its_cell_has_room_for() {
    use crate::{
        expr::{Aggregate, Frame},
        partition::device::make_room,
        window::{DEVICE_SAMPLES_MAX, Sample, Series, View},
    };

    let view = View { aggregate: Aggregate::Avg, frame: Frame::Sliding(Span::from_secs(86_400)) };
    let full = |samples| {
        let mut series = Series::new(&[view]);
        for ts in (0..).take(samples) {
            let _ = series.push(crate::Timestamp::from_millis(ts), Sample::Number(1.0));
        }
        series
    };
    let mut series = [full(60_000), full(50_000)];

    assert_eq!(make_room(&mut series), 1);
    assert_eq!(make_room(&mut series), 0);
    let samples = series.map(|series| series.samples());
    assert!(samples[0] + samples[1] <= DEVICE_SAMPLES_MAX);
    assert_eq!(samples[1], 50_000);
}
