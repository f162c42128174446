use super::{Place, ScalarStyle, Tag};

/// A text, number, truth or nothing, each of whose characters knows its place.
pub(super) struct Scalar {
    pub(super) style: ScalarStyle,
    pub(super) meaning: Meaning,
    pub(super) characters: Vec<(char, Place)>,
    /// Behind its last character that is no blank.
    pub(super) end: Place,
}

/// What a scalar is by the core schema of YAML 1.2.
///
/// Source: <https://yaml.org/spec/1.2.2/#1032-tag-resolution>.
pub(super) enum Meaning {
    Text,
    /// A number, a truth or `null`, as JSON writes it.
    Json(String),
}

impl Scalar {
    /// The scalar that says `value` and is written `source`, which begins at `place`.
    pub(super) fn new(
        value: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        source: &[char],
        place: Place,
    ) -> Self {
        let plain = style == ScalarStyle::Plain && tag.is_none_or(|tag| tag.suffix != "str");
        let meaning = plain.then(|| core_schema(value)).flatten();
        let mut cursor = Cursor { source, at: 0, place };
        cursor.skip_properties();
        let (characters, end) = cursor.align(value, style);
        Self { style, meaning: meaning.map_or(Meaning::Text, Meaning::Json), characters, end }
    }
}

/// A plain scalar that is no text, as JSON writes it.
fn core_schema(value: &str) -> Option<String> {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return Some("null".to_owned()),
        "true" | "True" | "TRUE" => return Some("true".to_owned()),
        "false" | "False" | "FALSE" => return Some("false".to_owned()),
        _ => {}
    }
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok();
    let whole = match (value.strip_prefix("0x"), value.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16),
        (_, Some(digits)) => radix(digits, 8),
        _ if value.bytes().all(|byte| byte.is_ascii_digit()) => value.parse().ok(),
        _ => None,
    };
    if let Some(whole) = whole {
        return Some(whole.to_string());
    }
    let is_number =
        value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'))
            && value.bytes().any(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| value.parse::<f64>().ok()).flatten()?;
    serde_json::to_string(&number).ok().filter(|_| number.is_finite())
}

/// Walks through what is written, and knows where it is.
struct Cursor<'s> {
    source: &'s [char],
    at: usize,
    place: Place,
}

impl Cursor<'_> {
    /// Finds where each character of `value` is written.
    ///
    /// Blanks of the value are looked for where there are blanks; what was
    /// folded or indented away is passed over, so every other character is
    /// found exactly.
    fn align(&mut self, value: &str, style: ScalarStyle) -> (Vec<(char, Place)>, Place) {
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            self.advance();
        }
        let escapes = style == ScalarStyle::DoubleQuoted;
        let mut end = self.place;
        let mut characters = Vec::with_capacity(value.len());
        for character in value.chars() {
            if is_blank(character) {
                characters.push((character, self.place));
                if self.peek(0).is_some_and(is_blank) {
                    self.advance();
                } else if escapes && self.peek(0) == Some('\\') {
                    self.skip_escape();
                }
                continue;
            }
            while self.peek(0).is_some_and(is_blank) || (escapes && self.is_continued()) {
                self.advance();
            }
            characters.push((character, self.place));
            match self.peek(0) {
                Some('\\') if escapes => self.skip_escape(),
                Some('\'') if style == ScalarStyle::SingleQuoted => {
                    self.advance();
                    self.advance();
                }
                _ => self.advance(),
            }
            end = self.place;
        }
        (characters, end)
    }

    /// Passes over an anchor, a tag, and the `|` or `>` that follows them.
    fn skip_properties(&mut self) {
        let mut found = false;
        while matches!(self.peek(0), Some('&' | '!')) {
            found = true;
            while self.peek(0).is_some_and(|character| !is_blank(character)) {
                self.advance();
            }
            while self.peek(0).is_some_and(is_blank) {
                self.advance();
            }
        }
        if found && matches!(self.peek(0), Some('|' | '>')) {
            while self.peek(0).is_some_and(|character| character != '\n') {
                self.advance();
            }
        }
    }

    /// Whether a backslash at the end of a line stands here.
    fn is_continued(&self) -> bool {
        self.peek(0) == Some('\\') && matches!(self.peek(1), Some('\n' | '\r'))
    }

    /// Source: <https://yaml.org/spec/1.2.2/#57-escaped-characters>.
    fn skip_escape(&mut self) {
        let length = match self.peek(1) {
            Some('x') => 4,
            Some('u') => 6,
            Some('U') => 10,
            _ => 2,
        };
        for _ in 0..length {
            self.advance();
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.source.get(self.at + ahead).copied()
    }

    fn advance(&mut self) {
        match self.peek(0) {
            Some('\n') => self.place = (self.place.0 + 1, 1),
            Some(_) => self.place.1 += 1,
            None => return,
        }
        self.at += 1;
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}
