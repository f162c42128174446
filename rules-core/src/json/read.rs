//! JSON text, read piece by piece.
//!
//! There are no types to read into: who reads asks for the next piece and says
//! what it makes of it, so a module has this code once. Nesting is as deep as
//! who reads allows it; [`Reader::skip`] takes any depth.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::mem;

use super::escape::unescaped;
use crate::number;

/// A JSON text that is being read.
#[derive(Debug)]
pub struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    due: Due,
}

/// What has to come before the next value.
#[derive(Clone, Copy, Debug, Default)]
enum Due {
    /// Nothing, or a comma.
    #[default]
    Nothing,
    /// No comma: the list or object has just begun.
    First,
    /// A colon: a key was read.
    Colon,
}

/// A value, or where one of several parts begins.
#[derive(Debug)]
pub enum Piece<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it stands there.
    Number(&'t str),
    /// A text.
    Text(Cow<'t, str>),
    /// The beginning of a list: [`Reader::item`] says whether there is another item.
    List,
    /// The beginning of an object: [`Reader::key`] gives the next key.
    Object,
}

/// Why a text is no JSON, in `serde_json`'s words, and where it shows.
#[derive(Debug, thiserror::Error)]
#[error("{what} at line {line} column {column}")]
pub struct Fault {
    /// What is wrong.
    pub what: Cow<'static, str>,
    /// How many bytes had been read.
    pub read: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1; 0 in front of a line's first byte.
    pub column: usize,
}

const END_OF_VALUE: &str = "EOF while parsing a value";
const END_OF_LIST: &str = "EOF while parsing a list";
const END_OF_OBJECT: &str = "EOF while parsing an object";
const END_OF_TEXT: &str = "EOF while parsing a string";
const CONTROL_CHARACTER: &str = "control character (\\u0000-\\u001F) found while parsing a string";
const INVALID_ESCAPE: &str = "invalid escape";
const INVALID_NUMBER: &str = "invalid number";
const INVALID_UNICODE: &str = "invalid unicode code point";
const LONE_SURROGATE: &str = "lone leading surrogate in hex escape";

impl<'t> Reader<'t> {
    /// Before the first byte of `text`.
    #[must_use]
    pub const fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, due: Due::Nothing }
    }

    /// Reads the value that comes next, or the beginning of one.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&mut self) -> Result<Piece<'t>, Fault> {
        let raw = self.token()?;
        Ok(match raw.first() {
            Some(b'n') => Piece::Null,
            Some(b't') => Piece::Bool(true),
            Some(b'f') => Piece::Bool(false),
            Some(b'"') => Piece::Text(self.unquoted(raw)?),
            Some(b'[') => Piece::List,
            Some(b'{') => Piece::Object,
            _ => Piece::Number(str::from_utf8(raw).unwrap_or_default()),
        })
    }

    /// Passes over the next value and gives it as it stands there.
    ///
    /// # Errors
    /// There is none. What the escapes in its texts name is not looked at.
    pub fn skip(&mut self) -> Result<&'t str, Fault> {
        self.begin()?;
        let begin = self.at;
        let mut open = Vec::new();
        loop {
            if let Some(bracket @ (b'[' | b'{')) = self.token()?.first() {
                open.push(*bracket);
            }
            loop {
                let goes_on = match open.last() {
                    None => return self.utf8(begin),
                    Some(b'[') => self.item()?,
                    Some(_) => self.name()?.is_some(),
                };
                if goes_on {
                    break;
                }
                open.pop();
            }
        }
    }

    /// Whether the list has another item, which is the next value then; else
    /// it has ended.
    ///
    /// # Errors
    /// Neither is there.
    pub fn item(&mut self) -> Result<bool, Fault> {
        self.part(b']', END_OF_LIST, "expected `,` or `]`")
    }

    /// The next key of the object, whose value comes next; `None` at its end.
    ///
    /// # Errors
    /// Neither is there.
    pub fn key(&mut self) -> Result<Option<Cow<'t, str>>, Fault> {
        let name = self.name()?;
        name.map(|name| self.unquoted(name.as_bytes())).transpose()
    }

    /// As [`Reader::key`], with its quotes and escapes.
    ///
    /// # Errors
    /// Neither a key nor the end is there.
    pub fn name(&mut self) -> Result<Option<&'t str>, Fault> {
        if !self.part(b'}', END_OF_OBJECT, "expected `,` or `}`")? {
            return Ok(None);
        }
        let begin = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.at_next("key must be a string"));
        }
        self.text()?;
        self.due = Due::Colon;
        self.utf8(begin).map(Some)
    }

    /// Makes sure that nothing else comes.
    ///
    /// # Errors
    /// Something does.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.blanks().map_or(Ok(()), |_| Err(self.at_next("trailing characters")))
    }

    /// The number that was just read as `raw`.
    ///
    /// # Errors
    /// It is larger than any `f64`.
    pub fn finite(&self, raw: &str) -> Result<f64, Fault> {
        let number = number::read(raw).filter(|number| number.is_finite());
        number.ok_or_else(|| self.here("number out of range"))
    }

    /// Whatever is wrong with the piece that was just read.
    #[must_use]
    pub fn here(&self, what: impl Into<Cow<'static, str>>) -> Fault {
        self.fault(what.into(), self.at)
    }

    fn at_next(&self, what: &'static str) -> Fault {
        self.fault(what.into(), self.at + 1)
    }

    fn fault(&self, what: Cow<'static, str>, read: usize) -> Fault {
        let read = read.min(self.text.len());
        let before = self.text.get(..read).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Fault { what, read, line, column }
    }

    /// The next scalar, or the bracket of what is none.
    fn token(&mut self) -> Result<&'t [u8], Fault> {
        let next = self.begin()?;
        let begin = self.at;
        match next {
            Some(b'n') => self.word(b"null")?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'"') => self.text()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'[' | b'{') => {
                self.at += 1;
                self.due = Due::First;
            }
            Some(_) => return Err(self.at_next("expected value")),
            None => return Err(self.at_next(END_OF_VALUE)),
        }
        Ok(self.since(begin))
    }

    /// Passes over what comes before a value, and shows its first byte.
    fn begin(&mut self) -> Result<Option<u8>, Fault> {
        if let Due::Colon = mem::take(&mut self.due) {
            match self.blanks() {
                Some(b':') => self.at += 1,
                Some(_) => return Err(self.at_next("expected `:`")),
                None => return Err(self.at_next(END_OF_OBJECT)),
            }
        }
        Ok(self.blanks())
    }

    /// Whether another part comes, or `end`.
    fn part(
        &mut self,
        end: u8,
        missing: &'static str,
        expected: &'static str,
    ) -> Result<bool, Fault> {
        let due = mem::take(&mut self.due);
        match self.blanks() {
            Some(byte) if byte == end => {
                self.at += 1;
                return Ok(false);
            }
            Some(_) if matches!(due, Due::First) => return Ok(true),
            Some(b',') => self.at += 1,
            Some(_) => return Err(self.at_next(expected)),
            None => return Err(self.at_next(missing)),
        }
        match self.blanks() {
            Some(byte) if byte == end => Err(self.at_next("trailing comma")),
            Some(_) => Ok(true),
            None => Err(self.at_next(END_OF_VALUE)),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        for letter in word {
            match self.next() {
                Some(byte) if byte == *letter => {}
                Some(_) => return Err(self.here("expected ident")),
                None => return Err(self.here(END_OF_VALUE)),
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        self.pass(b"-");
        match self.next() {
            Some(b'0') if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                return Err(self.at_next(INVALID_NUMBER));
            }
            Some(b'0'..=b'9') => self.digits(),
            Some(_) => return Err(self.here(INVALID_NUMBER)),
            None => return Err(self.here(END_OF_VALUE)),
        }
        if self.pass(b".") {
            match self.peek() {
                Some(b'0'..=b'9') => self.digits(),
                Some(_) => return Err(self.at_next(INVALID_NUMBER)),
                None => return Err(self.at_next(END_OF_VALUE)),
            }
        }
        if self.pass(b"eE") {
            self.pass(b"+-");
            match self.next() {
                Some(b'0'..=b'9') => self.digits(),
                Some(_) => return Err(self.here(INVALID_NUMBER)),
                None => return Err(self.here(END_OF_VALUE)),
            }
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.pass(b"0123456789") {}
    }

    /// Passes over a text.
    fn text(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.next() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err(self.here(CONTROL_CHARACTER)),
                Some(_) => {}
                None => return Err(self.here(END_OF_TEXT)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let Some((digits, _)) = rest.split_at_checked(4) else {
                    self.at = self.text.len();
                    return Err(self.here(END_OF_TEXT));
                };
                self.at += 4;
                let are_digits = digits.iter().all(u8::is_ascii_hexdigit);
                are_digits.then_some(()).ok_or_else(|| self.here(INVALID_ESCAPE))
            }
            Some(_) => Err(self.here(INVALID_ESCAPE)),
            None => Err(self.here(END_OF_TEXT)),
        }
    }

    /// The text that stands in quotes in `raw`, which was just read.
    fn unquoted(&self, raw: &'t [u8]) -> Result<Cow<'t, str>, Fault> {
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        let inner = str::from_utf8(inner).map_err(|_| self.here(INVALID_UNICODE))?;
        unescaped(inner).ok_or_else(|| self.here(LONE_SURROGATE))
    }

    /// What was read since `begin`.
    fn utf8(&self, begin: usize) -> Result<&'t str, Fault> {
        str::from_utf8(self.since(begin))
            .map_err(|why| self.fault(INVALID_UNICODE.into(), begin + why.valid_up_to() + 1))
    }

    fn since(&self, begin: usize) -> &'t [u8] {
        self.text.get(begin..self.at).unwrap_or_default()
    }

    /// Passes over blanks and shows what follows.
    fn blanks(&mut self) -> Option<u8> {
        while self.pass(b" \n\t\r") {}
        self.peek()
    }

    /// Passes over one of `bytes`, if it comes next.
    fn pass(&mut self, bytes: &[u8]) -> bool {
        let comes = self.peek().is_some_and(|next| bytes.contains(&next));
        self.at += usize::from(comes);
        comes
    }

    fn next(&mut self) -> Option<u8> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

impl Piece<'_> {
    /// Why it is not what was `expected`, in `serde`'s words.
    #[must_use]
    pub fn unlike(&self, expected: &str) -> String {
        let found = match self {
            Self::Null => "null".to_string(),
            Self::Bool(truth) => format!("boolean `{truth}`"),
            Self::Number(raw) if raw.trim_start_matches('-').parse::<u64>().is_ok() => {
                format!("integer `{raw}`")
            }
            Self::Number(raw) => {
                let number = number::Json(number::read(raw).unwrap_or_default());
                format!("floating point `{number}`")
            }
            Self::Text(text) => format!("string {text:?}"),
            Self::List => "sequence".to_string(),
            Self::Object => "map".to_string(),
        };
        format!("invalid type: {found}, expected {expected}")
    }
}

impl Fault {
    /// Whether the text ends before its value does.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.what.starts_with("EOF")
    }
}
