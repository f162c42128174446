use alloc::{format, string::String};

use expect_test::{Expect, expect};

use super::{super::*, device::Device};
use crate::Value;

/// Explains expressions about the example device, a level of parts a step in.
fn check(texts: &[&str], expected: &Expect) {
    let device = Device::example();
    let shown = texts.iter().map(|text| shown(&explain(&parse(text).unwrap(), &device), ""));
    expected.assert_eq(&shown.collect::<String>());
}

fn shown(part: &Explained, indent: &str) -> String {
    let value = part.value.clone().unwrap_or(Value::Null);
    let distance = part.distance.map_or_else(String::new, |distance| format!(" ({distance})"));
    let line = format!("{indent}{}: {value}{distance}\n", part.text);
    let inner = format!("{indent}  ");
    part.children.iter().fold(line, |lines, child| lines + &shown(child, &inner))
}

#[test]
fn each_part_comes_with_its_value() {
    check(
        &[
            "avg(temp, 5m) > 80 && !shut",
            "has(temp) && fresh(temp, 5m) || absent(1m)",
            "abs(cold - none) > 3",
            "name.startsWith('boi') && name in ['a', 'b']",
            "since(temp > 90) < 5m",
        ],
        &expect![[r#"
            avg(temp, 5m) > 80 && !shut: false
              avg(temp, 5m) > 80: false (0)
                avg(temp, 5m): 80
                  temp: 81.5
              !shut: true
                shut: false
            has(temp) && fresh(temp, 5m) || absent(1m): true
              has(temp) && fresh(temp, 5m): false
                has(temp): true
                fresh(temp, 5m): false
              absent(1m): true
            abs(cold - none) > 3: null
              abs(cold - none): null
                cold - none: null
                  cold: -7
                  none: null
            name.startsWith("boi") && name in ["a", "b"]: false
              name.startsWith("boi"): true
                name: "boiler"
              name in ["a", "b"]: false
                name: "boiler"
            since(temp > 90) < 5m: false (-300)
              since(temp > 90): 600
                temp > 90: false (-8.5)
                  temp: 81.5
        "#]],
    );
}

#[test]
fn a_distance_says_how_far_a_threshold_is() {
    check(
        &[
            "temp > 80 && cold > -10",
            "temp > 90 || cold > 0",
            "!(temp <= 80) && (temp == 80 || temp != 80)",
            "temp >= 81.5 && temp < 81.5",
            "temp > 80 && none > 3",
            "temp > 80 || open",
            "name == 'boiler'",
            "(temp > 80) == open",
        ],
        &expect![[r#"
            temp > 80 && cold > -10: true (1.5)
              temp > 80: true (1.5)
                temp: 81.5
              cold > -10: true (3)
                cold: -7
            temp > 90 || cold > 0: false (-7)
              temp > 90: false (-8.5)
                temp: 81.5
              cold > 0: false (-7)
                cold: -7
            !(temp <= 80) && (temp == 80 || temp != 80): true (1.5)
              !(temp <= 80): true (1.5)
                temp <= 80: false (-1.5)
                  temp: 81.5
              temp == 80 || temp != 80: true (1.5)
                temp == 80: false (-1.5)
                  temp: 81.5
                temp != 80: true (1.5)
                  temp: 81.5
            temp >= 81.5 && temp < 81.5: false (0)
              temp >= 81.5: true (0)
                temp: 81.5
              temp < 81.5: false (0)
                temp: 81.5
            temp > 80 && none > 3: null
              temp > 80: true (1.5)
                temp: 81.5
              none > 3: null
                none: null
            temp > 80 || open: true
              temp > 80: true (1.5)
                temp: 81.5
              open: true
            name == "boiler": true
              name: "boiler"
            (temp > 80) == open: true
              temp > 80: true (1.5)
                temp: 81.5
              open: true
        "#]],
    );
}
