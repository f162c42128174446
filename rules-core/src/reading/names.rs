//! The names of a batch's values, each written down once.

use alloc::{string::String, vec::Vec};

use super::batch::Stretch;
use crate::hash::{place_hash, same_text};

/// Names found by what they are; one that comes more often than any batch of
/// honest devices has names is written down again at each use. So whoever
/// makes names fall together in the table makes little work.
const FOUND_MAX: usize = 4_096;

/// Numbers for names. Of the first [`FOUND_MAX`], no two numbers have the same name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Where each name stands in the batch's text.
    stretches: Vec<Stretch>,
    /// The draft that used it last.
    used_by: Vec<u32>,
    /// A hash table with open addressing: number + 1, or 0. Empty, or of a
    /// power of two at least twice the names in it.
    slots: Vec<u32>,
}

impl Names {
    /// The names of a batch that was written elsewhere.
    pub(super) fn of(stretches: Vec<Stretch>) -> Self {
        let used_by = alloc::vec![0; stretches.len()];
        Self { stretches, used_by, slots: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.stretches.clear();
        self.used_by.clear();
        self.slots.fill(0);
    }

    /// The number of `name`, which is appended to `text` if it is new. `guess`
    /// is looked at first.
    #[inline]
    pub(super) fn number(&mut self, text: &mut String, name: &str, guess: usize) -> u32 {
        match self.stretches.get(guess) {
            Some(stretch) if same_text(stretch.of(text), name) => number(guess),
            _ => self.find_or_add(text, name),
        }
    }

    /// Notes that the draft numbered `draft` uses the name; `false` if it has before.
    #[inline]
    pub(super) fn is_first_use(&mut self, name: u32, draft: u32) -> bool {
        self.used_by.get_mut(index(name)).is_some_and(|by| core::mem::replace(by, draft) != draft)
    }

    /// Forgets all names but the first `len`, of which the others are the newest.
    pub(super) fn truncate(&mut self, text: &str, len: usize) {
        while self.stretches.len() > len {
            let Some(stretch) = self.stretches.pop() else { return };
            self.used_by.pop();
            let newest = number(self.stretches.len() + 1);
            let slot = self
                .probe(stretch.of(text))
                .find(|slot| self.slots.get(*slot).is_none_or(|held| [0, newest].contains(held)));
            // Nothing was put in after the newest, so no search passes over its slot.
            if let Some(held) = slot.and_then(|slot| self.slots.get_mut(slot)) {
                *held = 0;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stretches.len()
    }

    pub(super) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Where the name with this number stands.
    #[inline]
    pub(super) fn stretch(&self, name: u32) -> Stretch {
        self.stretches.get(index(name)).copied().unwrap_or_default()
    }

    /// Whether another number may have the same name.
    pub(super) fn may_be_doubled(name: u32) -> bool {
        index(name) >= FOUND_MAX
    }

    fn find_or_add(&mut self, text: &mut String, name: &str) -> u32 {
        self.make_room(text);
        let mut free = None;
        for slot in self.probe(name) {
            match self.slots.get(slot).copied().unwrap_or_default() {
                0 => {
                    free = Some(slot);
                    break;
                }
                held if same_text(self.stretch(held - 1).of(text), name) => return held - 1,
                _ => {}
            }
        }
        let new = number(self.stretches.len());
        self.stretches.push(Stretch::append(text, name));
        self.used_by.push(0);
        if !Self::may_be_doubled(new)
            && let Some(held) = free.and_then(|slot| self.slots.get_mut(slot))
        {
            *held = new + 1;
        }
        new
    }

    /// Sees to it that one more name fits, and that all are in the table.
    fn make_room(&mut self, text: &str) {
        let found = self.stretches.len().min(FOUND_MAX);
        if found < FOUND_MAX && 2 * (found + 1) > self.slots.len() {
            let slots = (4 * (found + 1)).next_power_of_two().max(32);
            self.fill(text, slots);
        } else if self.slots.is_empty() {
            self.fill(text, 2 * FOUND_MAX);
        }
    }

    fn fill(&mut self, text: &str, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, 0);
        for (stretch, index) in self.stretches.iter().zip(0..).take(FOUND_MAX) {
            let is_free = |slot: &usize| self.slots.get(*slot).is_some_and(|held| *held == 0);
            let free = self.probe(stretch.of(text)).find(is_free);
            if let Some(held) = free.and_then(|slot| self.slots.get_mut(slot)) {
                *held = number(index) + 1;
            }
        }
    }

    /// The slots in which `name` may be, in the order of looking.
    fn probe(&self, name: &str) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().saturating_sub(1);
        let first = usize::try_from(place_hash(name)).unwrap_or(0);
        (0..self.slots.len()).map(move |step| first.wrapping_add(step) & mask)
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
