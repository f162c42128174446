//! Tokens → nodes, by precedence climbing.
//!
//! ```text
//! expression = operand { operator operand } .
//! operand    = { "!" | "-" } primary .
//! primary    = literal | path | call | "(" expression ")" .
//! ```
//!
//! After a mistake the parser reads on behind the next `&&`, `||`, `,` or
//! closing parenthesis, so that independent mistakes are found together.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::ops::Range;

use super::{
    BinaryOp, DEPTH_MAX, ParseError, UnaryOp,
    lexer::Token,
    node::{Call, Kind, Node},
};
use crate::{Reading, Value};

mod recovery;

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
            if weakest <= BinaryOp::COMPARISON && self.token() == &Token::Name("in") {
                let parts = self.membership(left);
                left = self.bounded(Kind::Broken(parts), start..self.end_of_last());
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
            Token::Name("in") => {
                let message =
                    "`in` is a keyword; a field of that name stands in backticks: `` `in` ``";
                self.faults.push(ParseError::new("syntax", place, message));
                return self.path(String::from("in"));
            }
            Token::Name(name) => return self.path(String::from(name)),
            Token::Quoted(name) => return self.path(name.into_owned()),
            Token::Open => return self.parentheses(),
            Token::Bad => Kind::Broken(Vec::new()),
            _ => {
                self.unexpected("a number, a text, a field, a function, `!`, `-` or `(`");
                return Node::broken(place);
            }
        };
        self.bump();
        Node::new(kind, place)
    }

    /// A field such as `door.open`, or a call: of a function, or of a method of a field.
    fn path(&mut self, first: String) -> Node {
        let start = self.place();
        let (mut path, mut last, mut last_place) = (first.clone(), first, start.clone());
        let mut is_method = false;
        self.bump();
        while self.token() == &Token::Dot {
            (last, last_place) = match self.second() {
                (Token::Name(name), place) => (String::from(*name), place.clone()),
                (Token::Quoted(name), place) => (name.clone().into_owned(), place.clone()),
                _ => {
                    self.bump();
                    self.unexpected("the rest of a field's name");
                    return Node::broken(start.start..self.end_of_last());
                }
            };
            path = format!("{path}.{last}");
            is_method = true;
            self.bump();
            self.bump();
        }
        if self.token() == &Token::Open {
            return self.call(start.start, last, last_place, is_method);
        }
        let place = start.start..self.end_of_last();
        if path.len() > Reading::NAME_BYTES_MAX {
            let (found, allowed) = (path.len(), Reading::NAME_BYTES_MAX);
            let message =
                format!("the name has {found} bytes; no reading's names have more than {allowed}");
            self.faults.push(ParseError::new("bad_name", place.clone(), message));
        }
        Node::new(Kind::Field(path), place)
    }

    fn call(
        &mut self,
        start: usize,
        name: String,
        name_place: Range<usize>,
        is_method: bool,
    ) -> Node {
        let opened = self.place();
        self.bump();
        let mut arguments = Vec::new();
        while !matches!(self.token(), Token::Close | Token::End) {
            let argument = self.argument();
            arguments.push(argument);
            if self.token() == &Token::Comma {
                self.bump();
                if self.token() == &Token::Close {
                    self.unexpected("an argument after `,`");
                }
            }
        }
        let place = start..self.end_of_last();
        if self.close(&Token::Close, &opened) {
            let place = start..self.end_of_last();
            Node::new(Kind::Call(Call { name, name_place, is_method, arguments }), place)
        } else {
            // Where the arguments end is a guess: nothing is said of them.
            Node::broken(place)
        }
    }

    /// An argument of a function: an expression, or a frame of samples in one
    /// of the forms that the grammar has beside a plain duration.
    fn argument(&mut self) -> Node {
        let place = self.place();
        let start = place.start;
        let frame = match (self.token(), self.second().0) {
            (Token::Number(_), Token::Name("samples" | "sample")) => "N samples",
            (Token::Name("every"), Token::Duration(_)) => "every S",
            (Token::Name("session"), Token::Duration(_)) => "session G",
            _ => return self.group(Group::Arguments),
        };
        self.bump();
        self.bump();
        if frame == "session G"
            && self.token() == &Token::Name("max")
            && matches!(self.second().0, Token::Duration(_))
        {
            self.bump();
            self.bump();
        }
        let node = Node::new(Kind::Frame(frame), start..self.end_of_last());
        if !Group::Arguments.ends_at(self.token()) {
            self.unexpected("`,` or `)`");
            self.skip(Group::Arguments);
        }
        node
    }

    fn parentheses(&mut self) -> Node {
        let opened = self.place();
        self.bump();
        let mut node = self.group(Group::Parentheses);
        self.close(&Token::Close, &opened);
        node.place = opened.start..self.end_of_last();
        node
    }

    /// What may not follow a value: an index, or a method of something other than a field.
    fn after_value(&mut self, mut value: Node) -> Node {
        loop {
            let start = value.place.start;
            let parts = match self.token() {
                Token::OpenList => {
                    let message = "an index `[…]` is not supported; nested values are fields such \
                                   as `door.open`";
                    self.faults.push(ParseError::new("not_supported", self.place(), message));
                    self.list();
                    vec![value]
                }
                Token::Dot => {
                    self.bump();
                    let (token, place) = (self.token().clone(), self.place());
                    let Token::Name(name) = token else {
                        self.unexpected("a name");
                        return value;
                    };
                    self.bump();
                    if self.token() == &Token::Open {
                        vec![value, self.call(start, String::from(name), place, true)]
                    } else {
                        let message =
                            format!("found `.{name}` behind a value; only a field has named parts");
                        self.faults.push(ParseError::new("syntax", place, message));
                        vec![value]
                    }
                }
                _ => return value,
            };
            value = self.bounded(Kind::Broken(parts), start..self.end_of_last());
        }
    }

    /// `left in [a, b]`: read, and refused by name.
    fn membership(&mut self, left: Node) -> Vec<Node> {
        let message = "`in [..]` is not supported yet; write `x == a || x == b`";
        self.faults.push(ParseError::new("not_supported", self.place(), message));
        self.bump();
        let mut parts = vec![left];
        if self.token() == &Token::OpenList {
            parts.extend(self.list());
        } else {
            parts.push(self.operand());
        }
        parts
    }

    fn list(&mut self) -> Vec<Node> {
        let opened = self.place();
        self.bump();
        let mut items = Vec::new();
        while !matches!(self.token(), Token::CloseList | Token::End) {
            items.push(self.group(Group::List));
            if self.token() == &Token::Comma {
                self.bump();
            }
        }
        self.close(&Token::CloseList, &opened);
        items
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
