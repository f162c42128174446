use alloc::{
    format,
    string::{String, ToString},
};
use core::{fmt, ops::Range};

/// One thing that is wrong with an expression, and what would be right.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// A stable word for programs: `syntax`, `type_mismatch`, `not_supported` …
    pub code: &'static str,
    /// For people: what was found and what is allowed.
    pub message: String,
    /// Bytes of the expression's text that it is about.
    pub place: Range<usize>,
    /// A near name, where there is one.
    pub suggestion: Option<String>,
}

impl ParseError {
    pub(crate) fn new(code: &'static str, place: Range<usize>, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), place, suggestion: None }
    }

    /// With a near name: `did you mean …?` ends the message.
    pub(crate) fn suggesting(mut self, suggestion: Option<&str>) -> Self {
        if let Some(suggestion) = suggestion {
            self.message = format!("{}; did you mean `{suggestion}`?", self.message);
            self.suggestion = Some(suggestion.to_string());
        }
        self
    }
}
