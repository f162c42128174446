//! The text of a rule (JSON) → a checked [`Rule`], or every mistake in it.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::Rule;

/// Reads one rule document.
///
/// # Errors
/// Every mistake of the document at once, in the order of their places: JSON
/// that does not parse (alone), unknown or doubled keys, wrong types, what
/// the expressions say wrong, and what the grammar names but this engine does
/// not do yet (`code` `not_supported`).
pub fn read(text: &str) -> Result<Rule, Vec<Mistake>> {
    let _ = text;
    todo!()
}

/// One thing that is wrong with a rule, and what would be right.
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
