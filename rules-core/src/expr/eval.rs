use alloc::borrow::Cow;
use core::cmp::Ordering;

use super::{BinaryOp, Expr, Function, UnaryOp, WindowCall};
use crate::{Span, Value};

/// What an expression may ask while it is evaluated: the device's state at
/// the moment of the judgement.
pub trait Facts {
    /// The last known value of `field`; `None` if never seen or last seen as null.
    fn field(&self, field: &str) -> Option<&Value>;
    /// The value of the window that `call` describes; `None` if missing.
    fn window(&self, call: &WindowCall) -> Option<Value>;
    /// Whether the last known value of `field` is younger than `span`.
    fn fresh(&self, field: &str, span: Span) -> bool;
    /// Whether the device has been silent for `span`.
    fn absent(&self, span: Span) -> bool;
    /// How long ago `condition` last held; `None` if it never did.
    fn since(&self, condition: &Expr) -> Option<Span>;
    /// Of how many devices of the group `condition` is true, or how many there
    /// are; `None` of a single device, and while some have not said.
    fn devices(&self, condition: Option<&Expr>) -> Option<f64> {
        let _ = condition;
        None
    }
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
    match expr {
        Expr::Literal(value) => known(value),
        Expr::Field(name) => facts.field(name).and_then(known),
        Expr::Unary(UnaryOp::Not, operand) => bool_value(truth(operand, facts).map(|truth| !truth)),
        Expr::Unary(UnaryOp::Negate, operand) => {
            number_value(number(operand, facts).map(|number| -number))
        }
        Expr::Binary(op, left, right) => binary(*op, left, right, facts),
        Expr::Window(call) => facts.window(call).map(Cow::Owned),
        Expr::Fresh(name, span) => bool_value(Some(facts.fresh(name, *span))),
        Expr::Since(condition) => facts.since(condition).and_then(seconds),
        Expr::Duration(span) => seconds(*span),
        Expr::In(operand, items) => {
            let value = evaluate(operand, facts)?;
            bool_value(is_in(&value, items).or_else(|| mistyped(facts)))
        }
        Expr::Call(function, arguments) => call(*function, arguments, facts),
        Expr::Has(name) => bool_value(Some(facts.field(name).and_then(known).is_some())),
        Expr::Absent(span) => bool_value(Some(facts.absent(*span))),
        Expr::Devices(condition) => number_value(facts.devices(condition.as_deref())),
        // Its device says it as an `Absent`.
        Expr::RoleAbsent(..) => None,
    }
}

/// The truth of `expr`: what a condition asks at its top. A value that is not
/// a bool is a type error, and unknown.
pub fn truth(expr: &Expr, facts: &impl Facts) -> Option<bool> {
    match evaluate(expr, facts)?.as_bool() {
        None => mistyped(facts),
        truth => truth,
    }
}

/// The number that `expr` yields. A value that is not a number is a type
/// error, and missing.
pub fn number(expr: &Expr, facts: &impl Facts) -> Option<f64> {
    match evaluate(expr, facts)?.as_number() {
        None => mistyped(facts),
        number => number,
    }
}

fn call<'a>(
    function: Function,
    arguments: &'a [Expr],
    facts: &'a impl Facts,
) -> Option<Cow<'a, Value>> {
    // All arguments are looked at, so that a wrong type counts wherever it stands.
    let extreme = |wins: fn(f64, f64) -> bool| {
        let numbers = arguments.iter().map(|argument| number(argument, facts));
        let pick = |a: Option<f64>, b: Option<f64>| {
            let (a, b) = (a?, b?);
            Some(if wins(b, a) { b } else { a })
        };
        numbers.reduce(pick).flatten()
    };
    let first = || arguments.first().and_then(|argument| number(argument, facts));
    let test = |holds: fn(&str, &str) -> bool| {
        let [text, part] = arguments else { return None };
        let (text, part) = (evaluate(text, facts), evaluate(part, facts));
        match (&*text?, &*part?) {
            (Value::Text(text), Value::Text(part)) => bool_value(Some(holds(text, part))),
            _ => mistyped(facts),
        }
    };
    match function {
        Function::Abs => number_value(first().map(f64::abs)),
        Function::Round => number_value(first().map(libm::round)),
        Function::Min => number_value(extreme(|a, b| a < b)),
        Function::Max => number_value(extreme(|a, b| a > b)),
        Function::StartsWith => test(|text, part| text.starts_with(part)),
        Function::EndsWith => test(|text, part| text.ends_with(part)),
        Function::Contains => test(|text, part| text.contains(part)),
    }
}

/// Whether `value` equals one of the items, as `value == a || value == b || …`
/// says it: unknown if none is equal and some do not compare.
fn is_in(value: &Value, items: &[Value]) -> Option<bool> {
    let mut none = Some(false);
    for item in items {
        match compare(BinaryOp::Eq, value, item) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => none = None,
        }
    }
    none
}

/// A duration as a value: in seconds. Whole milliseconds stay apart and in order.
fn seconds<'a>(span: Span) -> Option<Cow<'a, Value>> {
    number_value(Some(span.as_millis() as f64 / 1_000.0))
}

fn binary<'a>(
    op: BinaryOp,
    left: &'a Expr,
    right: &'a Expr,
    facts: &'a impl Facts,
) -> Option<Cow<'a, Value>> {
    match op {
        BinaryOp::Or => bool_value(absorb(true, left, right, facts)),
        BinaryOp::And => bool_value(absorb(false, left, right, facts)),
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            let (left, right) = (evaluate(left, facts)?, evaluate(right, facts)?);
            bool_value(compare(op, &left, &right).or_else(|| mistyped(facts)))
        }
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
            // Both sides are looked at, so that a wrong type counts wherever it stands.
            let (left, right) = (number(left, facts), number(right, facts));
            number_value(Some(calculate(op, left?, right?)))
        }
    }
}

/// `||` (`wins` true) and `&&` (`wins` false): one operand equal to `wins`
/// decides, even if the other is unknown.
fn absorb(wins: bool, left: &Expr, right: &Expr, facts: &impl Facts) -> Option<bool> {
    let left = truth(left, facts);
    if left == Some(wins) {
        return left;
    }
    let right = truth(right, facts);
    if right == Some(wins) { right } else { left.and(right) }
}

/// `None` if the two do not compare by `op`.
fn compare(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    let ordering = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right)?,
        // UTF-8 sorts by bytes as by code points.
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => {
            left.cmp(right)
        }
        _ => return None,
    };
    Some(match op {
        BinaryOp::Eq => ordering == Ordering::Equal,
        BinaryOp::Ne => ordering != Ordering::Equal,
        BinaryOp::Lt => ordering == Ordering::Less,
        BinaryOp::Le => ordering != Ordering::Greater,
        BinaryOp::Gt => ordering == Ordering::Greater,
        BinaryOp::Ge => ordering != Ordering::Less,
        _ => return None,
    })
}

fn calculate(op: BinaryOp, left: f64, right: f64) -> f64 {
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Rem => left % right,
        // Not arithmetic: missing, as everything that is not finite.
        _ => f64::NAN,
    }
}

fn known(value: &Value) -> Option<Cow<'_, Value>> {
    (*value != Value::Null).then_some(Cow::Borrowed(value))
}

fn bool_value<'a>(truth: Option<bool>) -> Option<Cow<'a, Value>> {
    truth.map(|truth| Cow::Owned(Value::Bool(truth)))
}

fn number_value<'a>(number: Option<f64>) -> Option<Cow<'a, Value>> {
    // Adding zero makes of −0.0 the 0.0 that it equals.
    let number = number.filter(|number| number.is_finite()).map(|number| number + 0.0);
    number.map(|number| Cow::Owned(Value::Number(number)))
}

fn mistyped<T>(facts: &impl Facts) -> Option<T> {
    facts.type_error();
    None
}
