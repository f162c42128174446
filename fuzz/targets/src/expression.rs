//! The text of an expression: it is read or every mistake in it has its
//! place, and what was read prints back to a text that reads the same.

use rules_core::expr::{self, Expr, ParseError};

/// Words of the language.
pub const WORDS: &[&str] = &[
    "temp",
    "`Volume Flow RateRMS`",
    "a.b",
    "true",
    "false",
    "null",
    "1.5e300",
    "0.1",
    "-0",
    "1h30m",
    "250ms",
    "'text'",
    "\"\\u00e9\\n\"",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
    "+",
    "-",
    "*",
    "/",
    "%",
    " in ",
    "[1, 2]",
    "(",
    ")",
    ", ",
    ".",
    "avg(",
    "sum(",
    "count(",
    "min(",
    "max(",
    "range(",
    "stddev(",
    "median(",
    "quantile(0.9, ",
    "first(",
    "last(",
    "delta(",
    "rate(",
    "changes(",
    "distinct(",
    "all(",
    "any(",
    "has(",
    "fresh(",
    "absent(",
    "since(",
    "abs(",
    "round(",
    ".startsWith(",
    ".endsWith(",
    ".contains(",
    " samples",
    ", every ",
    "session ",
    " max ",
    "5m",
    "?",
    ":",
    "é",
    "\u{10ffff}",
];

/// Reads `bytes` as an expression and as a condition.
///
/// # Panics
/// Something does not hold.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    judge(text, expr::parse(text));
    judge(text, expr::parse_condition(text));
}

fn judge(text: &str, read: Result<Expr, Vec<ParseError>>) {
    match read {
        Ok(tree) => {
            let printed = tree.to_string();
            match expr::parse(&printed) {
                Ok(again) => {
                    assert_eq!(again, tree, "{printed:?} is another tree than {text:?}");
                    assert_eq!(again.to_string(), printed, "the print of a print is another");
                }
                // Brackets and names in full may make it longer than what is read.
                Err(faults) => assert!(
                    printed.len() > expr::TEXT_BYTES_MAX,
                    "{printed:?}, printed for {text:?}, does not read: {faults:?}"
                ),
            }
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "{text:?} is refused for nothing");
            for fault in faults {
                let inside = text.get(fault.place.clone()).is_some();
                assert!(inside, "{fault:?} is about no part of {text:?}");
                assert!(!fault.message.is_empty() && !fault.code.is_empty());
            }
        }
    }
}
