use alloc::string::String;
use core::{cmp::Ordering, fmt};

/// A value as a fact carries it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// The attribute is there, but says nothing: it meets `Present` alone.
    Null,
    /// True or false.
    Bool(bool),
    /// A number. NaN meets what `Null` meets.
    Number(f64),
    /// A text.
    Text(&'a str),
}

/// What a test compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// True or false; false is less than true.
    Bool(bool),
    /// A number. A comparison with NaN never holds.
    Number(f64),
    /// A text, ordered by code points.
    Text(String),
}

impl Scalar<'_> {
    /// How two values of one kind are ordered; `None` across kinds and where
    /// there is no order.
    pub(crate) fn order(self, other: Scalar<'_>) -> Option<Ordering> {
        match (self, other) {
            (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(&b)),
            (Scalar::Number(a), Scalar::Number(b)) => a.partial_cmp(&b),
            (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Whether anything compares with it.
    pub(crate) fn compares(self) -> bool {
        self.order(self).is_some()
    }

    /// The value by itself; `None` for null.
    #[must_use]
    pub fn to_constant(self) -> Option<Constant> {
        match self {
            Scalar::Null => None,
            Scalar::Bool(truth) => Some(Constant::Bool(truth)),
            Scalar::Number(number) => Some(Constant::Number(number)),
            Scalar::Text(text) => Some(Constant::Text(text.into())),
        }
    }

    fn kind(self) -> u8 {
        match self {
            Scalar::Null => 0,
            Scalar::Bool(_) => 1,
            Scalar::Number(_) => 2,
            Scalar::Text(_) => 3,
        }
    }
}

impl Constant {
    /// What it is as a fact's value.
    #[must_use]
    pub fn as_scalar(&self) -> Scalar<'_> {
        match self {
            Self::Bool(truth) => Scalar::Bool(*truth),
            Self::Number(number) => Scalar::Number(*number),
            Self::Text(text) => Scalar::Text(text),
        }
    }

    /// The order by kind, then value, in which constants are laid out; total
    /// over everything but NaN, which is never laid out.
    pub(crate) fn layout(&self, other: &Self) -> Ordering {
        let (a, b) = (self.as_scalar(), other.as_scalar());
        a.order(b).unwrap_or_else(|| a.kind().cmp(&b.kind()))
    }
}

impl From<bool> for Constant {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<f64> for Constant {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Constant {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Constant {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}
