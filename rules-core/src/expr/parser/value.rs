//! Fields, calls with their arguments, and what follows a value.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::ops::Range;

use sorted::Gather;

use super::{
    super::{
        ParseError,
        lexer::Token,
        literal::shown,
        node::{Call, Kind, Node, Sampling},
        spelling::nearest,
    },
    Group, Parser,
};
use crate::{Reading, Span, number::Plain};

impl Parser<'_, '_> {
    /// A field such as `door.open`, or a call: of a function, or of a method of a field.
    pub(super) fn path(&mut self, first: String) -> Node {
        let start = self.place().start;
        let (mut path, mut last, mut last_place) = (first.clone(), first, self.place());
        // What stands before the last dot, and where it ends: the receiver, if a method follows.
        let mut owner = None;
        self.bump();
        while self.token() == &Token::Dot {
            let end = self.end_of_last();
            (last, last_place) = match self.second() {
                (Token::Name(name), place) => (String::from(*name), place.clone()),
                (Token::Quoted(name), place) => (name.clone().into_owned(), place.clone()),
                _ => {
                    self.bump();
                    self.unexpected("the rest of a field's name");
                    return Node::broken(start..self.end_of_last());
                }
            };
            let longer = format!("{path}.{last}");
            owner = Some((path, start..end));
            path = longer;
            self.bump();
            self.bump();
        }
        if self.token() == &Token::Open {
            let receiver = owner.map(|(path, place)| self.field(path, place));
            return self.call(start, last, last_place, receiver);
        }
        self.field(path, start..self.end_of_last())
    }

    fn field(&mut self, path: String, place: Range<usize>) -> Node {
        if path.len() > Reading::NAME_BYTES_MAX {
            let (found, allowed) = (path.len(), Reading::NAME_BYTES_MAX);
            let message =
                format!("the name has {found} bytes; no reading's names have more than {allowed}");
            self.faults.push(ParseError::new("bad_name", place.clone(), message));
        }
        Node::new(Kind::Field(path), place)
    }

    /// The call whose name has been read; its `(` is ahead.
    fn call(
        &mut self,
        start: usize,
        name: String,
        name_place: Range<usize>,
        receiver: Option<Node>,
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
        let receiver = receiver.map(Box::new);
        if self.close(&Token::Close, &opened) {
            let call = Call { name, name_place, receiver, arguments };
            self.bounded(Kind::Call(call), start..self.end_of_last())
        } else {
            // Where the arguments end is a guess: nothing is said of them.
            let parts = receiver.into_iter().map(|receiver| *receiver).gather();
            Node::new(Kind::Broken(parts), start..self.end_of_last())
        }
    }

    /// An argument of a function: an expression, or a frame of samples in one
    /// of the forms that the grammar has beside a plain duration.
    fn argument(&mut self) -> Node {
        let start = self.place().start;
        let (second, second_place) = self.second();
        let second_place = second_place.clone();
        let sampling = match (self.token(), second) {
            (Token::Number(number), Token::Name(word)) => {
                let number = *number;
                if !matches!(*word, "samples" | "sample") {
                    let Some(_) = nearest(word, ["samples"]) else {
                        return self.group(Group::Arguments);
                    };
                    self.misspelt(word, second_place, "samples");
                }
                self.bump();
                self.bump();
                Some(Sampling::Samples(number))
            }
            (Token::Name(word), Token::Duration(_) | Token::Number(_)) => {
                let meant = match nearest(word, ["every", "session"]) {
                    Some(meant) if meant == *word => meant,
                    Some(meant) => {
                        self.misspelt(word, self.place(), meant);
                        meant
                    }
                    None => return self.group(Group::Arguments),
                };
                self.bump();
                if meant == "every" { self.duration().map(Sampling::Every) } else { self.session() }
            }
            (Token::Duration(span), Token::Name("every")) => {
                let width = Node::new(Kind::Duration(*span), self.place());
                self.bump();
                let message = "found `every` behind a duration; it is an argument of its own, as \
                               in `avg(temp, 5m, every 1m)`";
                self.faults.push(ParseError::new("syntax", self.place(), message));
                return width;
            }
            _ => return self.group(Group::Arguments),
        };
        let kind = sampling.map_or_else(|| Kind::Broken(Vec::new()), Kind::Frame);
        let node = Node::new(kind, start..self.end_of_last());
        if !Group::Arguments.ends_at(self.token()) {
            self.unexpected("`,` or `)`");
            self.skip(Group::Arguments);
        }
        node
    }

    /// Reports a word of a frame that is written wrong.
    fn misspelt(&mut self, word: &str, place: Range<usize>, meant: &str) {
        let message = format!("found {}, which no frame of samples has", shown(word));
        self.faults.push(ParseError::new("syntax", place, message).suggesting(Some(meant)));
    }

    /// What follows the word `session`: its gap, and its longest duration if one is given.
    fn session(&mut self) -> Option<Sampling> {
        let gap = self.duration();
        let limited = self.token() == &Token::Name("max")
            && matches!(self.second().0, Token::Duration(_) | Token::Number(_));
        if !limited {
            return gap.map(|gap| Sampling::Session { gap, max: None });
        }
        self.bump();
        let max = self.duration()?;
        gap.map(|gap| Sampling::Session { gap, max: Some(max) })
    }

    /// Takes the duration ahead, or the number that is none, which is reported.
    fn duration(&mut self) -> Option<Span> {
        let found = match self.token() {
            Token::Duration(span) => Some(*span),
            Token::Number(number) => {
                let message = format!(
                    "found the number {}, expected a duration such as `5m`",
                    Plain(*number)
                );
                self.faults.push(ParseError::new("type_mismatch", self.place(), message));
                None
            }
            _ => return None,
        };
        self.bump();
        found
    }

    /// The methods of a value; an index and a part of something that is no field are refused.
    pub(super) fn after_value(&mut self, mut value: Node) -> Node {
        loop {
            let start = value.place.start;
            match self.token() {
                Token::OpenList => {
                    let message = if matches!(self.second().0, Token::Duration(_)) {
                        "found `[`; how far back is an argument of the aggregate, as in \
                         `avg(temp, 5m)`"
                    } else {
                        "an index `[…]` is not supported; nested values are fields such as \
                         `door.open`"
                    };
                    self.faults.push(ParseError::new("not_supported", self.place(), message));
                    self.list();
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
                        value = self.call(start, String::from(name), place, Some(value));
                        continue;
                    }
                    let message =
                        format!("found `.{name}` behind a value; only a field has named parts");
                    self.faults.push(ParseError::new("syntax", place, message));
                }
                _ => return value,
            }
            value = self.bounded(Kind::Broken(vec![value]), start..self.end_of_last());
        }
    }

    /// Whether `in`, or what other languages have for it or its opposite, is ahead.
    pub(super) fn is_membership(&self) -> bool {
        let is = |token: &Token<'_>, wanted: &str| matches!(token, Token::Name(word) if word.eq_ignore_ascii_case(wanted));
        match self.token() {
            Token::Name("in") => true,
            word if is(word, "in") => self.second().0 == &Token::OpenList,
            word => is(word, "not") && is(self.second().0, "in"),
        }
    }

    /// `left in [a, b]`; the sign is ahead.
    pub(super) fn membership(&mut self, left: Node) -> Kind {
        let is_in = matches!(self.token(), Token::Name(name) if name.len() == "in".len());
        if is_in && self.token() != &Token::Name("in") {
            self.word_as_sign("in");
        } else if !is_in {
            let place = self.place().start..self.second().1.end;
            let message = "found `not in`, which is no operator here; write `!(x in [1, 2])`";
            self.faults.push(ParseError::new("syntax", place, message));
            self.bump();
        }
        self.bump();
        if self.token() == &Token::OpenList {
            let opened = self.place().start;
            let (mut items, closed) = self.list();
            if closed {
                return Kind::In(Box::new(left), items, opened..self.end_of_last());
            }
            items.insert(0, left);
            return Kind::Broken(items);
        }
        self.unexpected("a list of literals such as `[1, 2]`");
        Kind::Broken(vec![left, self.operand()])
    }

    /// A list that stands by itself.
    pub(super) fn stray_list(&mut self) -> Node {
        let start = self.place().start;
        self.unexpected("a value; a list stands only behind `in`, as in `x in [1, 2]`");
        let (items, _) = self.list();
        self.bounded(Kind::Broken(items), start..self.end_of_last())
    }

    /// Expressions between brackets, and whether they were closed.
    fn list(&mut self) -> (Vec<Node>, bool) {
        let opened = self.place();
        self.bump();
        let mut items = Vec::new();
        while !matches!(self.token(), Token::CloseList | Token::End) {
            items.push(self.group(Group::List));
            if self.token() == &Token::Comma {
                self.bump();
            }
        }
        let closed = self.close(&Token::CloseList, &opened);
        (items, closed)
    }
}
