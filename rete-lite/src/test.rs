use alloc::vec::Vec;
use core::{cmp::Ordering, fmt};

use crate::{Constant, Scalar};

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
    /// `in`: equal to one of them; to none of an empty list.
    In(Vec<Constant>),
    /// `<`.
    Less(Constant),
    /// `<=`.
    LessOrEqual(Constant),
    /// `>`.
    Greater(Constant),
    /// `>=`.
    GreaterOrEqual(Constant),
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
        let order = |constant: &Constant| value.order(constant.as_scalar());
        match self {
            Self::Present => true,
            Self::Equal(constant) => order(constant).is_some_and(Ordering::is_eq),
            Self::NotEqual(constant) => order(constant).is_some_and(Ordering::is_ne),
            Self::In(constants) => constants.iter().any(|c| order(c).is_some_and(Ordering::is_eq)),
            Self::Less(constant) => order(constant).is_some_and(Ordering::is_lt),
            Self::LessOrEqual(constant) => order(constant).is_some_and(Ordering::is_le),
            Self::Greater(constant) => order(constant).is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual(constant) => order(constant).is_some_and(Ordering::is_ge),
        }
    }
}

impl<A: fmt::Display> fmt::Display for Test<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = &self.attribute;
        match &self.check {
            Check::Present => write!(f, "{attribute} present"),
            Check::Equal(constant) => write!(f, "{attribute} == {constant}"),
            Check::NotEqual(constant) => write!(f, "{attribute} != {constant}"),
            Check::Less(constant) => write!(f, "{attribute} < {constant}"),
            Check::LessOrEqual(constant) => write!(f, "{attribute} <= {constant}"),
            Check::Greater(constant) => write!(f, "{attribute} > {constant}"),
            Check::GreaterOrEqual(constant) => write!(f, "{attribute} >= {constant}"),
            Check::In(list) => {
                write!(f, "{attribute} in [")?;
                for (place, constant) in list.iter().enumerate() {
                    write!(f, "{}{constant}", if place == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}
