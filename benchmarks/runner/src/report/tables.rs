use std::fmt::Write as _;

use serde_json::Value;

use crate::rounds::{Outcome, Spread};

/// Contenders that go all the way from bytes to alerts, in the order of tables and plots.
pub(super) const WHOLE_WAY: [&str; 9] = [
    "bound",
    "Tripline",
    "Tripline, state as bytes",
    "Tripline, wasm in wasmtime",
    "no sharing",
    "SQLite",
    "cel",
    "JavaScript",
    "JavaScript, stored rules",
];

type Runs = [(u32, Vec<Outcome>)];

/// Readings per second and ratio to the bound, a row a contender, a column a count of rules.
pub(super) fn throughput(runs: &Runs) -> String {
    let mut text = "| |".to_owned();
    for (rules, _) in runs {
        let _ = write!(text, " {} rules | ÷ bound |", thousands(f64::from(*rules)));
    }
    let _ = writeln!(text, "\n|---|{}", "---:|---:|".repeat(runs.len()));
    let parts = ["bound, parse", "Tripline, parse", "bound, match", "Tripline, match"];
    for name in parts.into_iter().chain(WHOLE_WAY) {
        if runs.iter().any(|(_, outcomes)| find(outcomes, name).is_some()) {
            let _ = write!(text, "| {name} |");
            for (_, outcomes) in runs {
                text.push_str(&cells(outcomes, name));
            }
            text.push('\n');
        }
    }
    text
}

fn cells(outcomes: &[Outcome], name: &str) -> String {
    let Some(outcome) = find(outcomes, name) else { return " – | – |".to_owned() };
    let rate = Spread::of(&outcome.rates);
    let base = if name.ends_with(", parse") {
        "bound, parse"
    } else if name.ends_with(", match") {
        "bound, match"
    } else {
        "bound"
    };
    let ratio = ratio(outcomes, name, base).map_or("–".to_owned(), |ratio| figure(ratio.median));
    let spread = (rate.most - rate.least) / rate.median * 50.0;
    format!(" {} ± {spread:.0} % | {ratio} |", short(rate.median))
}

/// What was set as an aim, and what was reached.
pub(super) fn targets(runs: &Runs) -> String {
    let mut text = String::from(
        "| ratio, in the same round | least | median | most |\n|---|---:|---:|---:|\n",
    );
    let mut row = |what: String, spread: Option<Spread>| {
        if let Some(Spread { least, median, most }) = spread {
            let [least, median, most] = [least, median, most].map(figure);
            let _ = writeln!(text, "| {what} | {least} | {median} | {most} |");
        }
    };
    for (rules, outcomes) in runs {
        let rules = thousands(f64::from(*rules));
        row(format!("Tripline ÷ bound, {rules} rules"), ratio(outcomes, "Tripline", "bound"));
        row(format!("Tripline ÷ SQLite, {rules} rules"), ratio(outcomes, "Tripline", "SQLite"));
        row(
            format!("Tripline ÷ JavaScript with stored rules, {rules} rules"),
            ratio(outcomes, "Tripline", "JavaScript, stored rules"),
        );
    }
    if let (Some((few, first)), Some((many, last))) = (runs.first(), runs.last())
        && few < many
    {
        for name in ["Tripline", "bound"] {
            let rates =
                |outcomes| find(outcomes, name).map(|outcome| Spread::of(&outcome.rates).median);
            if let (Some(first), Some(last)) = (rates(first), rates(last)) {
                let loss = 100.0 * (1.0 - last / first);
                let (few, many) = (thousands(f64::from(*few)), thousands(f64::from(*many)));
                let _ = writeln!(
                    text,
                    "| {name}: lost from {few} to {many} rules, % | | {loss:.1} | |"
                );
            }
        }
    }
    text
}

/// Where the engine's time goes.
pub(super) fn stages(runs: &Runs) -> String {
    let mut text =
        String::from("| nanoseconds a reading | decode | step | store |\n|---|---:|---:|---:|\n");
    for (rules, outcomes) in runs {
        for name in ["Tripline", "Tripline, state as bytes"] {
            let Some(outcome) = find(outcomes, name) else { continue };
            let spent = |stage| {
                let spent = outcome.stages.get(stage).copied().unwrap_or_default();
                spent.as_secs_f64() * 1e9 / outcome.readings as f64
            };
            let _ = writeln!(
                text,
                "| {name}, {} rules, {} devices | {:.0} | {:.0} | {:.0} |",
                thousands(f64::from(*rules)),
                outcome.readings / 600,
                spent("decode"),
                spent("step"),
                spent("store")
            );
        }
    }
    text
}

/// Wasm by native.
pub(super) fn wasm(runs: &Runs) -> String {
    let mut text = String::from("| ÷ native, in the same round |");
    for (rules, _) in runs {
        let _ = write!(text, " {} rules |", thousands(f64::from(*rules)));
    }
    let _ = writeln!(text, "\n|---|{}", "---:|".repeat(runs.len()));
    for (name, shown) in [
        ("Tripline, wasm in wasmtime", "wasmtime, as the Worker is built"),
        ("Tripline, wasm for speed in wasmtime", "wasmtime, as the Spin component is built"),
        ("Tripline, wasm in Node", "Node, as the Worker is built"),
        ("Tripline, wasm for speed in Node", "Node, as the Spin component is built"),
    ] {
        let _ = write!(text, "| {shown} |");
        for (_, outcomes) in runs {
            let ratio = ratio(outcomes, name, "Tripline");
            let shown = ratio.map_or("–".to_owned(), |ratio| figure(ratio.median));
            let _ = write!(text, " {shown} |");
        }
        text.push('\n');
    }
    text
}

/// What rules and devices take.
pub(super) fn memory(memory: &Value) -> String {
    let mut text = String::from("| | |\n|---|---:|\n");
    for (key, shown) in [
        ("bytes_per_idle_rule", "bytes of a rule that is idle"),
        ("bytes_per_device", "bytes of a device, 1,000 idle rules, window of 60 s"),
        ("bytes_per_device_with_10_rules", "the same with 10 idle rules"),
        ("encoded_bytes_per_device", "bytes of its cell as stored, 1,000 idle rules"),
        ("allocations_per_reading_decode", "allocations a reading, decoding"),
        ("allocations_per_reading_step", "allocations a reading, judging"),
    ] {
        let value = number(memory, key);
        let shown_value = if value < 100.0 { format!("{value:.2}") } else { thousands(value) };
        let _ = writeln!(text, "| {shown} | {shown_value} |");
    }
    text
}

fn number(object: &Value, key: &str) -> f64 {
    object[key].as_f64().unwrap_or(f64::NAN)
}

fn find<'a>(outcomes: &'a [Outcome], name: &str) -> Option<&'a Outcome> {
    outcomes.iter().find(|outcome| outcome.name == name)
}

/// One contender's rate by another's, round by round.
fn ratio(outcomes: &[Outcome], name: &str, by: &str) -> Option<Spread> {
    let (one, other) = (find(outcomes, name)?, find(outcomes, by)?);
    let ratios: Vec<f64> =
        one.rates.iter().zip(&other.rates).map(|(one, other)| one / other).collect();
    Some(Spread::of(&ratios))
}

/// A rate in three digits: `2.64 M`, `48.1 k`, `270`.
pub(super) fn short(rate: f64) -> String {
    match rate {
        rate if rate >= 1e6 => format!("{} M", digits(rate / 1e6)),
        rate if rate >= 1e3 => format!("{} k", digits(rate / 1e3)),
        rate => digits(rate),
    }
}

pub(super) fn digits(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// A ratio: three digits where it is small.
fn figure(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 0.1 => digits(ratio),
        ratio if ratio >= 0.001 => format!("{ratio:.4}"),
        ratio => format!("{ratio:.1e}"),
    }
}

pub(super) fn thousands(value: f64) -> String {
    let plain = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) && digit.is_ascii_digit() {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(short(2_641_000.0), "2.64 M");
        assert_eq!(short(48_120.0), "48.1 k");
        assert_eq!(short(270.4), "270");
        assert_eq!(figure(0.0123), "0.0123");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
        assert_eq!(thousands(123.0), "123");
    }
}
