use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{json, number::Plain};

/// What a device reports for one name, and what an expression yields.
///
/// `Null` in a reading makes the field *missing*; an expression never yields
/// it (it yields `None`, missing or unknown, instead).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Value {
    /// Said to have no value.
    Null,
    /// True or false.
    Bool(bool),
    /// A finite number. Readers refuse NaN and infinities, and arithmetic
    /// that leaves the finite numbers gives missing.
    Number(f64),
    /// A text.
    Text(String),
}

impl Value {
    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }
}

/// The JSON form: `null`, `true`, `81.5`, `"open"`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => Plain(*number).fmt(f),
            Self::Text(text) => f.write_str(&json::to_text(text)),
        }
    }
}
