//! The canonical text of an expression: single spaces, double quotes, no
//! parenthesis that could be left out.

use core::fmt;

use super::{BinaryOp, Expr, Frame, UnaryOp, WindowCall, lexer};
use crate::Value;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(Value::Number(number)) => write_number(f, *number),
            Self::Literal(Value::Text(text)) => write_text(f, text),
            Self::Literal(value) => write!(f, "{value}"),
            Self::Field(name) => write_name(f, name),
            Self::Unary(op, operand) => {
                f.write_str(match op {
                    UnaryOp::Not => "!",
                    UnaryOp::Negate => "-",
                })?;
                write_operand(f, operand, matches!(**operand, Self::Binary(..)))
            }
            Self::Binary(op, left, right) => {
                write_operand(f, left, binds_looser(left, *op, Side::Left))?;
                write!(f, " {} ", op.as_str())?;
                write_operand(f, right, binds_looser(right, *op, Side::Right))
            }
            Self::Window(call) => write!(f, "{call}"),
            Self::Has(name) => {
                f.write_str("has(")?;
                write_name(f, name)?;
                f.write_str(")")
            }
            Self::Absent(span) => write!(f, "absent({span})"),
        }
    }
}

impl fmt::Display for WindowCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Frame::Sliding(width) = self.frame;
        write!(f, "{}({}, {width})", self.aggregate.as_str(), self.input)
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Left,
    Right,
}

/// Whether `operand` needs parentheses beside `op`. Operators of one
/// precedence group to the left, except that comparisons do not chain.
fn binds_looser(operand: &Expr, op: BinaryOp, side: Side) -> bool {
    let Expr::Binary(inner, ..) = operand else { return false };
    let (inner, outer) = (inner.precedence(), op.precedence());
    inner < outer || (inner == outer && (side == Side::Right || outer == BinaryOp::COMPARISON))
}

fn write_operand(f: &mut fmt::Formatter<'_>, operand: &Expr, parentheses: bool) -> fmt::Result {
    if parentheses { write!(f, "({operand})") } else { write!(f, "{operand}") }
}

/// The shortest decimal that reads back exactly, with an exponent where it
/// would otherwise be a long row of zeros.
fn write_number(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    let size = number.abs();
    if size != 0.0 && !(1e-7..1e21).contains(&size) {
        write!(f, "{number:e}")
    } else {
        write!(f, "{number}")
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control.is_control() => write!(f, "\\u{:04X}", u32::from(control))?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// A path of identifiers as it is, anything else in backticks.
fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if name.split('.').all(lexer::is_plain_name) {
        f.write_str(name)
    } else {
        write!(f, "`{}`", name.replace('`', "``"))
    }
}
