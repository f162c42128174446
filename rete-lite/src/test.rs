use core::cmp::Ordering;

use alloc::string::String;

use crate::Scalar;

/// One constant test: what is asked of one attribute of a fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Test<A> {
    /// Of which attribute.
    pub attribute: A,
    /// What is asked of it.
    pub check: Check,
}

/// What a test asks. A comparison holds only between values of one kind:
/// `"85"` neither equals 85 nor differs from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The fact carries the attribute, with whatever value, null too.
    Present,
    /// `==`.
    Equal(Constant),
    /// `!=`: a value of the same kind, but another.
    NotEqual(Constant),
    /// `<`.
    Less(Constant),
    /// `<=`.
    LessOrEqual(Constant),
    /// `>`.
    Greater(Constant),
    /// `>=`.
    GreaterOrEqual(Constant),
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

impl<A> Test<A> {
    /// Asks `check` of `attribute`.
    pub fn new(attribute: impl Into<A>, check: Check) -> Self {
        Self { attribute: attribute.into(), check }
    }
}

impl Check {
    /// Whether `value` meets this check.
    ///
    /// The network finds by search what this says one by one.
    #[must_use]
    pub fn holds(&self, value: Scalar<'_>) -> bool {
        let order = |constant: &Constant| constant.as_scalar().order(value);
        match self {
            Self::Present => true,
            Self::Equal(constant) => order(constant).is_some_and(Ordering::is_eq),
            Self::NotEqual(constant) => order(constant).is_some_and(Ordering::is_ne),
            Self::Less(constant) => order(constant).is_some_and(Ordering::is_gt),
            Self::LessOrEqual(constant) => order(constant).is_some_and(Ordering::is_ge),
            Self::Greater(constant) => order(constant).is_some_and(Ordering::is_lt),
            Self::GreaterOrEqual(constant) => order(constant).is_some_and(Ordering::is_le),
        }
    }

    /// Whether it compares with NaN.
    pub(crate) fn never_holds(&self) -> bool {
        self.constant().is_some_and(|constant| !constant.as_scalar().compares())
    }

    /// An order of the checks of one attribute and one selectivity.
    pub(crate) fn layout(&self, other: &Self) -> Ordering {
        match (self.constant(), other.constant()) {
            (Some(a), Some(b)) => a.as_scalar().layout(b.as_scalar()),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }

    fn constant(&self) -> Option<&Constant> {
        match self {
            Self::Present => None,
            Self::Equal(constant)
            | Self::NotEqual(constant)
            | Self::Less(constant)
            | Self::LessOrEqual(constant)
            | Self::Greater(constant)
            | Self::GreaterOrEqual(constant) => Some(constant),
        }
    }

    /// Where a check stands in a list of tests: what few facts meet comes
    /// first, so that most facts leave the network early.
    pub(crate) fn selectivity(&self) -> u8 {
        match self {
            Self::Equal(_) => 0,
            Self::Less(_) => 1,
            Self::LessOrEqual(_) => 2,
            Self::Greater(_) => 3,
            Self::GreaterOrEqual(_) => 4,
            Self::NotEqual(_) => 5,
            Self::Present => 6,
        }
    }
}

impl Constant {
    pub(crate) fn as_scalar(&self) -> Scalar<'_> {
        match self {
            Self::Bool(truth) => Scalar::Bool(*truth),
            Self::Number(number) => Scalar::Number(*number),
            Self::Text(text) => Scalar::Text(text),
        }
    }
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

    /// The order by kind, then value, in which constants are laid out; total
    /// over everything but NaN, which is never laid out or looked for.
    pub(crate) fn layout(self, other: Scalar<'_>) -> Ordering {
        self.order(other).unwrap_or_else(|| self.kind().cmp(&other.kind()))
    }

    /// Whether anything compares with it.
    pub(crate) fn compares(self) -> bool {
        self.order(self).is_some()
    }

    pub(crate) fn kind(self) -> u8 {
        match self {
            Scalar::Null => 0,
            Scalar::Bool(_) => 1,
            Scalar::Number(_) => 2,
            Scalar::Text(_) => 3,
        }
    }
}
