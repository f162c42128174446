//! Functions of values, and methods of texts.

use alloc::{format, vec, vec::Vec};
use core::ops::Range;

use sorted::Gather;

use super::{
    super::{
        Expr, Function, Type,
        check::{Checker, described},
        node::Call,
    },
    is_broken, is_of_frame,
};

impl Checker<'_> {
    /// `abs(x)`, `round(x)`, `min(x, y, …)`, `max(x, y, …)`.
    pub(super) fn numbers(
        &mut self,
        function: Function,
        call: Call,
        place: Range<usize>,
    ) -> Option<Expr> {
        let Call { name, arguments, .. } = call;
        let fits = match function {
            Function::Abs | Function::Round => arguments.len() == 1,
            _ => arguments.len() > 1,
        } && !arguments.iter().any(is_of_frame);
        if !fits && !arguments.iter().any(is_broken) {
            let message = format!("`{name}` takes one number, as in `{name}(temp)`");
            self.fault::<()>("wrong_arguments", place, message);
        }
        let numbers = arguments
            .into_iter()
            .filter(|argument| !is_of_frame(argument))
            .map(|argument| {
                let place = argument.place.clone();
                let argument = self.expression(argument)?;
                self.wants(&name, Type::Number, argument, place)
            })
            .gather_all()?;
        fits.then_some(Expr::Call(function, numbers))
    }

    /// `text.startsWith(prefix)` and its kin.
    pub(super) fn method(
        &mut self,
        function: Function,
        call: Call,
        place: Range<usize>,
    ) -> Option<Expr> {
        let Call { name, receiver, arguments, .. } = call;
        let receiver = *receiver?;
        let fits = arguments.len() == 1 && !arguments.iter().any(is_of_frame);
        if !fits && !arguments.iter().any(is_broken) {
            let message = format!("`{name}` takes one text, as in `state.{name}(\"on\")`");
            self.fault::<()>("wrong_arguments", place, message);
        }
        let receiver_place = receiver.place.clone();
        let text = self.expression(receiver).and_then(|text| {
            if matches!(text.kind(), Type::Text | Type::Any) {
                return Some(text);
            }
            let message = format!("`{name}` is a method of texts; found {}", described(&text));
            self.fault("type_mismatch", receiver_place, message)
        });
        let parts: Vec<_> = arguments
            .into_iter()
            .filter(|argument| !is_of_frame(argument))
            .map(|argument| {
                let place = argument.place.clone();
                let argument = self.expression(argument)?;
                self.wants(&name, Type::Text, argument, place)
            })
            .gather();
        let part = parts.into_iter().next()??;
        let arguments = vec![text?, part];
        fits.then_some(Expr::Call(function, arguments))
    }
}
