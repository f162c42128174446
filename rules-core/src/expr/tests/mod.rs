#![allow(clippy::needless_raw_string_hashes, reason = "UPDATE_EXPECT=1 writes them")]

use alloc::{format, string::String};

use expect_test::Expect;

use super::*;

mod arbitrary;
mod calls;
mod device;
mod evaluation;
mod explaining;
mod limits;
mod mistakes;
mod properties;
mod reading;
mod reference;

/// Reads conditions, and shows each with its canonical text, or with every
/// mistake: its column, what stands there, and what is said of it.
fn check(texts: &[&str], expected: &Expect) {
    let shown = texts.iter().map(|text| match parse_condition(text) {
        Ok(expr) => format!("{text}\n    reads as {expr}\n"),
        Err(faults) => {
            faults.iter().fold(format!("{text}\n"), |shown, fault| shown + &line(text, fault))
        }
    });
    expected.assert_eq(&shown.collect::<String>());
}

fn line(text: &str, fault: &ParseError) -> String {
    let found = text.get(fault.place.clone()).unwrap();
    format!("    {} `{found}` {}: {}\n", fault.place.start + 1, fault.code, fault)
}
