use alloc::string::{String, ToString};
use core::{fmt, ops::Range};

/// One thing that is wrong with an expression, and what would be right.
///
/// `Display` writes the message, and the suggestion behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
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

    /// With a near name.
    pub(crate) fn suggesting(self, suggestion: Option<&str>) -> Self {
        Self { suggestion: suggestion.map(String::from), ..self }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_suggesting(f, &self.message, self.suggestion.as_deref())
    }
}

impl core::error::Error for ParseError {}

/// A message, and a question behind it where there is a near name.
pub(crate) fn write_suggesting(
    f: &mut fmt::Formatter<'_>,
    message: &str,
    suggestion: Option<&str>,
) -> fmt::Result {
    f.write_str(message)?;
    suggestion.map_or(Ok(()), |near| write!(f, "; did you mean `{near}`?"))
}
