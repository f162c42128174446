use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Draft, Reading, ValueRef, names::Names};
use crate::Timestamp;

/// Readings side by side, each with its place in the batch that its sender sent.
///
/// They lie in a few buffers, which [`Batch::clear`] keeps: once these have
/// grown, a batch is filled without an allocation. Equal batches hold the same
/// readings in the same order, wherever their texts lie.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// All texts: devices, ids, names, values.
    pub(super) text: String,
    pub(super) names: Names,
    pub(super) items: Vec<Item>,
    /// Of all items, one after the other.
    pub(super) values: Vec<Entry>,
    /// Of all items, one after the other: name and text, sorted by name.
    pub(super) tags: Vec<(Stretch, Stretch)>,
    /// How many drafts were begun since the last [`Batch::clear`].
    pub(super) drafts: u32,
}

/// Where a text stands in a batch's `text`. Of a batch that was decoded it may
/// be nonsense; then the text is empty.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Stretch {
    from: u32,
    len: u32,
}

/// One reading.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct Item {
    pub(super) index: u32,
    pub(super) device: Stretch,
    pub(super) ts: Timestamp,
    pub(super) id: Option<Stretch>,
    /// Where its values end; they begin where those of the item before it end.
    pub(super) values_end: u32,
    /// The same for its tags.
    pub(super) tags_end: u32,
}

/// One value.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    pub(super) name: u32,
    pub(super) value: Said,
}

/// A [`ValueRef`] whose text stands in the batch.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) enum Said {
    Null,
    Bool(bool),
    Number(f64),
    Text(Stretch),
}

impl Batch {
    /// Begins a reading that stands at `index` of its sender's batch.
    #[inline]
    pub fn draft(&mut self, index: u32) -> Draft<'_> {
        Draft::begin(self, index)
    }

    /// Appends a reading. Of values with the same name the first counts.
    pub fn push(&mut self, index: u32, reading: &Reading) {
        let mut draft = self.draft(index);
        draft.device(&reading.device);
        draft.ts(reading.ts);
        if let Some(id) = &reading.id {
            draft.id(id);
        }
        for (name, value) in &reading.values {
            let _ = draft.value(name, value.into());
        }
        for (name, text) in &reading.tags {
            draft.tag(name, text);
        }
        draft.finish();
    }

    /// Appends a reading of another batch. Of values with the same name the first counts.
    pub fn copy(&mut self, index: u32, reading: ReadingRef<'_>) {
        let mut draft = self.draft(index);
        draft.device(reading.device());
        draft.ts(reading.ts());
        if let Some(id) = reading.id() {
            draft.id(id);
        }
        for (name, value) in reading.values() {
            let _ = draft.value(name, value);
        }
        for (name, text) in reading.tags() {
            draft.tag(name, text);
        }
        draft.finish();
    }

    /// Forgets all readings and keeps the room they took.
    pub fn clear(&mut self) {
        self.text.clear();
        self.names.clear();
        self.items.clear();
        self.values.clear();
        self.tags.clear();
        self.drafts = 0;
    }

    /// How many readings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The readings in the order in which they came, each with its index in its sender's batch.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u32, ReadingRef<'_>)> {
        let (mut values, mut tags) = (0, 0);
        self.items.iter().map(move |item| {
            let reading = ReadingRef {
                batch: self,
                item,
                values: slice(&self.values, values, item.values_end),
                tags: slice(&self.tags, tags, item.tags_end),
            };
            (values, tags) = (item.values_end, item.tags_end);
            (item.index, reading)
        })
    }

    /// The names that [`ReadingRef::numbered_values`] numbers, from 0 on.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.stretches().iter().map(|name| name.of(&self.text))
    }
}

impl FromIterator<(u32, Reading)> for Batch {
    fn from_iter<I: IntoIterator<Item = (u32, Reading)>>(readings: I) -> Self {
        let mut batch = Self::default();
        for (index, reading) in readings {
            batch.push(index, &reading);
        }
        batch
    }
}

/// A batch of one, at index 0.
impl From<&Reading> for Batch {
    fn from(reading: &Reading) -> Self {
        let mut batch = Self::default();
        batch.push(0, reading);
        batch
    }
}

impl PartialEq for Batch {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

/// A reading in a [`Batch`].
#[derive(Clone, Copy)]
pub struct ReadingRef<'a> {
    batch: &'a Batch,
    item: &'a Item,
    values: &'a [Entry],
    tags: &'a [(Stretch, Stretch)],
}

impl<'a> ReadingRef<'a> {
    /// Who reported.
    #[must_use]
    pub fn device(&self) -> &'a str {
        self.item.device.of(&self.batch.text)
    }

    /// Event time: when the device measured.
    #[must_use]
    pub fn ts(&self) -> Timestamp {
        self.item.ts
    }

    /// The sender's own name for this reading.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.item.id.map(|id| id.of(&self.batch.text))
    }

    /// Values in the sender's order, each name once.
    #[inline]
    pub fn values(&self) -> impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)> + use<'a> {
        let batch = self.batch;
        self.numbered_values().map(move |(number, value)| (batch.name(number), value))
    }

    /// The same with the number of each name in [`Batch::names`]: who keeps
    /// what a name means by its number looks each name up once a batch.
    #[inline]
    pub fn numbered_values(&self) -> impl ExactSizeIterator<Item = (u32, ValueRef<'a>)> + use<'a> {
        let text = self.batch.text.as_str();
        self.values.iter().map(move |entry| (entry.name, entry.value.of(text)))
    }

    /// The number of each value's name in [`Batch::names`].
    #[inline]
    pub fn name_numbers(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.values.iter().map(|entry| entry.name)
    }

    /// What the reading says of its device: name and text, sorted by name, each name once.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = (&'a str, &'a str)> + use<'a> {
        let text = self.batch.text.as_str();
        self.tags.iter().map(move |(name, value)| (name.of(text), value.of(text)))
    }

    /// The value named `name`, if this reading carries it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<ValueRef<'a>> {
        self.values().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The same with texts of its own.
    #[must_use]
    pub fn to_reading(&self) -> Reading {
        let owned = |(name, value): (&str, ValueRef<'_>)| (name.to_owned(), value.to_value());
        let mut values: Vec<_> = self.values().map(owned).collect();
        sorted::sort_by(&mut values, |(one, _), (other, _)| one.cmp(other));
        Reading {
            device: self.device().to_owned(),
            ts: self.ts(),
            id: self.id().map(ToOwned::to_owned),
            values,
            tags: self.tags().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        }
    }
}

impl PartialEq for ReadingRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.ts() == other.ts()
            && self.device() == other.device()
            && self.id() == other.id()
            && self.values().eq(other.values())
            && self.tags().eq(other.tags())
    }
}

impl fmt::Debug for ReadingRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_reading().fmt(f)
    }
}

impl Batch {
    #[inline]
    fn name(&self, number: u32) -> &str {
        self.names.stretch(number).of(&self.text)
    }
}

impl Stretch {
    /// Appends `part` to `text`.
    #[inline]
    pub(super) fn append(text: &mut String, part: &str) -> Self {
        let from = count(text.len());
        text.push_str(part);
        Self { from, len: count(part.len()) }
    }

    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        let from = index(self.from);
        text.get(from..from.saturating_add(index(self.len))).unwrap_or_default()
    }
}

impl Said {
    #[inline]
    fn of(self, text: &str) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(truth) => ValueRef::Bool(truth),
            Self::Number(number) => ValueRef::Number(number),
            Self::Text(stretch) => ValueRef::Text(stretch.of(text)),
        }
    }
}

fn slice<T>(all: &[T], from: u32, to: u32) -> &[T] {
    all.get(index(from)..index(to)).unwrap_or_default()
}

/// A length in 32 bits: a batch with more text does not fit the smallest host.
pub(super) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

pub(super) fn index(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
