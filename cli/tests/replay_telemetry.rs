//! Real messages of three Raspberry Pis: what comes out of order within the
//! allowed lateness changes nothing, and values are those that a few lines of
//! brute force find.
//!
//! Data: twenty minutes of environmental telemetry, `tests/data/env_telemetry`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const RULES: &str = r#"[
  { "id": "swing", "when": "range(data.temp, 2m) > 0.3 && !data.motion" },
  { "id": "shaky", "when": "range(data.temp, 2m) > 0.3 || stddev(data.smoke, 2m) > 0.0002", "for": "20s" },
  { "id": "rising", "when": "delta(data.humidity, 30s) > 0.3 && median(data.humidity, 2m) < last(data.humidity, 2 samples)" },
  { "id": "many", "when": "count(data.temp, 1m, every 1m) > 11", "keep_firing_for": "5s" },
  { "id": "silent", "when": "absent(10s)" }
]"#;

/// What one device measured, oldest first.
struct Reading {
    ts: i64,
    temp: f64,
    motion: bool,
}

#[test]
fn readings_out_of_order_within_the_allowed_lateness_change_no_transition() {
    let lines = lines();
    let (in_order, stats) = replay("in_order", &lines, "2m");
    assert_eq!(stats["accepted"], 800);
    assert!(in_order.len() > 20, "{} transitions", in_order.len());

    for seed in 1..=3 {
        let (out_of_order, stats) = replay("out_of_order", &overtaken(&lines, seed), "2m");
        assert_eq!(stats["late"], 0);
        assert_eq!(stats["accepted"], 800);
        assert_eq!(out_of_order, in_order);
    }
    let (_, stats) = replay("late", &overtaken(&lines, 1), "10s");
    assert!(stats["late"].as_u64().expect("a count") > 100, "{stats}");
}

#[test]
fn alerts_are_those_that_brute_force_finds() {
    let mut expected = Vec::new();
    for (device, readings) in by_device(&lines()) {
        let mut firing = false;
        for (index, reading) in readings.iter().enumerate() {
            let window = window(&readings[..=index], reading.ts, 120_000);
            let temps = || window.iter().map(|one| one.temp);
            let range = temps().fold(f64::MIN, f64::max) - temps().fold(f64::MAX, f64::min);
            if firing != (range > 0.3 && !reading.motion) {
                firing = !firing;
                let state = if firing { "firing" } else { "resolved" };
                expected.push((reading.ts, device.clone(), state.to_owned()));
            }
        }
    }
    expected.sort();
    let (transitions, _) = replay("brute_force", &lines(), "0s");
    let swing: Vec<_> = transitions
        .iter()
        .filter(|transition| transition["rule"] == "swing")
        .map(|transition| {
            let at = rules_service::wire::time::parse(transition["at"].as_str().expect("a time"));
            let text = |name: &str| transition[name].as_str().expect("a text").to_owned();
            (at.expect("a time").as_millis(), text("device"), text("state"))
        })
        .collect();
    assert!(expected.len() > 10, "{} transitions", expected.len());
    assert_eq!(swing, expected);
}

#[test]
fn eval_finds_what_brute_force_finds_at_any_time() {
    let lines = lines();
    for (device, readings) in by_device(&lines) {
        let newest = readings.last().expect("readings").ts;
        for back in [0, 1, 17_345, 300_000, 777_777] {
            let at = newest - back;
            let seen: Vec<&Reading> = readings.iter().filter(|one| one.ts <= at).collect();
            let inside: Vec<f64> =
                seen.iter().filter(|one| one.ts > at - 120_000).map(|one| one.temp).collect();
            let count = inside.len() as f64;
            let mean = inside.iter().sum::<f64>() / count;
            let variance = inside.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
            let mut sorted = inside.clone();
            sorted.sort_by(f64::total_cmp);
            let middle = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
            for (expression, expected) in [
                ("data.temp", seen.last().expect("readings").temp),
                ("count(data.temp, 2m)", count),
                ("avg(data.temp, 2m)", mean),
                ("sum(data.temp, 2m)", mean * count),
                ("min(data.temp, 2m)", sorted[0]),
                ("range(data.temp, 2m)", sorted[sorted.len() - 1] - sorted[0]),
                ("median(data.temp, 2m)", middle),
                ("stddev(data.temp, 2m)", variance.sqrt()),
                ("delta(data.temp, 2m)", inside[inside.len() - 1] - inside[0]),
            ] {
                let found = eval(expression, &device, at);
                let close = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
                assert!(close, "{expression} of {device} at {at}: {found}, expected {expected}");
            }
        }
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/env_telemetry/twenty_minutes.ndjson")
}

fn lines() -> Vec<String> {
    let text = fs::read_to_string(data()).expect("a file of the repository");
    text.lines().map(str::to_owned).collect()
}

fn millis(line: &Value) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a time of our age")]
    let millis = (line["ts"].as_f64().expect("a number") * 1_000.0).round() as i64;
    millis
}

/// The lines as they come when each is on its way for up to two minutes.
fn overtaken(lines: &[String], seed: u64) -> Vec<String> {
    let mut dice = seed;
    let mut arriving: Vec<(i64, String)> = lines
        .iter()
        .map(|line| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let delay = i64::try_from((dice >> 33) % 119_000).expect("small");
            (millis(&serde_json::from_str(line).expect("JSON")) + delay, line.clone())
        })
        .collect();
    arriving.sort();
    arriving.into_iter().map(|(_, line)| line).collect()
}

fn by_device(lines: &[String]) -> BTreeMap<String, Vec<Reading>> {
    let mut devices: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
    for line in lines {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let number = |name: &str| line["data"][name].as_f64().expect("a number");
        devices.entry(line["device"].as_str().expect("a text").to_owned()).or_default().push(
            Reading {
                ts: millis(&line),
                temp: number("temp"),
                motion: line["data"]["motion"].as_bool().expect("a truth"),
            },
        );
    }
    devices
}

/// Those in (t − W, t].
fn window(readings: &[Reading], t: i64, width: i64) -> Vec<&Reading> {
    readings.iter().filter(|one| one.ts <= t && one.ts > t - width).collect()
}

/// Transitions in the order of their times, and the counts.
fn replay(test: &str, lines: &[String], lateness: &str) -> (Vec<Value>, Value) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("telemetry_{test}"));
    fs::create_dir_all(&folder).expect("a writable folder");
    fs::write(folder.join("rules.json"), RULES).expect("a writable file");
    fs::write(folder.join("readings.ndjson"), lines.join("\n")).expect("a writable file");
    let output = Command::new(env!("CARGO_BIN_EXE_tripline"))
        .args(["replay", "--rules", "rules.json", "--readings", "readings.ndjson", "--stats"])
        .args(["--allowed-lateness", lateness])
        .current_dir(&folder)
        .output()
        .expect("the command starts");
    let complaints = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{complaints}");
    let stats = serde_json::from_str(complaints.trim()).expect("one JSON object");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut transitions: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect();
    transitions.sort_by_key(|transition| {
        ["at", "device", "rule", "state"].map(|name| transition[name].to_string())
    });
    (transitions, stats)
}

fn eval(expression: &str, device: &str, at: i64) -> f64 {
    let output = Command::new(env!("CARGO_BIN_EXE_tripline"))
        .args(["eval", expression, "--device", device, "--at", &at.to_string(), "--readings"])
        .arg(data())
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{expression}: {}", String::from_utf8_lossy(&output.stderr));
    text.trim().parse().unwrap_or_else(|_| panic!("{expression} on {device} at {at}: {text}"))
}
