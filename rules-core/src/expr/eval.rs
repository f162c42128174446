use alloc::borrow::Cow;

use super::{Expr, WindowCall};
use crate::{Span, Value};

/// What an expression may ask while it is evaluated: the device's state at
/// the moment of the judgement.
pub trait Facts {
    /// The last known value of `field`; `None` if never seen or last seen as null.
    fn field(&self, field: &str) -> Option<&Value>;
    /// The value of the window that `call` describes; `None` if missing.
    fn window(&self, call: &WindowCall) -> Option<f64>;
    /// Whether the device has been silent for `span`.
    fn absent(&self, span: Span) -> bool;
    /// An operator met a type it is not made for; counted by the partition.
    fn type_error(&self);
}

/// The value of `expr`; `None` is missing (of a number) or unknown (of a truth).
///
/// Comparisons and arithmetic with missing, or between types that do not
/// compare, give `None`; `&&`, `||`, `!` follow Kleene; a number that is not
/// finite is missing. A number compares with a number, a text with a text (by
/// code points), a bool with a bool (`==` and `!=` only).
pub fn evaluate<'a>(expr: &'a Expr, facts: &'a impl Facts) -> Option<Cow<'a, Value>> {
    let _ = (expr, facts);
    todo!()
}
