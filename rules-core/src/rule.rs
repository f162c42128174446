use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Span, expr::Expr, schedule::Schedule};

/// A rule after its document was read and checked: everything in it holds.
///
/// Only [`crate::document::read`] makes one, so the engine never meets a rule
/// with a mistake in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name, unique in a rule set: `[a-z0-9][a-z0-9_-]*`, at most 128 bytes (letters may be of either case).
    pub id: String,
    /// Which devices it watches.
    pub devices: DeviceSelector,
    /// True while there is something to tell. Its type is bool.
    pub when: Expr,
    /// Ends a firing alert when true (hysteresis); without it, `when` false does.
    pub clear: Option<Expr>,
    /// How long `when` must have stayed true before the alert fires (`for`).
    pub hold: Span,
    /// How long the end must have lasted before the alert resolves.
    pub keep_firing: Span,
    /// A window with fewer samples than this is missing; at least 1.
    pub min_samples: u32,
    /// When it may fire: always, if there is none.
    pub schedule: Option<Schedule>,
    /// What unknown means at the top of a condition.
    pub missing: Missing,
    /// Whether anybody is told.
    pub mode: Mode,
    /// How bad it is, in the user's own scale.
    pub severity: String,
    /// Passed through to receivers.
    pub labels: BTreeMap<String, String>,
    /// One line for people.
    pub summary: Option<Summary>,
}

/// Which devices a rule watches: all of them unless patterns narrow it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeviceSelector {
    /// Patterns for the device id, of which one must match; empty means every device.
    /// `*` stands for any run of characters, `?` for any one character.
    pub ids: Vec<String>,
}

impl DeviceSelector {
    /// Whether the rule watches `device`.
    #[must_use]
    pub fn selects(&self, device: &str) -> bool {
        self.ids.is_empty() || self.ids.iter().any(|pattern| glob(pattern, device))
    }
}

impl DeviceSelector {
    /// The patterns that are plain names: they select one device each.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str).filter(|pattern| !pattern.contains(['*', '?']))
    }
}

/// Iterative matching with one point of return, linear in practice and
/// `O(pattern × text)` at worst.
fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry: Option<(core::str::Chars<'_>, core::str::Chars<'_>)> = None;
    loop {
        let (before_pattern, before_text) = (pattern.clone(), text.clone());
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = before_text;
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            (Some('?'), Some(_)) => continue,
            (Some(wanted), Some(found)) if wanted == found => continue,
            _ => drop(before_pattern),
        }
        // Let the last `*` take one character more and try from there.
        let Some((after_star, mut taken)) = retry.take() else { return false };
        if taken.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = taken.clone();
        retry = Some((after_star, taken));
    }
}

/// What unknown means at the top of a condition (`missing`).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// No evaluation: the alert keeps its state.
    #[default]
    Hold,
    /// It counts as false, and ends a firing alert.
    Clear,
}

/// Whether a rule's alerts reach anybody (`mode`).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Receivers are told.
    #[default]
    Live,
    /// Evaluated and recorded; nobody is told.
    Shadow,
}

/// A summary text with its holes: `{{ device }} is {{ value }} °C`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary(pub Vec<SummaryPart>);

/// A piece of a [`Summary`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SummaryPart {
    /// Copied as it stands.
    Text(String),
    /// `{{ device }}`.
    Device,
    /// `{{ value }}`.
    Value,
    /// `{{ rule }}`.
    Rule,
    /// `{{ severity }}`.
    Severity,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_matches_any_run_and_question_mark_any_one_character() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("boiler-*", "boiler-1", true),
            ("boiler-*", "boiler", false),
            ("*-1", "boiler-1-1", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("b?iler", "böiler", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} on {text}");
        }
    }
}
