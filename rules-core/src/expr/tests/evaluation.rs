use alloc::{borrow::Cow, collections::BTreeMap, format, string::String};
use core::cell::Cell;

use super::super::*;
use crate::{Span, Value};

/// A device that knows some fields and windows (by their canonical text).
#[derive(Default)]
struct Device {
    fields: BTreeMap<&'static str, Value>,
    windows: BTreeMap<&'static str, f64>,
    silent_for: Span,
    type_errors: Cell<u32>,
}

impl Facts for Device {
    fn field(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    fn fresh(&self, _: &str, _: Span) -> bool {
        false
    }
    fn since(&self, _: &Expr) -> Option<Span> {
        None
    }
    fn window(&self, call: &WindowCall) -> Option<Value> {
        self.windows.get(format!("{call}").as_str()).copied().map(Value::Number)
    }

    fn absent(&self, span: Span) -> bool {
        self.silent_for >= span
    }

    fn type_error(&self) {
        self.type_errors.set(self.type_errors.get() + 1);
    }
}

fn device() -> Device {
    Device {
        fields: BTreeMap::from([
            ("temp", Value::Number(81.5)),
            ("zero", Value::Number(0.0)),
            ("huge", Value::Number(1e308)),
            ("open", Value::Bool(true)),
            ("shut", Value::Bool(false)),
            ("name", Value::Text(String::from("boiler"))),
            ("null", Value::Null),
        ]),
        windows: BTreeMap::from([("avg(temp, 5m)", 80.0)]),
        silent_for: Span::from_secs(300),
        type_errors: Cell::new(0),
    }
}

/// The value's JSON form and how many operators met a wrong type.
fn judged(text: &str) -> (String, u32) {
    let device = device();
    let expr = parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let value = evaluate(&expr, &device).map_or(Value::Null, Cow::into_owned);
    (format!("{value}"), device.type_errors.get())
}

#[test]
fn values_come_out_as_the_reference_says() {
    for (text, value) in [
        ("temp", "81.5"),
        ("temp > 80", "true"),
        ("temp >= 81.5 && temp <= 81.5 && temp == 81.5", "true"),
        ("temp < 81.5 || temp > 81.5 || temp != 81.5", "false"),
        ("3 / 2", "1.5"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("5.5 % 2", "1.5"),
        ("2 + 3 * 4 - 1", "13"),
        ("-temp", "-81.5"),
        ("open == true && shut == false && open != shut", "true"),
        ("name == 'boiler' && name < 'cooler' && name > 'boile'", "true"),
        ("'é' > 'z' && '😀' > '\u{ffff}'", "true"),
        ("avg(temp, 5m)", "80"),
        ("avg(temp, 5m) > 79.5 && open", "true"),
        ("has(temp) && !has(none) && !has(`null`)", "true"),
        ("absent(5m) && !absent(6m)", "true"),
        ("-0.0 == 0", "true"),
    ] {
        assert_eq!(judged(text), (String::from(value), 0), "{text}");
    }
}

#[test]
fn missing_stays_missing_and_is_no_type_error() {
    for text in [
        "none",
        "`null`",
        "none > 5",
        "none == none",
        "none + 1",
        "-none",
        "!none",
        "max(temp, 5m)",
        "max(temp, 5m) > 1",
        "temp / zero",
        "zero / zero",
        "temp % zero",
        "huge * 10",
        "huge + huge - huge > 0",
    ] {
        assert_eq!(judged(text), (String::from("null"), 0), "{text}");
    }
}

#[test]
fn wrong_types_are_unknown_and_counted() {
    for (text, value, errors) in [
        ("name > 5", "null", 1),
        ("temp == 'hot'", "null", 1),
        ("open == 1", "null", 1),
        ("open < shut", "null", 1),
        ("open + 1", "null", 1),
        ("open + name", "null", 2),
        ("-name", "null", 1),
        ("!temp", "null", 1),
        ("temp && open", "null", 1),
        ("temp || open", "true", 1),
        ("temp && shut", "false", 1),
        // What decides alone is not looked past.
        ("shut && temp", "false", 0),
        ("open || temp", "true", 0),
    ] {
        assert_eq!(judged(text), (String::from(value), errors), "{text}");
    }
}

/// Kleene's tables, in full; u is unknown.
#[test]
fn logic_follows_kleene() {
    let operand = |letter| match letter {
        't' => "open",
        'f' => "shut",
        _ => "none",
    };
    let value = |letter| {
        String::from(match letter {
            't' => "true",
            'f' => "false",
            _ => "null",
        })
    };
    for (pair, and, or) in [
        ("tt", 't', 't'),
        ("tf", 'f', 't'),
        ("tu", 'u', 't'),
        ("ft", 'f', 't'),
        ("ff", 'f', 'f'),
        ("fu", 'f', 'u'),
        ("ut", 'u', 't'),
        ("uf", 'f', 'u'),
        ("uu", 'u', 'u'),
    ] {
        let mut letters = pair.chars().map(operand);
        let (left, right) = (letters.next().unwrap(), letters.next().unwrap());
        assert_eq!(judged(&format!("{left} && {right}")).0, value(and), "{left} && {right}");
        assert_eq!(judged(&format!("{left} || {right}")).0, value(or), "{left} || {right}");
    }
    for (letter, not) in [('t', 'f'), ('f', 't'), ('u', 'u')] {
        assert_eq!(judged(&format!("!{}", operand(letter))).0, value(not), "!{letter}");
    }
}

#[test]
fn the_truth_of_something_else_is_unknown_and_counted() {
    let device = device();
    for (text, expected) in [("open", Some(true)), ("none", None), ("temp", None), ("name", None)] {
        assert_eq!(truth(&parse(text).unwrap(), &device), expected, "{text}");
    }
    assert_eq!(device.type_errors.get(), 2);
    assert_eq!(number(&parse("temp").unwrap(), &device), Some(81.5));
    assert_eq!(number(&parse("open").unwrap(), &device), None);
    assert_eq!(device.type_errors.get(), 3);
}
