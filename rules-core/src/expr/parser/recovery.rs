//! What the parser says of a mistake, and where it reads on behind it.

use alloc::format;
use core::ops::Range;

use super::{
    super::{
        DEPTH_MAX, ParseError,
        lexer::Token,
        literal::shown,
        node::{Kind, Node},
    },
    Group, Parser,
};

impl Parser<'_, '_> {
    /// Takes what closes a group, or reports the sign that opened it.
    pub(super) fn close(&mut self, wanted: &Token<'_>, opened: &Range<usize>) -> bool {
        if self.token() == wanted {
            self.bump();
            return true;
        }
        if self.reported != Some(self.at) {
            self.reported = Some(self.at);
            let sign = self.text.get(opened.clone()).unwrap_or_default();
            let message = format!("this `{sign}` is not closed");
            self.faults.push(ParseError::new("syntax", opened.clone(), message));
        }
        false
    }

    /// Reports the comparison ahead, unless it was missing an operand anyway.
    pub(super) fn chained(&mut self) {
        if self.reported == Some(self.at) {
            return;
        }
        let place = self.place();
        let sign = self.text.get(place.clone()).unwrap_or_default();
        let message = format!(
            "found `{sign}` after another comparison; comparisons do not chain: write `a < b && b < c`"
        );
        self.faults.push(ParseError::new("chained_comparison", place, message));
    }

    /// A node, unless it would make the tree too deep.
    pub(super) fn bounded(&mut self, kind: Kind, place: Range<usize>) -> Node {
        let node = Node::new(kind, place);
        if node.depth > DEPTH_MAX { self.too_deep() } else { node }
    }

    pub(super) fn too_deep(&mut self) -> Node {
        let place = self.place();
        if !self.faults.iter().any(|fault| fault.code == "too_deep") {
            let message = format!(
                "the expression nests deeper than {DEPTH_MAX} levels (a chain of operators is a \
                 level each)"
            );
            self.faults.push(ParseError::new("too_deep", place.clone(), message));
        }
        // What follows would only be misread.
        self.at = self.tokens.len().saturating_sub(1);
        self.reported = Some(self.at);
        Node::broken(place)
    }

    /// Reports the token ahead, unless it was reported before.
    pub(super) fn unexpected(&mut self, expected: &str) {
        if self.reported == Some(self.at) || self.token() == &Token::Bad {
            return;
        }
        self.reported = Some(self.at);
        let place = self.place();
        let found = self.text.get(place.clone()).unwrap_or_default();
        let message = match self.token() {
            Token::End => format!("the expression ends where {expected} is expected"),
            Token::Name(unit @ ("d" | "h" | "m" | "s" | "ms")) if self.number_precedes() => {
                format!(
                    "found `{unit}` after a number; a duration has no space in it, as in `5{unit}`"
                )
            }
            _ => format!("found {}, expected {expected}", shown(found)),
        };
        self.faults.push(ParseError::new("syntax", place, message));
    }

    /// Reports the word ahead, if it is one, that stands where an operator is meant.
    pub(super) fn word_as_sign(&mut self, meant: &str) {
        if let Token::Name(word) = self.token() {
            let message = format!("found `{word}`, which is no operator here");
            let fault = ParseError::new("syntax", self.place(), message);
            self.faults.push(fault.suggesting(Some(meant)));
        }
    }

    /// Skips to where the group can go on: `&&`, `||` or its end. Takes at least one
    /// token that is none of these.
    pub(super) fn skip(&mut self, group: Group) {
        let mut open = 0_usize;
        loop {
            match self.token() {
                Token::End => return,
                token if open == 0 && group.ends_at(token) => return,
                _ if open == 0 && self.joins() => return,
                Token::Open | Token::OpenList => open += 1,
                Token::Close | Token::CloseList => open = open.saturating_sub(1),
                _ => {}
            }
            self.bump();
        }
    }
}
