//! The text of a rule (JSON) → a checked [`Rule`], or every mistake in it.
//!
//! JSON is read down to raw values, whose places in the text are known, so
//! that a mistake inside an expression or a template has its own line and
//! column even though it stands in a JSON text with escapes.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{Rule, Span, expr::write_suggesting, window::WINDOW_SAMPLES_MAX};

mod fleet;
mod json;
mod keys;
mod mistakes;
mod quoted;
mod schedule;
mod template;
#[cfg(test)]
mod tests;

/// Largest document: a rule is a page of text, not a data set.
pub const BYTES_MAX: usize = 64 * 1_024;
/// Most mistakes of one document that are listed; a further one says how many are left out.
pub const MISTAKES_MAX: usize = 50;
/// Longest id: it is part of keys, which hosts index.
pub const ID_BYTES_MAX: usize = 128;
/// Longest `for` and `keep_firing_for`: a year. Longer is a slip of the pen.
pub const HOLD_MAX: Span = Span::from_secs(365 * 86_400);
/// Largest `min_samples`: no window holds more samples.
pub const MIN_SAMPLES_MAX: u32 = 86_400;
const _: () = assert!(MIN_SAMPLES_MAX as usize == WINDOW_SAMPLES_MAX);
/// Most tags that make a group (`per`) or join roles (`on`): more would name single devices.
pub const BY_MAX: usize = 8;
/// Most roles of a `match`: each multiplies the combinations there are.
pub const ROLES_MAX: usize = 8;
/// Most tags that select devices.
pub const TAGS_MAX: usize = 32;
/// Most patterns in `devices`: each is tried on each new device.
pub const PATTERNS_MAX: usize = 256;
/// Most periods in a schedule: one for each hall of a plant; each reading asks them all.
pub const SCHEDULE_PERIODS_MAX: usize = 32;
/// Most ranges of hours in one period of a schedule: an hour each.
pub const SCHEDULE_HOURS_MAX: usize = 24;
/// Longest severity: a word of the user's own scale.
pub const SEVERITY_BYTES_MAX: usize = 64;
/// Most labels: receivers' own limits lie lower.
pub const LABELS_MAX: usize = 64;
/// Longest name of a label.
pub const LABEL_NAME_BYTES_MAX: usize = 128;
/// Longest value of a label.
pub const LABEL_VALUE_BYTES_MAX: usize = 1_024;
/// Longest summary before its holes are filled: one line for people.
pub const SUMMARY_BYTES_MAX: usize = 1_024;

/// Reads one rule document.
///
/// # Errors
/// Every mistake of the document at once, in the order of their places: JSON
/// that does not parse (alone), unknown or doubled keys, wrong types, what
/// the expressions say wrong.
pub fn read(text: &str) -> Result<Rule, Vec<Mistake>> {
    let mut mistakes = mistakes::Mistakes::new(text);
    let rule = keys::rule(text, &mut mistakes);
    match rule {
        Some(rule) if mistakes.is_empty() => Ok(rule),
        _ => Err(mistakes.into_list()),
    }
}

/// One thing that is wrong with a rule, and what would be right.
///
/// `Display` writes `line:column`, the message, and the suggestion behind it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Mistake {
    /// A stable word for programs: `unknown_key`, `type_mismatch`, `not_supported` …
    pub code: String,
    /// For people: what was found and what is allowed.
    pub message: String,
    /// Line in the document, from 1.
    pub line: u32,
    /// Column in that line, from 1, counted in characters.
    pub column: u32,
    /// A near name, where there is one.
    pub suggestion: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        write_suggesting(f, &self.message, self.suggestion.as_deref())
    }
}

impl core::error::Error for Mistake {}
