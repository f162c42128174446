use alloc::{boxed::Box, collections::BTreeSet, string::String};

use crate::{Span, Value};

/// A checked expression. `Display` prints its canonical text, which reads
/// back as the same tree; equal canonical texts share state.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A number, bool or text written in the rule.
    Literal(Value),
    /// The last known value of a field on the device.
    Field(String),
    /// An operator with one operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator with two operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// An aggregate over a window of event time.
    Window(Box<WindowCall>),
    /// `has(field)`: whether the field has a last known value; never unknown.
    Has(String),
    /// `absent(D)`: whether the device has been silent for `D`; never unknown.
    Absent(Span),
}

/// `agg(input, W)`: what [`Expr::Window`] holds. Equal calls share one window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    /// What is computed over the samples.
    pub aggregate: Aggregate,
    /// Evaluated at each reading that carries one of its fields; its value is the sample.
    /// Holds no window itself.
    pub input: Expr,
    /// Which samples count.
    pub frame: Frame,
}

/// Which samples of its input a window looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Frame {
    /// (t − W, t] of event time.
    Sliding(Span),
}

/// What is computed over a window's samples.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Aggregate {
    /// How many samples; over a boolean input, how many true ones.
    Count,
    /// Their sum, compensated.
    Sum,
    /// Their mean.
    Avg,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

impl Aggregate {
    /// Every aggregate, in the order of the reference.
    pub const ALL: [Self; 5] = [Self::Count, Self::Sum, Self::Avg, Self::Min, Self::Max];

    /// The function's name in a rule.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// What an expression yields, as far as can be said before it runs: a field's
/// type is known only at run time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Type {
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A text.
    Text,
    /// A field: any of the three.
    Any,
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UnaryOp {
    /// `!`, Kleene: unknown stays unknown.
    Not,
    /// `-`.
    Negate,
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BinaryOp {
    /// `||`, Kleene: true wins over unknown.
    Or,
    /// `&&`, Kleene: false wins over unknown.
    And,
    /// `==`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `%`, with the dividend's sign.
    Rem,
}

impl BinaryOp {
    /// The operator as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
        }
    }

    /// Whether it compares two values: `==`, `<` and their kin.
    #[must_use]
    pub const fn compares(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// How tightly it binds, from 1 (`||`) to 5 (`*`), as in CEL.
    pub(super) const fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => Self::COMPARISON,
            Self::Add | Self::Sub => 4,
            Self::Mul | Self::Div | Self::Rem => 5,
        }
    }

    /// The precedence of comparisons, which do not chain.
    pub(super) const COMPARISON: u8 = 3;
}

impl WindowCall {
    /// Whether the input is known to yield bools before it runs: it is a
    /// comparison, a `has`, a `!` … A bare field is not, whatever it holds.
    #[must_use]
    pub fn input_is_bool(&self) -> bool {
        self.input.kind() == Type::Bool
    }
}

impl Type {
    /// What a message calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Text => "a text",
            Self::Any => "a field",
        }
    }
}

impl Expr {
    /// What this expression yields, as far as can be said before it runs.
    #[must_use]
    pub const fn kind(&self) -> Type {
        match self {
            Self::Literal(Value::Number(_))
            | Self::Unary(UnaryOp::Negate, _)
            | Self::Window(_)
            | Self::Binary(
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem,
                ..,
            ) => Type::Number,
            Self::Literal(Value::Text(_)) => Type::Text,
            Self::Literal(Value::Bool(_))
            | Self::Unary(UnaryOp::Not, _)
            | Self::Binary(..)
            | Self::Has(_)
            | Self::Absent(_) => Type::Bool,
            Self::Literal(Value::Null) | Self::Field(_) => Type::Any,
        }
    }

    /// The names of all fields this expression reads, inside windows too.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut fields = BTreeSet::new();
        self.visit(&mut |expr| {
            if let Self::Field(name) | Self::Has(name) = expr {
                fields.insert(name.as_str());
            }
        });
        fields
    }

    /// Calls `see` for this expression and everything below it, window inputs
    /// included, parents first, left to right.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Self)) {
        see(self);
        match self {
            Self::Literal(_) | Self::Field(_) | Self::Has(_) | Self::Absent(_) => {}
            Self::Unary(_, operand) => operand.visit(see),
            Self::Binary(_, left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Self::Window(call) => call.input.visit(see),
        }
    }
}
