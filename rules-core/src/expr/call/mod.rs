//! Functions: which there are, and what is said of one that does not exist.

use alloc::format;
use core::ops::Range;

use sorted::Gather;

use super::{
    Aggregate, Expr, Function, ParseError,
    check::Checker,
    literal::shown,
    node::{Call, Kind, Node},
    spelling::{listed, nearest},
};

mod aggregate;
mod frame;
mod predicate;
mod scalar;

/// Functions beside those that [`Aggregate::ALL`] names.
const OTHERS: [&str; 8] =
    ["quantile", "has", "fresh", "absent", "since", "abs", "round", "devices"];

/// Methods of texts.
const METHODS: [(&str, Function); 3] = [
    ("startsWith", Function::StartsWith),
    ("endsWith", Function::EndsWith),
    ("contains", Function::Contains),
];

/// What other languages call our functions.
const SYNONYMS: [(&str, &str); 18] = [
    ("mean", "avg"),
    ("average", "avg"),
    ("total", "sum"),
    ("maximum", "max"),
    ("minimum", "min"),
    ("percentile", "quantile"),
    ("std", "stddev"),
    ("stdev", "stddev"),
    ("spread", "range"),
    ("newest", "last"),
    ("oldest", "first"),
    ("increase", "delta"),
    ("derivative", "rate"),
    ("exists", "has"),
    ("silent", "absent"),
    ("not", "!"),
    ("includes", "contains"),
    ("matches", "contains"),
];

/// What Prometheus writes behind the names of its aggregates.
const OVER_TIME: &str = "_over_time";

impl Checker<'_> {
    pub(super) fn call(&mut self, call: Call, place: Range<usize>) -> Option<Expr> {
        if call.receiver.is_some() {
            let method = METHODS.iter().find(|(name, _)| *name == call.name);
            return match method {
                Some((_, function)) => self.method(*function, call, place),
                None => self.unknown(call),
            };
        }
        match call.name.as_str() {
            "has" => self.has(&call, place),
            "fresh" => self.fresh(&call, place),
            "absent" => self.absent(&call, place),
            "since" => self.stray_since(call, place),
            "devices" => self.devices(call, place),
            "abs" => self.numbers(Function::Abs, call, place),
            "round" => self.numbers(Function::Round, call, place),
            "min" if is_of_numbers(&call) => self.numbers(Function::Min, call, place),
            "max" if is_of_numbers(&call) => self.numbers(Function::Max, call, place),
            "quantile" => self.window(None, call, place),
            name => match Aggregate::ALL.into_iter().find(|known| known.as_str() == name) {
                Some(aggregate) => self.window(Some(aggregate), call, place),
                None => self.unknown(call),
            },
        }
    }

    /// A function that does not exist, or not yet. What it was given is checked all the same.
    fn unknown(&mut self, call: Call) -> Option<Expr> {
        let Call { name, name_place, receiver, arguments } = call;
        self.faults.push(unknown_function(&name, name_place, receiver.is_some()));
        let receiver = receiver.map(|receiver| *receiver);
        for part in receiver.into_iter().chain(arguments) {
            if !is_of_frame(&part) {
                self.expression(part);
            }
        }
        None
    }
}

/// Whether `min` or `max` is meant as a function of numbers: no frame says which samples.
fn is_of_numbers(call: &Call) -> bool {
    call.arguments.len() > 1 && !call.arguments.iter().any(is_of_frame)
}

/// Whether an argument says which samples count, not what they are.
fn is_of_frame(node: &Node) -> bool {
    matches!(node.kind, Kind::Duration(_) | Kind::Frame(_))
}

fn is_broken(node: &Node) -> bool {
    matches!(node.kind, Kind::Broken(_))
}

fn unknown_function(name: &str, place: Range<usize>, is_method: bool) -> ParseError {
    let functions = Aggregate::ALL.iter().map(|known| known.as_str()).chain(OTHERS).gather();
    let methods = METHODS.map(|(name, _)| name);
    if is_method && functions.contains(&name) {
        let message = format!("found a method; `{name}` is a function: `{name}(…)`");
        return ParseError::new("unknown_function", place, message);
    }
    if !is_method && methods.contains(&name) {
        let message = format!("found a function; `{name}` is a method: `field.{name}(\"…\")`");
        return ParseError::new("unknown_function", place, message);
    }
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_suffix(OVER_TIME).unwrap_or(&lower);
    let (what, known) =
        if is_method { ("method", &methods[..]) } else { ("function", &functions[..]) };
    let known = listed(known.iter().copied(), ["`", "`", ", "]);
    let message = format!("there is no {what} {}; there are {known}", shown(name));
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == bare).map(|(_, ours)| *ours);
    let all = [&functions[..], &methods[..]].concat();
    let suggestion = synonym
        .or_else(|| all.iter().copied().find(|known| *known == bare))
        .or_else(|| nearest(name, all.iter().copied()));
    ParseError::new("unknown_function", place, message).suggesting(suggestion)
}
