use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use sorted::Gather;

use super::{BinaryOp, Expr, Facts, UnaryOp, evaluate};
use crate::Value;

/// What an expression comes to, part by part: why a condition holds, why not,
/// and how far it is from the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The canonical text of this part.
    pub text: String,
    /// What it comes to, as [`evaluate`] says it; `None` is missing or unknown.
    /// A `since` and the duration beside it come in seconds.
    pub value: Option<Value>,
    /// By how much the left side of a comparison of numbers would have to move
    /// to turn it: more than 0 if it holds, less if it does not, in the unit
    /// of its sides. Exactly on the threshold it is 0, whether that holds or
    /// not.
    ///
    /// Of `a && b` it is the smaller of both, of `a || b` the larger, of `!a`
    /// the opposite; `None` where a part has none, such as a bare field, or is
    /// unknown.
    pub distance: Option<f64>,
    /// The parts it is made of, left to right; literals are left out, as their
    /// text is their value. A window has its input, as of the last known
    /// values, which is no further explained.
    pub children: Vec<Explained>,
}

/// Evaluates `expr` and everything in it.
///
/// The root has the value that [`evaluate`] gives. Each part is evaluated by
/// itself, so `facts` hears of one type error several times.
pub fn explain(expr: &Expr, facts: &impl Facts) -> Explained {
    let mut explained = leaf(expr, facts);
    if let Expr::Window(call) = expr {
        explained.children.push(leaf(&call.input, facts));
        return explained;
    }
    let parts = parts(expr);
    let children: Vec<_> = parts.iter().map(|part| explain(part, facts)).gather();
    explained.distance = match (expr, children.as_slice()) {
        (Expr::Binary(op, ..), [left, right]) => between(*op, left, right),
        // A subtraction, so that of 0 it is 0 and not −0.
        (Expr::Unary(UnaryOp::Not, _), [operand]) => operand.distance.map(|margin| 0.0 - margin),
        _ => None,
    };
    let shown = children.into_iter().zip(parts).filter(|(_, part)| !is_literal(part));
    explained.children = shown.map(|(child, _)| child).gather();
    explained
}

fn leaf(expr: &Expr, facts: &impl Facts) -> Explained {
    let value = evaluate(expr, facts).map(Cow::into_owned);
    Explained { text: expr.to_string(), value, distance: None, children: Vec::new() }
}

/// What `expr` is directly made of, left to right.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Unary(_, operand)
        | Expr::In(operand, _)
        | Expr::Since(operand)
        | Expr::Devices(Some(operand)) => vec![operand],
        Expr::Binary(_, left, right) => vec![left, right],
        Expr::Call(_, arguments) => arguments.iter().gather(),
        Expr::Window(call) => vec![&call.input],
        Expr::Literal(_)
        | Expr::Duration(_)
        | Expr::Field(_)
        | Expr::Has(_)
        | Expr::Fresh(..)
        | Expr::Absent(_)
        | Expr::RoleAbsent(..)
        | Expr::Devices(None) => Vec::new(),
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(_) | Expr::Duration(_))
}

/// The distance of `left op right`.
fn between(op: BinaryOp, left: &Explained, right: &Explained) -> Option<f64> {
    if matches!(op, BinaryOp::And | BinaryOp::Or) {
        let (left, right) = (left.distance?, right.distance?);
        let left_counts = if op == BinaryOp::And { left <= right } else { left >= right };
        return Some(if left_counts { left } else { right });
    }
    let number = |side: &Explained| side.value.as_ref().and_then(Value::as_number);
    let above = number(left)? - number(right)?;
    let distance = match op {
        BinaryOp::Gt | BinaryOp::Ge => above,
        BinaryOp::Lt | BinaryOp::Le => -above,
        BinaryOp::Eq => -above.abs(),
        BinaryOp::Ne => above.abs(),
        _ => return None,
    };
    // Adding zero makes of −0.0 the 0.0 that it equals.
    Some(distance + 0.0).filter(|distance| distance.is_finite())
}
