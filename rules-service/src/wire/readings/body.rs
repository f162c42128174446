use rules_core::Batch;

use super::{
    Defaults, Format, ITEMS_MAX, ItemError, Place, Refusal, TooManyItems, event,
    keys::Keys,
    object,
    plain::{self, Room},
    scanner::Scanner,
    split::{Item, Items},
};

/// A body that is being read, item by item.
pub(super) struct Body<'a> {
    format: Format,
    items: Items<'a>,
    /// Over the whole body; `None` if that is no UTF-8, or holds no readings as such.
    scan: Option<Scanner<'a>>,
    room: Room<'a>,
}

impl<'a> Body<'a> {
    pub(super) fn of(body: &'a [u8], format: Format) -> Self {
        let items = Items::of(body, format);
        let text = match format {
            Format::Auto | Format::Lines => str::from_utf8(items.body()).ok(),
            Format::CloudEvent | Format::CloudEventBatch => None,
        };
        Self { format, items, scan: text.map(Scanner::new), room: Room::new(Keys::of_many()) }
    }

    /// The same, but every item is looked at as if it were odd.
    #[cfg(test)]
    pub(super) fn without_plain(self) -> Self {
        Self { scan: None, ..self }
    }

    /// Appends the good items to `batch` and gives the others.
    pub(super) fn decode(mut self, batch: &mut Batch) -> Result<Vec<ItemError>, TooManyItems> {
        let mut errors = Vec::new();
        for (index, count) in (0..).zip(0..) {
            if count < ITEMS_MAX && self.plain(batch, index).is_some() {
                continue;
            }
            let Some(item) = self.items.next() else { break };
            if count == ITEMS_MAX {
                return Err(TooManyItems);
            }
            if let Err(refusal) = self.item(&item, batch, index) {
                errors.push(refusal.of_item(index));
            }
        }
        Ok(errors)
    }

    /// Reads the next item in one pass, if it is a reading with nothing odd about it.
    #[inline]
    fn plain(&mut self, batch: &mut Batch, index: u32) -> Option<()> {
        let scan = self.scan.as_mut()?;
        scan.begin(self.items.at()?);
        let mut draft = batch.draft(index);
        let read = plain::read(scan, &mut self.room, &mut draft, Defaults::default());
        if read.is_some() && self.items.pass(scan.at(), scan.crossed_line()) {
            draft.finish();
            return Some(());
        }
        // The names of the draft go with it.
        self.room.forget();
        None
    }

    fn item(&mut self, item: &Item<'_>, batch: &mut Batch, index: u32) -> Result<(), Refusal> {
        if let Some(fault) = item.fault {
            return Err(Refusal::invalid_json(fault, item.place));
        }
        let into = (batch, index);
        match self.format {
            Format::Auto | Format::Lines => {
                let reading = object::read(item.text, item.place, Defaults::default())?;
                into.0.push(index, &reading);
                Ok(())
            }
            Format::CloudEvent | Format::CloudEventBatch => {
                event::read(item.text, item.place, into)
            }
        }
    }
}

/// Reads the object that `text` is, which begins at `place` of the body, into
/// a batch under an index.
pub(super) fn object_into(
    text: &[u8],
    place: Place,
    defaults: Defaults<'_>,
    (batch, index): (&mut Batch, u32),
) -> Result<(), Refusal> {
    if let Ok(text) = str::from_utf8(text) {
        let mut scan = Scanner::new(text);
        scan.begin(0);
        let mut draft = batch.draft(index);
        if plain::read(&mut scan, &mut Room::new(Keys::of_one()), &mut draft, defaults).is_some() {
            scan.blanks();
            if scan.peek().is_none() {
                draft.finish();
                return Ok(());
            }
        }
    }
    let reading = object::read(text, place, defaults)?;
    batch.push(index, &reading);
    Ok(())
}
