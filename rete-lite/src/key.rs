use alloc::{string::String, vec::Vec};

use crate::Scalar;

/// The values that a join compares for equality, in an order that is total, so
/// that they can be looked up. The order itself says nothing.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Key {
    /// As most joins have it, and without an allocation.
    One(Value),
    /// None, or several.
    Many(Vec<Value>),
}

/// A value that equals itself and has an order.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Bool(bool),
    /// The bits of a number, those of 0 for -0.
    Number(u64),
    Text(String),
}

/// The key of some values; `None` if one is missing or compares with nothing.
pub(crate) fn key<'a>(
    mut values: impl ExactSizeIterator<Item = Option<Scalar<'a>>>,
) -> Option<Key> {
    if values.len() == 1 {
        return values.next().and_then(value).map(Key::One);
    }
    values.map(value).collect::<Option<_>>().map(Key::Many)
}

fn value(value: Option<Scalar<'_>>) -> Option<Value> {
    match value? {
        Scalar::Null => None,
        Scalar::Bool(truth) => Some(Value::Bool(truth)),
        Scalar::Number(number) if number.is_nan() => None,
        Scalar::Number(number) => Some(Value::Number((number + 0.0).to_bits())),
        Scalar::Text(text) => Some(Value::Text(text.into())),
    }
}
