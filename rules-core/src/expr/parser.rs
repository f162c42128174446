/// Placeholder until the parser lands.
#[derive(Debug)]
pub struct ParseError;
/// Placeholder until the parser lands.
pub fn parse(_text: &str) -> Result<super::Expr, ParseError> {
    todo!()
}
