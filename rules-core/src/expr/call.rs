//! Functions: which there are, what they take, and which are yet to come.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::ops::Range;

use super::{
    Aggregate, Expr, Frame, ParseError, Type, WINDOW_MAX, WindowCall,
    check::{Checker, described},
    literal::shown,
    node::{Call, Kind, Node},
    spelling::nearest,
};
use crate::{Span, Value};

/// Functions that are no aggregates.
const PREDICATES: [&str; 2] = ["has", "absent"];

/// The aggregates that windows can compute.
const KNOWN: [Aggregate; 5] =
    [Aggregate::Count, Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max];

/// What the language will have, with what does some of its work until then.
const NOT_SUPPORTED: [(&str, &str); 20] = [
    ("median", ""),
    ("quantile", ""),
    ("range", "; write `max(x, W) - min(x, W)`"),
    ("stddev", ""),
    ("first", ""),
    ("last", "; a field by itself is its last value"),
    ("delta", ""),
    ("rate", ""),
    ("changes", ""),
    ("distinct", ""),
    ("all", "; write `count(!condition, W) == 0`"),
    ("any", "; write `count(condition, W) > 0`"),
    ("fresh", ""),
    ("since", ""),
    ("abs", "; write `x > 5 || x < -5`"),
    ("round", ""),
    ("devices", "; a rule watches each device by itself"),
    ("startsWith", ""),
    ("endsWith", ""),
    ("contains", ""),
];

/// What other languages call our functions.
const SYNONYMS: [(&str, &str); 8] = [
    ("mean", "avg"),
    ("average", "avg"),
    ("total", "sum"),
    ("maximum", "max"),
    ("minimum", "min"),
    ("exists", "has"),
    ("silent", "absent"),
    ("not", "!"),
];

impl Checker<'_> {
    pub(super) fn call(&mut self, call: Call, place: Range<usize>) -> Option<Expr> {
        let aggregate = KNOWN.into_iter().find(|known| known.as_str() == call.name);
        match (aggregate, call.name.as_str()) {
            _ if call.is_method => self.unknown(call),
            (Some(aggregate), _) => self.window(aggregate, call, place),
            (None, "has") => self.has(&call, place),
            (None, "absent") => self.absent(&call, place),
            (None, _) => self.unknown(call),
        }
    }

    /// `aggregate(input, width)`.
    fn window(&mut self, aggregate: Aggregate, call: Call, place: Range<usize>) -> Option<Expr> {
        let name = aggregate.as_str();
        if self.in_window {
            let message =
                format!("`{name}` stands in the input of another window, which holds none itself");
            self.fault::<()>("nested_window", call.name_place.clone(), message);
        }
        let width = self.width(aggregate, &call, place);
        let outside = core::mem::replace(&mut self.in_window, true);
        let inputs: Vec<_> = call
            .arguments
            .into_iter()
            .filter(|argument| !matches!(argument.kind, Kind::Duration(_) | Kind::Frame(_)))
            .map(|input| (input.place.clone(), self.expression(input)))
            .collect();
        self.in_window = outside;
        let (input_place, input) = inputs.into_iter().next()?;
        let input = input?;
        self.input(aggregate, &input, input_place)?;
        let frame = Frame::Sliding(width?);
        Some(Expr::Window(Box::new(WindowCall { aggregate, input, frame })))
    }

    /// The width of a window, if its arguments are one input and one duration, in this order.
    fn width(&mut self, aggregate: Aggregate, call: &Call, place: Range<usize>) -> Option<Span> {
        let name = aggregate.as_str();
        let mut reported = false;
        for argument in &call.arguments {
            if let Kind::Frame(form) = argument.kind {
                reported = true;
                let message =
                    format!("`{form}` is not supported yet; a window is a duration such as `5m`");
                self.fault::<()>("not_supported", argument.place.clone(), message);
            }
        }
        // What was reported already may have been meant for anything.
        reported |= call.arguments.iter().any(|node| matches!(node.kind, Kind::Broken(_)));
        let is_duration = |node: &Node| matches!(node.kind, Kind::Duration(_));
        match call.arguments.as_slice() {
            _ if reported => None,
            [input, Node { kind: Kind::Duration(width), place, .. }] if !is_duration(input) => {
                self.in_range("window", *width, place.clone())
            }
            [_, .., last]
                if matches!(aggregate, Aggregate::Min | Aggregate::Max) && !is_duration(last) =>
            {
                let message = format!(
                    "`{name}` of numbers is not supported yet; as an aggregate its last argument \
                     is a window, as in `{name}(temp, 5m)`"
                );
                self.fault("not_supported", call.name_place.clone(), message)
            }
            [_, Node { kind: Kind::Literal(Value::Number(number)), place, .. }] => {
                let message =
                    format!("found the number {number}, expected a duration such as `5m`");
                self.fault("type_mismatch", place.clone(), message)
            }
            _ => {
                let message = format!(
                    "`{name}` takes what to aggregate and then how far back, as in `{name}(temp, 5m)`"
                );
                self.fault("wrong_arguments", place, message)
            }
        }
    }

    /// Whether a window can aggregate `input`.
    fn input(&mut self, aggregate: Aggregate, input: &Expr, place: Range<usize>) -> Option<()> {
        let name = aggregate.as_str();
        let wanted = match (aggregate, input.kind()) {
            (_, Type::Number | Type::Any) | (Aggregate::Count, Type::Bool) => None,
            (Aggregate::Count, _) => Some("numbers or conditions"),
            _ => Some("numbers"),
        };
        if let Some(wanted) = wanted {
            let message = format!("`{name}` aggregates {wanted}; found {}", described(input));
            return self.fault("type_mismatch", place, message);
        }
        if input.fields().is_empty() {
            let message =
                format!("`{name}` aggregates what readings bring; `{input}` reads no field");
            return self.fault("reads_no_field", place, message);
        }
        Some(())
    }

    fn has(&mut self, call: &Call, place: Range<usize>) -> Option<Expr> {
        match call.arguments.as_slice() {
            [Node { kind: Kind::Field(name), .. }] => Some(Expr::Has(name.clone())),
            _ => self.fault("wrong_arguments", place, "`has` takes one field, as in `has(temp)`"),
        }
    }

    fn absent(&mut self, call: &Call, place: Range<usize>) -> Option<Expr> {
        let [Node { kind: Kind::Duration(span), place: span_place, .. }] =
            call.arguments.as_slice()
        else {
            let message = "`absent` takes how long the device has been silent, as in `absent(5m)`";
            return self.fault("wrong_arguments", place, message);
        };
        if self.in_window {
            let message = "`absent` is never true at a reading, so no window can aggregate it";
            return self.fault("type_mismatch", place, message);
        }
        self.in_range("silence", *span, span_place.clone()).map(Expr::Absent)
    }

    fn in_range(&mut self, what: &str, span: Span, place: Range<usize>) -> Option<Span> {
        if span > Span::ZERO && span <= WINDOW_MAX {
            return Some(span);
        }
        let message = format!("a {what} is more than 0s and at most {WINDOW_MAX}; found `{span}`");
        self.fault("window_out_of_range", place, message)
    }

    /// A function that does not exist, or not yet. What it was given is checked all the same.
    fn unknown(&mut self, call: Call) -> Option<Expr> {
        let Call { name, name_place, is_method, arguments } = call;
        self.faults.push(unknown_function(&name, name_place, is_method));
        for argument in arguments {
            if !matches!(argument.kind, Kind::Duration(_) | Kind::Frame(_)) {
                self.expression(argument);
            }
        }
        None
    }
}

fn unknown_function(name: &str, place: Range<usize>, is_method: bool) -> ParseError {
    if let Some((_, instead)) = NOT_SUPPORTED.iter().find(|(known, _)| *known == name) {
        let message = format!("`{name}` is not supported yet{instead}");
        return ParseError::new("not_supported", place, message);
    }
    let known = || KNOWN.iter().map(|known| known.as_str()).chain(PREDICATES);
    if is_method && known().any(|known| known == name) {
        let message = format!("found a method; `{name}` is a function: `{name}(…)`");
        return ParseError::new("unknown_function", place, message);
    }
    let lower = name.to_lowercase();
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == lower).map(|(_, ours)| *ours);
    let message = format!("there is no function {}; there are {}", shown(name), listed(known()));
    let suggestion = synonym.or_else(|| nearest(name, known()));
    ParseError::new("unknown_function", place, message).suggesting(suggestion)
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
