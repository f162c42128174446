use alloc::{borrow::Cow, string::String};

/// The text inside the quotes of a JSON text; `None` if an escape names no character.
pub(super) fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut text = String::new();
    let mut rest = inner;
    while let Some(plain) = rest.find('\\') {
        text.push_str(rest.get(..plain)?);
        rest = rest.get(plain..)?;
        let (character, length) = escaped(rest)?;
        text.push(character);
        rest = rest.get(length..)?;
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The character of the escape that `rest` begins with, and the escape's length.
pub(crate) fn escaped(rest: &str) -> Option<(char, usize)> {
    let simple = match rest.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = code_unit(rest, 0)?;
            if let Some(Ok(character)) = char::decode_utf16([first]).next() {
                return Some((character, 6));
            }
            let pair = [first, code_unit(rest, 6)?];
            let character = char::decode_utf16(pair).next()?.ok()?;
            return Some((character, 12));
        }
        _ => return None,
    };
    Some((simple, 2))
}

/// The UTF-16 unit written `\uHHHH` at byte `at`.
fn code_unit(rest: &str, at: usize) -> Option<u16> {
    let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
    let all_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    all_hexadecimal.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}
