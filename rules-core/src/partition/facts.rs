//! A device at one moment, as expressions see it.

use core::cell::Cell;

use super::{
    device::Device,
    plan::{Condition, Selection},
};
use crate::{
    Span, Timestamp, Value,
    expr::{Expr, Facts, WindowCall},
};

/// What is known of a device at a moment, for one condition.
pub(super) struct DeviceFacts<'a> {
    device: &'a Device,
    selection: &'a Selection,
    /// `None` for the input of a window, which reads fields only.
    condition: Option<&'a Condition>,
    at: Timestamp,
    allowed_lateness: Span,
    type_errors: Cell<u64>,
}

impl<'a> DeviceFacts<'a> {
    pub(super) fn new(
        device: &'a Device,
        selection: &'a Selection,
        condition: Option<&'a Condition>,
        at: Timestamp,
        allowed_lateness: Span,
    ) -> Self {
        Self { device, selection, condition, at, allowed_lateness, type_errors: Cell::new(0) }
    }

    /// How many operators met a type they are not made for.
    pub(super) fn type_errors(&self) -> u64 {
        self.type_errors.get()
    }
}

impl Facts for DeviceFacts<'_> {
    fn field(&self, field: &str) -> Option<&Value> {
        self.device.fields.known(field).map(|last| last.value)
    }

    fn window(&self, call: &WindowCall) -> Option<Value> {
        let condition = self.condition?;
        let window = condition.windows.iter().find(|window| window.call == *call)?;
        let series = self.device.series_at(self.selection.series_place(window.series)?)?;
        series.value(&window.view, condition.min_samples)
    }

    fn fresh(&self, field: &str, span: Span) -> bool {
        self.device.fields.known(field).is_some_and(|last| self.at < last.ts.plus(span))
    }

    fn absent(&self, span: Span) -> bool {
        let deadline = self.device.silent_since().map(|since| since.plus(span));
        deadline.is_some_and(|deadline| self.at >= deadline.plus(self.allowed_lateness))
    }

    fn since(&self, condition: &Expr) -> Option<Span> {
        let uses = &self.condition?.clocks.sinces;
        let since = uses.iter().find(|since| since.condition == *condition)?;
        self.device.since.get(&since.key).map(|since| since.at(self.at))
    }

    fn type_error(&self) {
        self.type_errors.set(self.type_errors.get() + 1);
    }
}
