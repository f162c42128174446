use super::{
    ValueRef,
    batch::{Batch, Entry, Item, Said, Stretch, count, index},
    names::Names,
};
use crate::Timestamp;

/// A reading that is being written into a [`Batch`].
///
/// Its parts may come in any order. Only [`Draft::finish`] makes it one of the
/// batch; dropped without, it leaves the batch as it was.
#[derive(Debug)]
pub struct Draft<'a> {
    batch: &'a mut Batch,
    item: Item,
    /// Lengths of the batch's buffers before it.
    before: Lengths,
    number: u32,
}

#[derive(Clone, Copy, Debug)]
struct Lengths {
    text: usize,
    names: usize,
    values: usize,
    tags: usize,
}

/// The reading has a value of this name already.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the name is there twice: allowed is once")]
pub struct DoubledName;

impl<'a> Draft<'a> {
    #[inline]
    pub(super) fn begin(batch: &'a mut Batch, at: u32) -> Self {
        batch.drafts = batch.drafts.wrapping_add(1);
        let before = Lengths {
            text: batch.text.len(),
            names: batch.names.len(),
            values: batch.values.len(),
            tags: batch.tags.len(),
        };
        let number = batch.drafts;
        Self { batch, item: Item { index: at, ..Item::default() }, before, number }
    }

    /// Says who reported.
    #[inline]
    pub fn device(&mut self, device: &str) {
        self.item.device = Stretch::append(&mut self.batch.text, device);
    }

    /// Says when the device measured.
    #[inline]
    pub fn ts(&mut self, ts: Timestamp) {
        self.item.ts = ts;
    }

    /// Gives the sender's own name for this reading.
    #[inline]
    pub fn id(&mut self, id: &str) {
        self.item.id = Some(Stretch::append(&mut self.batch.text, id));
    }

    /// Adds a value.
    ///
    /// # Errors
    /// There is one of that name; it stays as it is.
    pub fn value(&mut self, name: &str, value: ValueRef<'_>) -> Result<(), DoubledName> {
        let name = self.name(name);
        self.numbered_value(name, value)
    }

    /// The number of a name in the batch ([`Batch::names`]), which gets one if
    /// it has none. Who keeps the numbers of names need not look them up again
    /// for [`Draft::numbered_value`]; they are good until a draft is dropped
    /// or the batch is cleared.
    pub fn name(&mut self, name: &str) -> u32 {
        let guess = self.guess();
        self.batch.names.number(&mut self.batch.text, name, guess)
    }

    /// Adds a value whose name has this number in the batch.
    ///
    /// # Errors
    /// There is one of that name; it stays as it is.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "by itself it would get its value by memory")]
    pub fn numbered_value(&mut self, name: u32, value: ValueRef<'_>) -> Result<(), DoubledName> {
        let Batch { text, names, values, .. } = &mut *self.batch;
        let ours = || values.get(self.before.values..).unwrap_or_default();
        if !names.is_first_use(name, self.number)
            || (Names::may_be_doubled(name) && is_among(name, ours(), names, text))
        {
            return Err(DoubledName);
        }
        let value = match value {
            ValueRef::Null => Said::Null,
            ValueRef::Bool(truth) => Said::Bool(truth),
            ValueRef::Number(number) => Said::Number(number),
            ValueRef::Text(said) => Said::Text(Stretch::append(text, said)),
        };
        values.push(Entry { name, value });
        Ok(())
    }

    /// Adds a tag; one of the same name makes it count no more.
    pub fn tag(&mut self, name: &str, value: &str) {
        let Batch { text, tags, .. } = &mut *self.batch;
        let ours = tags.get(self.before.tags..).unwrap_or_default();
        match ours.binary_search_by(|(other, _)| other.of(text).cmp(name)) {
            Ok(place) => {
                let value = Stretch::append(text, value);
                if let Some(tag) = tags.get_mut(self.before.tags + place) {
                    tag.1 = value;
                }
            }
            Err(place) => {
                let tag = (Stretch::append(text, name), Stretch::append(text, value));
                tags.insert(self.before.tags + place, tag);
            }
        }
    }

    /// How many values it has.
    #[inline]
    #[must_use]
    pub fn values(&self) -> usize {
        self.batch.values.len() - self.before.values
    }

    /// How many tags it has.
    #[inline]
    #[must_use]
    pub fn tags(&self) -> usize {
        self.batch.tags.len() - self.before.tags
    }

    /// The name that comes next if this reading is like the one before it.
    fn guess(&self) -> usize {
        let Batch { items, values, .. } = &*self.batch;
        if let [.., last] = values.get(self.before.values..).unwrap_or_default() {
            return index(last.name).saturating_add(1);
        }
        let began = items.iter().rev().nth(1).map_or(0, |item| index(item.values_end));
        values.get(began).map_or(0, |entry| index(entry.name))
    }

    /// Makes it a reading of the batch.
    #[inline]
    pub fn finish(mut self) {
        self.item.values_end = count(self.batch.values.len());
        self.item.tags_end = count(self.batch.tags.len());
        self.batch.items.push(self.item);
        core::mem::forget(self);
    }
}

/// Whether one of `values` has the name of `name` under another number.
fn is_among(name: u32, values: &[Entry], names: &Names, text: &str) -> bool {
    let said = names.stretch(name).of(text);
    let others = values.iter().filter(|entry| Names::may_be_doubled(entry.name));
    others.map(|entry| names.stretch(entry.name).of(text)).any(|other| other == said)
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.batch.names.truncate(&self.batch.text, self.before.names);
        self.batch.text.truncate(self.before.text);
        self.batch.values.truncate(self.before.values);
        self.batch.tags.truncate(self.before.tags);
    }
}
