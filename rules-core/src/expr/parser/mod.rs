//! Tokens → nodes, by precedence climbing.
//!
//! ```text
//! expression = operand { operator operand } .
//! operand    = { "!" | "-" } primary .
//! primary    = ( literal | path | call | "(" expression ")" ) { "." method } .
//! ```
//!
//! After a mistake the parser reads on behind the next `&&`, `||`, `,` or
//! closing parenthesis, so that independent mistakes are found together.

use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::ops::Range;

use super::{
    BinaryOp, DEPTH_MAX, ParseError, UnaryOp,
    lexer::Token,
    node::{Kind, Node},
};
use crate::Value;

mod recovery;
mod value;

/// The nodes of a whole expression; what is wrong is reported.
pub(super) fn nodes(
    text: &str,
    tokens: Vec<(Token<'_>, Range<usize>)>,
    faults: &mut Vec<ParseError>,
) -> Node {
    let mut parser = Parser { text, tokens, at: 0, nesting: 0, reported: None, faults };
    parser.group(Group::Whole)
}

struct Parser<'a, 'f> {
    text: &'a str,
    tokens: Vec<(Token<'a>, Range<usize>)>,
    at: usize,
    /// How deep the parser is inside itself; bounds the stack.
    nesting: usize,
    /// The token that was complained about last, so that each is once.
    reported: Option<usize>,
    faults: &'f mut Vec<ParseError>,
}

/// What surrounds an expression, and so what may follow it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Group {
    Whole,
    Parentheses,
    Arguments,
    List,
}

impl Group {
    fn expected(self) -> &'static str {
        match self {
            Self::Whole => "an operator or the end",
            Self::Parentheses => "an operator or `)`",
            Self::Arguments => "an operator, `,` or `)`",
            Self::List => "an operator, `,` or `]`",
        }
    }

    fn ends_at(self, token: &Token<'_>) -> bool {
        match self {
            Self::Whole => false,
            Self::Parentheses => *token == Token::Close,
            Self::Arguments => matches!(token, Token::Close | Token::Comma),
            Self::List => matches!(token, Token::CloseList | Token::Comma),
        }
    }
}

impl<'a> Parser<'a, '_> {
    /// An expression up to the end of its group, which is left to the caller.
    fn group(&mut self, group: Group) -> Node {
        let start = self.place().start;
        let mut node = self.expression(BinaryOp::Or.precedence());
        loop {
            let parts = match self.token() {
                Token::End => return node,
                token if group.ends_at(token) => return node,
                Token::Question => self.conditional(node),
                _ => {
                    self.unexpected(group.expected());
                    self.skip(group);
                    let mut parts = vec![node];
                    if self.joins() {
                        self.bump();
                        parts.push(self.expression(BinaryOp::Or.precedence()));
                    }
                    parts
                }
            };
            node = self.bounded(Kind::Broken(parts), start..self.end_of_last());
        }
    }

    /// Operands joined by operators that bind at least as tightly as `weakest`.
    fn expression(&mut self, weakest: u8) -> Node {
        if self.nesting >= DEPTH_MAX {
            return self.too_deep();
        }
        self.nesting += 1;
        let mut left = self.operand();
        let mut compared = false;
        loop {
            let start = left.place.start;
            if weakest <= BinaryOp::COMPARISON && self.is_membership() {
                if compared {
                    self.chained();
                }
                let kind = match self.membership(left) {
                    Kind::In(operand, mut items, _) if compared => {
                        items.insert(0, *operand);
                        Kind::Broken(items)
                    }
                    kind => kind,
                };
                compared = true;
                left = self.bounded(kind, start..self.end_of_last());
                continue;
            }
            let Some(op) = self.operator().filter(|op| op.precedence() >= weakest) else { break };
            let chained = compared && op.compares();
            if chained {
                self.chained();
            }
            compared = op.compares();
            self.word_as_sign(op.as_str());
            self.bump();
            let right = self.expression(op.precedence() + 1);
            let place = start..right.place.end;
            let kind = if chained {
                Kind::Broken(vec![left, right])
            } else {
                Kind::Binary(op, Box::new(left), Box::new(right))
            };
            left = self.bounded(kind, place);
        }
        self.nesting -= 1;
        left
    }

    fn operand(&mut self) -> Node {
        let start = self.place().start;
        let op = match self.token() {
            Token::Not => UnaryOp::Not,
            Token::Op(BinaryOp::Sub) => UnaryOp::Negate,
            Token::Name(word) if word.eq_ignore_ascii_case("not") && self.value_follows() => {
                UnaryOp::Not
            }
            _ => {
                let value = self.primary();
                return self.after_value(value);
            }
        };
        self.word_as_sign("!");
        self.bump();
        if self.nesting >= DEPTH_MAX {
            return self.too_deep();
        }
        self.nesting += 1;
        let operand = self.operand();
        self.nesting -= 1;
        let place = start..operand.place.end;
        match (op, operand.kind) {
            // `-5` is a literal, so that it is printed and shared as one.
            (UnaryOp::Negate, Kind::Literal(Value::Number(number))) => {
                Node::new(Kind::Literal(Value::Number(-number)), place)
            }
            (op, kind) => {
                let operand = Node { kind, place: operand.place, depth: operand.depth };
                Node::new(Kind::Unary(op, Box::new(operand)), place)
            }
        }
    }

    fn primary(&mut self) -> Node {
        let place = self.place();
        let kind = match self.token().clone() {
            Token::Number(number) => Kind::Literal(Value::Number(number)),
            Token::Text(text) => Kind::Literal(Value::Text(text)),
            Token::Duration(span) => Kind::Duration(span),
            Token::Name("true") => Kind::Literal(Value::Bool(true)),
            Token::Name("false") => Kind::Literal(Value::Bool(false)),
            Token::Name("null") => Kind::Literal(Value::Null),
            // A role may be called so: `in.temp`, `absent(in, 5m)`.
            Token::Name("in") if matches!(self.second().0, Token::Dot | Token::Comma) => {
                return self.path(String::from("in"));
            }
            Token::Name("in") => {
                let message =
                    "`in` is a keyword; a field of that name stands in backticks: `` `in` ``";
                self.faults.push(ParseError::new("syntax", place, message));
                return self.path(String::from("in"));
            }
            Token::Name(name) => return self.path(String::from(name)),
            Token::Quoted(name) => return self.path(name.into_owned()),
            Token::Open => return self.parentheses(),
            Token::OpenList => return self.stray_list(),
            Token::Bad => Kind::Broken(Vec::new()),
            _ => {
                self.unexpected("a number, a text, a field, a function, `!`, `-` or `(`");
                return Node::broken(place);
            }
        };
        self.bump();
        Node::new(kind, place)
    }

    fn parentheses(&mut self) -> Node {
        let opened = self.place();
        self.bump();
        let mut node = self.group(Group::Parentheses);
        self.close(&Token::Close, &opened);
        node.place = opened.start..self.end_of_last();
        node
    }

    /// `condition ? a : b`: read, and refused by name.
    fn conditional(&mut self, condition: Node) -> Vec<Node> {
        let message = "`? :` is not supported; write two rules, or use `&&` and `||`";
        self.faults.push(ParseError::new("not_supported", self.place(), message));
        self.bump();
        let mut parts = vec![condition, self.expression(BinaryOp::Or.precedence())];
        if self.token() == &Token::Colon {
            self.bump();
            parts.push(self.expression(BinaryOp::Or.precedence()));
        }
        parts
    }

    /// The operator ahead, or the one that a word there is meant for.
    fn operator(&self) -> Option<BinaryOp> {
        match self.token() {
            Token::Op(op) => Some(*op),
            Token::Name(word) => match word.to_ascii_lowercase().as_str() {
                "and" => Some(BinaryOp::And),
                "or" => Some(BinaryOp::Or),
                "is" => Some(BinaryOp::Eq),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether `&&` or `||` is ahead.
    fn joins(&self) -> bool {
        matches!(self.operator(), Some(BinaryOp::And | BinaryOp::Or))
    }

    fn value_follows(&self) -> bool {
        let (token, _) = self.second();
        matches!(token, Token::Open | Token::Quoted(_))
            || matches!(token, Token::Name(name) if *name != "in")
    }

    fn number_precedes(&self) -> bool {
        let last = self.at.checked_sub(1).and_then(|last| self.tokens.get(last));
        last.is_some_and(|(token, _)| matches!(token, Token::Number(_)))
    }

    fn token(&self) -> &Token<'a> {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn second(&self) -> (&Token<'a>, &Range<usize>) {
        const END: Range<usize> = 0..0;
        self.tokens.get(self.at + 1).map_or((&Token::End, &END), |(token, place)| (token, place))
    }

    fn place(&self) -> Range<usize> {
        let end = self.text.len()..self.text.len();
        self.tokens.get(self.at).map_or(end, |(_, place)| place.clone())
    }

    fn end_of_last(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|last| self.tokens.get(last));
        last.map_or(0, |(_, place)| place.end)
    }

    fn bump(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }
}
