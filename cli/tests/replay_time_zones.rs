//! Replays a real log whose times lost their zone, over a change of clocks.
//!
//! Data: hourly flow of a water main (river, BSD-3), `tests/data/waterflow`.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

const RULE: &str = r#"{"id": "flow", "when": "`Water flow [l/s]` > 103.5", "for": "2h"}"#;

#[test]
fn a_log_by_the_clock_on_the_wall_gives_what_its_instants_give() {
    let log = fs::read_to_string(data()).expect("a file of the repository");
    let local = without_offsets(&log);
    assert!(log.contains("T01:00:00+01:00") && log.contains("T03:00:00+02:00"));
    assert!(local.contains("2022-03-27T01:00:00,") && !local.contains("+0"));

    let instants = replay(&log, &[]);
    let wall = replay(&local, &["--time-zone", "Europe/Berlin"]);

    assert!(instants.lines().count() >= 4, "{instants}");
    assert_eq!(wall, instants);
    for other in ["UTC", "+01:00", "+02:00", "Europe/London"] {
        assert_ne!(replay(&local, &["--time-zone", other]), instants, "{other}");
    }
}

#[test]
fn the_zone_changes_nothing_in_times_that_name_theirs() {
    let log = fs::read_to_string(data()).expect("a file of the repository");
    let instants = replay(&log, &[]);
    for zone in ["UTC", "-05:00", "America/New_York"] {
        assert_eq!(replay(&log, &["--time-zone", zone]), instants, "{zone}");
    }
}

#[test]
fn a_zone_that_is_none_is_wrong_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_tripline"))
        .args(["replay", "--rules", "r.json", "--readings", "r.csv", "--time-zone", "Berlin"])
        .output()
        .expect("the command starts");

    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("did you mean Europe/Berlin?"), "{told}");
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/waterflow/water-flow.csv")
}

fn without_offsets(log: &str) -> String {
    log.replace("+01:00,", ",").replace("+02:00,", ",")
}

/// Each test has a rule file of its own: they run side by side.
fn replay(log: &str, options: &[&str]) -> String {
    let thread = thread::current();
    let name = format!("{}.json", thread.name().expect("a test's name"));
    let rule = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&rule, RULE).expect("a writable folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tripline"))
        .args(["replay", "--csv-device", "main", "--readings", "-", "--rules"])
        .arg(&rule)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(log.as_bytes()).expect("the command reads");
    drop(input);
    let output = child.wait_with_output().expect("the command ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}
