use alloc::{boxed::Box, string::String, vec::Vec};
use core::ops::Range;

use super::{BinaryOp, UnaryOp};
use crate::{Span, Value};

/// What was written, before it is known to make sense.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Bytes of the expression's text.
    pub(super) place: Range<usize>,
    /// Levels of nodes below and including this one.
    pub(super) depth: usize,
}

#[derive(Debug)]
pub(super) enum Kind {
    Literal(Value),
    Duration(Span),
    Field(String),
    Unary(UnaryOp, Box<Node>),
    Binary(BinaryOp, Box<Node>, Box<Node>),
    /// The left side of `in`, the items of its list, and the place of the list.
    In(Box<Node>, Vec<Node>, Range<usize>),
    Call(Call),
    /// A part of a window's frame that is not a plain duration.
    Frame(Sampling),
    /// What was reported already; its parts may still hold mistakes of their own.
    Broken(Vec<Node>),
}

/// `name(arguments)` or `receiver.name(arguments)`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) name_place: Range<usize>,
    pub(super) receiver: Option<Box<Node>>,
    pub(super) arguments: Vec<Node>,
}

/// What an argument that begins with a word says of a window's frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sampling {
    /// `N samples`.
    Samples(f64),
    /// `every S`.
    Every(Span),
    /// `session G max D`.
    Session { gap: Span, max: Option<Span> },
}

impl Sampling {
    /// What it is called in the grammar.
    pub(super) const fn form(self) -> &'static str {
        match self {
            Self::Samples(_) => "N samples",
            Self::Every(_) => "every S",
            Self::Session { .. } => "session G",
        }
    }
}

impl Node {
    pub(super) fn new(kind: Kind, place: Range<usize>) -> Self {
        let deepest = |nodes: &[Self]| nodes.iter().map(|node| node.depth).max().unwrap_or(0);
        let below = match &kind {
            Kind::Literal(_) | Kind::Duration(_) | Kind::Field(_) | Kind::Frame(_) => 0,
            Kind::Unary(_, operand) => operand.depth,
            Kind::Binary(_, left, right) => left.depth.max(right.depth),
            Kind::In(operand, items, _) => operand.depth.max(deepest(items)),
            Kind::Call(Call { receiver, arguments, .. }) => {
                receiver.as_ref().map_or(0, |node| node.depth).max(deepest(arguments))
            }
            Kind::Broken(nodes) => deepest(nodes),
        };
        Self { kind, place, depth: below + 1 }
    }

    pub(super) fn broken(place: Range<usize>) -> Self {
        Self::new(Kind::Broken(Vec::new()), place)
    }
}
