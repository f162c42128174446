//! JSON in pieces that know where they stand.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::json::{Fault, Piece, Reader};

/// How much of a wrong value a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// A JSON value of a document, unread.
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
        let mut reader = Reader::new(text.as_bytes());
        let read = reader.skip().and_then(|raw| reader.end().map(|()| raw));
        let raw = read.map_err(|fault| malformed(text, &fault))?;
        Ok(Self { raw, offset: offset_in(text, raw) })
    }

    /// Keys and values, if this is an object; a key may come twice.
    pub(super) fn entries(self) -> Option<Vec<(Self, Self)>> {
        let mut reader = Reader::new(self.raw.as_bytes());
        let Piece::Object = reader.value().ok()? else { return None };
        let mut entries = Vec::new();
        while let Some(key) = reader.name().ok()? {
            entries.push((self.part(key), self.part(reader.skip().ok()?)));
        }
        Some(entries)
    }

    /// Its items, if this is a list.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        let mut reader = Reader::new(self.raw.as_bytes());
        let Piece::List = reader.value().ok()? else { return None };
        let mut items = Vec::new();
        while reader.item().ok()? {
            items.push(self.part(reader.skip().ok()?));
        }
        Some(items)
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

    fn part(self, raw: &'t str) -> Self {
        Self { raw, offset: self.offset + offset_in(self.raw, raw) }
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

/// The document's byte at which the reader stopped.
fn malformed(text: &str, fault: &Fault) -> Malformed {
    let wanted = fault.read - usize::from(fault.column > 0);
    let offset = (0..=wanted).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    Malformed { offset, message: format!("the document is not JSON: {}", fault.what) }
}
