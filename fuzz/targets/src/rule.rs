//! The text of a rule document: it is read, or every mistake has its place.

use rules_core::{
    document::{self, MISTAKES_MAX},
    expr,
};

/// Words of a rule document.
pub const WORDS: &[&str] = &[
    "\"id\": \"a\"",
    "\"when\": \"temp > 80\"",
    "\"clear\": \"temp < 75\"",
    "\"for\": \"30s\"",
    "\"keep_firing_for\": \"1m\"",
    "\"min_samples\": 3",
    "\"missing\": \"clear\"",
    "\"mode\": \"shadow\"",
    "\"severity\": \"critical\"",
    "\"labels\": {\"team\": \"ops\"}",
    "\"summary\": \"{{ device }} is {{ value }}\"",
    "\"devices\": {\"id\": \"boiler-*\"}",
    "\"devices\": {\"tags\": {\"site\": \"x\"}}",
    "\"per\": [\"site\"]",
    "\"match\": {\"in\": {}, \"out\": {}}",
    "\"on\": [\"line\"]",
    "\"when\": \"devices(temp > 60) >= 3\"",
    "\"when\": \"absent(out, 5m) || in.temp > out.temp\"",
    "\"schedule\": {\"days\": [\"mon\"], \"zone\": \"Europe/Berlin\"}",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    "\"",
    "\\\"",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\n",
    "\n",
    "null",
    "1e999",
    "-1",
    "é",
    "{{",
    "}}",
];

/// Reads `bytes` as a rule document.
///
/// # Panics
/// Something does not hold.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match document::read(text) {
        Ok(rule) => {
            assert!(!rule.id.is_empty() && rule.min_samples >= 1, "{rule:?}");
            // A field alone is true or false if its readings say so.
            let kind = rule.when.kind();
            assert!(matches!(kind, expr::Type::Bool | expr::Type::Any), "{text:?}");
            assert_eq!(document::read(text), Ok(rule), "read twice, it is two rules");
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "{text:?} is refused for nothing");
            assert!(mistakes.len() <= MISTAKES_MAX + 1, "{} mistakes", mistakes.len());
            for mistake in &mistakes {
                assert!(is_inside(text, mistake.line, mistake.column), "{mistake:?} in {text:?}");
                assert!(!mistake.message.is_empty() && !mistake.code.is_empty());
            }
        }
    }
}

/// Whether there is such a place; right behind a line's last character counts.
fn is_inside(text: &str, line: u32, column: u32) -> bool {
    let found = text.split('\n').nth((line as usize).wrapping_sub(1));
    found.is_some_and(|found| (1..=found.chars().count() + 1).contains(&(column as usize)))
}
