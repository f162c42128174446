//! The examples of the reference, on the machine that judges rules.
//!
//! ```text
//! temp = 20 at 0s, 22 at 1m
//! avg(temp, 5m) at 1m is 21
//! ```

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::super::*;
use crate::{Reading, Span, Timestamp, Value, partition::Probe};

type Readings = BTreeMap<Timestamp, BTreeMap<String, Value>>;

#[test]
fn what_the_reference_says_of_a_series_is_so() {
    let reference = include_str!("../../../../docs/rules.md");
    let blocks: Vec<_> = reference.split("```series\n").skip(1).collect();
    assert!(blocks.len() > 15);
    for block in blocks {
        let mut readings = Readings::new();
        for line in block.split("```").next().unwrap().lines() {
            if let Some((question, expected)) = line.rsplit_once(" is ") {
                let (expr, at) = question.rsplit_once(" at ").unwrap();
                let found = value(expr, &readings, time(at));
                assert!(is(found.as_ref(), expected), "{line}: found {found:?}");
            } else {
                learn(&mut readings, line);
            }
        }
    }
}

/// Takes in a line such as `temp = 20 at 0s, 22 at 1m`.
fn learn(readings: &mut Readings, line: &str) {
    let (field, values) = line.split_once(" = ").unwrap();
    for value in values.split(", ") {
        let (value, at) = value.split_once(" at ").unwrap();
        let value = serde_json::from_str::<serde_json::Value>(value).unwrap();
        readings.entry(time(at)).or_default().insert(String::from(field), from_json(&value));
    }
}

fn value(expr: &str, readings: &Readings, at: Timestamp) -> Option<Value> {
    let expr = parse(expr).unwrap_or_else(|why| panic!("{expr}: {why:?}"));
    let mut probe = Probe::new(expr, 1);
    for (ts, values) in readings.range(..=at) {
        let values = values.clone().into_iter().collect();
        probe.reading(&Reading {
            device: String::from("d"),
            ts: *ts,
            id: None,
            values,
            tags: Vec::new(),
        });
    }
    probe.value_at(at)
}

fn time(text: &str) -> Timestamp {
    Timestamp::from_millis(0).plus(Span::parse(text).unwrap_or_else(|| panic!("{text}")))
}

fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap()),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        _ => Value::Null,
    }
}

fn is(found: Option<&Value>, expected: &str) -> bool {
    match (found, expected.parse::<f64>()) {
        (None, _) => matches!(expected, "missing" | "unknown"),
        (Some(Value::Number(found)), Ok(expected)) => {
            (found - expected).abs() <= 1e-12 * expected.abs()
        }
        (Some(found), _) => format!("{found}") == expected,
    }
}
