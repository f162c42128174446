use alloc::{
    format,
    string::{String, ToString},
};

use rete_lite::Inequality;
use sorted::SortedSet;

use super::condition::series_key;
use crate::{
    Missing, Rule, Value,
    expr::{BinaryOp, Expr, Frame, UnaryOp},
    hash::fnv1a_64,
    window::View,
};

/// A number of a device that rules compare with thresholds.
#[derive(Debug)]
pub(in super::super) struct Quantity {
    /// Names what it last was in state.
    pub(in super::super) key: u64,
    pub(in super::super) source: Source,
    pub(in super::super) min_samples: u32,
    /// Whether alerts on it end when it goes missing, which the running empty of a window brings about.
    pub(in super::super) missing: Missing,
}

/// Where a quantity comes from.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Source {
    /// The last known value of a field.
    Field(String),
    /// A sliding or counted window over the series of this key.
    Window { series: u64, view: View },
}

impl Quantity {
    /// The quantity, comparison and constant that `expr` consists of, if it
    /// is a threshold: `temp > 80`, `80 < temp`, `avg(temp, 5m) >= -3`.
    pub(super) fn compared(expr: &Expr) -> Option<(&Expr, Inequality, f64)> {
        let Expr::Binary(op, left, right) = expr else { return None };
        let inequality = match op {
            BinaryOp::Lt => Inequality::Less,
            BinaryOp::Le => Inequality::LessOrEqual,
            BinaryOp::Gt => Inequality::Greater,
            BinaryOp::Ge => Inequality::GreaterOrEqual,
            _ => return None,
        };
        if let (true, Some(constant)) = (is_quantity(left), constant(right)) {
            return Some((left, inequality, constant));
        }
        let constant = constant(left).filter(|_| is_quantity(right))?;
        Some((right, mirrored(inequality), constant))
    }

    pub(super) fn new(expr: &Expr, rule: &Rule) -> Self {
        let (min_samples, missing) = (rule.min_samples, rule.missing);
        let key = fnv1a_64(Self::text(expr, rule).as_bytes());
        let source = match expr {
            Expr::Window(call) => Source::Window {
                series: series_key(&call.input),
                view: View { aggregate: call.aggregate, frame: call.frame },
            },
            Expr::Field(name) => Source::Field(name.clone()),
            // `compared` gives nothing else.
            other => Source::Field(other.to_string()),
        };
        Self { key, source, min_samples, missing }
    }

    /// What makes it this quantity and no other.
    pub(super) fn text(expr: &Expr, rule: &Rule) -> String {
        let clears = if rule.missing == Missing::Clear { "clear|" } else { "" };
        format!("{}|{clears}{expr}", rule.min_samples)
    }
}

/// The fields whose readings judge a quantity.
pub(super) fn fields(expr: &Expr) -> SortedSet<&str> {
    expr.fields()
}

fn is_quantity(expr: &Expr) -> bool {
    match expr {
        Expr::Field(_) => true,
        Expr::Window(call) => matches!(call.frame, Frame::Sliding(_) | Frame::Samples(_)),
        _ => false,
    }
}

fn constant(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(Value::Number(number)) => Some(*number),
        Expr::Unary(UnaryOp::Negate, operand) => constant(operand).map(|number| -number),
        _ => None,
    }
}

const fn mirrored(inequality: Inequality) -> Inequality {
    match inequality {
        Inequality::Less => Inequality::Greater,
        Inequality::LessOrEqual => Inequality::GreaterOrEqual,
        Inequality::Greater => Inequality::Less,
        Inequality::GreaterOrEqual => Inequality::LessOrEqual,
    }
}
