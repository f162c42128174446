//! Taking a condition over several devices apart: what each device can say by
//! itself, and what only its group can.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use sorted::Gather;

use crate::{
    Telling, Want,
    expr::{Expr, Frame, Type, WindowCall},
};

/// A condition as a group judges it.
#[derive(Debug)]
pub(crate) struct Split {
    /// What devices tell stands in it as fields, by the names in `parts`.
    pub(crate) expr: Expr,
    /// What it asks of devices, each once.
    pub(crate) parts: Vec<Part>,
}

/// Something that a condition asks of the devices in a role.
#[derive(Debug)]
pub(crate) struct Part {
    /// Index of the role.
    pub(crate) role: usize,
    /// What its devices tell.
    pub(crate) want: Want,
    /// What the group makes of it.
    pub(crate) purpose: Purpose,
}

/// What a group makes of what its devices tell.
#[derive(Debug, PartialEq)]
pub(crate) enum Purpose {
    /// The value of the field of this name in [`Split::expr`].
    Told(String),
    /// The samples of this window of [`Split::expr`].
    Window(WindowCall),
    /// What a `devices` with this condition counts.
    Count(Expr),
}

impl Split {
    /// `roles` are the names of a `match` rule's roles; none of a `per` rule.
    pub(crate) fn new(condition: &Expr, roles: &[String], min_samples: u32) -> Self {
        let mut splitter = Splitter { roles, min_samples, parts: Vec::new() };
        let expr = splitter.expression(condition);
        Self { expr, parts: splitter.parts }
    }
}

struct Splitter<'a> {
    roles: &'a [String],
    min_samples: u32,
    parts: Vec<Part>,
}

impl Splitter<'_> {
    fn expression(&mut self, expr: &Expr) -> Expr {
        if let Some(role) = self.told_by(expr) {
            return self.told(role, expr);
        }
        let mut boxed = |expr: &Expr| Box::new(self.expression(expr));
        match expr {
            Expr::Unary(op, operand) => Expr::Unary(*op, boxed(operand)),
            Expr::Binary(op, left, right) => Expr::Binary(*op, boxed(left), boxed(right)),
            Expr::In(operand, items) => Expr::In(boxed(operand), items.clone()),
            Expr::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| self.expression(argument));
                Expr::Call(*function, arguments.gather())
            }
            Expr::Window(call) => {
                self.window(call);
                expr.clone()
            }
            Expr::Devices(condition) => {
                if let Some(condition) = condition {
                    let want = self.want(condition, Telling::Changes);
                    self.part(0, want, Purpose::Count((**condition).clone()));
                }
                expr.clone()
            }
            // What reads a device is told by it, and the rest stands for itself.
            Expr::Literal(_)
            | Expr::Duration(_)
            | Expr::Field(_)
            | Expr::Has(_)
            | Expr::Fresh(..)
            | Expr::Absent(_)
            | Expr::RoleAbsent(..)
            | Expr::Since(_) => expr.clone(),
        }
    }

    /// The role whose device says all of `expr` by itself: it reads no other,
    /// and time changes it only at deadlines, which the device keeps.
    fn told_by(&self, expr: &Expr) -> Option<usize> {
        let named = expr.roles();
        let (Some(role), None) = (named.first(), named.iter().nth(1)) else { return None };
        let role = self.roles.iter().position(|known| known == role)?;
        let is_truth = expr.kind() == Type::Bool;
        (is_truth || !slides(expr)).then_some(role)
    }

    fn told(&mut self, role: usize, expr: &Expr) -> Expr {
        let alone = expr.without_role();
        let name = match self.roles.get(role) {
            // A space stands in no role's name, so no two parts have one name.
            Some(role) => format!("{role} {alone}"),
            None => format!("{alone}"),
        };
        let want = self.want(&alone, Telling::Changes);
        self.part(role, want, Purpose::Told(name.clone()));
        Expr::Field(name)
    }

    fn window(&mut self, call: &WindowCall) {
        let role = call.input.roles().first().copied();
        let role = role.and_then(|role| self.roles.iter().position(|known| known == role));
        let input = match role {
            Some(_) => call.input.without_role(),
            None => call.input.clone(),
        };
        let want = self.want(&input, Telling::Samples);
        self.part(role.unwrap_or(0), want, Purpose::Window(call.clone()));
    }

    /// Where no window depends on `min_samples`, rules share what is told.
    fn want(&self, expr: &Expr, telling: Telling) -> Want {
        let mut has_window = false;
        expr.visit(&mut |part| has_window |= matches!(part, Expr::Window(_)));
        Want::new(expr.clone(), if has_window { self.min_samples } else { 1 }, telling)
    }

    fn part(&mut self, role: usize, want: Want, purpose: Purpose) {
        let known = |part: &Part| part.role == role && part.purpose == purpose;
        if !self.parts.iter().any(known) {
            self.parts.push(Part { role, want, purpose });
        }
    }
}

/// Whether some window of `expr` slides: its value changes with the time of the judgement.
fn slides(expr: &Expr) -> bool {
    let mut slides = false;
    expr.visit(&mut |part| {
        slides |= matches!(part, Expr::Window(call) if matches!(call.frame, Frame::Sliding(_)));
    });
    slides
}
