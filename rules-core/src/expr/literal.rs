//! Literals: numbers, durations, texts and names in backticks.
//!
//! Each reader gets the text from where the literal begins, and gives how many
//! bytes it takes, with its token or what is wrong with it.

use alloc::{borrow::Cow, format, string::String};
use core::{fmt, ops::Range};

use super::{ParseError, lexer::Token};
use crate::{Reading, Span, number};

/// How much of a strange text a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// `found` in backticks, shortened where it is long.
pub(super) fn shown(found: &str) -> impl fmt::Display {
    let end = found.char_indices().nth(SHOWN_CHARS_MAX).map_or(found.len(), |(end, _)| end);
    let head =
        found.get(..end).unwrap_or_default().chars().fold(String::new(), |mut head, letter| {
            match letter {
                '"' | '\'' => head.push(letter),
                other => head.extend(other.escape_debug()),
            }
            head
        });
    if end < found.len() { format!("`{head}…`") } else { format!("`{head}`") }
}

/// `81`, `.5`, `1.5e-3`, `0x1F`, `7u` (CEL's numbers, all of them f64 here),
/// and durations such as `1h30m`.
pub(super) fn number_or_duration(text: &str) -> (usize, Result<Token<'_>, ParseError>) {
    let number = number_length(text);
    let tail = text.get(number..).unwrap_or_default();
    let length = number + count(tail, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let (whole, suffix) = split(text, length, number);
    let decimal = split(text, number, 0).0;
    let token = if let Some(digits) = whole.strip_prefix("0x").or_else(|| whole.strip_prefix("0X"))
    {
        let digits = digits.strip_suffix(['u', 'U']).unwrap_or(digits);
        u64::from_str_radix(digits, 16).ok().map(|number| Token::Number(number as f64))
    } else if suffix.is_empty() || (matches!(suffix, "u" | "U") && is_whole(decimal)) {
        let number = number::read(decimal).filter(|number| number.is_finite());
        number.map(Token::Number)
    } else {
        Span::parse(whole).map(Token::Duration)
    };
    (length, token.ok_or_else(|| bad_number(whole, decimal, suffix)))
}

/// The bytes that belong to a decimal number, an exponent included.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| count(text.get(from..).unwrap_or_default(), |b| b.is_ascii_digit());
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut length = digits(0);
    if byte(length) == Some(b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if matches!(byte(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(length + 1), Some(b'+' | b'-')));
        match digits(length + 1 + sign) {
            0 => {}
            exponent => length += 1 + sign + exponent,
        }
    }
    length
}

fn is_whole(decimal: &str) -> bool {
    decimal.bytes().all(|byte| byte.is_ascii_digit())
}

fn bad_number(whole: &str, decimal: &str, suffix: &str) -> ParseError {
    let place = 0..whole.len();
    let found = shown(whole);
    if suffix.is_empty() || whole.starts_with("0x") || whole.starts_with("0X") {
        let message = format!("the number {found} is malformed or too large");
        return ParseError::new("bad_number", place, message);
    }
    let fractional = decimal.contains('.') && matches!(suffix, "d" | "h" | "m" | "s" | "ms");
    let hint = if fractional {
        "a duration's numbers are whole: `1h30m`, not `1.5h`"
    } else {
        "a duration is whole numbers with the units d, h, m, s and ms from large to small, \
         as in `1h30m`, up to 10000d"
    };
    let message = format!("{found} is neither a number nor a duration; {hint}");
    ParseError::new("bad_duration", place, message)
}

/// A text in single or double quotes, or in three of either, which may hold
/// ends of lines; with CEL's escapes, unless an `r` stands before it.
pub(super) fn text(source: &str) -> (usize, Result<Token<'_>, ParseError>) {
    let prefix = usize::from(source.starts_with(['r', 'R']));
    let rest = |at: usize| source.get(at..).unwrap_or_default();
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quote = quotes.into_iter().find(|quote| rest(prefix).starts_with(quote)).unwrap_or("\"");
    let mut at = prefix + quote.len();
    let mut text = String::new();
    let mut fault = None;
    loop {
        if rest(at).starts_with(quote) {
            return (at + quote.len(), fault.map_or(Ok(Token::Text(text)), Err));
        }
        match rest(at).chars().next() {
            None => break,
            Some('\n' | '\r') if quote.len() == 1 => break,
            Some('\\') if prefix == 0 => match escaped(rest(at + 1)) {
                Ok((character, length)) => {
                    text.push(character);
                    at += 1 + length;
                }
                Err(why) => {
                    fault.get_or_insert_with(|| ParseError::new("bad_text", at..at + 1, why));
                    // An escaped quote must not end the text that is wrong already.
                    at += 1 + rest(at + 1).chars().next().map_or(0, char::len_utf8);
                }
            },
            Some(other) => {
                text.push(other);
                at += other.len_utf8();
            }
        }
    }
    let before = if quote.len() == 1 { " before the line ends" } else { "" };
    let message = format!("the text is not closed: its {quote} is missing{before}");
    (at, Err(ParseError::new("bad_text", 0..at, message)))
}

/// What word processors make of quotes.
pub(super) const CURLY_QUOTES: [char; 4] = ['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];

/// A text in curly quotes, which are refused as one mistake.
pub(super) fn curly_text(source: &str) -> (usize, Result<Token<'_>, ParseError>) {
    let mut curly = source.char_indices().filter(|(_, letter)| CURLY_QUOTES.contains(letter));
    let length = curly.nth(1).map_or(source.len(), |(at, quote)| at + quote.len_utf8());
    let message = "found curly quotes; a text stands between straight ones: \" or '";
    (length, Err(ParseError::new("bad_text", 0..length, message)))
}

/// The character that stands for what follows a backslash, and how many bytes that is.
fn escaped(rest: &str) -> Result<(char, usize), String> {
    let first = rest.chars().next().unwrap_or(' ');
    let (digits, radix): (Range<usize>, u32) = match first {
        'a' => return Ok(('\u{7}', 1)),
        'b' => return Ok(('\u{8}', 1)),
        'f' => return Ok(('\u{c}', 1)),
        'n' => return Ok(('\n', 1)),
        'r' => return Ok(('\r', 1)),
        't' => return Ok(('\t', 1)),
        'v' => return Ok(('\u{b}', 1)),
        '\\' | '?' | '"' | '\'' | '`' => return Ok((first, 1)),
        'x' | 'X' => (1..3, 16),
        'u' => (1..5, 16),
        'U' => (1..9, 16),
        '0'..='3' => (0..3, 8),
        _ => {
            return Err(format!(
                "found `\\{}`, which is no escape; allowed are \\\\ \\\" \\' \\` \\? \\a \\b \\f \\n \
                 \\r \\t \\v, \\xHH, \\uHHHH, \\UHHHHHHHH and three octal digits",
                first.escape_debug()
            ));
        }
    };
    let end = digits.end;
    let digits =
        rest.get(digits).filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok());
    match code.and_then(char::from_u32) {
        Some(character) => Ok((character, end)),
        None => Err(format!("the escape \\{first} is cut short or names no character")),
    }
}

/// A name in backticks; a backtick in it is written twice.
pub(super) fn quoted_name(source: &str) -> (usize, Result<Token<'_>, ParseError>) {
    let mut end = 1;
    let closed = loop {
        end += count(source.get(end..).unwrap_or_default(), |byte| byte != b'`');
        let after = source.get(end..).unwrap_or_default();
        if after.starts_with("``") {
            end += 2;
        } else {
            break !after.is_empty();
        }
    };
    let name = source.get(1..end).unwrap_or_default();
    let length = if closed { end + 1 } else { end };
    let wrong = |message: String| Err(ParseError::new("bad_name", 0..length, message));
    let name =
        if name.contains('`') { Cow::Owned(name.replace("``", "`")) } else { Cow::Borrowed(name) };
    let token = if !closed {
        wrong(String::from("the name is not closed: its ` is missing"))
    } else if name.is_empty() {
        wrong(String::from("found an empty name; a field's name has at least one character"))
    } else if name.len() > Reading::NAME_BYTES_MAX {
        let (found, allowed) = (name.len(), Reading::NAME_BYTES_MAX);
        wrong(format!("the name has {found} bytes; no reading's names have more than {allowed}"))
    } else {
        Ok(Token::Quoted(name))
    };
    (length, token)
}

fn count(text: &str, mut wanted: impl FnMut(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| wanted(*byte)).count()
}

/// `text` up to `end`, and of that what follows `middle`.
fn split(text: &str, end: usize, middle: usize) -> (&str, &str) {
    (text.get(..end).unwrap_or_default(), text.get(middle..end).unwrap_or_default())
}
