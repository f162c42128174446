//! Replays a year of a real machine and compares every episode with those
//! that an independent brute-force program found.
//!
//! Data: Numenta Anomaly Benchmark, `tests/data/nab`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

#[test]
fn episodes_and_late_readings_of_a_real_machine_are_those_of_the_brute_force_program() {
    let expected: Value =
        serde_json::from_str(&read("machine_temperature_expected.json")).expect("JSON");
    for case in expected["cases"].as_array().expect("a list of cases") {
        let rule = &case["rule"];
        let (episodes, stats) = replay(rule);

        assert_eq!(stats["late"], case["late"], "late readings of {rule}");
        assert_eq!(stats["received"], 22_695, "{rule}");
        assert_eq!(stats["accepted"], 22_684, "{rule}");
        assert_eq!(&episodes, case["episodes"].as_array().expect("episodes"), "{rule}");
    }
}

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/nab").join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(data(file)).expect("a file of the repository")
}

/// Episodes as the expectation lists them, and the counts.
fn replay(rule: &Value) -> (Vec<Value>, Value) {
    let name = rule["id"].as_str().expect("an id");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    fs::write(&file, rule.to_string()).expect("a writable folder");
    let output = Command::new(env!("CARGO_BIN_EXE_tripline"))
        .args(["replay", "--csv-device", "machine", "--dedup-horizon", "0s", "--stats"])
        .arg("--rules")
        .arg(&file)
        .arg("--readings")
        .arg(data("machine_temperature_system_failure.csv"))
        .output()
        .expect("the command starts");
    let complaints = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{complaints}");
    let stats = serde_json::from_str(complaints.trim()).expect("one JSON object on standard error");
    let transitions = String::from_utf8(output.stdout).expect("text");
    (episodes(transitions.lines()), stats)
}

fn episodes<'a>(transitions: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let mut episodes = Vec::new();
    let mut open = Value::Null;
    for line in transitions {
        let transition: Value = serde_json::from_str(line).expect("a JSON object");
        assert_eq!(transition["device"], "machine");
        match transition["state"].as_str().expect("a state") {
            "firing" => open = transition,
            "resolved" => {
                assert_eq!(open["episode"], transition["episode"]);
                episodes.push(
                    serde_json::json!({ "firing": open["at"], "resolved": transition["at"] }),
                );
            }
            _ => {}
        }
    }
    episodes
}
