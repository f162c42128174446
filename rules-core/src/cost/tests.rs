use std::{
    fmt::Write as _,
    format,
    string::{String, ToString},
    vec::Vec,
};

use expect_test::{Expect, expect};

use super::{Bytes, Cost, Quota};
use crate::{
    Batch, CellKey, Reading, Rule, Span, Timestamp, Value, document,
    partition::{Engine, Input, Partition, Settings},
};

fn rule(document: &str) -> Rule {
    document::read(document).unwrap_or_else(|mistakes| panic!("{document}: {mistakes:?}"))
}

fn rules(documents: &[&str]) -> Vec<Rule> {
    documents.iter().map(|document| rule(document)).collect()
}

fn when(id: &str, when: &str) -> Rule {
    rule(&serde_json::json!({ "id": id, "when": when }).to_string())
}

fn told(cost: &Cost) -> String {
    let mut lines = format!(
        "{} a device, at most {}; {} steps\n",
        Bytes(cost.bytes_per_device),
        Bytes(cost.bytes_per_device_max),
        cost.steps_per_reading
    );
    for window in &cost.windows {
        let resolution = window.resolution.map_or("exact".to_string(), |span| span.to_string());
        let (samples, bytes) = (window.samples, Bytes(window.bytes));
        writeln!(lines, "{}: {samples} samples, {bytes}, {resolution}", window.text).unwrap();
    }
    lines
}

fn check(when: &str, interval: Span, expected: &Expect) {
    expected.assert_eq(&told(&Cost::of(&self::when("r", when), interval)));
}

#[test]
fn a_window_costs_what_it_holds_at_the_assumed_rate() {
    let second = Cost::INTERVAL;
    check(
        "temp > 80",
        second,
        &expect![[r#"
        156 B a device, at most 2.1 kB; 4 steps
    "#]],
    );
    check(
        "avg(temp, 5m) > 80",
        second,
        &expect![[r#"
            3.8 kB a device, at most 1.4 MB; 8 steps
            avg(temp, 5m): 300 samples, 3.6 kB, exact
        "#]],
    );
    check(
        "avg(temp, 5m) > 80",
        Span::from_secs(10),
        &expect![[r#"
            612 B a device, at most 1.4 MB; 8 steps
            avg(temp, 5m): 30 samples, 360 B, exact
        "#]],
    );
    check(
        "avg(temp, 5m) > 80",
        Span::from_secs(3_600),
        &expect![[r#"
            264 B a device, at most 1.4 MB; 8 steps
            avg(temp, 5m): 1 samples, 12 B, exact
        "#]],
    );
    check(
        "avg(temp, 24h) > 80",
        second,
        &expect![[r#"
            1.0 MB a device, at most 1.4 MB; 8 steps
            avg(temp, 1d): 86400 samples, 1.0 MB, exact
        "#]],
    );
    check(
        "avg(temp, session 10s) > 80",
        second,
        &expect![[r#"
        43 kB a device, at most 1.4 MB; 9 steps
        avg(temp, session 10s): 3600 samples, 43 kB, exact
    "#]],
    );
    check(
        "changes(temp, 2h, every 1h) > 80",
        second,
        &expect![[r#"
        151 kB a device, at most 1.6 MB; 9 steps
        changes(temp, 2h, every 1h): 10800 samples, 151 kB, exact
    "#]],
    );
    check(
        "median(temp, 100 samples) > 80",
        second,
        &expect![[r#"
        1.4 kB a device, at most 3.4 kB; 20 steps
        median(temp, 100 samples): 100 samples, 1.2 kB, exact
    "#]],
    );
    check(
        "avg(temp, 30d) > 80",
        second,
        &expect![[r#"
            1.4 MB a device, at most 1.4 MB; 8 steps
            avg(temp, 30d): 86400 samples, 1.4 MB, 30m
        "#]],
    );
}

#[test]
fn windows_over_the_same_input_share_their_samples() {
    let one = Cost::of(&when("r", "sum(temp, 1h) > 80"), Cost::INTERVAL);
    let two = Cost::of(&when("r", "sum(temp, 1h) > 80 && max(temp, 5m) < 90"), Cost::INTERVAL);
    let other = Cost::of(&when("r", "sum(temp, 1h) > 80 && max(load, 1h) < 90"), Cost::INTERVAL);

    assert!(two.bytes_per_device < one.bytes_per_device + 100);
    assert!(other.bytes_per_device > 2 * one.bytes_per_device - 200);
}

#[test]
fn rules_that_share_a_condition_or_a_window_count_it_once() {
    let condition = "avg(temp, 1h) > 80 && load < 3";
    let alone = Cost::of_all(&[when("a", condition)], Cost::INTERVAL);
    let both = Cost::of_all(&[when("a", condition), when("b", condition)], Cost::INTERVAL);

    assert!(both.bytes_per_device < alone.bytes_per_device + 200);
    assert_eq!(both.steps_per_reading, alone.steps_per_reading + 1);
    assert_eq!(both.windows, alone.windows);
}

/// What the engine really stores for a device after `readings` readings, one
/// a second, on which every rule fires.
fn stored(rules: &[Rule], fields: &[&str], readings: i64) -> u64 {
    let engine = Engine::new(1, rules.to_vec(), Settings::default());
    let mut partition = Partition::default();
    let mut bytes = 0;
    for second in 0..readings {
        let ts = Timestamp::from_millis(1_700_000_000_000 + second * 1_000 + second % 7);
        let value = 1_000.0 + (second as f64).sin();
        let mut values: Vec<(String, Value)> =
            fields.iter().map(|name| ((*name).to_string(), Value::Number(value))).collect();
        values.sort_by(|a, b| a.0.cmp(&b.0));
        let reading = Reading { device: "d".to_string(), ts, id: None, values, tags: Vec::new() };
        let input =
            Input::Readings { source: None, batch: Batch::from(&reading), refused_before: 0 };
        let _ = engine.step(&mut partition, &input, ts);
        if second + 1 < readings {
            partition.forget_changes();
        }
    }
    for cell in partition.take_changes().map(|changes| changes.cells).unwrap_or_default() {
        assert_eq!(cell.key, CellKey::device("d"));
        bytes += cell.bytes.map_or(0, |bytes| bytes.len());
    }
    u64::try_from(bytes).unwrap()
}

fn check_bound(documents: &[&str], fields: &[&str], readings: i64) {
    let rules = rules(documents);
    let estimate = Cost::of_all(&rules, Cost::INTERVAL).bytes_per_device;
    let stored = stored(&rules, fields, readings);
    assert!(stored <= estimate, "{documents:?}: {stored} B stored, {estimate} B said");
    assert!(estimate <= 4 * stored + 700, "{documents:?}: {stored} B stored, {estimate} B said");
}

#[test]
fn the_estimate_bounds_what_the_engine_stores_and_is_of_its_size() {
    check_bound(&[r#"{"id": "r", "when": "temp > 80"}"#], &["temp"], 200);
    check_bound(
        &[r#"{"id": "r", "when": "temp > 80 && absent(5m) == false", "for": "1h"}"#],
        &["temp"],
        200,
    );
    check_bound(
        &[
            r#"{"id": "r", "when": "since(temp < 80) > 1m || fresh(load, 1m)", "labels": {"a": "b"}}"#,
        ],
        &["load", "temp"],
        200,
    );
}

#[test]
fn the_estimate_bounds_the_samples_that_the_engine_stores() {
    for when in [
        "avg(temp, 5m) > 80",
        "count(temp > 80, 5m) > 3",
        "median(temp, 5m) > 80 && changes(temp, 2m) > 1 && max(temp, 10s) > 3",
        "sum(temp, 100 samples) > 80 || last(load, 1m, every 10s) > 3",
        "range(temp, session 10s max 5m) > 0 || rate(load, 1m) > 3",
    ] {
        let rule = serde_json::json!({ "id": "r", "when": when }).to_string();
        check_bound(&[&rule], &["load", "temp"], 700);
    }
    let a = r#"{"id": "a", "when": "avg(temp, 10m) > 80", "labels": {"team": "ops", "site": "1"}}"#;
    let b = r#"{"id": "b", "when": "avg(temp, 10m) > 80", "clear": "avg(load, 5m) < 75"}"#;
    check_bound(&[a, b], &["load", "temp"], 1_300);
}

#[test]
fn the_estimate_bounds_panes_too() {
    let when = "avg(temp, 2d) > 80 && median(temp, 2d) > 80 && stddev(temp, 30d) > 0";
    let rules = [self::when("r", when)];
    let cost = Cost::of_all(&rules, Cost::INTERVAL);
    let stored = stored(&rules, &["temp"], 150_000);
    assert!(stored <= cost.bytes_per_device, "{stored} B stored, {cost:?}");
    assert!(cost.bytes_per_device <= 4 * stored, "{stored} B stored, {cost:?}");
}

#[test]
fn rules_for_different_devices_do_not_add_up() {
    let window = "avg(temp, 24h) > 80";
    let on = |id: &str, devices: serde_json::Value| {
        rule(&serde_json::json!({ "id": id, "devices": devices, "when": window }).to_string())
    };
    let mut apart = Vec::new();
    for index in 0..50 {
        apart.push(rule(&format!(
            r#"{{"id": "n{index}", "devices": ["boiler-{index}"], "when": "avg(t{index}, 24h) > 80"}}"#
        )));
        apart.push(rule(&format!(
            r#"{{"id": "p{index}", "devices": ["pump{index:02}-*"], "when": "avg(t{index}, 24h) > 80"}}"#
        )));
    }
    let one = Cost::of_all(&apart[..1], Cost::INTERVAL).bytes_per_device;
    assert!(Cost::of_busiest_device(&apart, Cost::INTERVAL).bytes_per_device < one + 100);
    assert!(Quota::default().admit(&apart, Cost::INTERVAL).is_ok());

    // What fits `fridge-*` may fit `*-1` too, and `fridge-1` fits both.
    let shared = [on("a", serde_json::json!(["fridge-*"])), on("b", serde_json::json!(["*-1"]))];
    let busiest = Cost::of_busiest_device(&shared, Cost::INTERVAL);
    assert_eq!(busiest, Cost::of_all(&shared, Cost::INTERVAL));
    let named =
        [on("a", serde_json::json!(["fridge-*"])), on("b", serde_json::json!(["fridge-1"]))];
    let busiest = Cost::of_busiest_device(&named, Cost::INTERVAL);
    assert_eq!(busiest, Cost::of_all(&named, Cost::INTERVAL));
}

#[test]
fn a_quota_refuses_with_the_figures() {
    let dear = [when("a", "avg(temp, 24h) > 80"), when("b", "avg(load, 24h) > 80")];
    assert!(Quota::default().admit(&dear, Cost::INTERVAL).is_ok());
    let large = Quota { bytes_per_device: 1_000_000, ..Quota::default() };
    let refused = large.admit(&dear, Cost::INTERVAL).unwrap_err();
    expect!["the rules take 2.0 MB a device at a reading each 1s, where 1.0 MB are allowed"]
        .assert_eq(&refused.to_string());
    assert!(large.admit(&dear, Span::from_secs(10)).is_ok());

    let small = Quota { bytes_per_device: 1_000, steps_per_reading: 3 };
    let refused = small.admit(&dear, Span::from_secs(10)).unwrap_err();
    expect!["the rules take 208 kB a device at a reading each 10s, where 1.0 kB are allowed, and 16 steps a reading, where 3 are allowed"].assert_eq(&refused.to_string());
}

#[test]
fn a_full_set_of_common_rules_is_within_the_default_quota() {
    let full: Vec<Rule> = (0..1_000)
        .map(|index| {
            when(&format!("r{index}"), &format!("avg(temp, 5m) > {index} && load < {index}"))
        })
        .collect();
    let cost = Quota::default().admit(&full, Cost::INTERVAL).unwrap();
    expect!["8004 steps, 115 kB"].assert_eq(&format!(
        "{} steps, {}",
        cost.steps_per_reading,
        Bytes(cost.bytes_per_device)
    ));
}

#[test]
fn bytes_are_told_in_units_of_a_thousand() {
    for (bytes, told) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (9_999, "9.9 kB"),
        (12_345, "12 kB"),
        (1_036_800, "1.0 MB"),
        (12_000_000, "12.0 MB"),
    ] {
        assert_eq!(Bytes(bytes).to_string(), told);
    }
}

#[test]
fn what_devices_tell_their_groups_is_counted_once_and_by_role() {
    let hot =
        r#"{"id": "hot", "per": ["site"], "devices": ["b*"], "when": "devices(temp > 60) >= 2"}"#;
    let cold = hot.replace("hot", "cold").replace(">= 2", "< 2");
    let pair = r#"{"id": "pair", "match": {"a": ["a*"], "c": ["c*"]}, "on": ["site"],
        "when": "avg(a.temp, 1m) > avg(c.temp, 1m)"}"#;
    let one = Cost::of_all([&rule(hot)], Cost::INTERVAL);
    let two = Cost::of_all([&rule(hot), &rule(&cold)], Cost::INTERVAL);
    assert!(two.bytes_per_device - one.bytes_per_device < one.bytes_per_device / 2);
    let windows: Vec<String> =
        Cost::of(&rule(pair), Cost::INTERVAL).windows.into_iter().map(|it| it.text).collect();
    assert_eq!(windows, ["avg(a.temp, 1m)", "avg(c.temp, 1m)"]);

    // No device is watched by both.
    let busiest = Cost::of_busiest_device(&[rule(hot), rule(pair)], Cost::INTERVAL);
    assert_eq!(
        busiest.bytes_per_device,
        Cost::of_all([&rule(pair)], Cost::INTERVAL).bytes_per_device
    );
}
