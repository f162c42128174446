//! Tags: which rules they bring, and what groups are told of devices.

use std::{fmt::Write as _, format, string::String, vec::Vec};

use expect_test::{Expect, expect};

use super::{super::*, Bench, ZERO, describe};
use crate::{Batch, Reading, Timestamp, Value, fleet::News};

const HOT_SITE: &str = r#"{"id": "hot-site", "per": ["site"], "when": "devices(temp > 60) >= 2"}"#;
const WARM_SITE: &str = r#"{"id": "warm-site", "per": ["site"], "when": "avg(temp, 5m) > 30"}"#;

/// A reading `d` sends at `second`, with tags `name=text`.
fn reading(second: i64, temp: f64, tags: &[(&str, &str)]) -> Input {
    let tags = tags.iter().map(|(name, text)| ((*name).into(), (*text).into()));
    let reading = Reading {
        device: "d".into(),
        ts: Timestamp::from_millis(ZERO + second * 1_000),
        id: None,
        values: [("temp".into(), Value::Number(temp))].into(),
        tags: tags.collect(),
    };
    Input::Readings { source: None, batch: Batch::from(&reading), refused_before: 0 }
}

fn describe_as(tags: &[(&str, &str)]) -> Input {
    let tags = tags.iter().map(|(name, text)| ((*name).into(), (*text).into()));
    Input::Describe { device: "d".into(), tags: tags.collect() }
}

/// What the steps tell groups, and what happens to alerts.
fn check(bench: &mut Bench, inputs: &[(i64, Input)], expected: &Expect) {
    let mut text = String::new();
    for (second, input) in inputs {
        let step = bench.step(input, Timestamp::from_millis(ZERO + second * 1_000));
        writeln!(text, "{second}s").unwrap();
        for (_, message) in &step.messages {
            for fact in &message.facts {
                let news = match &fact.news {
                    News::Joined { tags } => {
                        let tags: Vec<String> =
                            tags.iter().map(|(name, text)| format!("{name}={text}")).collect();
                        format!("joined {}", tags.join(" "))
                    }
                    News::Left => "left".into(),
                    News::Changed { value, .. } => format!("is {value:?}"),
                    News::Sample { value, .. } => format!("sample {value}"),
                };
                let at = (fact.at.as_millis() - ZERO) / 1_000;
                writeln!(text, "    {} {}: {news} at {at}s", message.group, fact.device).unwrap();
            }
        }
        text += &describe(&step);
    }
    expected.assert_eq(&text);
}

#[test]
fn a_group_is_told_who_joins_and_what_changes_and_nothing_else() {
    let mut bench = Bench::new(&[HOT_SITE]);
    let site = [("site", "a")];
    let steps = [
        (0, reading(0, 50.0, &site)),
        (1, reading(1, 70.0, &site)),
        (2, reading(2, 71.0, &[])),
        (3, reading(3, 20.0, &[])),
    ];
    check(
        &mut bench,
        &steps,
        &expect![[r#"
        0s
            site=a d: joined site=a at 0s
            site=a d: is Some(Bool(false)) at 0s
        1s
            site=a d: is Some(Bool(true)) at 1s
        2s
        3s
            site=a d: is Some(Bool(false)) at 3s
    "#]],
    );
}

#[test]
fn a_device_that_moves_leaves_one_group_and_tells_the_other_all() {
    let mut bench = Bench::new(&[HOT_SITE, WARM_SITE]);
    let steps = [
        (0, reading(0, 70.0, &[("site", "a"), ("hall", "1")])),
        (1, describe_as(&[("site", "b")])),
        (2, reading(2, 71.0, &[])),
        (3, reading(3, 72.0, &[("site", "")])),
        (4, reading(4, 73.0, &[])),
    ];
    check(
        &mut bench,
        &steps,
        &expect![[r#"
            0s
                site=a d: joined hall=1 site=a at 0s
                site=a d: sample 70 at 0s
                site=a d: is Some(Bool(true)) at 0s
            1s
                site=a d: left at 0s
                site=b d: joined site=b at 0s
                site=b d: is Some(Bool(true)) at 0s
            2s
                site=b d: sample 71 at 2s
            3s
                site=b d: left at 3s
            4s
        "#]],
    );
}

#[test]
fn rules_that_come_and_go_make_groups_and_end_them() {
    let mut bench = Bench::new(&[]);
    let site = [("site", "a")];
    check(
        &mut bench,
        &[(0, reading(0, 70.0, &site))],
        &expect![[r#"
        0s
    "#]],
    );
    bench.change_rules(&[HOT_SITE]);
    // The first tick makes all cells due.
    check(
        &mut bench,
        &[(5, Input::Tick), (5, Input::Tick)],
        &expect![[r#"
            5s
            5s
                site=a d: joined site=a at 0s
                site=a d: is Some(Bool(true)) at 0s
        "#]],
    );
    bench.change_rules(&[]);
    check(
        &mut bench,
        &[(6, Input::Tick), (6, Input::Tick)],
        &expect![[r#"
            6s
            6s
                site=a d: left at 0s
        "#]],
    );
}

#[test]
fn tags_choose_the_rules_of_a_device() {
    let mut bench = Bench::new(&[
        r#"{"id": "north", "devices": {"tags": {"site": "north"}}, "when": "temp > 60"}"#,
        r#"{"id": "south", "devices": {"tags": {"site": "south"}}, "when": "temp > 60"}"#,
    ]);
    let steps = [
        (0, reading(0, 70.0, &[])),
        (1, reading(1, 70.0, &[("site", "north")])),
        (2, describe_as(&[("site", "south")])),
        (3, reading(3, 70.0, &[])),
    ];
    check(
        &mut bench,
        &steps,
        &expect![[r#"
        0s
        1s
            firing north{d} at 1s since 1s value 70
        2s
            resolved north{d} at 2s since 1s value 70 because rule_narrowed
        3s
            firing south{d} at 3s since 3s value 70
    "#]],
    );
}
