//! JSON in pieces that know where they stand.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// How much of a wrong value a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// A JSON value of a document, unread.
///
/// Always read as bytes, as bodies are: what reads texts would be made of as much code again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'t> {
    pub(super) raw: &'t str,
    /// Byte of the document at which it begins.
    pub(super) offset: usize,
}

/// Why a text is no JSON.
pub(super) struct Malformed {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl<'t> Json<'t> {
    /// The one value of `text`.
    pub(super) fn read(text: &'t str) -> Result<Self, Malformed> {
        match serde_json::from_slice::<&RawValue>(text.as_bytes()) {
            Ok(raw) => Ok(Self { raw: raw.get(), offset: offset_in(text, raw.get()) }),
            Err(error) => Err(malformed(text, &error)),
        }
    }

    /// Keys and values, if this is an object; a key may come twice.
    pub(super) fn entries(self) -> Option<Vec<(Self, Self)>> {
        let entries = serde_json::from_slice::<Entries<'_>>(self.raw.as_bytes()).ok()?.0;
        Some(entries.into_iter().map(|(key, value)| (self.part(key), self.part(value))).collect())
    }

    /// Its items, if this is a list.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        let items = serde_json::from_slice::<Items<'_>>(self.raw.as_bytes()).ok()?.0;
        Some(items.into_iter().map(|item| self.part(item)).collect())
    }

    pub(super) fn is_text(self) -> bool {
        self.raw.starts_with('"')
    }

    /// What a message calls it.
    pub(super) fn described(self) -> String {
        let raw = self.raw;
        match raw.as_bytes().first() {
            Some(b'{') => "an object".to_string(),
            Some(b'[') => "a list".to_string(),
            Some(b'"') => format!("text {}", shortened(raw)),
            Some(b't' | b'f' | b'n') => raw.to_string(),
            _ => format!("number {}", shortened(raw)),
        }
    }

    fn part(self, raw: &'t RawValue) -> Self {
        Self { raw: raw.get(), offset: self.offset + offset_in(self.raw, raw.get()) }
    }
}

/// Where in `whole` its slice `part` begins.
fn offset_in(whole: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(whole.as_ptr().addr())
}

pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}

/// `serde_json` counts lines from 1 and columns in bytes, 0 at a line's end.
fn malformed(text: &str, error: &serde_json::Error) -> Malformed {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let line: usize = lines.map(str::len).sum();
    let wanted = (line + error.column().saturating_sub(1)).min(text.len());
    let offset = (0..=wanted).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Malformed { offset, message: format!("the document is not JSON: {message}") }
}

struct Entries<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct Items<'t>(Vec<&'t RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}
