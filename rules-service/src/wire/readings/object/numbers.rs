//! The numbers of a JSON text, by [`rules_core::number`].
//!
//! `serde_json` reads a number to the nearest f64 only with tables of its own:
//! some 14 kB of a module's bytes. So it reads what the text is made of, and
//! the numbers in it are read here, in the same order.

use rules_core::number;

/// The numbers of a JSON text, in their order. What is no JSON gives nonsense, and no panic.
#[derive(Debug, Default)]
pub(super) struct Numbers<'t>(&'t [u8]);

impl<'t> Numbers<'t> {
    /// Those in `text`.
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self(text)
    }

    fn skip_text(&mut self) {
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            match byte {
                b'"' => return,
                b'\\' => self.0 = self.0.get(1..).unwrap_or_default(),
                _ => {}
            }
        }
    }
}

impl Iterator for Numbers<'_> {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        while let Some((byte, rest)) = self.0.split_first() {
            if matches!(byte, b'-' | b'0'..=b'9') {
                let is_part =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let end = self.0.iter().position(|byte| !is_part(byte)).unwrap_or(self.0.len());
                let (number, rest) = self.0.split_at_checked(end)?;
                self.0 = rest;
                return number::read(core::str::from_utf8(number).ok()?);
            }
            self.0 = rest;
            if *byte == b'"' {
                self.skip_text();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_order_and_those_in_texts_do_not() {
        let text = br#"{"a1":-0.1,"b\"2":[1e3,"3\\",4],"c":true,"d":8.9255095818165665e107}"#;

        let numbers: Vec<f64> = Numbers::of(text).collect();

        assert_eq!(numbers, [-0.1, 1e3, 4.0, 8.925_509_581_816_566e107]);
    }
}
