use alloc::{format, string::String};

use expect_test::{Expect, expect};

use super::*;

/// Parses, and shows the canonical text or every mistake with its column and text.
fn check(text: &str, expected: &Expect) {
    let shown = match parse_condition(text) {
        Ok(expr) => format!("{expr}\n"),
        Err(faults) => faults.iter().map(|fault| line(text, fault)).collect::<String>(),
    };
    expected.assert_eq(&shown);
}

fn line(text: &str, fault: &ParseError) -> String {
    let found = text.get(fault.place.clone()).unwrap();
    format!("{} [{found}] {}: {}\n", fault.place.start + 1, fault.code, fault.message)
}

#[test]
fn the_two_examples_read_and_print_back() {
    check("avg(temp, 1m) > 80", &expect![[]]);
    check("motion && !door_open", &expect![[]]);
}
