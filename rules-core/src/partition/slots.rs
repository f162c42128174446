use alloc::{boxed::Box, sync::Arc, vec::Vec};

use super::{
    device::Device,
    fields::Names,
    membership::StoredGroups,
    plan::{Plan, Selection},
    state::Laid,
    stored::{self, StoredDevice},
};
use crate::{
    Timestamp,
    codec::Writer,
    hash::{place_hash, same_text},
};

/// The loaded cells of a partition, found by the ids of their devices.
///
/// A table of open addressing with linear probing, at most half full, whose
/// entries are places in the list of slots. Nothing ever walks the table, so
/// its order shows nowhere; what has to be in order is sorted by key.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// Places plus one; 0 is free. Its length is a power of two, or 0.
    table: Vec<u32>,
}

/// A cell as loaded.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: Arc<str>,
    pub(super) content: Content,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) changed: bool,
    /// Bytes that it has as stored.
    pub(super) stored_len: u32,
}

/// What is in a loaded cell.
#[derive(Debug, Default)]
pub(super) enum Content {
    /// There is no such cell.
    #[default]
    Nothing,
    /// As it was stored; no rule set has looked at it yet.
    Stored(Box<StoredDevice>),
    /// Laid along a selection of the rule set's plan.
    Laid(Box<Device>, Arc<Selection>),
}

impl Slot {
    /// Lays what is stored, or a device that was never seen, along the rules
    /// that are for it; gives the groups that it does not belong to any more.
    pub(super) fn lay(
        &mut self,
        plan: &Plan,
        laid: &mut Laid,
        names: &mut Names,
        rules_version: u64,
    ) -> StoredGroups {
        let stored = match core::mem::take(&mut self.content) {
            Content::Stored(stored) => *stored,
            Content::Nothing => StoredDevice::new(rules_version),
            content @ Content::Laid(..) => {
                self.content = content;
                return StoredGroups::new();
            }
        };
        let selection = laid.select(&self.id, &stored.tags);
        let (device, left) = stored.lay(plan, &selection, names);
        self.content = Content::Laid(Box::new(device), selection);
        left
    }

    /// Reads a device that is laid along `laid` anew from its own bytes.
    pub(super) fn take_up(&mut self, laid: Option<&Laid>) {
        if let (Content::Laid(device, selection), Some(laid)) = (&self.content, laid) {
            let bytes = stored::encode(device, &laid.plan, selection, &mut Writer::default());
            if let Ok(stored) = stored::decode(&self.id, &bytes) {
                self.content = Content::Stored(Box::new(stored));
            }
        }
    }
}

impl Slots {
    /// The place of the device's cell.
    pub(super) fn find(&self, device: &str) -> Option<usize> {
        let mask = self.table.len().checked_sub(1)?;
        let mut probe = start(device, mask);
        loop {
            let place = match self.table.get(probe) {
                None | Some(0) => return None,
                Some(place) => *place as usize - 1,
            };
            if self.slots.get(place).is_some_and(|slot| same_text(&slot.id, device)) {
                return Some(place);
            }
            probe = (probe + 1) & mask;
        }
    }

    /// The place of the device's cell, which is made if it is not loaded.
    pub(super) fn place(&mut self, device: &str) -> usize {
        if let Some(place) = self.find(device) {
            return place;
        }
        self.push(device, Content::Nothing)
    }

    /// Adds a cell that is not there yet.
    pub(super) fn push(&mut self, device: &str, content: Content) -> usize {
        let id: Arc<str> = Arc::from(device);
        self.slots.push(Slot { id, content, wake_at: None, changed: false, stored_len: 0 });
        if self.table.len() < 2 * self.slots.len() {
            self.grow();
        } else {
            self.enter(self.slots.len() - 1);
        }
        self.slots.len() - 1
    }

    pub(super) fn get(&self, place: usize) -> Option<&Slot> {
        self.slots.get(place)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Slot> {
        self.slots.get_mut(place)
    }

    /// How many cells are loaded.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// `places` in the order of the cells' keys, which is that of the ids.
    pub(super) fn in_order(&self, mut places: Vec<usize>) -> Vec<usize> {
        let id = |place: &usize| self.slots.get(*place).map(|slot| &slot.id);
        sorted::sort_by(&mut places, |a, b| id(a).cmp(&id(b)));
        places
    }

    fn grow(&mut self) {
        let len = (4 * self.slots.len()).next_power_of_two().max(16);
        self.table.clear();
        self.table.resize(len, 0);
        for place in 0..self.slots.len() {
            self.enter(place);
        }
    }

    fn enter(&mut self, place: usize) {
        let Some(slot) = self.slots.get(place) else { return };
        let mask = self.table.len() - 1;
        let mut probe = start(&slot.id, mask);
        while let Some(entry) = self.table.get_mut(probe) {
            if *entry == 0 {
                *entry = u32::try_from(place + 1).unwrap_or(u32::MAX);
                return;
            }
            probe = (probe + 1) & mask;
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the mask takes the lower bits anyway")]
fn start(device: &str, mask: usize) -> usize {
    place_hash(device) as usize & mask
}
