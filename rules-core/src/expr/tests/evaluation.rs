use alloc::{borrow::Cow, format, string::String};

use super::{super::*, device::Device};
use crate::Value;

/// The value's JSON form and how many operators met a wrong type.
fn judged(text: &str) -> (String, u32) {
    let device = Device::example();
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
        ("-zero", "0"),
        ("abs(cold) + abs(temp) + abs(zero)", "88.5"),
        ("round(2.5) + round(-2.5)", "0"),
        ("round(0.5) + round(1.4999) + round(-0.5)", "1"),
        ("round(0.49999999999999994)", "0"),
        ("round(-0.4)", "0"),
        ("min(temp, cold, 3)", "-7"),
        ("max(temp, cold, 3)", "81.5"),
        ("max(avg(temp, 5m), 79) - min(1, 2)", "79"),
        ("-7.5 % 2", "-1.5"),
        ("temp in [80, 81.5] && name in ['boiler', 'x'] && open in [true]", "true"),
        ("temp in [80, 81] || name in ['x'] || open in [false]", "false"),
        ("name in [1, 'boiler'] && last(name, 5m) in ['boiler']", "true"),
        ("name.startsWith('boi') && name.endsWith('er') && name.contains('ile')", "true"),
        ("name.startsWith('') && name.endsWith('') && name.contains('')", "true"),
        ("name.startsWith('oi') || name.endsWith('boil') || name.contains('é')", "false"),
        ("'boiler-7'.startsWith(name) && last(name, 5m).contains(name)", "true"),
        ("fresh(temp, 301s) && !fresh(temp, 5m) && fresh(name, 1ms)", "true"),
        ("fresh(none, 5m) || fresh(`null`, 5m)", "false"),
        ("since(temp > 90) > 599s && since(temp > 90) <= 10m && since(temp > 90) >= 10m", "true"),
        ("since(open) < 1ms && !(since(open) > 1ms) && 10m > since(open)", "true"),
        ("all(open, 10 samples) == false && !all(open, 10 samples)", "true"),
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
        "abs(none)",
        "round(none + 1)",
        "min(temp, none)",
        "max(none, temp)",
        "max(temp / zero, 5)",
        "none in [1, 'a']",
        "`null` in [1]",
        "temp / zero in [1]",
        "none.startsWith('a')",
        "name.contains(none)",
        "last(none, 5m).endsWith('a')",
        "since(none) > 5m",
        "since(temp > 1000) < 365d",
        "first(name, 5m) == 'boiler'",
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
        ("abs(name)", "null", 1),
        ("min(temp, name, open)", "null", 2),
        ("max(none, name)", "null", 1),
        ("name in [1, 2]", "null", 1),
        // As `temp == 1 || temp == "a"` would say.
        ("temp in [1, 'a']", "null", 1),
        ("temp in [1, 81.5, 'a']", "true", 0),
        ("temp.startsWith('8')", "null", 1),
        ("name.contains(temp)", "null", 1),
        ("last(name, 5m) + 1", "null", 1),
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
    let device = Device::example();
    for (text, expected) in [("open", Some(true)), ("none", None), ("temp", None), ("name", None)] {
        assert_eq!(truth(&parse(text).unwrap(), &device), expected, "{text}");
    }
    assert_eq!(device.type_errors.get(), 2);
    assert_eq!(number(&parse("temp").unwrap(), &device), Some(81.5));
    assert_eq!(number(&parse("open").unwrap(), &device), None);
    assert_eq!(device.type_errors.get(), 3);
}
