//! What asks for the time at which something was seen: `has`, `fresh`, `absent`, `since`.

use alloc::{boxed::Box, format, string::String};
use core::ops::Range;

use super::{
    super::{
        AGE_MAX, BinaryOp, Expr, Scope, Type,
        check::{Checker, described, is_since},
        node::{Call, Kind, Node},
    },
    is_broken,
};

impl Checker<'_> {
    pub(super) fn has(&mut self, call: &Call, place: Range<usize>) -> Option<Expr> {
        match call.arguments.as_slice() {
            [Node { kind: Kind::Field(name), place, .. }] => {
                self.of_one_device("has", call.name_place.clone())?;
                self.field(name.clone(), place.clone()).map(Expr::Has)
            }
            [Node { kind: Kind::Broken(_), .. }] => None,
            _ => self.fault("wrong_arguments", place, "`has` takes one field, as in `has(temp)`"),
        }
    }

    pub(super) fn fresh(&mut self, call: &Call, place: Range<usize>) -> Option<Expr> {
        let [
            Node { kind: Kind::Field(name), place: name_place, .. },
            Node { kind: Kind::Duration(span), place: span_place, .. },
        ] = call.arguments.as_slice()
        else {
            if call.arguments.iter().any(is_broken) {
                return None;
            }
            let message =
                "`fresh` takes a field and how young its value is, as in `fresh(temp, 5m)`";
            return self.fault("wrong_arguments", place, message);
        };
        if self.in_window {
            let message = "a reading's own field is always `fresh`, so no window aggregates that";
            return self.fault("type_mismatch", place, message);
        }
        self.of_one_device("fresh", call.name_place.clone())?;
        let span = self.in_range("freshness", *span, span_place.clone());
        let name = self.field(name.clone(), name_place.clone());
        Some(Expr::Fresh(name?, span?))
    }

    pub(super) fn absent(&mut self, call: &Call, place: Range<usize>) -> Option<Expr> {
        if matches!(self.scope, Scope::Roles(_)) {
            return self.role_absent(call, place);
        }
        let [Node { kind: Kind::Duration(span), place: span_place, .. }] =
            call.arguments.as_slice()
        else {
            if call.arguments.iter().any(is_broken) {
                return None;
            }
            let message = "`absent` takes how long the device has been silent, as in `absent(5m)`";
            return self.fault("wrong_arguments", place, message);
        };
        if self.in_window {
            let message = "`absent` is never true at a reading, so no window can aggregate it";
            return self.fault("type_mismatch", place, message);
        }
        self.of_one_device("absent", call.name_place.clone())?;
        self.in_range("silence", *span, span_place.clone()).map(Expr::Absent)
    }

    /// `absent(role, D)`.
    fn role_absent(&mut self, call: &Call, place: Range<usize>) -> Option<Expr> {
        let [
            Node { kind: Kind::Field(role), place: role_place, .. },
            Node { kind: Kind::Duration(span), place: span_place, .. },
        ] = call.arguments.as_slice()
        else {
            if call.arguments.iter().any(is_broken) {
                return None;
            }
            let message = "of several devices, `absent` takes a role and how long its device has \
                           been silent, as in `absent(out, 5m)`";
            return self.fault("wrong_arguments", place, message);
        };
        if self.in_window {
            let message = "`absent` is never true at a reading, so no window can aggregate it";
            return self.fault("type_mismatch", place, message);
        }
        let role = self.role(role, role_place.clone());
        let span = self.in_range("silence", *span, span_place.clone());
        Some(Expr::RoleAbsent(role?, span?))
    }

    /// `devices(condition)` or `devices()`.
    pub(super) fn devices(&mut self, call: Call, place: Range<usize>) -> Option<Expr> {
        if self.scope != Scope::Group {
            let message = "`devices` counts the devices of a group, which a rule has that says how \
                           they are grouped: `per`";
            self.fault::<()>("several_devices", call.name_place, message);
        } else if self.in_devices || self.in_window {
            let outer = if self.in_window { "the input of a window" } else { "another `devices`" };
            let message = format!("`devices` stands in {outer}, which is about one device");
            self.fault::<()>("several_devices", call.name_place, message);
        }
        let mut arguments = call.arguments.into_iter();
        let (condition, None) = (arguments.next(), arguments.next()) else {
            let message =
                "`devices` takes one condition, as in `devices(temp > 80)`, or none to count all";
            return self.fault("wrong_arguments", place, message);
        };
        let Some(condition) = condition else { return Some(Expr::Devices(None)) };
        let condition_place = condition.place.clone();
        let outside = core::mem::replace(&mut self.in_devices, true);
        let condition = self.expression(condition);
        self.in_devices = outside;
        let condition = self.wants("devices", Type::Bool, condition?, condition_place.clone())?;
        if !condition.reads() {
            let message =
                format!("`devices` asks what readings bring; `{condition}` reads no field");
            return self.fault("reads_no_field", condition_place, message);
        }
        Some(Expr::Devices(Some(Box::new(condition))))
    }

    /// `since(condition) < D`, or with its sides swapped; comes out with the duration on the right.
    pub(in super::super) fn age(&mut self, op: BinaryOp, left: Node, right: Node) -> Option<Expr> {
        let place = left.place.start..right.place.end;
        let (op, since, other) =
            if is_since(&left) { (op, left, right) } else { (mirrored(op), right, left) };
        let since = match since.kind {
            Kind::Call(call) => self.since(call, since.place),
            _ => None,
        };
        let Kind::Duration(span) = other.kind else {
            let other_place = other.place.clone();
            let found = if is_since(&other) {
                String::from("another `since`")
            } else {
                described(&self.expression(other)?)
            };
            let message = format!(
                "`since` is compared with a duration written out, as in `since(open) > 5m`; found \
                 {found}"
            );
            return self.fault("type_mismatch", other_place, message);
        };
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            let sign = op.as_str();
            let message = format!(
                "a `since` is compared with `<`, `<=`, `>` or `>=`; found `{sign}`, which holds \
                 for a moment at most"
            );
            return self.fault("type_mismatch", place, message);
        }
        let span = self.up_to("time since a condition", AGE_MAX, span, other.place)?;
        Some(Expr::Binary(op, Box::new(since?), Box::new(Expr::Duration(span))))
    }

    /// A `since` that is not compared with anything.
    pub(super) fn stray_since(&mut self, call: Call, place: Range<usize>) -> Option<Expr> {
        let found = self.since(call, place.clone());
        let message = "`since` is a duration: compare it with one, as in `since(open) > 5m`";
        found.and_then(|_| self.fault("type_mismatch", place, message))
    }

    fn since(&mut self, call: Call, place: Range<usize>) -> Option<Expr> {
        let mut arguments = call.arguments.into_iter();
        let (Some(condition), None) = (arguments.next(), arguments.next()) else {
            let message = "`since` takes one condition, as in `since(open) > 5m`";
            return self.fault("wrong_arguments", place, message);
        };
        self.of_one_device("since", call.name_place.clone())?;
        if self.in_window || self.in_since {
            let outer = if self.in_window { "the input of a window" } else { "another `since`" };
            let message = format!("`since` stands in {outer}, which holds none itself");
            return self.fault("type_mismatch", call.name_place, message);
        }
        self.in_since = true;
        let condition_place = condition.place.clone();
        let condition = self.expression(condition);
        self.in_since = false;
        let condition = self.wants("since", Type::Bool, condition?, condition_place.clone())?;
        if !condition.reads() {
            let message =
                format!("`since` watches what readings bring; `{condition}` reads no field");
            return self.fault("reads_no_field", condition_place, message);
        }
        self.one_role("the condition of a `since`", &condition, condition_place)?;
        Some(Expr::Since(Box::new(condition)))
    }
}

/// The comparison that says the same with its sides swapped.
const fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        same => same,
    }
}
