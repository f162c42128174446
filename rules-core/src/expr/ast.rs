use alloc::{boxed::Box, string::String, vec::Vec};

use sorted::SortedSet;

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
    /// `x in ["a", "b"]`: whether the left side equals one of the literals.
    In(Box<Expr>, Vec<Value>),
    /// A function of values: `abs(x)`, `state.startsWith("on")`.
    Call(Function, Vec<Expr>),
    /// A duration such as `5m`, which stands only beside a `since`.
    Duration(Span),
    /// An aggregate over a window of event time.
    Window(Box<WindowCall>),
    /// `has(field)`: whether the field has a last known value; never unknown.
    Has(String),
    /// `fresh(field, D)`: whether the field's last known value is younger than `D`; never unknown.
    Fresh(String, Span),
    /// `absent(D)`: whether the device has been silent for `D`; never unknown.
    Absent(Span),
    /// `since(condition)`: how long ago the condition last held; 0 while it holds,
    /// missing before it ever did.
    Since(Box<Expr>),
    /// `devices(condition)`: of how many devices of the group the condition is
    /// true; `devices()`: how many there are. Only in a `per` rule.
    Devices(Option<Box<Expr>>),
    /// `absent(role, D)`: whether the device in a role has been silent for `D`;
    /// never unknown. Only in a `match` rule.
    RoleAbsent(String, Span),
}

/// A function of values that reads nothing else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Function {
    /// `abs(x)`.
    Abs,
    /// `round(x)`: to the nearest integer, ties away from zero.
    Round,
    /// `min(x, y, …)` of numbers.
    Min,
    /// `max(x, y, …)` of numbers.
    Max,
    /// `text.startsWith(prefix)`.
    StartsWith,
    /// `text.endsWith(suffix)`.
    EndsWith,
    /// `text.contains(part)`.
    Contains,
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
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Frame {
    /// `W`: (t − W, t] of event time.
    Sliding(Span),
    /// `N samples`: the last N.
    Samples(u32),
    /// `W, every S`: [e − W, e), whose ends e are multiples of S since 1970.
    Hopping {
        /// W.
        width: Span,
        /// S; W > S overlaps, W < S leaves samples out.
        every: Span,
    },
    /// `session G max D`: samples that follow each other within G.
    Session {
        /// G: it closes at its last sample + G.
        gap: Span,
        /// D: it closes at its first sample + D at the latest.
        max: Option<Span>,
    },
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
    /// The largest − the smallest.
    Range,
    /// Their population standard deviation.
    StdDev,
    /// The value at this rank; [`Rank::MEDIAN`] is `median`.
    Quantile(Rank),
    /// The oldest sample.
    First,
    /// The newest sample.
    Last,
    /// The newest − the oldest; 0 for one sample.
    Delta,
    /// Delta per second; missing for one sample.
    Rate,
    /// How often neighbours differ.
    Changes,
    /// How many different values.
    Distinct,
    /// Whether all samples are true.
    All,
    /// Whether any sample is true.
    Any,
}

/// A rank from 0 (the smallest) to 1 (the largest).
///
/// Held as the bits of its f64, which order as the ranks do since none is negative.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Rank(u64);

impl Rank {
    /// The middle: as many samples below as above.
    pub const MEDIAN: Self = Self(0.5_f64.to_bits());

    /// The rank `q`; `None` unless 0 ≤ q ≤ 1.
    #[must_use]
    pub fn new(q: f64) -> Option<Self> {
        // Adding zero makes of −0.0 the 0.0 that it equals.
        (0.0..=1.0).contains(&q).then(|| Self((q + 0.0).to_bits()))
    }

    /// The rank as a number.
    #[must_use]
    pub const fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl Aggregate {
    /// Every aggregate, in the order of the reference; `quantile` stands as its median.
    pub const ALL: [Self; 16] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Range,
        Self::StdDev,
        Self::Quantile(Rank::MEDIAN),
        Self::First,
        Self::Last,
        Self::Delta,
        Self::Rate,
        Self::Changes,
        Self::Distinct,
        Self::All,
        Self::Any,
    ];

    /// The function's name in a rule.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Range => "range",
            Self::StdDev => "stddev",
            Self::Quantile(Rank::MEDIAN) => "median",
            Self::Quantile(_) => "quantile",
            Self::First => "first",
            Self::Last => "last",
            Self::Delta => "delta",
            Self::Rate => "rate",
            Self::Changes => "changes",
            Self::Distinct => "distinct",
            Self::All => "all",
            Self::Any => "any",
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
    /// A length of time.
    Duration,
    /// A field: a number, a truth or a text.
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

impl Type {
    /// What a message calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Text => "a text",
            Self::Duration => "a duration",
            Self::Any => "a field",
        }
    }
}

impl Expr {
    /// What this expression yields, as far as can be said before it runs.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self {
            Self::Literal(Value::Number(_))
            | Self::Devices(_)
            | Self::Unary(UnaryOp::Negate, _)
            | Self::Call(Function::Abs | Function::Round | Function::Min | Function::Max, _)
            | Self::Binary(
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem,
                ..,
            ) => Type::Number,
            Self::Literal(Value::Text(_)) => Type::Text,
            Self::Literal(Value::Bool(_))
            | Self::Unary(UnaryOp::Not, _)
            | Self::Binary(..)
            | Self::In(..)
            | Self::Call(..)
            | Self::Has(_)
            | Self::Fresh(..)
            | Self::Absent(_)
            | Self::RoleAbsent(..) => Type::Bool,
            Self::Duration(_) | Self::Since(_) => Type::Duration,
            Self::Window(call) => match call.aggregate {
                Aggregate::First | Aggregate::Last => call.input.kind(),
                Aggregate::All | Aggregate::Any => Type::Bool,
                _ => Type::Number,
            },
            Self::Literal(Value::Null) | Self::Field(_) => Type::Any,
        }
    }

    /// The names of all fields this expression reads, inside windows too.
    #[must_use]
    pub fn fields(&self) -> SortedSet<&str> {
        let mut fields = SortedSet::new();
        self.visit(&mut |expr| {
            if let Self::Field(name) | Self::Has(name) | Self::Fresh(name, _) = expr {
                fields.insert(name.as_str());
            }
        });
        fields
    }

    /// Whether a reading, or the lack of one, could change what this expression says.
    #[must_use]
    pub fn reads(&self) -> bool {
        let mut reads = false;
        self.visit(&mut |part| {
            reads |=
                matches!(part, Self::Field(_) | Self::Has(_) | Self::Fresh(..) | Self::Absent(_))
                    || matches!(part, Self::Devices(_) | Self::RoleAbsent(..));
        });
        reads
    }

    /// Calls `see` for this expression and everything below it, window inputs
    /// included, parents first, left to right.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match self {
            Self::Literal(_)
            | Self::Duration(_)
            | Self::Field(_)
            | Self::Has(_)
            | Self::Fresh(..)
            | Self::Absent(_)
            | Self::RoleAbsent(..)
            | Self::Devices(None) => {}
            Self::Unary(_, operand)
            | Self::In(operand, _)
            | Self::Since(operand)
            | Self::Devices(Some(operand)) => operand.visit(see),
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.visit(see)),
            Self::Binary(_, left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Self::Window(call) => call.input.visit(see),
        }
    }
}
