//! `tripline eval`.

use expect_test::expect;

use crate::folder::Folder;

/// Out of order, one reading twice, one of another device.
const LINES: &str = r#"{"device": "a", "ts": "2026-03-01T00:00:00Z", "temp": 10, "open": true, "state": "on"}
{"device": "a", "ts": "2026-03-01T00:02:00Z", "temp": 30}
{"device": "a", "ts": "2026-03-01T00:01:00Z", "temp": 20}
{"device": "a", "ts": "2026-03-01T00:01:00Z", "temp": 20}
{"device": "b", "ts": "2026-03-01T01:00:00Z", "temp": 99}
{"device": "a", "ts": "2026-03-01T00:03:00Z", "temp": null, "id": "x"}
nonsense
"#;

/// The value of `expression` on device a at minute and second `at`.
fn check(folder: &Folder, expression: &str, at: &str, value: &str) {
    let at = format!("2026-03-01T00:{at}Z");
    let words = ["eval", "--readings", "r.ndjson", "--device", "a", "--at", &at, "--", expression];
    let output = folder.run_words(&words, "");
    assert!(output.ends_with("exit 0\n"), "{expression}: {output}");
    assert_eq!(output.lines().next(), Some(value), "{expression} at {at}");
}

#[test]
fn a_value_is_that_of_the_readings_up_to_the_time_whatever_their_order() {
    let folder = Folder::new("eval_value", &[("r.ndjson", LINES)]);
    for (expression, at, value) in [
        ("temp", "02:00", "30.0"),
        ("temp", "01:59.999", "20.0"),
        ("-temp * 2", "01:00", "-40.0"),
        ("temp", "03:00", "null"),
        ("has(temp)", "03:00", "false"),
        ("nothing > 3", "03:00", "null"),
        ("state", "00:00", "\"on\""),
        ("open && temp > 5", "00:30", "true"),
    ] {
        check(&folder, expression, at, value);
    }
}

#[test]
fn windows_are_those_that_end_at_the_time_itself() {
    let folder = Folder::new("eval_windows", &[("r.ndjson", LINES)]);
    for (expression, at, value) in [
        // A reading exactly 2 minutes old is out.
        ("count(temp, 2m)", "02:00", "2.0"),
        ("sum(temp, 2m)", "01:59", "30.0"),
        ("avg(temp, 1h)", "02:30", "20.0"),
        ("count(temp, 10s)", "02:30", "null"),
        ("median(temp, 1h)", "02:00", "20.0"),
        ("last(temp, 2 samples) - first(temp, 2 samples)", "02:30", "10.0"),
        // Closed at 02:00 with the readings of 00:00 and 01:00; the next closes at 04:00.
        ("sum(temp, 2m, every 2m)", "03:59", "30.0"),
        ("sum(temp, 2m, every 2m)", "04:00", "30.0"),
        ("sum(temp, 2m, every 2m)", "01:59.999", "null"),
        // It closes 90 seconds after its last sample.
        ("count(temp, session 90s)", "03:29.999", "null"),
        ("count(temp, session 90s)", "03:30", "3.0"),
        ("absent(1m)", "03:59.999", "false"),
        ("absent(1m)", "04:00", "true"),
        ("fresh(open, 4m)", "03:59.999", "true"),
        ("fresh(open, 4m)", "04:00", "false"),
        ("since(temp < 15) < 1m", "01:30", "true"),
        ("since(temp < 15) < 1m", "02:00", "false"),
    ] {
        check(&folder, expression, at, value);
    }
}

#[test]
fn without_a_time_it_is_the_newest_of_the_device() {
    let folder = Folder::new("eval_newest", &[("r.ndjson", LINES)]);
    folder.check(
        "eval count(temp,1h) --readings r.ndjson --device a",
        "",
        &expect![[r#"
        3.0
        r.ndjson:7: invalid_json: line 1, column 2: expected a JSON value
        exit 0
    "#]],
    );
    folder.check(
        "eval temp --readings - --device a",
        LINES,
        &expect![[r#"
        null
        standard input:7: invalid_json: line 1, column 2: expected a JSON value
        exit 0
    "#]],
    );
    folder.check(
        "eval temp --readings r.ndjson --device a --at 1772323260",
        "",
        &expect![[r#"
        20.0
        r.ndjson:7: invalid_json: line 1, column 2: expected a JSON value
        exit 0
    "#]],
    );
    folder.check(
        "eval temp --readings r.ndjson --device a --at 2026-02-01T00:00:00Z",
        "",
        &expect![[r#"
            null
            r.ndjson:7: invalid_json: line 1, column 2: expected a JSON value
            exit 0
        "#]],
    );
}

#[test]
fn tables_are_read_as_replays_read_them() {
    let table = "when,who,Volume Flow,on\n2026-03-01 02:00:00,p,3.5,true\n2026-03-01 02:05:00,q,4.5,false\n";
    let folder = Folder::new("eval_table", &[("t.csv", table)]);
    let output = folder.run_words(
        &[
            "eval",
            "`Volume Flow` + 1",
            "--readings",
            "t.csv",
            "--device",
            "p",
            "--csv-device",
            "who",
            "--csv-time",
            "when",
            "--time-zone",
            "+01:00",
            "--at",
            "2026-03-01T01:00:00Z",
        ],
        "",
    );
    expect![[r#"
        4.5
        exit 0
    "#]]
    .assert_eq(&output);
}

#[test]
fn what_cannot_be_evaluated_is_told() {
    let folder = Folder::new("eval_wrong", &[("r.ndjson", LINES)]);
    folder.check(
        "eval temp --readings r.ndjson --device c",
        "",
        &expect![[r#"
        r.ndjson:7: invalid_json: line 1, column 2: expected a JSON value
        tripline: r.ndjson: no reading of device "c"; there are a, b
        exit 1
    "#]],
    );
    folder.check(
        "eval avg(temp --readings r.ndjson --device a",
        "",
        &expect![[r#"
        EXPR:1:4: this `(` is not closed
        exit 1
    "#]],
    );
    folder.check(
        "eval temp --readings r.ndjson --device a --at noon",
        "",
        &expect![[r#"
        tripline: --at noon: a time like 2026-03-01T00:00:00Z is wanted
        exit 2
    "#]],
    );
    folder.check(
        "eval temp --readings r.ndjson",
        "",
        &expect![[r#"
        error: the following required arguments were not provided:
          --device <DEVICE>

        Usage: tripline eval --readings <FILE> --device <DEVICE> <EXPR>

        For more information, try '--help'.
        exit 2
    "#]],
    );
    folder.check(
        "eval temp --readings gone.ndjson --device a",
        "",
        &expect![[r#"
        tripline: gone.ndjson: No such file or directory (os error 2)
        exit 1
    "#]],
    );
}
