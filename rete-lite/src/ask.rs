//! Tests in the one form that networks share: what says the same is the same.

use alloc::{format, string::String, vec, vec::Vec};
use core::{cmp::Ordering, fmt};

use sorted::Gather;

use crate::{Check, Constant, Scalar, Test};

/// What a test asks of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// `==`.
    Equal(Constant),
    /// `in`: ascending, without repeats, two members at least.
    In(Vec<Constant>),
    /// A value that equals itself: neither null nor NaN. What joins read has to be one.
    Comparable,
    /// Any value, null too.
    Present,
    /// `!=`.
    NotEqual(Constant),
    /// `-value >= c`: the inequalities `<` and `<=`, a strict one with the next number.
    Falling(f64),
    /// `value < text`. Behind every text comes at once that text with a NUL at
    /// its end, so `<=` is of this form too.
    Below(String),
    /// `value >= c`: the inequalities `>` and `>=`, a strict one with the next number.
    Rising(f64),
    /// `value >= text`, and `>`, as above.
    AtLeast(String),
}

impl Ask {
    /// None if no value can meet `check`.
    pub(crate) fn of(check: Check) -> Option<Self> {
        let truths = |holds: Check| {
            let mut truths = vec![Constant::Bool(false), Constant::Bool(true)];
            truths.retain(|truth| holds.holds(truth.as_scalar()));
            Self::one_of(truths)
        };
        match check {
            Check::Present => Some(Self::Present),
            Check::In(list) => Self::one_of(list),
            Check::Equal(constant) => Self::one_of(vec![constant]),
            Check::NotEqual(Constant::Number(number)) if number.is_nan() => None,
            Check::NotEqual(Constant::Bool(truth)) => Some(Self::Equal(Constant::Bool(!truth))),
            Check::NotEqual(constant) => Some(Self::NotEqual(constant)),
            Check::Less(Constant::Number(bound)) => rung(-bound).map(Self::Falling),
            Check::LessOrEqual(Constant::Number(bound)) if bound.is_nan() => None,
            Check::LessOrEqual(Constant::Number(bound)) => Some(Self::Falling(-bound)),
            Check::Greater(Constant::Number(bound)) => rung(bound).map(Self::Rising),
            Check::GreaterOrEqual(Constant::Number(bound)) if bound.is_nan() => None,
            Check::GreaterOrEqual(Constant::Number(bound)) => Some(Self::Rising(bound)),
            Check::Less(Constant::Text(bound)) => Some(Self::Below(bound)),
            Check::LessOrEqual(Constant::Text(bound)) => Some(Self::Below(bound + "\0")),
            Check::Greater(Constant::Text(bound)) => Some(Self::AtLeast(bound + "\0")),
            Check::GreaterOrEqual(Constant::Text(bound)) => Some(Self::AtLeast(bound)),
            check => truths(check),
        }
    }

    /// Equality with one of `list`.
    fn one_of(mut list: Vec<Constant>) -> Option<Self> {
        list.retain(|constant| constant.as_scalar().compares());
        sorted::sort_by(&mut list, Constant::layout);
        list.dedup();
        if list.len() > 1 { Some(Self::In(list)) } else { list.pop().map(Self::Equal) }
    }

    /// Whether `value` meets it.
    pub(crate) fn holds(&self, value: Scalar<'_>) -> bool {
        let order = |constant: &Constant| value.order(constant.as_scalar());
        match (self, value) {
            (Self::Equal(constant), _) => order(constant).is_some_and(Ordering::is_eq),
            (Self::In(list), _) => list.iter().any(|c| order(c).is_some_and(Ordering::is_eq)),
            (Self::Comparable, _) => value.compares(),
            (Self::Present, _) => true,
            (Self::NotEqual(constant), _) => order(constant).is_some_and(Ordering::is_ne),
            (Self::Falling(rung), Scalar::Number(number)) => -number >= *rung,
            (Self::Rising(rung), Scalar::Number(number)) => number >= *rung,
            (Self::Below(text), Scalar::Text(value)) => value < text.as_str(),
            (Self::AtLeast(text), Scalar::Text(value)) => value >= text.as_str(),
            _ => false,
        }
    }

    /// Where it stands in a list of tests. What few facts meet comes first, so
    /// that most facts leave the network early; what thousands of rules have
    /// each for itself comes last, so that they share all that is before it.
    fn rank(&self) -> u8 {
        match self {
            Self::Equal(_) => 0,
            Self::In(_) => 1,
            Self::Comparable => 2,
            Self::Present => 3,
            Self::NotEqual(_) => 4,
            Self::Falling(_) | Self::Below(_) => 5,
            Self::Rising(_) | Self::AtLeast(_) => 6,
        }
    }

    fn layout(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Equal(a), Self::Equal(b)) | (Self::NotEqual(a), Self::NotEqual(b)) => {
                a.layout(b)
            }
            (Self::In(a), Self::In(b)) => layout(a, b),
            (Self::Falling(a), Self::Falling(b)) | (Self::Rising(a), Self::Rising(b)) => {
                a.partial_cmp(b).unwrap_or(Ordering::Equal)
            }
            (Self::Below(a), Self::Below(b)) | (Self::AtLeast(a), Self::AtLeast(b)) => a.cmp(b),
            _ => {
                let is_text = |ask: &Self| matches!(ask, Self::Below(_) | Self::AtLeast(_));
                is_text(self).cmp(&is_text(other))
            }
        }
    }
}

/// The tests in the one order in which they are shared, each once; none if no
/// fact can meet them all.
pub(crate) fn arranged<A: Ord>(tests: impl IntoIterator<Item = Test<A>>) -> Option<Vec<(A, Ask)>> {
    let asked = |test: Test<A>| Some((test.attribute, Ask::of(test.check)?));
    let mut asked: Vec<(A, Ask)> = tests.into_iter().map(asked).gather_all()?;
    arrange(&mut asked);
    Some(asked)
}

/// As [`arranged`] has them.
pub(crate) fn arrange<A: Ord>(asked: &mut Vec<(A, Ask)>) {
    sorted::sort_by(asked, |(attribute, ask), (other, than)| {
        (ask.rank().cmp(&than.rank()))
            .then_with(|| attribute.cmp(other))
            .then_with(|| ask.layout(than))
    });
    asked.dedup();
}

/// Lists in the order of their first difference.
pub(crate) fn layout(a: &[Constant], b: &[Constant]) -> Ordering {
    let first = a.iter().zip(b).map(|(a, b)| a.layout(b)).find(|order| order.is_ne());
    first.unwrap_or(a.len().cmp(&b.len()))
}

/// Between two neighbouring numbers there is no third, so `> c` is `>=` the next one.
pub(crate) fn rung(strict: f64) -> Option<f64> {
    (strict < f64::INFINITY).then(|| strict.next_up())
}

/// As it was most likely written: of `> 80` and `>= 80.00000000000001` the shorter.
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inequality = |strict: (&str, f64), loose: (&str, f64)| {
            let [strict, loose] = [strict, loose].map(|(sign, bound)| format!("{sign} {bound}"));
            if strict.len() < loose.len() { strict } else { loose }
        };
        match self {
            Self::Equal(constant) => write!(f, "== {constant}"),
            Self::In(list) => {
                f.write_str("in [")?;
                for (place, constant) in list.iter().enumerate() {
                    write!(f, "{}{constant}", if place == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Comparable => f.write_str("comparable"),
            Self::Present => f.write_str("present"),
            Self::NotEqual(constant) => write!(f, "!= {constant}"),
            Self::Falling(rung) => {
                let bound = -*rung;
                f.write_str(&inequality(("<", bound.next_up()), ("<=", bound)))
            }
            Self::Rising(rung) => f.write_str(&inequality((">", rung.next_down()), (">=", *rung))),
            Self::Below(text) => match text.strip_suffix('\0') {
                Some(bound) => write!(f, "<= {bound:?}"),
                None => write!(f, "< {text:?}"),
            },
            Self::AtLeast(text) => match text.strip_suffix('\0') {
                Some(bound) => write!(f, "> {bound:?}"),
                None => write!(f, ">= {text:?}"),
            },
        }
    }
}
