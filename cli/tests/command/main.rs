//! The command line as its users see it: what it prints, and how it ends.

mod check;
mod eval;
mod explain;
mod folder;
mod manual;
mod replay;
mod scenarios;
mod usage;
mod yaml;

/// A rule that most tests use.
const HOT: &str = r#"{"id": "hot", "when": "temp > 80", "missing": "clear"}"#;
