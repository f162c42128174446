use alloc::vec::Vec;

use super::Broken;
use crate::{Timestamp, Value};

/// Reads what a [`Writer`](super::Writer) wrote.
///
/// Of bytes that are none of ours everything that follows reads as zero, or
/// as nothing, and [`Reader::end`] says so. No count is larger than there are
/// bytes left, so lists of as many elements are bounded by the input.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, broken: false }
    }

    /// Whether all bytes were what they should be, and there are no others.
    pub(crate) fn end(self) -> Result<(), Broken> {
        if self.broken {
            return Err(Broken::Unreadable);
        }
        if self.rest.is_empty() { Ok(()) } else { Err(Broken::LeftOver) }
    }

    /// Takes note that something read makes no sense.
    pub(crate) fn refuse(&mut self) {
        self.broken = true;
        self.rest = &[];
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> u8 {
        if let Some((byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            *byte
        } else {
            self.refuse();
            0
        }
    }

    pub(crate) fn truth(&mut self) -> bool {
        match self.byte() {
            0 => false,
            1 => true,
            _ => {
                self.refuse();
                false
            }
        }
    }

    /// So many bytes, or none.
    pub(crate) fn raw(&mut self, count: usize) -> &'a [u8] {
        if let Some((bytes, rest)) = self.rest.split_at_checked(count) {
            self.rest = rest;
            bytes
        } else {
            self.refuse();
            &[]
        }
    }

    #[inline]
    pub(crate) fn unsigned(&mut self) -> u64 {
        let byte = self.byte();
        if byte < 0x80 { u64::from(byte) } else { self.longer(byte) }
    }

    fn longer(&mut self, first: u8) -> u64 {
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte();
            let digits = u64::from(byte & 0x7f);
            if digits << shift >> shift != digits {
                break;
            }
            number |= digits << shift;
            if byte < 0x80 {
                return number;
            }
        }
        self.refuse();
        0
    }

    #[inline]
    pub(crate) fn signed(&mut self) -> i64 {
        let number = self.unsigned();
        (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
    }

    /// How many elements follow, each of a byte at least.
    pub(crate) fn count(&mut self) -> usize {
        match usize::try_from(self.unsigned()) {
            Ok(count) if count <= self.rest.len() => count,
            _ => {
                self.refuse();
                0
            }
        }
    }

    /// A number that another type has room for.
    pub(crate) fn small<T: TryFrom<u64> + Default>(&mut self) -> T {
        T::try_from(self.unsigned()).unwrap_or_else(|_| {
            self.refuse();
            T::default()
        })
    }

    pub(crate) fn float(&mut self) -> f64 {
        let bytes = self.raw(8).try_into().unwrap_or_default();
        f64::from_bits(u64::from_le_bytes(bytes))
    }

    pub(crate) fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(self.signed())
    }

    pub(crate) fn text(&mut self) -> &'a str {
        let count = self.count();
        core::str::from_utf8(self.raw(count)).unwrap_or_else(|_| {
            self.refuse();
            ""
        })
    }

    /// What `read` makes of what is there, if something is.
    pub(crate) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.truth().then(|| read(self))
    }

    /// As many elements as are said to follow, as far as they can be read.
    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        for _ in 0..self.count() {
            let element = read(self);
            if self.broken {
                break;
            }
            list.push(element);
        }
        list
    }

    pub(crate) fn value(&mut self) -> Value {
        match self.byte() {
            0 => Value::Null,
            1 => Value::Bool(self.truth()),
            2 => Value::Number(self.float()),
            3 => Value::Text(self.text().into()),
            _ => {
                self.refuse();
                Value::Null
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{string::String, vec::Vec};

    use proptest::prelude::*;

    use super::{super::Writer, *};

    proptest! {
        /// What is written is what postcard writes, and reads back.
        #[test]
        fn parts_are_as_postcard_has_them(
            unsigned in any::<u64>(),
            small in 0_u64..300,
            signed in any::<i64>(),
            number in any::<f64>(),
            text in ".{0,20}",
        ) {
            let mut writer = Writer::default();
            writer.unsigned(unsigned);
            writer.unsigned(small);
            writer.signed(signed);
            writer.float(number);
            writer.text(&text);
            writer.option(Some(&Value::Text(text.clone())), Writer::value);
            writer.option(None, Writer::value);
            let bytes = writer.take();
            let all = (unsigned, small, signed, number, &text, Some(Value::Text(text.clone())), false);
            prop_assert_eq!(&bytes, &postcard::to_allocvec(&all).unwrap());

            let mut reader = Reader::new(&bytes);
            prop_assert_eq!((reader.unsigned(), reader.unsigned()), (unsigned, small));
            prop_assert_eq!((reader.signed(), reader.float().to_bits()), (signed, number.to_bits()));
            prop_assert_eq!(reader.text(), &text);
            prop_assert_eq!(reader.option(Reader::value), Some(Value::Text(text)));
            prop_assert!(!reader.truth());
            prop_assert!(reader.end().is_ok());
        }

        /// Numbers are refused exactly where postcard refuses them.
        #[test]
        fn numbers_of_any_bytes_read_as_postcard_reads_them(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x80..=0xff_u8], 0..12)) {
            let mut reader = Reader::new(&bytes);
            let number = reader.unsigned();
            match postcard::take_from_bytes::<u64>(&bytes) {
                Ok((expected, rest)) => prop_assert_eq!((number, reader.rest), (expected, rest)),
                Err(_) => prop_assert!(reader.is_broken()),
            }
        }
    }

    #[test]
    fn a_list_is_no_longer_than_its_bytes() {
        let mut reader = Reader::new(&[0xff, 0xff, 0xff, 0x7f, 1]);
        assert_eq!(reader.list(Reader::unsigned), Vec::<u64>::new());
        assert!(reader.end().is_err());
        let mut reader = Reader::new(&[2, 0xc3, 0x28]);
        assert_eq!((String::from(reader.text()), reader.is_broken()), (String::new(), true));
    }
}
