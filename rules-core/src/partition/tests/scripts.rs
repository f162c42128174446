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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
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
        expect![[]],
    );
}

#[test]
fn a_numbered_batch_that_comes_twice_counts_once() {
    use super::{BatchItem, Input, Reading, Receipt, SourceRange, Value, time};

    let mut bench = Bench::new(&[HOT]);
    let reading = Reading {
        device: "boiler".into(),
        ts: time("0s"),
        id: None,
        values: std::vec![("temp".into(), Value::Number(81.0))],
    };
    let batch = |first| Input::Readings {
        source: Some(SourceRange { source: "bridge".into(), first }),
        items: std::vec![BatchItem {
            index: 0,
            reading: Reading { ts: time("1s"), ..reading.clone() }
        }],
        refused_before: 0,
    };

    let first = bench.step(&batch(7), time("1s"));
    let again = bench.step(&batch(7), time("200s"));

    assert_eq!(first.receipts, [(0, Receipt::Accepted)]);
    assert_eq!(again.receipts, [(0, Receipt::Duplicate)]);
    assert_eq!(again.transitions, []);
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
    expect_test::expect![[]].assert_eq(&transcript);
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
            items: std::vec![super::BatchItem {
                index: 0,
                reading: super::Reading {
                    device: "boiler".into(),
                    ts: super::time("2s"),
                    id: None,
                    values: std::vec![("temp".into(), super::Value::Number(250.0))],
                }
            }],
            refused_before: 0,
        };
        bench.step(&input, super::time("2s"))
    };
    assert_eq!(step.transitions[0].summary, "boiler is 117 °C");
}
