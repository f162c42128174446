//! `tripline explain`.

use expect_test::expect;

use crate::folder::Folder;

const RULES: &str = "\
id: hot
when: avg(temp, 2m) > 80 && !off
clear: avg(temp, 2m) < 70
for: 5m
keep_firing_for: 1m
---
id: state
when: state in [\"fault\", \"stop\"] || max(temp, 5m) - min(temp, 5m) > 30
devices: [a]
missing: clear
";

const LINES: &str = r#"{"device": "a", "ts": "2026-03-01T00:00:00Z", "temp": 75, "off": false, "state": "run"}
{"device": "a", "ts": "2026-03-01T00:01:00Z", "temp": 88}
{"device": "b", "ts": "2026-03-01T00:01:00Z", "temp": 60}
{"device": "a", "ts": "2026-03-01T00:03:00Z", "temp": 90}
{"device": "a", "ts": "2026-03-01T00:02:00Z", "temp": 1}
{"device": "a", "ts": "2026-03-01T00:03:00Z", "temp": 90}
{"device": "a", "ts": "2026-03-01T00:07:00Z", "temp": 95}
{"device": "a", "ts": "2026-03-01T00:10:00Z", "temp": 60}
"#;

fn folder(test: &str) -> Folder {
    Folder::new(&format!("explain_{test}"), &[("r.yaml", RULES), ("d.ndjson", LINES)])
}

#[test]
fn a_tree_shows_every_part_and_how_far_it_is_from_turning() {
    let folder = folder("tree");
    let hot = "explain --rules r.yaml --readings d.ndjson --rule hot --device a";
    folder.check(&format!("{hot} --at 2026-03-01T00:00:30Z"), "", &expect![[r#"
        hot on a at 2026-03-01T00:00:30.000Z: inactive: its condition does not hold; it fires once that holds for 5m
          when: avg(temp, 2m) > 80 && !off = false
          ├─ avg(temp, 2m) > 80 = false (5 to go)
          │  └─ avg(temp, 2m) = 75.0
          │     └─ temp = 75.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = false (5 to go)
          └─ avg(temp, 2m) = 75.0
             └─ temp = 75.0
          readings: 1 received, 1 accepted, 0 duplicate, 0 late, 0 refused
        exit 0
    "#]]);
    folder.check(&format!("{hot} --at 2026-03-01T00:04:00Z"), "", &expect![[r#"
        hot on a at 2026-03-01T00:04:00.000Z: pending since 2026-03-01T00:01:00.000Z, fires at 2026-03-01T00:06:00.000Z if it stays true
          when: avg(temp, 2m) > 80 && !off = true
          ├─ avg(temp, 2m) > 80 = true (by 10)
          │  └─ avg(temp, 2m) = 90.0
          │     └─ temp = 90.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = false (20 to go)
          └─ avg(temp, 2m) = 90.0
             └─ temp = 90.0
          readings: 5 received, 3 accepted, 1 duplicate, 1 late, 0 refused
          2026-03-01T00:01:00.000Z pending
        exit 0
    "#]]);
    folder.check(
        &format!("{hot} --at 2026-03-01T00:09:00Z"),
        "",
        &expect![[r#"
        hot on a at 2026-03-01T00:09:00.000Z: firing since 2026-03-01T00:01:00.000Z
          when: avg(temp, 2m) > 80 && !off = unknown
          ├─ avg(temp, 2m) > 80 = unknown
          │  └─ avg(temp, 2m) = unknown
          │     └─ temp = 95.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = unknown
          └─ avg(temp, 2m) = unknown
             └─ temp = 95.0
          readings: 6 received, 4 accepted, 1 duplicate, 1 late, 0 refused
          2026-03-01T00:01:00.000Z pending
          2026-03-01T00:06:00.000Z firing
        exit 0
    "#]],
    );
    folder.check(hot, "", &expect![[r#"
        hot on a at 2026-03-01T00:10:00.000Z: firing since 2026-03-01T00:01:00.000Z, clearing since 2026-03-01T00:10:00.000Z, resolves at 2026-03-01T00:11:00.000Z if it stays so
          when: avg(temp, 2m) > 80 && !off = false
          ├─ avg(temp, 2m) > 80 = false (20 to go)
          │  └─ avg(temp, 2m) = 60.0
          │     └─ temp = 60.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = true (by 10)
          └─ avg(temp, 2m) = 60.0
             └─ temp = 60.0
          readings: 7 received, 5 accepted, 1 duplicate, 1 late, 0 refused
          2026-03-01T00:01:00.000Z pending
          2026-03-01T00:06:00.000Z firing
        exit 0
    "#]]);
}

#[test]
fn without_rule_and_device_all_that_are_watched_are_explained() {
    folder("all").check("explain --rules r.yaml --readings d.ndjson", "", &expect![[r#"
        hot on a at 2026-03-01T00:10:00.000Z: firing since 2026-03-01T00:01:00.000Z, clearing since 2026-03-01T00:10:00.000Z, resolves at 2026-03-01T00:11:00.000Z if it stays so
          when: avg(temp, 2m) > 80 && !off = false
          ├─ avg(temp, 2m) > 80 = false (20 to go)
          │  └─ avg(temp, 2m) = 60.0
          │     └─ temp = 60.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = true (by 10)
          └─ avg(temp, 2m) = 60.0
             └─ temp = 60.0
          readings: 7 received, 5 accepted, 1 duplicate, 1 late, 0 refused
          2026-03-01T00:01:00.000Z pending
          2026-03-01T00:06:00.000Z firing
        state on a at 2026-03-01T00:10:00.000Z: firing since 2026-03-01T00:10:00.000Z
          when: state in ["fault", "stop"] || max(temp, 5m) - min(temp, 5m) > 30 = true
          ├─ state in ["fault", "stop"] = false
          │  └─ state = "run"
          └─ max(temp, 5m) - min(temp, 5m) > 30 = true (by 5)
             └─ max(temp, 5m) - min(temp, 5m) = 35.0
                ├─ max(temp, 5m) = 95.0
                │  └─ temp = 60.0
                └─ min(temp, 5m) = 60.0
                   └─ temp = 60.0
          readings: 7 received, 5 accepted, 1 duplicate, 1 late, 0 refused
          2026-03-01T00:10:00.000Z firing
        hot on b at 2026-03-01T00:10:00.000Z: inactive: its condition is unknown; it fires once that holds for 5m
          when: avg(temp, 2m) > 80 && !off = unknown
          ├─ avg(temp, 2m) > 80 = unknown
          │  └─ avg(temp, 2m) = unknown
          │     └─ temp = 60.0
          └─ !off = unknown
             └─ off = unknown
          clear: avg(temp, 2m) < 70 = unknown
          └─ avg(temp, 2m) = unknown
             └─ temp = 60.0
          readings: 1 received, 1 accepted, 0 duplicate, 0 late, 0 refused
        exit 0
    "#]]);
}

#[test]
fn a_late_reading_is_in_no_window_of_the_tree_unless_it_was_waited_for() {
    let folder = folder("late");
    let hot = "explain --rules r.yaml --readings d.ndjson --rule hot --device a --at 2026-03-01T00:03:30Z";
    folder.check(hot, "", &expect![[r#"
        hot on a at 2026-03-01T00:03:30.000Z: pending since 2026-03-01T00:01:00.000Z, fires at 2026-03-01T00:06:00.000Z if it stays true
          when: avg(temp, 2m) > 80 && !off = true
          ├─ avg(temp, 2m) > 80 = true (by 10)
          │  └─ avg(temp, 2m) = 90.0
          │     └─ temp = 90.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = false (20 to go)
          └─ avg(temp, 2m) = 90.0
             └─ temp = 90.0
          readings: 5 received, 3 accepted, 1 duplicate, 1 late, 0 refused
          2026-03-01T00:01:00.000Z pending
        exit 0
    "#]]);
    folder.check(&format!("{hot} --allowed-lateness 5m"), "", &expect![[r#"
        hot on a at 2026-03-01T00:03:30.000Z: inactive: its condition does not hold; it fires once that holds for 5m
          when: avg(temp, 2m) > 80 && !off = false
          ├─ avg(temp, 2m) > 80 = false (34.5 to go)
          │  └─ avg(temp, 2m) = 45.5
          │     └─ temp = 90.0
          └─ !off = true
             └─ off = false
          clear: avg(temp, 2m) < 70 = true (by 24.5)
          └─ avg(temp, 2m) = 45.5
             └─ temp = 90.0
          readings: 5 received, 4 accepted, 1 duplicate, 0 late, 0 refused
          2026-03-01T00:01:00.000Z pending
          2026-03-01T00:02:00.000Z inactive
        exit 0
    "#]]);
}

#[test]
fn programs_get_the_same_as_json() {
    folder("json").check(
        "explain --rules r.yaml --readings d.ndjson --rule hot --device a --at 2026-03-01T00:04:00Z --json",
        "",
        &expect![[r#"
            {"at":"2026-03-01T00:04:00.000Z","explanations":[{"clear":{"children":[{"children":[{"children":[],"distance":null,"text":"temp","value":90.0}],"distance":null,"text":"avg(temp, 2m)","value":90.0}],"distance":-20.0,"text":"avg(temp, 2m) < 70","value":false},"clearing_since":null,"device":"a","in_schedule":true,"readings":{"accepted":3,"duplicate":1,"late":1,"received":5,"refused":0,"type_errors":0},"rule":"hot","started_at":"2026-03-01T00:01:00.000Z","state":"pending","timer":"2026-03-01T00:06:00.000Z","transitions":[{"at":"2026-03-01T00:01:00.000Z","device":"a","episode":"5724b38d3ee078749b83795bdf332446","rule":"hot","started_at":"2026-03-01T00:01:00.000Z","state":"pending","value":81.5}],"value":90.0,"when":{"children":[{"children":[{"children":[{"children":[],"distance":null,"text":"temp","value":90.0}],"distance":null,"text":"avg(temp, 2m)","value":90.0}],"distance":10.0,"text":"avg(temp, 2m) > 80","value":true},{"children":[{"children":[],"distance":null,"text":"off","value":false}],"distance":null,"text":"!off","value":true}],"distance":null,"text":"avg(temp, 2m) > 80 && !off","value":true}}]}
            exit 0
        "#]],
    );
}

#[test]
fn what_is_not_there_is_told() {
    let folder = folder("wrong");
    folder.check(
        "explain --rules r.yaml --readings d.ndjson --rule cold",
        "",
        &expect![[r#"
        tripline: there is no rule "cold"; there are hot, state
        exit 1
    "#]],
    );
    folder.check(
        "explain --rules r.yaml --readings d.ndjson --device c",
        "",
        &expect![[r#"
        tripline: d.ndjson: no reading of device "c"; there are a, b
        exit 1
    "#]],
    );
    folder.check(
        "explain --rules r.yaml --readings d.ndjson --rule state --device b",
        "",
        &expect![[r#"
            tripline: state: no rule watches device "b"
            exit 1
        "#]],
    );
    folder.check(
        "explain --rules r.yaml --readings -",
        "",
        &expect![[r#"
            tripline: standard input: there is no reading in it
            exit 1
        "#]],
    );
}
