//! Text → tokens with their places.

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::ops::Range;

use super::{BinaryOp, ParseError, literal};
use crate::Span;

/// The smallest pieces of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    Text(String),
    Duration(Span),
    /// An identifier or a keyword.
    Name(&'a str),
    /// A name in backticks.
    Quoted(Cow<'a, str>),
    /// An operator with two operands; `-` is one with one operand too.
    Op(BinaryOp),
    Not,
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    Dot,
    Question,
    Colon,
    /// Something already reported.
    Bad,
    End,
}

/// Names that a field cannot have unless it is quoted.
const KEYWORDS: [&str; 4] = ["true", "false", "null", "in"];

/// What is written with signs alone, longest first.
const SIGNS: [(&str, Token<'static>); 22] = [
    ("||", Token::Op(BinaryOp::Or)),
    ("&&", Token::Op(BinaryOp::And)),
    ("==", Token::Op(BinaryOp::Eq)),
    ("!=", Token::Op(BinaryOp::Ne)),
    ("<=", Token::Op(BinaryOp::Le)),
    (">=", Token::Op(BinaryOp::Ge)),
    ("<", Token::Op(BinaryOp::Lt)),
    (">", Token::Op(BinaryOp::Gt)),
    ("+", Token::Op(BinaryOp::Add)),
    ("-", Token::Op(BinaryOp::Sub)),
    ("*", Token::Op(BinaryOp::Mul)),
    ("/", Token::Op(BinaryOp::Div)),
    ("%", Token::Op(BinaryOp::Rem)),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenList),
    ("]", Token::CloseList),
    (",", Token::Comma),
    (".", Token::Dot),
    ("?", Token::Question),
    (":", Token::Colon),
];

/// Signs of other languages, and what they are here.
const FOREIGN_SIGNS: [(&str, &str); 11] = [
    ("<>", "!="),
    ("=<", "<="),
    ("=>", ">="),
    ("=", "=="),
    ("&", "&&"),
    ("|", "||"),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("−", "-"),
    ("×", "*"),
];

/// Whether `name` needs no backticks.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(is_name_byte)
        && !KEYWORDS.contains(&name)
}

/// The tokens of `text`, [`Token::End`] last; what is none is reported.
pub(super) fn tokens<'a>(
    text: &'a str,
    faults: &mut Vec<ParseError>,
) -> Vec<(Token<'a>, Range<usize>)> {
    let mut lexer = Lexer { text, at: 0, faults };
    let mut tokens = Vec::new();
    loop {
        let blank = lexer.rest().bytes().take_while(u8::is_ascii_whitespace).count();
        lexer.at += blank;
        let start = lexer.at;
        let token = lexer.token();
        let end = token == Token::End;
        // A run of strange characters is one mistake.
        let again =
            token == Token::Bad && tokens.last().is_some_and(|(last, _)| *last == Token::Bad);
        if !again {
            tokens.push((token, start..lexer.at));
        }
        if end {
            return tokens;
        }
    }
}

struct Lexer<'a, 'f> {
    text: &'a str,
    at: usize,
    faults: &'f mut Vec<ParseError>,
}

impl<'a> Lexer<'a, '_> {
    /// Takes one token; `at` moves on unless it is the end.
    fn token(&mut self) -> Token<'a> {
        let rest = self.rest();
        let mut bytes = rest.bytes();
        let (Some(first), second) = (bytes.next(), bytes.next()) else { return Token::End };
        let digit_follows = second.is_some_and(|byte| byte.is_ascii_digit());
        match first {
            b'"' | b'\'' => self.literal(literal::text),
            b'r' | b'R' if matches!(second, Some(b'"' | b'\'')) => self.literal(literal::text),
            _ if rest.starts_with(literal::CURLY_QUOTES) => self.literal(literal::curly_text),
            b'`' => self.literal(literal::quoted_name),
            b'0'..=b'9' => self.literal(literal::number_or_duration),
            b'.' if digit_follows => self.literal(literal::number_or_duration),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = rest.bytes().take_while(|byte| is_name_byte(*byte)).count();
                Token::Name(self.take(length))
            }
            _ => self.sign(),
        }
    }

    /// Takes what `read` reads: a token and its length, or what is wrong with
    /// it, the place counted from where it begins.
    fn literal(
        &mut self,
        read: fn(&'a str) -> (usize, Result<Token<'a>, ParseError>),
    ) -> Token<'a> {
        let start = self.at;
        let (length, token) = read(self.rest());
        self.take(length);
        token.unwrap_or_else(|mut fault| {
            fault.place = fault.place.start + start..fault.place.end + start;
            self.faults.push(fault);
            Token::Bad
        })
    }

    fn sign(&mut self) -> Token<'a> {
        let (rest, start) = (self.rest(), self.at);
        let foreign = FOREIGN_SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        let own = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        match (own, foreign) {
            (Some((sign, token)), None) => {
                self.take(sign.len());
                token.clone()
            }
            (Some((sign, token)), Some((strange, _))) if sign.len() >= strange.len() => {
                self.take(sign.len());
                token.clone()
            }
            (_, Some((strange, meant))) => {
                self.take(strange.len());
                let message = format!("found `{strange}`, which is no operator here");
                let fault = ParseError::new("syntax", start..self.at, message);
                self.faults.push(fault.suggesting(Some(meant)));
                // Whoever wrote it meant an operator: read on as if it were there.
                let meant = SIGNS.iter().find(|(sign, _)| sign == meant);
                meant.map_or(Token::Bad, |(_, token)| token.clone())
            }
            (None, None) => self.strange(),
        }
    }

    /// A character that begins nothing, with all others like it that follow.
    fn strange(&mut self) -> Token<'a> {
        let start = self.at;
        let length: usize = self
            .rest()
            .chars()
            .take_while(|character| {
                !character.is_ascii()
                    || matches!(character, '#' | '$' | '@' | '\\' | ';' | '^' | '~')
            })
            .map(char::len_utf8)
            .sum();
        let found = self.take(length.max(1));
        let hint = if found.chars().all(is_letter) {
            "; a name with other letters than a-z stands in backticks"
        } else {
            ""
        };
        let message = format!("found {}, which begins nothing here{hint}", literal::shown(found));
        self.faults.push(ParseError::new("syntax", start..self.at, message));
        Token::Bad
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves on by `length` bytes, or to the next end of a character.
    fn take(&mut self, length: usize) -> &'a str {
        let start = self.at;
        self.at = (start.saturating_add(length)..self.text.len())
            .find(|end| self.text.is_char_boundary(*end))
            .unwrap_or(self.text.len());
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// Whether it stands where Unicode has the letters of the world's scripts. Good
/// enough for a hint; which ones exactly are letters would be 2 kB of tables.
fn is_letter(character: char) -> bool {
    let is_sign = matches!(character, '×' | '÷');
    let is_among_letters = matches!(
        character,
        '\u{c0}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}' | '\u{3031}'..='\u{d7ff}'
    );
    is_among_letters && !is_sign
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
