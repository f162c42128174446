//! What time alone brings: freshness, `since`, windows that close, schedules.

use expect_test::expect;

use super::check;

#[test]
fn freshness_ends_by_itself_at_its_deadline_and_begins_with_the_next_value() {
    check(
        &[r#"{"id": "stale", "when": "has(temp) && !fresh(temp, 30s)"}"#],
        "
        0s d temp=1
        20s d other=1
        29s tick
        30s tick
        40s d other=1
        50s d temp=2
        79s tick
        81s tick
        ",
        &expect![[r#"
            0s d temp=1
            20s d other=1
            29s tick
            30s tick
                firing stale{d} at 30s since 30s
            40s d other=1
            50s d temp=2
                resolved stale{d} at 50s since 30s
            79s tick
            81s tick
                firing stale{d} at 1m20s since 1m20s
        "#]],
    );
}

#[test]
fn a_value_said_to_be_null_is_not_fresh() {
    check(
        &[r#"{"id": "r", "when": "fresh(temp, 30s)"}"#],
        "
        0s d other=1
        1s d temp=1
        2s d temp=null
        3s d temp=1
        33s tick
        ",
        &expect![[r#"
            0s d other=1
            1s d temp=1
                firing r{d} at 1s since 1s
            2s d temp=null
                resolved r{d} at 2s since 1s
            3s d temp=1
                firing r{d} at 3s since 3s
            33s tick
                resolved r{d} at 33s since 3s
        "#]],
    );
}

#[test]
fn since_counts_from_when_its_condition_was_found_not_to_hold() {
    check(
        &[r#"{"id": "left", "when": "motion && since(open) < 1m"}"#],
        "
        0s d motion=true
        10s d open=true
        20s d open=false
        30s d motion=false
        79s d motion=true
        80s tick
        90s d motion=true
        ",
        &expect![[r#"
            0s d motion=true
            10s d open=true
                firing left{d} at 10s since 10s value 0
            20s d open=false
            30s d motion=false
                resolved left{d} at 30s since 10s value 10
            79s d motion=true
                firing left{d} at 1m19s since 1m19s value 59
            80s tick
                resolved left{d} at 1m20s since 1m19s value 60
            90s d motion=true
        "#]],
    );
}

#[test]
fn a_comparison_with_since_turns_true_by_timer() {
    check(
        &[
            r#"{"id": "at_last", "when": "since(beat > 0) >= 1m"}"#,
            r#"{"id": "after", "when": "since(beat > 0) > 1m"}"#,
        ],
        "
        0s d beat=1
        100s tick
        110s d beat=0
        169s tick
        170s tick
        171s tick
        180s d beat=1
        ",
        &expect![[r#"
            0s d beat=1
            100s tick
            110s d beat=0
            169s tick
            170s tick
                firing at_last{d} at 2m50s since 2m50s value 60
            171s tick
                firing after{d} at 2m50s1ms since 2m50s1ms value 60.001
            180s d beat=1
                resolved after{d} at 3m since 2m50s1ms value 0
                resolved at_last{d} at 3m since 2m50s value 0
        "#]],
    );
}

#[test]
fn a_tumbling_window_speaks_at_its_ends() {
    check(
        &[r#"{"id": "r", "when": "avg(v, 1m, every 1m) > 10"}"#],
        "
        10s d v=20
        59s d v=20
        60s d v=0
        61s d v=0
        130s d v=30
        180s tick
        190s tick
        400s tick
        ",
        &expect![[r#"
            10s d v=20
            59s d v=20
            60s d v=0
            61s d v=0
                firing r{d} at 1m since 1m value 20
            130s d v=30
                resolved r{d} at 2m since 1m value 0
            180s tick
                firing r{d} at 3m since 3m value 30
            190s tick
            400s tick
        "#]],
    );
}

#[test]
fn a_hopping_window_that_runs_empty_is_missing() {
    check(
        &[r#"{"id": "r", "when": "sum(v, 2m, every 1m) > 10", "missing": "clear"}"#],
        "
        10s d v=20
        400s tick
        ",
        &expect![[r#"
            10s d v=20
            400s tick
                firing r{d} at 1m since 1m value 20
                resolved r{d} at 3m since 1m
        "#]],
    );
}

#[test]
fn a_session_closes_when_its_gap_has_passed_or_its_time_is_up() {
    check(
        &[
            r#"{"id": "gap", "when": "count(v, session 30s) >= 3"}"#,
            r#"{"id": "max", "when": "count(v, session 30s max 40s) >= 3"}"#,
        ],
        "
        0s d v=1
        30s d v=1
        60s d v=1
        89s tick
        90s tick
        200s d v=1
        231s tick
        ",
        &expect![[r#"
            0s d v=1
            30s d v=1
            60s d v=1
            89s tick
            90s tick
                firing gap{d} at 1m30s since 1m30s value 3
            200s d v=1
            231s tick
                resolved gap{d} at 3m50s since 1m30s value 1
        "#]],
    );
}

#[test]
fn the_last_samples_count_however_old_they_are() {
    check(
        &[r#"{"id": "r", "when": "min(v, 3 samples) > 5", "min_samples": 3}"#],
        "
        0s d v=9
        100s d v=9
        2000s d v=9
        2001s d v=1
        2002s d v=9
        2003s d v=9
        2004s d v=9
        ",
        &expect![[r#"
            0s d v=9
            100s d v=9
            2000s d v=9
                firing r{d} at 33m20s since 33m20s value 9
            2001s d v=1
                resolved r{d} at 33m21s since 33m20s value 1
            2002s d v=9
            2003s d v=9
            2004s d v=9
                firing r{d} at 33m24s since 33m24s value 9
        "#]],
    );
}

/// Time 0 of scripts is 2023-11-14T23:00:00Z, a Tuesday.
#[test]
fn outside_its_schedule_a_rule_does_not_fire() {
    check(
        &[
            r#"{"id": "r", "when": "open", "clear": "never", "keep_firing_for": "1h",
                "schedule": {"time_zone": "UTC", "hours": "00:00-01:00"}}"#,
            r#"{"id": "p", "when": "open", "for": "2h",
                "schedule": {"time_zone": "UTC", "hours": "00:00-01:00"}}"#,
        ],
        "
        0s d open=true
        30m d open=true
        1h tick
        2h tick
        25h30m tick
        25h40m d open=false
        26h tick
        ",
        &expect![[r#"
            0s d open=true
            30m d open=true
            1h tick
                pending p{d} at 1h since 1h value true
                firing r{d} at 1h since 1h value true
            2h tick
                inactive p{d} at 2h since 1h value true because schedule_ended
                resolved r{d} at 2h since 1h value true because schedule_ended
            25h30m tick
                pending p{d} at 1d1h since 1d1h value true
                firing r{d} at 1d1h since 1d1h value true
            25h40m d open=false
                inactive p{d} at 1d1h40m since 1d1h value false
            26h tick
                resolved r{d} at 1d2h since 1d1h value false because schedule_ended
        "#]],
    );
}
