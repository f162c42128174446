use alloc::{format, string::String, vec, vec::Vec};

use super::{World, at, joined, lines, sample};
use crate::fleet::News;

fn temp(temp: f64) -> News {
    sample("temp", temp)
}

fn join() -> News {
    joined(&[("site", "a")])
}

#[test]
fn a_window_holds_the_samples_of_all_devices_at_their_own_times() {
    let rule = r#"{"id": "warm", "per": ["site"], "when": "avg(temp, 1m) > 50"}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "b1", at(100), vec![join(), temp(40.0)]);

    // Overtaken by the other device, but inside the window.
    let told = world.tell(("p1", "a"), "b2", at(41), vec![join(), temp(80.0)]);
    assert_eq!(lines(&told), ["warm site=a firing at 100 since 100 value 60"]);

    // Outside of it.
    assert_eq!(world.tell(("p1", "a"), "b3", at(39), vec![join(), temp(0.0)]), []);
    let told = world.tell(("p0", "a"), "b1", at(101), vec![temp(0.0)]);
    assert_eq!(lines(&told), ["warm site=a resolved at 101 since 100 value 20"]);
}

#[test]
fn order_over_the_group_is_by_event_time_and_then_by_device() {
    let rule = r#"{"id": "fell", "per": ["site"], "when": "last(temp, 1m) < first(temp, 1m)"}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "b2", at(10), vec![join(), temp(5.0)]);

    let told = world.tell(("p0", "a"), "b1", at(10), vec![join(), temp(7.0)]);

    assert_eq!(lines(&told), ["fell site=a firing at 10 since 10 value 5"]);
}

#[test]
fn a_device_that_leaves_takes_its_samples_with_it() {
    let rule = r#"{"id": "warm", "per": ["site"], "when": "max(temp, 1m) > 50"}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "b1", at(0), vec![join(), temp(40.0)]);
    assert_eq!(world.tell(("p1", "a"), "b2", at(1), vec![join(), temp(80.0)]).len(), 1);

    let told = world.tell(("p1", "a"), "b2", at(2), vec![News::Left]);

    assert_eq!(lines(&told), ["warm site=a resolved at 2 since 1 value 40"]);
}

#[test]
fn with_missing_clear_a_window_that_runs_empty_ends_the_alert_by_the_clock() {
    let rule = r#"{"id": "warm", "per": ["site"], "when": "avg(temp, 1m) > 50",
        "missing": "clear", "min_samples": 2}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "b1", at(0), vec![join(), temp(80.0)]);
    assert_eq!(world.tell(("p1", "a"), "b2", at(10), vec![join(), temp(80.0)]).len(), 1);

    assert_eq!(world.tick(at(59)), []);

    assert_eq!(lines(&world.tick(at(60))), ["warm site=a resolved at 60 since 10 value -"]);
}

#[test]
fn a_hopping_window_over_the_group_closes_by_the_clock() {
    let rule = r#"{"id": "warm", "per": ["site"], "when": "avg(temp, 1m, every 1m) > 50",
        "missing": "clear"}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "b1", at(5), vec![join(), temp(80.0)]);
    assert_eq!(world.tell(("p1", "a"), "b2", at(50), vec![join(), temp(60.0)]), []);

    assert_eq!(lines(&world.tick(at(61))), ["warm site=a firing at 60 since 60 value 70"]);
    assert_eq!(lines(&world.tick(at(200))), ["warm site=a resolved at 120 since 60 value -"]);
    assert_eq!(world.tick(at(1_000)), []);
}

#[test]
fn a_count_window_over_the_group_holds_the_last_of_all_devices() {
    let rule = r#"{"id": "warm", "per": ["site"], "when": "min(temp, 2 samples) > 50"}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "b1", at(0), vec![join(), temp(10.0)]);
    world.tell(("p0", "a"), "b1", at(1), vec![temp(80.0)]);

    let told = world.tell(("p1", "a"), "b2", at(9_000), vec![join(), temp(60.0)]);

    assert_eq!(lines(&told), ["warm site=a firing at 9000 since 9000 value 60"]);
}

#[test]
fn every_aggregate_says_the_same_kept_and_loaded_whoever_overtakes_whom() {
    let aggregates = [
        "count(temp, 20s) > 3",
        "sum(temp, 20s) > 30",
        "range(temp, 20s) > 5",
        "stddev(temp, 20s) > 2",
        "median(temp, 20s) > 5",
        "quantile(0.9, temp, 20s) > 8",
        "first(temp, 20s) > 5",
        "last(temp, 20s) > 5",
        "delta(temp, 20s) > 0",
        "rate(temp, 20s) > 0",
        "changes(temp, 20s) > 3",
        "distinct(temp, 20s) > 3",
    ];
    let rules: Vec<String> = aggregates
        .iter()
        .enumerate()
        .map(|(index, when)| format!(r#"{{"id": "r{index}", "per": ["site"], "when": "{when}"}}"#))
        .collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let mut world = World::new(&rules);
    for device in ["b1", "b2", "b3"] {
        world.tell(("p0", "a"), device, at(0), vec![join()]);
    }
    let mut told = 0;
    for step in 0_i64..200 {
        let turn = usize::try_from(step * 7 % 3).unwrap();
        let (device, sender) = [("b1", "p0"), ("b2", "p1"), ("b3", "p2")][turn];
        // The second lags behind the first, and the third now and then reports with it.
        let secs = step + [9, 4, 9][turn] - step % 2;
        let value = f64::from(u8::try_from(step * step * 31 % 11).unwrap());
        told += world.tell((sender, "a"), device, at(secs), vec![temp(value)]).len();
    }
    assert!(told > 100, "{told}");
}
