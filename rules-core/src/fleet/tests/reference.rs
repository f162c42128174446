//! What the reference says of groups, as it stands there.

use alloc::{format, string::String, vec::Vec};

use super::{lines, together::Both};
use crate::{Span, Value};

#[test]
fn what_the_reference_says_of_groups_is_so() {
    let reference = include_str!("../../../../docs/rules.md");
    let examples = reference.split("```fleet\n").skip(1);
    let examples: Vec<&str> = examples.filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 5);
    for example in examples {
        let (rule, rest) = example.split_once('\n').expect("a rule in the first line");
        let mut both = Both::new(&[rule]);
        let mut told = Vec::new();
        for line in rest.lines() {
            if let Some(clock) = line.strip_prefix("clock at ") {
                both.pass(span(clock).as_millis());
            } else if let Some((device, values)) = line.split_once(": ") {
                reading(&mut both, device, values);
            } else {
                told.push(line);
            }
        }
        let found = lines(&both.told);
        assert_eq!(found, told, "{example}");
    }
}

/// `boiler-1 site=plant-1: temp = 70, open = true at 5s`
fn reading(both: &mut Both, device: &str, values: &str) {
    let mut words = device.split(' ');
    let device = words.next().expect("a device");
    let tags: Vec<(&str, &str)> = words.filter_map(|tag| tag.split_once('=')).collect();
    let (values, at) = values.rsplit_once(" at ").expect("a time");
    let values: Vec<(&str, Value)> = values
        .split(", ")
        .filter_map(|value| value.split_once(" = "))
        .map(|(name, value)| (name, self::value(value)))
        .collect();
    both.reading(device, span(at).as_millis() / 1_000, &values, &tags);
}

fn value(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse().map_or_else(|_| Value::Text(String::from(text)), Value::Number),
    }
}

fn span(text: &str) -> Span {
    Span::parse(text).unwrap_or_else(|| panic!("{}", format!("{text} is no duration")))
}
