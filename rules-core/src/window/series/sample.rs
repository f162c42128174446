use alloc::{boxed::Box, string::String, vec::Vec};
use core::cmp::Ordering;

use sorted::SortedMap;

use super::encoding::Named;
use crate::{
    ValueRef,
    codec::{Reader, Writer},
};

/// Most different texts that the samples of one series may be: what a device
/// reports in words is a state or a code, and there are few of those.
pub const SERIES_TEXTS_MAX: usize = 256;

/// Most bytes that the different texts of one series take together.
pub const SERIES_TEXT_BYTES_MAX: usize = 16 * 1_024;

/// What a reading contributes to the windows over one input.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// A number, as of `avg(temp, 5m)`.
    Number(f64),
    /// A truth, as of `count(temp > 80, 5m)`.
    Bool(bool),
    /// A text, as of `changes(state, 5m)`.
    Text(String),
}

/// A sample as it is kept: a text stands once in the series' [`Texts`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Datum {
    /// Finite, and never −0.0.
    Number(f64),
    Bool(bool),
    Text(u16),
}

/// A datum in eight bytes: of a series' many samples each counts. A number is
/// itself; the others stand among the NaNs, which no datum is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed(u64);

impl Packed {
    /// The upper half of what is no number: a NaN, then the kind.
    const FALSE: u64 = 0x7ff8_0001 << 32;
    const TRUE: u64 = 0x7ff8_0002 << 32;
    const TEXT: u64 = 0x7ff8_0003 << 32;
    const UPPER: u64 = 0xffff_ffff << 32;

    pub(super) fn of(datum: Datum) -> Self {
        Self(match datum {
            Datum::Number(number) => number.to_bits(),
            Datum::Bool(false) => Self::FALSE,
            Datum::Bool(true) => Self::TRUE,
            Datum::Text(place) => Self::TEXT | u64::from(place),
        })
    }

    #[allow(clippy::cast_possible_truncation, reason = "the place is what the lower bits hold")]
    pub(super) fn datum(self) -> Datum {
        match self.0 & Self::UPPER {
            Self::FALSE => Datum::Bool(false),
            Self::TRUE => Datum::Bool(true),
            Self::TEXT => Datum::Text(self.0 as u16),
            _ => Datum::Number(f64::from_bits(self.0)),
        }
    }
}

/// What a datum is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Number,
    Bool,
    Text,
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Kinds(u8);

impl Kinds {
    pub(super) const ALL: Self = Self(7);

    pub(super) const fn of(kind: Kind) -> Self {
        Self(1 << kind as u8)
    }

    pub(super) const fn contain(self, kind: Kind) -> bool {
        self.0 & Self::of(kind).0 != 0
    }

    /// What is in both.
    pub(super) const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn insert(&mut self, kind: Kind) {
        self.0 |= Self::of(kind).0;
    }
}

impl Datum {
    pub(super) fn write(self, to: &mut Writer, named: &Named<'_>) {
        match self {
            Self::Number(number) => {
                to.byte(0);
                to.float(number);
            }
            Self::Bool(truth) => {
                to.byte(1);
                to.truth(truth);
            }
            Self::Text(place) => {
                to.byte(2);
                to.unsigned(u64::from(named.place(place)));
            }
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        match from.byte() {
            0 => Self::Number(from.float()),
            1 => Self::Bool(from.truth()),
            2 => Self::Text(from.small()),
            _ => {
                from.refuse();
                Self::Bool(false)
            }
        }
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Number(_) => Kind::Number,
            Self::Bool(_) => Kind::Bool,
            Self::Text(_) => Kind::Text,
        }
    }

    fn key(self) -> (u8, u64) {
        match self {
            Self::Number(number) => (0, number.to_bits()),
            Self::Bool(truth) => (1, u64::from(truth)),
            Self::Text(place) => (2, u64::from(place)),
        }
    }
}

/// In some order that tells all apart; not that of the numbers.
impl Ord for Datum {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Datum {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Datum {}

impl PartialEq for Datum {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

/// The different texts of a series, if it has any.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts(Option<Box<Known>>);

/// Texts, each with how often it is referred to.
#[derive(Clone, Debug, Default)]
struct Known {
    places: SortedMap<String, u16>,
    /// Text and references; a place without references is free.
    entries: Vec<(String, u32)>,
    bytes: usize,
}

impl Texts {
    /// The place of `text`, to which nothing refers by this alone; `None` if
    /// there is no room for it.
    pub(super) fn place(&mut self, text: &str) -> Option<u16> {
        self.0.get_or_insert_default().place(text)
    }

    /// Counts a reference, if the datum is a text.
    #[inline]
    pub(super) fn retain(&mut self, datum: Datum) {
        if let (Datum::Text(place), Some(known)) = (datum, &mut self.0) {
            known.retain(place);
        }
    }

    /// Counts a reference less, if the datum is a text; it goes with its last.
    #[inline]
    pub(super) fn release(&mut self, datum: Datum) {
        if let (Datum::Text(place), Some(known)) = (datum, &mut self.0) {
            known.release(place);
        }
    }

    /// The value that a datum stands for.
    pub(super) fn value(&self, datum: Datum) -> ValueRef<'_> {
        match datum {
            Datum::Number(number) => ValueRef::Number(number),
            Datum::Bool(truth) => ValueRef::Bool(truth),
            Datum::Text(place) => ValueRef::Text(self.text(place)),
        }
    }

    /// The text at a place; empty of a free one.
    pub(super) fn text(&self, place: u16) -> &str {
        let known = self.0.as_ref().and_then(|known| known.entries.get(usize::from(place)));
        known.map_or("", |(text, _)| text)
    }

    /// Bytes of all texts.
    pub(super) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |known| known.bytes)
    }
}

impl Known {
    fn retain(&mut self, place: u16) {
        if let Some((_, references)) = self.entries.get_mut(usize::from(place)) {
            *references += 1;
        }
    }

    fn release(&mut self, place: u16) {
        let Some((text, references)) = self.entries.get_mut(usize::from(place)) else { return };
        *references = references.saturating_sub(1);
        if *references == 0 && self.places.remove(text).is_some() {
            self.bytes -= text.len();
            text.clear();
        }
    }

    /// The place of `text`, to which nothing refers by this alone; `None` if
    /// there is no room for it.
    fn place(&mut self, text: &str) -> Option<u16> {
        if let Some(place) = self.places.get(text) {
            return Some(*place);
        }
        if self.bytes + text.len() > SERIES_TEXT_BYTES_MAX {
            return None;
        }
        let free = self.entries.iter().position(|(_, references)| *references == 0);
        let place = free.unwrap_or(self.entries.len());
        if place >= SERIES_TEXTS_MAX {
            return None;
        }
        let index = u16::try_from(place).ok()?;
        if let Some((known, _)) = self.entries.get_mut(place) {
            // Placed before, but nothing ever referred to it.
            if self.places.remove(known).is_some() {
                self.bytes -= known.len();
            }
            known.clear();
            known.push_str(text);
        } else {
            self.entries.push((text.into(), 0));
        }
        self.bytes += text.len();
        self.places.insert(text.into(), index);
        Some(index)
    }
}
