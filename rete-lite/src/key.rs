use alloc::{string::String, vec::Vec};

use crate::Scalar;

/// The values that a join compares for equality, in an order that is total, so
/// that they can be looked up. The order itself says nothing.
pub(crate) type Key = Vec<Value>;

/// A value that equals itself and has an order.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Bool(bool),
    /// The bits of a number, those of 0 for -0.
    Number(u64),
    Text(String),
}

/// The key of some values; `None` if one is missing or compares with nothing.
pub(crate) fn key<'a>(values: impl Iterator<Item = Option<Scalar<'a>>>) -> Option<Key> {
    values
        .map(|value| match value? {
            Scalar::Null => None,
            Scalar::Bool(truth) => Some(Value::Bool(truth)),
            Scalar::Number(number) if number.is_nan() => None,
            Scalar::Number(number) => Some(Value::Number((number + 0.0).to_bits())),
            Scalar::Text(text) => Some(Value::Text(text.into())),
        })
        .collect()
}
