use rules_core::Span;

/// A duration on the command line: a literal of the rule language, or a bare 0.
pub(crate) fn parse(text: &str) -> Result<Span, String> {
    if text == "0" {
        return Ok(Span::ZERO);
    }
    Span::parse(text).ok_or_else(|| "a duration like 30s, 5m or 1h30m is wanted".to_owned())
}
