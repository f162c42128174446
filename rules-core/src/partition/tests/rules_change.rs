use expect_test::expect;

use super::{Bench, play};

fn check(
    before: &str,
    script: &str,
    after: &[&str],
    script_after: &str,
    expect: &expect_test::Expect,
) {
    let mut bench = Bench::new(&[before]);
    let mut transcript = play(&mut bench, script);
    bench.change_rules(after);
    transcript.push_str("-- rules change --\n");
    transcript.push_str(&play(&mut bench, script_after));
    expect.assert_eq(&transcript);
}

const HOT_FOR: &str = r#"{"id": "hot", "when": "avg(temp, 1m) > 80", "for": "1m"}"#;

#[test]
fn an_edit_that_leaves_the_condition_alone_loses_no_pending_time() {
    check(
        HOT_FOR,
        "0s boiler temp=81",
        &[r#"{"id": "hot", "when": "avg(temp, 1m) > 80", "for": "1m", "severity": "critical"}"#],
        "30s tick
         60s tick",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            -- rules change --
            30s tick
            60s tick
                firing hot{boiler} at 1m since 0s value 81
        "#]],
    );
}

#[test]
fn a_longer_for_puts_an_alert_that_no_longer_qualifies_back_to_pending() {
    check(
        HOT_FOR,
        "0s boiler temp=81
         60s tick",
        &[r#"{"id": "hot", "when": "avg(temp, 1m) > 80", "for": "5m"}"#],
        "2m tick
         5m tick",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            60s tick
                firing hot{boiler} at 1m since 0s value 81
            -- rules change --
            2m tick
                pending hot{boiler} at 2m since 0s value 81 because hold_lengthened
            5m tick
                firing hot{boiler} at 5m since 0s value 81
        "#]],
    );
}

#[test]
fn a_longer_for_leaves_an_alert_that_still_qualifies_firing() {
    check(
        HOT_FOR,
        "0s boiler temp=81
         60s tick",
        &[r#"{"id": "hot", "when": "avg(temp, 1m) > 80", "for": "2m"}"#],
        "3m tick",
        &expect![[r#"
            0s boiler temp=81
                pending hot{boiler} at 0s since 0s value 81
            60s tick
                firing hot{boiler} at 1m since 0s value 81
            -- rules change --
            3m tick
        "#]],
    );
}

#[test]
fn deleting_a_rule_resolves_its_alerts() {
    check(
        r#"{"id": "hot", "when": "temp > 80", "severity": "critical"}"#,
        "0s boiler temp=81",
        &[],
        "10s tick
         11s boiler temp=99",
        &expect![[r#"
            0s boiler temp=81
                firing hot{boiler} at 0s since 0s value 81
            -- rules change --
            10s tick
                resolved hot{boiler} at 10s since 0s value 81 because rule_deleted
            11s boiler temp=99
        "#]],
    );
}

#[test]
fn narrowing_a_rule_resolves_the_alerts_of_devices_it_no_longer_watches() {
    check(
        r#"{"id": "hot", "when": "temp > 80"}"#,
        "0s boiler temp=81
         0s oven temp=200",
        &[r#"{"id": "hot", "devices": {"id": "oven"}, "when": "temp > 80"}"#],
        "10s tick",
        &expect![[r#"
            0s boiler temp=81
                firing hot{boiler} at 0s since 0s value 81
            0s oven temp=200
                firing hot{oven} at 0s since 0s value 200
            -- rules change --
            10s tick
                resolved hot{boiler} at 10s since 0s value 81 because rule_narrowed
        "#]],
    );
}

#[test]
fn a_changed_window_starts_afresh_and_the_others_keep_their_samples() {
    check(
        r#"{"id": "hot", "when": "avg(temp, 1m) > 80 || max(temp, 2m) > 95"}"#,
        "0s boiler temp=99
         1s boiler temp=1",
        &[r#"{"id": "hot", "when": "avg(temp, 30s) > 80 || max(temp, 2m) > 95"}"#],
        "2s boiler temp=1
         2m1s boiler temp=1",
        &expect![[r#"
            0s boiler temp=99
                firing hot{boiler} at 0s since 0s value 99
            1s boiler temp=1
            -- rules change --
            2s boiler temp=1
            2m1s boiler temp=1
                resolved hot{boiler} at 2m1s since 0s value 1
        "#]],
    );
}

/// Time 0 of scripts is 2023-11-14T23:00:00Z.
#[test]
fn a_schedule_that_comes_with_an_edit_ends_what_fires_outside_of_it() {
    check(
        r#"{"id": "hot", "when": "temp > 80"}"#,
        "0s boiler temp=81",
        &[r#"{"id": "hot", "when": "temp > 80",
              "schedule": {"time_zone": "UTC", "hours": "00:00-01:00"}}"#],
        "10s tick
         1h tick",
        &expect![[r#"
            0s boiler temp=81
                firing hot{boiler} at 0s since 0s value 81
            -- rules change --
            10s tick
                resolved hot{boiler} at 10s since 0s value 81 because schedule_ended
            1h tick
                firing hot{boiler} at 1h since 1h value 81
        "#]],
    );
}
