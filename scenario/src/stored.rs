//! Stored state as text, so that a scenario can begin from what an older version wrote.
//!
//! ```text
//! scope shard-0
//! header 01…
//! cell device/boiler-1 wake 10m 01…
//! cell device/boiler-2 wake never 01…
//! message 3 01…
//! ```
//!
//! Bytes are in hexadecimal, times are since [`crate::ZERO`], `#` begins a comment.

use std::fmt::{self, Write as _};

use rules_core::{CellChange, CellKey, Changes, Span};

use crate::{offset, time};

/// The state of some scopes, each as a commit that writes all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    /// Scopes with their state, in the order of the file.
    pub scopes: Vec<(String, Changes)>,
}

impl Stored {
    /// Reads the text of a file of stored state.
    ///
    /// # Errors
    /// The first mistake in it, with its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut stored = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                stored.line(line).map_err(|why| format!("line {}: {why}", index + 1))?;
            }
        }
        Ok(stored)
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["scope", name] = words.as_slice() {
            self.scopes.push(((*name).to_owned(), Changes::default()));
            return Ok(());
        }
        let (_, changes) = self.scopes.last_mut().ok_or("`scope NAME` comes first")?;
        match words.as_slice() {
            ["header", bytes] => changes.header = unhex(bytes)?,
            ["cell", key, "wake", wake, bytes] => {
                let at = |text| Span::parse(text).map(time).ok_or(format!("`{text}`: no duration"));
                changes.cells.push(CellChange {
                    key: CellKey::from_stored((*key).to_owned()),
                    bytes: Some(unhex(bytes)?),
                    wake_at: Some(*wake).filter(|wake| *wake != "never").map(at).transpose()?,
                });
            }
            ["message", number, bytes] => {
                let number = number.parse().map_err(|_| format!("`{number}`: no number"))?;
                changes.outbox.push((number, unhex(bytes)?));
            }
            _ => return Err(format!("`{line}`: scope, header, cell or message is wanted")),
        }
        Ok(())
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, changes) in &self.scopes {
            writeln!(f, "scope {name}\nheader {}", hex(&changes.header))?;
            for CellChange { key, bytes, wake_at } in &changes.cells {
                let wake = wake_at.map_or_else(|| "never".to_owned(), offset);
                let bytes = hex(bytes.as_deref().unwrap_or_default());
                writeln!(f, "cell {} wake {wake} {bytes}", key.as_str())?;
            }
            for (number, bytes) in &changes.outbox {
                writeln!(f, "message {number} {}", hex(bytes))?;
            }
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("`{text}`: pairs of hexadecimal digits are wanted");
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err(wrong());
    }
    let pairs = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16));
    pairs.collect::<Result<_, _>>().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
scope shard-0
header 01ff
cell device/a wake 1m30s 0102
cell device/b wake never 01
message 7 0a
scope alerts
header 01
";

    #[test]
    fn what_is_written_reads_back() {
        let stored = Stored::parse(TEXT).unwrap();

        assert_eq!(stored.scopes[0].1.header, [1, 255]);
        assert_eq!(stored.scopes[0].1.outbox, [(7, vec![10])]);
        assert_eq!(stored.to_string(), TEXT);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, expected) in [
            ("header 01", "line 1: `scope NAME` comes first"),
            ("# x\nscope a\nheader 1", "line 3: `1`: pairs of hexadecimal digits are wanted"),
            ("scope a\ncell k wake 5 01", "line 2: `5`: no duration"),
            ("scope a\ncell k", "line 2: `cell k`: scope, header, cell or message is wanted"),
        ] {
            assert_eq!(Stored::parse(text).unwrap_err(), expected);
        }
    }
}
