use alloc::{vec, vec::Vec};
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

    /// The tests in the one order in which they are shared, each once and
    /// plain; `None` if no fact can meet them all.
    pub(crate) fn arrange(tests: impl IntoIterator<Item = Self>) -> Option<Vec<Self>>
    where
        A: Ord,
    {
        let plain = |test: Self| Some(Self { check: test.check.plain()?, ..test });
        let mut tests: Vec<Self> = tests.into_iter().map(plain).collect::<Option<_>>()?;
        tests.sort_by(Self::layout);
        tests.dedup();
        Some(tests)
    }

    /// What few facts meet comes first, so that most facts leave the network early.
    fn layout(&self, other: &Self) -> Ordering
    where
        A: Ord,
    {
        let (a, b) = (&self.check, &other.check);
        (a.rank().cmp(&b.rank()))
            .then_with(|| self.attribute.cmp(&other.attribute))
            .then_with(|| a.layout(b))
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

    /// A check that says the same in the one form that the network shares;
    /// `None` if no value can meet it.
    ///
    /// Lists are ascending, without repeats and with two members at least;
    /// inequalities of truths are equalities.
    fn plain(self) -> Option<Self> {
        match self {
            Self::In(list) => one_of(list),
            Self::Less(Constant::Number(f64::NEG_INFINITY))
            | Self::Greater(Constant::Number(f64::INFINITY)) => None,
            check => match check.constant() {
                Some(Constant::Bool(_)) => {
                    let mut truths = vec![Constant::Bool(false), Constant::Bool(true)];
                    truths.retain(|truth| check.holds(truth.as_scalar()));
                    one_of(truths)
                }
                Some(constant) if !constant.as_scalar().compares() => None,
                _ => Some(check),
            },
        }
    }

    /// An order of the plain checks of one rank.
    fn layout(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::In(a), Self::In(b)) => layout(a, b),
            _ => match (self.constant(), other.constant()) {
                (Some(a), Some(b)) => a.layout(b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            },
        }
    }
    fn constant(&self) -> Option<&Constant> {
        match self {
            Self::Present | Self::In(_) => None,
            Self::Equal(constant)
            | Self::NotEqual(constant)
            | Self::Less(constant)
            | Self::LessOrEqual(constant)
            | Self::Greater(constant)
            | Self::GreaterOrEqual(constant) => Some(constant),
        }
    }

    /// Where a check stands in a list of tests.
    fn rank(&self) -> u8 {
        match self {
            Self::Equal(_) => 0,
            Self::In(_) => 1,
            Self::Less(_) => 2,
            Self::LessOrEqual(_) => 3,
            Self::Greater(_) => 4,
            Self::GreaterOrEqual(_) => 5,
            Self::NotEqual(_) => 6,
            Self::Present => 7,
        }
    }
}

/// Equality with one of `list`, in the plain form.
fn one_of(mut list: Vec<Constant>) -> Option<Check> {
    list.retain(|constant| constant.as_scalar().compares());
    list.sort_by(Constant::layout);
    list.dedup();
    if list.len() > 1 { Some(Check::In(list)) } else { list.pop().map(Check::Equal) }
}

/// Lists in the order of their first difference.
pub(crate) fn layout(a: &[Constant], b: &[Constant]) -> Ordering {
    let first = a.iter().zip(b).map(|(a, b)| a.layout(b)).find(|order| order.is_ne());
    first.unwrap_or(a.len().cmp(&b.len()))
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
