use rules_core::Value;
use serde::{Serialize, Serializer};

/// A value in its JSON form: `null`, `true`, `81.5`, `"open"`. The core's own
/// serialisation is made for stored state, not for people.
#[derive(Debug)]
pub(crate) struct ValueJson<'a>(pub(crate) &'a Value);

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}
