//! Whose fields an expression may read.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::ops::Range;

use sorted::{Gather, SortedSet};

use super::{
    Expr, ParseError, WindowCall,
    check::Checker,
    lexer,
    spelling::{self, nearest},
};

/// What a condition is about, which decides what it may name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope<'a> {
    /// One device: fields are its own.
    Device,
    /// A group of devices (`per`): fields stand in `devices(…)`, about each
    /// device by itself, and in windows, over all of them.
    Group,
    /// The devices in these roles (`match`): each field begins with a role.
    Roles(&'a [String]),
}

impl Expr {
    /// The roles that the fields of an expression of a `match` rule begin with.
    #[must_use]
    pub fn roles(&self) -> SortedSet<&str> {
        let mut roles = SortedSet::new();
        self.visit(&mut |part| match part {
            Self::Field(name) | Self::Has(name) | Self::Fresh(name, _) => {
                roles.extend(name.split_once('.').map(|(role, _)| role));
            }
            Self::RoleAbsent(role, _) => {
                roles.insert(role.as_str());
            }
            _ => {}
        });
        roles
    }
}

impl Expr {
    /// The expression as the device in the one role says it that it names:
    /// fields without the role, and `absent(D)` for `absent(role, D)`.
    #[must_use]
    pub fn without_role(&self) -> Self {
        let field = |name: &String| match name.split_once('.') {
            Some((_, field)) => String::from(field),
            None => name.clone(),
        };
        let boxed = |expr: &Self| Box::new(expr.without_role());
        match self {
            Self::Field(name) => Self::Field(field(name)),
            Self::Has(name) => Self::Has(field(name)),
            Self::Fresh(name, span) => Self::Fresh(field(name), *span),
            Self::RoleAbsent(_, span) => Self::Absent(*span),
            Self::Unary(op, operand) => Self::Unary(*op, boxed(operand)),
            Self::Binary(op, left, right) => Self::Binary(*op, boxed(left), boxed(right)),
            Self::In(operand, items) => Self::In(boxed(operand), items.clone()),
            Self::Call(function, arguments) => {
                Self::Call(*function, arguments.iter().map(Self::without_role).gather())
            }
            Self::Window(call) => Self::Window(Box::new(WindowCall {
                input: call.input.without_role(),
                aggregate: call.aggregate,
                frame: call.frame,
            })),
            Self::Since(condition) => Self::Since(boxed(condition)),
            Self::Devices(condition) => Self::Devices(condition.as_deref().map(boxed)),
            Self::Literal(_) | Self::Duration(_) | Self::Absent(_) => self.clone(),
        }
    }
}

impl Checker<'_> {
    /// Gives the field `name` back if it may be read here; else reports it.
    pub(super) fn field(&mut self, name: String, place: Range<usize>) -> Option<String> {
        match self.scope {
            Scope::Device => Some(name),
            Scope::Group if self.in_devices || self.in_window => Some(name),
            Scope::Group => {
                let message = format!(
                    "`{name}` is a field of one device, and the rule is about a group of them: write \
                     `devices({name} > 80) >= 3`, or an aggregate over all of them, as in \
                     `avg({name}, 5m)`"
                );
                self.fault("several_devices", place, message)
            }
            Scope::Roles(roles) => {
                let role = name.split_once('.').map_or(name.as_str(), |(role, _)| role);
                let is_role = roles.iter().any(|known| known == role);
                if is_role && role.len() < name.len() {
                    return Some(name);
                }
                let message = if is_role {
                    format!("`{name}` is a role; name one of its fields, as in `{name}.temp`")
                } else {
                    format!("`{role}` is no role; {}", fields_of(roles))
                };
                let near = nearest(role, roles.iter().map(String::as_str));
                let near = near.filter(|_| !is_role);
                self.faults.push(ParseError::new("unknown_role", place, message).suggesting(near));
                None
            }
        }
    }

    /// The role that stands alone as an argument; reports what is none.
    pub(super) fn role(&mut self, name: &str, place: Range<usize>) -> Option<String> {
        let Scope::Roles(roles) = self.scope else { return None };
        if let Some(role) = roles.iter().find(|known| *known == name) {
            return Some(role.clone());
        }
        let message = format!("`{name}` is no role; there are {}", listed(roles));
        let near = nearest(name, roles.iter().map(String::as_str));
        self.faults.push(ParseError::new("unknown_role", place, message).suggesting(near));
        None
    }

    /// Reports a part that has to be about the device in one role and is not.
    pub(super) fn one_role(&mut self, what: &str, expr: &Expr, place: Range<usize>) -> Option<()> {
        if !matches!(self.scope, Scope::Roles(_)) || expr.roles().len() <= 1 {
            return Some(());
        }
        let named: Vec<String> = expr.roles().into_iter().map(String::from).gather();
        let message = format!("{what} is about one device; found {}", listed(&named));
        self.fault("several_devices", place, message)
    }

    /// Reports a function of one device's time where no single device is meant.
    pub(super) fn of_one_device(&mut self, name: &str, place: Range<usize>) -> Option<()> {
        if self.scope != Scope::Group || self.in_devices {
            return Some(());
        }
        let message = format!(
            "`{name}` is about one device, and the rule is about a group of them: it stands in \
             `devices(…)`"
        );
        self.fault("several_devices", place, message)
    }
}

/// Whether the fields of a role of this name can be written: `name.temp`.
pub(crate) fn is_role_name(name: &str) -> bool {
    name == "in" || lexer::is_plain_name(name)
}

fn fields_of(roles: &[String]) -> String {
    let example = roles.first().map_or("", String::as_str);
    format!("a field begins with one, as in `{example}.temp`; there are {}", listed(roles))
}

fn listed(names: &[String]) -> String {
    spelling::listed(names.iter().map(String::as_str), ["`", "`", ", "])
}
