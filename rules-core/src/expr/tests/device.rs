use alloc::{collections::BTreeMap, format, string::String};
use core::cell::Cell;

use super::super::*;
use crate::{Span, Value};

/// A device that knows some fields, and some windows by their canonical text.
#[derive(Default)]
pub(super) struct Device {
    pub(super) fields: BTreeMap<String, Value>,
    pub(super) windows: BTreeMap<String, Value>,
    /// How old each field is; one that is not named is fresh.
    pub(super) ages: BTreeMap<String, Span>,
    /// How long ago conditions held, by their canonical text.
    pub(super) held: BTreeMap<String, Span>,
    pub(super) silent_for: Span,
    pub(super) type_errors: Cell<u32>,
}

impl Facts for Device {
    fn field(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    fn window(&self, call: &WindowCall) -> Option<Value> {
        self.windows.get(&format!("{call}")).cloned()
    }

    fn fresh(&self, field: &str, span: Span) -> bool {
        self.field(field).is_some_and(|value| *value != Value::Null)
            && self.ages.get(field).is_none_or(|age| *age < span)
    }

    fn absent(&self, span: Span) -> bool {
        self.silent_for >= span
    }

    fn since(&self, condition: &Expr) -> Option<Span> {
        self.held.get(&format!("{condition}")).copied()
    }

    fn type_error(&self) {
        self.type_errors.set(self.type_errors.get() + 1);
    }
}

impl Device {
    pub(super) fn example() -> Self {
        let text = |text: &str| Value::Text(String::from(text));
        let fields = [
            ("temp", Value::Number(81.5)),
            ("cold", Value::Number(-7.0)),
            ("zero", Value::Number(0.0)),
            ("huge", Value::Number(1e308)),
            ("open", Value::Bool(true)),
            ("shut", Value::Bool(false)),
            ("name", text("boiler")),
            ("null", Value::Null),
        ];
        let windows = [
            ("avg(temp, 5m)", Value::Number(80.0)),
            ("last(name, 5m)", text("boiler")),
            ("all(open, 10 samples)", Value::Bool(false)),
        ];
        let held = [("temp > 90", Span::from_secs(600)), ("open", Span::ZERO)];
        Self {
            fields: fields.map(|(name, value)| (String::from(name), value)).into(),
            windows: windows.map(|(name, value)| (String::from(name), value)).into(),
            ages: [(String::from("temp"), Span::from_secs(300))].into(),
            held: held.map(|(name, span)| (String::from(name), span)).into(),
            silent_for: Span::from_secs(300),
            type_errors: Cell::new(0),
        }
    }
}
