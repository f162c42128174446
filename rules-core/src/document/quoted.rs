use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::json::escaped;

/// A JSON text without its quotes and escapes, which knows where in the
/// document each of its bytes stands.
#[derive(Debug)]
pub(super) struct Quoted<'t> {
    pub(super) text: Cow<'t, str>,
    /// Where the document and `text` run in step again: byte of `text`, byte
    /// of the document. The first is the beginning, each other behind an escape.
    steps: Vec<(usize, usize)>,
}

impl<'t> Quoted<'t> {
    /// Reads `raw`, a JSON text with its quotes that begins at `offset` of the document.
    ///
    /// # Errors
    /// The place of an escape that names no character.
    pub(super) fn read(raw: &'t str, offset: usize) -> Result<Self, usize> {
        let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
        let start = offset + 1;
        let mut steps = Vec::from([(0, start)]);
        if !inner.contains('\\') {
            return Ok(Self { text: Cow::Borrowed(inner), steps });
        }
        let mut text = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(plain) = rest.find('\\') {
            text.push_str(rest.get(..plain).unwrap_or_default());
            rest = rest.get(plain..).unwrap_or_default();
            let at = start + inner.len() - rest.len();
            let (character, length) = escaped(rest).ok_or(at)?;
            text.push(character);
            rest = rest.get(length..).unwrap_or_default();
            steps.push((text.len(), at + length));
        }
        text.push_str(rest);
        Ok(Self { text: Cow::Owned(text), steps })
    }

    /// Where in the document the byte `at` of the text stands.
    pub(super) fn offset(&self, at: usize) -> usize {
        let next = self.steps.partition_point(|(text, _)| *text <= at);
        let step = next.checked_sub(1).and_then(|step| self.steps.get(step));
        step.map_or(0, |(text, document)| document + (at - text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_behind_an_escape_are_found_in_the_document() {
        let quoted = Quoted::read(r#""a\"b\u00e9\ud83d\ude00c""#, 10).unwrap();

        assert_eq!(quoted.text, "a\"bé😀c");
        let places = quoted.text.char_indices().map(|(at, _)| quoted.offset(at));
        assert_eq!(places.collect::<Vec<_>>(), [11, 12, 14, 15, 21, 33]);
        assert_eq!(quoted.offset(quoted.text.len()), 34);
    }

    #[test]
    fn half_a_surrogate_pair_is_refused_at_its_place() {
        assert_eq!(Quoted::read(r#""ab\ud83dc""#, 0).unwrap_err(), 3);
        assert_eq!(Quoted::read(r#""\ude00\ud83d""#, 0).unwrap_err(), 1);
    }

    proptest! {
        /// What serde_json writes and reads is the oracle for the text.
        #[test]
        fn every_json_text_reads_as_serde_json_reads_it(text in ".*") {
            let raw = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&Quoted::read(&raw, 0).unwrap().text, &text);
            let units: Vec<_> =
                text.encode_utf16().map(|unit| alloc::format!("\\u{unit:04x}")).collect();
            let escaped = units.concat();
            let raw = alloc::format!("\"{escaped}\"");
            prop_assert_eq!(&Quoted::read(&raw, 0).unwrap().text, &text);
        }
    }
}
