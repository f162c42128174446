use alloc::vec::Vec;

use crate::{Timestamp, Value};

/// Writes state bytes in postcard's wire format, part by part: less code, and
/// quicker, than by a description of each type.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// What was written, in as many bytes as it takes. The room it took stays
    /// for what is written next.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let bytes = self.bytes.as_slice().into();
        self.bytes.clear();
        bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn truth(&mut self, truth: bool) {
        self.byte(u8::from(truth));
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    #[allow(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub(crate) fn unsigned(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    pub(crate) fn signed(&mut self, number: i64) {
        self.unsigned(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    /// How many elements follow.
    pub(crate) fn count(&mut self, count: usize) {
        self.unsigned(count as u64);
    }

    pub(crate) fn float(&mut self, number: f64) {
        self.raw(&number.to_bits().to_le_bytes());
    }

    pub(crate) fn time(&mut self, ts: Timestamp) {
        self.signed(ts.as_millis());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.raw(text.as_bytes());
    }

    /// What is there, as `write` has it, or that nothing is.
    pub(crate) fn option<T>(&mut self, of: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.truth(of.is_some());
        if let Some(it) = of {
            write(self, it);
        }
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.byte(0),
            Value::Bool(truth) => {
                self.byte(1);
                self.truth(*truth);
            }
            Value::Number(number) => {
                self.byte(2);
                self.float(*number);
            }
            Value::Text(text) => {
                self.byte(3);
                self.text(text);
            }
        }
    }
}
