//! The canonical text of an expression: single spaces, double quotes, no
//! parenthesis that could be left out.

use core::fmt::{self, Display as _};

use super::{Aggregate, BinaryOp, Expr, Frame, Function, Rank, UnaryOp, WindowCall, lexer};
use crate::{Value, number};

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
                write_operand(f, operand, matches!(**operand, Self::Binary(..) | Self::In(..)))
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
            Self::Fresh(name, span) => {
                f.write_str("fresh(")?;
                write_name(f, name)?;
                write!(f, ", {span})")
            }
            Self::Absent(span) => write!(f, "absent({span})"),
            Self::Since(condition) => write!(f, "since({condition})"),
            Self::Devices(None) => f.write_str("devices()"),
            Self::Devices(Some(condition)) => write!(f, "devices({condition})"),
            Self::RoleAbsent(role, span) => write!(f, "absent({role}, {span})"),
            Self::Duration(span) => write!(f, "{span}"),
            Self::In(operand, list) => {
                write_operand(
                    f,
                    operand,
                    precedence(operand).is_some_and(|inner| inner <= BinaryOp::COMPARISON),
                )?;
                f.write_str(" in [")?;
                for (index, value) in list.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "{}", Self::Literal(value.clone()))?;
                }
                f.write_str("]")
            }
            Self::Call(function, arguments) => write_call(f, *function, arguments),
        }
    }
}

impl fmt::Display for WindowCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.aggregate.as_str())?;
        if let Aggregate::Quantile(rank) = self.aggregate
            && rank != Rank::MEDIAN
        {
            write_number(f, rank.get())?;
            f.write_str(", ")?;
        }
        write!(f, "{}, {})", self.input, self.frame)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sliding(width) => write!(f, "{width}"),
            Self::Samples(1) => f.write_str("1 sample"),
            Self::Samples(count) => write!(f, "{count} samples"),
            Self::Hopping { width, every } => write!(f, "{width}, every {every}"),
            Self::Session { gap, max: None } => write!(f, "session {gap}"),
            Self::Session { gap, max: Some(max) } => write!(f, "session {gap} max {max}"),
        }
    }
}

fn write_call(f: &mut fmt::Formatter<'_>, function: Function, arguments: &[Expr]) -> fmt::Result {
    let method = |f: &mut fmt::Formatter<'_>, name: &str| match arguments {
        [text, part] => {
            write_operand(
                f,
                text,
                matches!(text, Expr::Binary(..) | Expr::Unary(..) | Expr::In(..)),
            )?;
            write!(f, ".{name}({part})")
        }
        _ => Err(fmt::Error),
    };
    let name = match function {
        Function::Abs => "abs",
        Function::Round => "round",
        Function::Min => "min",
        Function::Max => "max",
        Function::StartsWith => return method(f, "startsWith"),
        Function::EndsWith => return method(f, "endsWith"),
        Function::Contains => return method(f, "contains"),
    };
    write!(f, "{name}(")?;
    for (index, argument) in arguments.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        write!(f, "{argument}")?;
    }
    f.write_str(")")
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Left,
    Right,
}

/// Whether `operand` needs parentheses beside `op`. Operators of one
/// precedence group to the left, except that comparisons do not chain.
fn binds_looser(operand: &Expr, op: BinaryOp, side: Side) -> bool {
    let Some(inner) = precedence(operand) else { return false };
    let outer = op.precedence();
    inner < outer || (inner == outer && (side == Side::Right || outer == BinaryOp::COMPARISON))
}

/// How tightly the parts of an operator with a left side hold together.
fn precedence(expr: &Expr) -> Option<u8> {
    match expr {
        Expr::Binary(op, ..) => Some(op.precedence()),
        Expr::In(..) => Some(BinaryOp::COMPARISON),
        _ => None,
    }
}

fn write_operand(f: &mut fmt::Formatter<'_>, operand: &Expr, parentheses: bool) -> fmt::Result {
    if parentheses { write!(f, "({operand})") } else { write!(f, "{operand}") }
}

/// The shortest decimal that reads back exactly, with an exponent where it
/// would otherwise be a long row of zeros.
fn write_number(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    let size = value.abs();
    if size != 0.0 && !(1e-7..1e21).contains(&size) {
        number::Scientific(value).fmt(f)
    } else {
        number::Plain(value).fmt(f)
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
    // A role may be called `in`, and its fields `in.temp`.
    let below_role = name.strip_prefix("in.");
    if below_role.unwrap_or(name).split('.').all(lexer::is_plain_name) {
        f.write_str(name)
    } else {
        write!(f, "`{}`", name.replace('`', "``"))
    }
}
