//! Readings as JSON, one a line, in every form that the service takes.

use std::io::BufRead;

use rules_service::wire::readings::{Batch, Defaults, decode_one_into};

use super::source::{Item, Source};
use crate::Fault;

/// The readings of `input`; empty lines are skipped.
pub(super) fn read(name: &str, input: impl BufRead + 'static) -> Source {
    let mut lines = Lines {
        name: name.to_owned(),
        input,
        line: 0,
        buffer: Vec::new(),
        batch: Batch::default(),
    };
    Box::new(std::iter::from_fn(move || lines.next().transpose()))
}

/// What some programs on Windows write at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

struct Lines<R> {
    name: String,
    input: R,
    line: u64,
    buffer: Vec<u8>,
    /// Room for one reading.
    batch: Batch,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Item>, Fault> {
        loop {
            self.buffer.clear();
            let count = self
                .input
                .read_until(b'\n', &mut self.buffer)
                .map_err(|why| Fault::Input(format!("{}: {why}", self.name)))?;
            if count == 0 {
                return Ok(None);
            }
            self.line += 1;
            let text = match self.buffer.strip_prefix(BYTE_ORDER_MARK) {
                Some(text) if self.line == 1 => text.trim_ascii(),
                _ => self.buffer.trim_ascii(),
            };
            if text.is_empty() {
                continue;
            }
            let line = self.line;
            self.batch.clear();
            if let Err(error) = decode_one_into(text, 0, Defaults::default(), &mut self.batch) {
                let (code, message) = (error.code, error.message);
                return Ok(Some(Item::Refused { line, code, message }));
            }
            // A line that was taken is one reading.
            let reading = self.batch.iter().next().map(|(_, reading)| reading.to_reading());
            return Ok(reading.map(|reading| Item::Reading { line, reading }));
        }
    }
}
