//! The condition language: text → typed tree → value.
//!
//! CEL's operators, precedence and literals, plus duration literals and
//! aggregates over windows. What the language does not have, but people look
//! for, is refused by name when a rule is read.

use alloc::{format, vec, vec::Vec};

use crate::Span;

mod ast;
pub use ast::{Aggregate, BinaryOp, Expr, Frame, Function, Rank, Type, UnaryOp, WindowCall};
mod call;
mod check;
mod scope;
pub use scope::Scope;
pub(crate) use scope::is_role_name;
mod eval;
pub use eval::{Facts, evaluate, number, truth};
mod explain;
pub use explain::{Explained, explain};
mod fault;
pub use fault::ParseError;
pub(crate) use fault::write_suggesting;
mod lexer;
mod literal;
mod node;
mod parser;
mod print;
mod quantity;
pub(crate) mod spelling;
#[cfg(test)]
mod tests;

/// Longest text of an expression: the longest that people write have some hundred bytes.
pub const TEXT_BYTES_MAX: usize = 8_192;
/// Most levels of an expression's tree. Everything that walks a tree calls
/// itself once a level, and the smallest stack, wasm's, has 1 MiB.
pub const DEPTH_MAX: usize = 100;
/// Widest window and longest silence: samples and marks are kept for that long.
pub const WINDOW_MAX: Span = Span::from_secs(30 * 86_400);
/// Most samples of a frame `N samples`: three hours of one a second, kept one by one.
pub const FRAME_SAMPLES_MAX: u32 = crate::window::COUNT_SAMPLES_MAX;
/// Shortest step of a frame `W, every S`: each end is a deadline that wakes the host.
pub const STEP_MIN: Span = Span::from_secs(1);
/// Most steps that a frame `W, every S` is wide: a day cut by the minute.
pub const STEPS_MAX: i64 = 1_440;
/// Longest duration that a `since` is compared with. It is a mark and no
/// samples, so it may be as long as a hold.
pub const AGE_MAX: Span = Span::from_secs(365 * 86_400);
/// Most items of a list behind `in`: each is compared at each judgement.
pub const ITEMS_MAX: usize = 256;

/// Reads an expression of any type.
///
/// # Errors
/// Every mistake at once, in the order of their places.
pub fn parse(text: &str) -> Result<Expr, Vec<ParseError>> {
    read(text, Scope::Device, |_, _| {})
}

/// Reads a condition: an expression that can be true or false, and that reads
/// something of the device.
///
/// # Errors
/// Every mistake at once, in the order of their places.
pub fn parse_condition(text: &str) -> Result<Expr, Vec<ParseError>> {
    parse_condition_in(text, Scope::Device)
}

/// Reads a condition of a rule over several devices, or of one.
///
/// # Errors
/// Every mistake at once, in the order of their places.
pub fn parse_condition_in(text: &str, scope: Scope<'_>) -> Result<Expr, Vec<ParseError>> {
    read(text, scope, |condition, faults| {
        let whole = 0..text.len();
        if let found @ (Type::Number | Type::Text | Type::Duration) = condition.kind() {
            let message = format!(
                "a condition is true or false; this is {}: compare it, as in `temp > 80`",
                found.as_str()
            );
            faults.push(ParseError::new("type_mismatch", whole.clone(), message));
        }
        if !condition.reads() {
            let message = "the condition reads no field, so no reading could change it";
            faults.push(ParseError::new("reads_no_field", whole, message));
        }
    })
}

fn read(
    text: &str,
    scope: Scope<'_>,
    judge: impl FnOnce(&Expr, &mut Vec<ParseError>),
) -> Result<Expr, Vec<ParseError>> {
    if text.len() > TEXT_BYTES_MAX {
        let found = text.len();
        let message =
            format!("the expression has {found} bytes; at most {TEXT_BYTES_MAX} are read");
        return Err(vec![ParseError::new("too_long", 0..found, message)]);
    }
    let mut faults = Vec::new();
    let tokens = lexer::tokens(text, &mut faults);
    let root = parser::nodes(text, tokens, &mut faults);
    let expr = check::expression(root, scope, &mut faults);
    if let Some(expr) = expr.as_ref().filter(|_| faults.is_empty()) {
        judge(expr, &mut faults);
    }
    sorted::sort_by(&mut faults, |a, b| {
        (a.place.start, a.place.end).cmp(&(b.place.start, b.place.end))
    });
    match expr {
        Some(expr) if faults.is_empty() => Ok(expr),
        _ => Err(faults),
    }
}
