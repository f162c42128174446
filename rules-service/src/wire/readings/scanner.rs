//! A cursor over JSON text that knows the plain cases and nothing else.

use rules_core::ValueRef;

mod number;

/// Each byte of a word 1, and the highest bit of each.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const TOPS: u64 = ONES << 7;

/// Takes JSON apart from left to right. Every method gives `None` where the
/// text is not what it is made for: wrong, or right in a way that is rare.
/// Where the cursor stands then means nothing.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// What is still to come of it.
    pub(super) rest: &'a [u8],
    /// Whether a line ended between tokens since [`Scanner::begin`].
    crossed_line: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, rest: text.as_bytes(), crossed_line: false }
    }

    /// Goes to `at`, and over the blanks there.
    #[inline]
    pub(super) fn begin(&mut self, at: usize) {
        self.rest = self.text.as_bytes().get(at..).unwrap_or_default();
        self.blanks();
        self.crossed_line = false;
    }

    #[inline]
    pub(super) fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    #[inline]
    pub(super) fn crossed_line(&self) -> bool {
        self.crossed_line
    }

    /// The next byte, which stays.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes the byte `expected`.
    #[inline]
    pub(super) fn take(&mut self, expected: u8) -> Option<()> {
        match self.rest {
            [byte, rest @ ..] if *byte == expected => {
                self.rest = rest;
                Some(())
            }
            _ => None,
        }
    }

    #[inline]
    pub(super) fn blanks(&mut self) {
        while let [byte @ (b' ' | b'\t' | b'\r' | b'\n'), rest @ ..] = self.rest {
            self.crossed_line |= *byte == b'\n';
            self.rest = rest;
        }
    }

    /// Takes a string without escapes, its quotes included.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let begin = self.at();
        // Eight bytes at a time; the lowest marked byte is marked rightly, and
        // those above it do not matter.
        loop {
            let word = word(self.rest);
            let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
            let quotes = zeros(word ^ (ONES * u64::from(b'"')));
            let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
            let controls = word.wrapping_sub(ONES * 0x20) & !word;
            let ends = (quotes | backslashes | controls) & TOPS;
            self.rest = self.rest.get(ends.trailing_zeros() as usize / 8..)?;
            if ends != 0 {
                break;
            }
        }
        let end = self.at();
        self.take(b'"')?;
        self.text.get(begin..end)
    }

    /// Takes a value that holds no others.
    pub(super) fn scalar(&mut self) -> Option<ValueRef<'a>> {
        match self.peek()? {
            b'"' => self.string().map(ValueRef::Text),
            b't' => self.literal(b"true", ValueRef::Bool(true)),
            b'f' => self.literal(b"false", ValueRef::Bool(false)),
            b'n' => self.literal(b"null", ValueRef::Null),
            _ => self.number().map(ValueRef::Number),
        }
    }

    fn literal(&mut self, text: &[u8], value: ValueRef<'a>) -> Option<ValueRef<'a>> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(value)
    }
}

/// The number or truth with which `rest` begins, if it is one of less than
/// eight bytes, and what comes behind it.
#[inline]
pub(super) fn short_scalar(rest: &[u8]) -> Option<(ValueRef<'static>, &[u8])> {
    match rest {
        [b't', b'r', b'u', b'e', rest @ ..] => Some((ValueRef::Bool(true), rest)),
        [b'f', b'a', b'l', b's', b'e', rest @ ..] => Some((ValueRef::Bool(false), rest)),
        _ => {
            let (number, rest) = number::short(rest)?;
            Some((ValueRef::Number(number), rest))
        }
    }
}

/// The next eight bytes, the first of them the lowest; behind the end zeros.
#[inline]
fn word(rest: &[u8]) -> u64 {
    match rest.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last_word(rest),
    }
}

/// The word of the last seven bytes or fewer.
#[cold]
#[inline(never)]
fn last_word(rest: &[u8]) -> u64 {
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Whether all bytes of `text` are of ASCII and none is a control character.
#[inline]
pub(super) fn is_graphic(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let odd = words.iter().fold(0, |odd, word| {
        let word = u64::from_le_bytes(*word);
        // Below a blank, 0x7f, and 0x80 up; a carry comes from odd bytes alone.
        odd | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES) | word
    });
    odd & TOPS == 0 && rest.iter().all(|byte| matches!(byte, b' '..=b'~'))
}
