//! The made-up devices and the example rules belong together: `cargo xtask dev` shows them.

use std::process::{Command, Stdio};

const START: &str = "2026-03-02T00:00:00.000Z";

/// Transitions of the example rules on what `seed` simulates: device, state, seconds after the start.
fn transitions(seed: u64) -> Vec<(String, String, f64)> {
    let tripline = env!("CARGO_BIN_EXE_tripline");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/rules");
    let mut devices = Command::new(tripline)
        .args(["simulate", "--to", "-", "--duration", "4m", "--start", START])
        .args(["--seed", &seed.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let replay = Command::new(tripline)
        .args(["replay", "--readings", "-", "--rules"])
        .arg(format!("{examples}/boiler-hot.json"))
        .arg(format!("{examples}/motion-behind-closed-door.json"))
        .stdin(devices.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(devices.wait().unwrap().success());
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));

    let lines = String::from_utf8(replay.stdout).unwrap();
    let transition = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("device"), text("state"), seconds(&text("at")))
    };
    lines.lines().map(transition).collect()
}

/// Seconds since midnight of a time in RFC 3339.
fn seconds(time: &str) -> f64 {
    let parts: Vec<f64> = time[11..23].split(':').map(|part| part.parse().unwrap()).collect();
    parts[0] * 3_600.0 + parts[1] * 60.0 + parts[2]
}

#[test]
fn a_boiler_and_a_room_fire_and_are_resolved_within_ninety_seconds() {
    for seed in [1, 2, 3] {
        let said = transitions(seed);
        for device in ["boiler-1", "room-1"] {
            for state in ["firing", "resolved"] {
                let first = said.iter().find(|said| said.0 == device && said.1 == state);
                let at = first.unwrap_or_else(|| panic!("{device} {state}: {said:?}")).2;
                assert!(at < 90.0, "seed {seed}: {device} is {state} at {at} s");
            }
        }
        let boilers = ["boiler-1", "boiler-2", "boiler-3"];
        for device in boilers {
            assert!(said.iter().any(|said| said.0 == device), "{device} never overheats");
        }
    }
}
