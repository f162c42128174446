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
    Call(Call),
    /// A frame of samples that is not a plain duration, by what it is called in the grammar.
    Frame(&'static str),
    /// What was reported already; its parts may still hold mistakes of their own.
    Broken(Vec<Node>),
}

/// `name(arguments)` or `receiver.name(arguments)`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) name_place: Range<usize>,
    pub(super) is_method: bool,
    pub(super) arguments: Vec<Node>,
}

impl Node {
    pub(super) fn new(kind: Kind, place: Range<usize>) -> Self {
        let below = match &kind {
            Kind::Literal(_) | Kind::Duration(_) | Kind::Field(_) | Kind::Frame(_) => 0,
            Kind::Unary(_, operand) => operand.depth,
            Kind::Binary(_, left, right) => left.depth.max(right.depth),
            Kind::Call(Call { arguments: nodes, .. }) | Kind::Broken(nodes) => {
                nodes.iter().map(|node| node.depth).max().unwrap_or(0)
            }
        };
        Self { kind, place, depth: below + 1 }
    }

    pub(super) fn broken(place: Range<usize>) -> Self {
        Self::new(Kind::Broken(Vec::new()), place)
    }
}
