//! A cursor over JSON text that knows the plain cases and nothing else.

use rules_core::ValueRef;

mod number;

/// Takes JSON apart from left to right. Every method gives `None` where the
/// text is not what it is made for: wrong, or right in a way that is rare.
/// Where the cursor stands then means nothing.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Whether a line ended between tokens since [`Scanner::begin`].
    crossed_line: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, crossed_line: false }
    }

    /// Goes to `at`, and over the blanks there.
    pub(super) fn begin(&mut self, at: usize) {
        self.at = at;
        self.blanks();
        self.crossed_line = false;
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn crossed_line(&self) -> bool {
        self.crossed_line
    }

    /// The next byte, which stays.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes the byte `expected`.
    #[inline]
    pub(super) fn take(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    #[inline]
    pub(super) fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.crossed_line |= byte == b'\n';
            self.at += 1;
        }
    }

    /// Takes a string without escapes, its quotes included.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let begin = self.at;
        let end = begin + plain_length(self.text.as_bytes().get(begin..)?)?;
        self.at = end;
        self.take(b'"')?;
        self.text.get(begin..end)
    }

    /// Takes a value that holds no others.
    #[inline]
    pub(super) fn scalar(&mut self) -> Option<ValueRef<'a>> {
        match self.peek()? {
            b'"' => self.string().map(ValueRef::Text),
            b'-' | b'0'..=b'9' => self.number().map(ValueRef::Number),
            b't' => self.word("true").map(|()| ValueRef::Bool(true)),
            b'f' => self.word("false").map(|()| ValueRef::Bool(false)),
            b'n' => self.word("null").map(|()| ValueRef::Null),
            _ => None,
        }
    }

    #[inline]
    fn word(&mut self, word: &str) -> Option<()> {
        let end = self.at + word.len();
        let found = self.text.as_bytes().get(self.at..end)? == word.as_bytes();
        found.then(|| self.at = end)
    }
}

/// How many bytes there are before the first that ends a plain string: a
/// quote, a backslash or a control character. `None` if there is no such byte.
#[inline]
fn plain_length(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    let mut length = 0;
    // Eight bytes at a time; the lowest marked byte is marked rightly, and
    // those above it do not matter.
    while let Some(chunk) = bytes.get(length..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word & TOPS;
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & TOPS;
        match quotes | backslashes | controls {
            0 => length += 8,
            ends => return Some(length + ends.trailing_zeros() as usize / 8),
        }
    }
    let rest = bytes.get(length..)?.iter();
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    rest.copied().position(|byte| ends(&byte)).map(|more| length + more)
}
