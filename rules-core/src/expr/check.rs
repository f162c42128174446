//! Nodes → typed expression, or what does not fit together.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::{cmp::Ordering, ops::Range};

use sorted::Gather;

use super::{
    BinaryOp, Expr, ITEMS_MAX, ParseError, Scope, Type, UnaryOp,
    literal::shown,
    node::{Kind, Node},
};
use crate::Value;

/// The expression that `node` means; `None` if something in it was reported.
pub(super) fn expression(
    node: Node,
    scope: Scope<'_>,
    faults: &mut Vec<ParseError>,
) -> Option<Expr> {
    let mut checker =
        Checker { faults, scope, in_window: false, in_since: false, in_devices: false };
    checker.expression(node)
}

pub(super) struct Checker<'f> {
    pub(super) faults: &'f mut Vec<ParseError>,
    pub(super) scope: Scope<'f>,
    /// Inside the input of a window.
    pub(super) in_window: bool,
    /// Inside the condition of a `since`.
    pub(super) in_since: bool,
    /// Inside the condition of `devices`.
    pub(super) in_devices: bool,
}

impl Checker<'_> {
    pub(super) fn expression(&mut self, node: Node) -> Option<Expr> {
        match node.kind {
            Kind::Literal(Value::Null) => {
                let message =
                    "`null` compares with nothing; `has(field)` says whether a field has a value";
                self.fault("type_mismatch", node.place, message)
            }
            Kind::Literal(value) => Some(Expr::Literal(value)),
            Kind::Field(name) => self.field(name, node.place).map(Expr::Field),
            Kind::Duration(span) => self.fault(
                "type_mismatch",
                node.place,
                format!(
                    "found the duration `{span}`, which stands only in a window as in \
                     `avg(temp, {span})`, in `absent({span})` and `fresh(temp, {span})`, and \
                     beside a `since(…)`"
                ),
            ),
            Kind::Frame(sampling) => {
                let form = sampling.form();
                let message = format!("`{form}` stands only as the last argument of an aggregate");
                self.fault("syntax", node.place, message)
            }
            Kind::Unary(op, operand) => self.unary(op, *operand),
            Kind::Binary(op, left, right) => self.binary(op, *left, *right),
            Kind::In(operand, items, list) => self.membership(*operand, items, list),
            Kind::Call(call) => self.call(call, node.place),
            Kind::Broken(parts) => {
                for part in parts {
                    self.expression(part);
                }
                None
            }
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: Node) -> Option<Expr> {
        let place = operand.place.clone();
        let operand = self.expression(operand)?;
        let (sign, wanted) = match op {
            UnaryOp::Not => ("!", Type::Bool),
            UnaryOp::Negate => ("-", Type::Number),
        };
        let operand = self.wants(sign, wanted, operand, place)?;
        Some(Expr::Unary(op, Box::new(operand)))
    }

    fn binary(&mut self, op: BinaryOp, left: Node, right: Node) -> Option<Expr> {
        if op.compares() && (is_since(&left) || is_since(&right)) {
            return self.age(op, left, right);
        }
        let (left_place, right_place) = (left.place.clone(), right.place.clone());
        let (left, right) = (self.expression(left), self.expression(right));
        let wanted = match op {
            BinaryOp::Or | BinaryOp::And => Type::Bool,
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                Type::Number
            }
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => {
                let (left, right) = (left?, right?);
                self.comparison(op, (&left, left_place), (&right, right_place))?;
                return Some(Expr::Binary(op, Box::new(left), Box::new(right)));
            }
        };
        // Both sides are looked at before either gives up.
        let left = left.and_then(|left| self.wants(op.as_str(), wanted, left, left_place));
        let right = right.and_then(|right| self.wants(op.as_str(), wanted, right, right_place));
        let (left, right) = (left?, right?);
        Some(Expr::Binary(op, Box::new(left), Box::new(right)))
    }

    fn comparison(
        &mut self,
        op: BinaryOp,
        (left, left_place): (&Expr, Range<usize>),
        (right, right_place): (&Expr, Range<usize>),
    ) -> Option<()> {
        let sign = op.as_str();
        if !matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            let bool_place = match (left.kind(), right.kind()) {
                (Type::Bool, _) => Some(left_place.clone()),
                (_, Type::Bool) => Some(right_place.clone()),
                _ => None,
            };
            if let Some(place) = bool_place {
                let message = format!(
                    "`{sign}` compares two numbers or two texts; found true or false, which has \
                     no order: use `==` or `!=`"
                );
                return self.fault("type_mismatch", place, message);
            }
        }
        match (left.kind(), right.kind()) {
            (Type::Any, _) | (_, Type::Any) => Some(()),
            (left, right) if left == right => Some(()),
            (left, right) => {
                let message = format!(
                    "`{sign}` compares values of one type; found {} on the left and {} on the right",
                    left.as_str(),
                    right.as_str()
                );
                self.fault("type_mismatch", left_place.start..right_place.end, message)
            }
        }
    }

    /// `operand in [items]`. The list comes out sorted and without repeats, so
    /// that lists which hold the same are the same.
    fn membership(&mut self, operand: Node, items: Vec<Node>, list: Range<usize>) -> Option<Expr> {
        let operand = self.expression(operand);
        let wanted = operand.as_ref().map_or(Type::Any, Expr::kind);
        match items.len() {
            0 => {
                let message = "the list is empty, and nothing is in it; write at least one literal";
                return self.fault("empty", list, message);
            }
            found if found > ITEMS_MAX => {
                let message =
                    format!("the list has {found} items; at most {ITEMS_MAX} are allowed");
                return self.fault("out_of_range", list, message);
            }
            _ => {}
        }
        let mut values = items.into_iter().map(|item| self.item(item, wanted)).gather_all()?;
        sorted::sort_by(&mut values, ordered);
        values.dedup();
        Some(Expr::In(Box::new(operand?), values))
    }

    /// The literal that stands in a list beside an operand of type `wanted`.
    fn item(&mut self, item: Node, wanted: Type) -> Option<Value> {
        let place = item.place.clone();
        let expr = self.expression(item)?;
        let fits = wanted == Type::Any || wanted == expr.kind();
        match expr {
            // Adding zero makes of −0.0 the 0.0 that it equals.
            Expr::Literal(Value::Number(number)) if fits => Some(Value::Number(number + 0.0)),
            Expr::Literal(value) if fits => Some(value),
            Expr::Literal(_) => {
                let (wanted, found) = (wanted.as_str(), described(&expr));
                let message = format!(
                    "`in` compares values of one type; found {wanted} on the left and {found} in \
                     the list"
                );
                self.fault("type_mismatch", place, message)
            }
            _ => {
                let message = format!(
                    "a list holds numbers, texts, `true` and `false`; found {}: write `==` and `||`",
                    shown_expr(&expr)
                );
                self.fault("type_mismatch", place, message)
            }
        }
    }

    /// Gives `operand` back if it is, or may turn out to be, of type `wanted`; else reports it.
    pub(super) fn wants(
        &mut self,
        sign: &str,
        wanted: Type,
        operand: Expr,
        place: Range<usize>,
    ) -> Option<Expr> {
        let found = operand.kind();
        if found == wanted || found == Type::Any {
            return Some(operand);
        }
        let found = described(&operand);
        let wanted = wanted.as_str();
        self.fault("type_mismatch", place, format!("`{sign}` takes {wanted}; found {found}"))
    }

    /// Reports a mistake; there is no expression then.
    pub(super) fn fault<T>(
        &mut self,
        code: &'static str,
        place: Range<usize>,
        message: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(ParseError::new(code, place, message.into()));
        None
    }
}

/// Numbers, then texts, then truths, each in their order.
fn ordered(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.total_cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(_), _) | (_, Value::Bool(_)) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

/// Whether `node` calls `since`, which stands beside a duration only.
pub(super) fn is_since(node: &Node) -> bool {
    matches!(&node.kind, Kind::Call(call) if call.receiver.is_none() && call.name == "since")
}

/// What a message calls an expression of the wrong type.
pub(super) fn described(expr: &Expr) -> String {
    match expr {
        Expr::Literal(Value::Number(_)) => format!("the number {}", shown_expr(expr)),
        Expr::Literal(Value::Text(_)) => format!("the text {}", shown_expr(expr)),
        Expr::Literal(_) => format!("`{expr}`"),
        _ => format!("{}, which is {}", shown_expr(expr), expr.kind().as_str()),
    }
}

pub(super) fn shown_expr(expr: &Expr) -> String {
    let text = format!("{expr}");
    if text.len() <= 60 { format!("`{text}`") } else { format!("{}", shown(&text)) }
}
