use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use super::{Datum, Item, Kinds, Pane, Samples, Texts};
use crate::Timestamp;

/// The items of a series, oldest first: panes, then samples. Each has a
/// number by which the views refer to it; the next item's is one more.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// Number of the oldest item.
    first: u64,
    panes: Option<Box<Panes>>,
    pub(super) samples: Samples,
    /// How many of the samples are numbers.
    pub(super) numbers: usize,
    pub(super) texts: Texts,
}

#[derive(Clone, Debug, Default)]
struct Panes {
    list: VecDeque<Pane>,
    /// Of all of them, see [`Pane::bytes`].
    bytes: usize,
}

static NO_PANES: VecDeque<Pane> = VecDeque::new();

impl Items {
    /// Appends a sample whose text, if it is one, has its place.
    pub(super) fn push(&mut self, ts: Timestamp, datum: Datum) {
        self.texts.retain(datum);
        self.numbers += usize::from(matches!(datum, Datum::Number(_)));
        self.samples.push(ts, datum);
    }

    /// Appends a pane; the samples come after all panes.
    pub(super) fn push_pane(&mut self, pane: Pane) {
        pane.data().for_each(|datum| self.texts.retain(datum));
        let panes = self.panes.get_or_insert_default();
        panes.bytes += pane.bytes();
        panes.list.push_back(pane);
    }

    /// Forgets the oldest item.
    pub(super) fn pop(&mut self) {
        if let Some(panes) = &mut self.panes {
            if let Some(pane) = panes.list.pop_front() {
                panes.bytes -= pane.bytes();
                pane.data().for_each(|datum| self.texts.release(datum));
            }
            if panes.list.is_empty() {
                self.panes = None;
            }
        } else if let Some(datum) = self.samples.pop() {
            self.texts.release(datum);
            self.numbers -= usize::from(matches!(datum, Datum::Number(_)));
        } else {
            return;
        }
        self.first += 1;
    }

    /// Puts `panes` in the place of all items below `end`.
    pub(super) fn replace(&mut self, end: u64, panes: Vec<Pane>) {
        let first = self.first;
        for datum in panes.iter().flat_map(Pane::data) {
            self.texts.retain(datum);
        }
        while self.first < end && !self.is_empty() {
            self.pop();
        }
        self.first = first;
        for pane in panes.into_iter().rev() {
            let panes = self.panes.get_or_insert_default();
            panes.bytes += pane.bytes();
            panes.list.push_front(pane);
        }
    }

    /// The item of this number.
    #[inline]
    pub(super) fn get(&self, number: u64) -> Option<Item<'_>> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        match place.checked_sub(self.panes().len()) {
            Some(place) => self.samples.get(place).map(|(ts, datum)| Item::Sample(ts, datum)),
            None => self.panes().get(place).map(Item::Pane),
        }
    }

    /// Event time of the newest sample of the item of this number.
    #[inline]
    pub(super) fn last_at(&self, number: u64) -> Option<Timestamp> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        match place.checked_sub(self.panes().len()) {
            Some(place) => self.samples.ts(place),
            None => self.panes().get(place).map(|pane| pane.last_at),
        }
    }

    /// The items of these numbers, each with its own.
    pub(super) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, Item<'_>)> {
        (from..to).map_while(|number| self.get(number).map(|item| (number, item)))
    }

    /// Number of the oldest item whose newest sample lies after `ts`.
    pub(super) fn first_after(&self, ts: Timestamp) -> u64 {
        let panes = self.panes().partition_point(|pane| pane.last_at <= ts);
        self.first + (panes + self.samples.up_to(ts)) as u64
    }

    /// Number of the oldest item.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// Number of the oldest sample.
    pub(super) fn first_sample(&self) -> u64 {
        self.first + self.panes().len() as u64
    }

    /// Number that the next sample will have.
    pub(super) fn end(&self) -> u64 {
        self.first_sample() + self.samples.len() as u64
    }

    /// Event time of the newest sample.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        let newest = self.samples.len().checked_sub(1).and_then(|last| self.samples.ts(last));
        newest.or_else(|| self.panes().back().map(|pane| pane.last_at))
    }

    /// About how many bytes the items take when they are stored, rather too many.
    pub(super) fn bytes(&self) -> usize {
        // A time takes up to five bytes while samples lie less than 37 hours
        // apart, a number up to eight, another sample up to three.
        let samples = 8 * self.samples.len() + 5 * self.numbers;
        let panes = self.panes.as_ref().map_or(0, |panes| panes.bytes);
        samples + panes + self.texts.bytes()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.panes.is_none()
    }

    /// Of what kinds they are.
    pub(super) fn kinds(&self) -> Kinds {
        if self.panes.is_some() {
            return Kinds::ALL;
        }
        let mut kinds = Kinds::default();
        self.samples.iter().for_each(|(_, datum)| kinds.insert(datum.kind()));
        kinds
    }

    /// The samples, oldest first.
    pub(super) const fn samples(&self) -> &Samples {
        &self.samples
    }

    pub(super) fn panes(&self) -> &VecDeque<Pane> {
        self.panes.as_ref().map_or(&NO_PANES, |panes| &panes.list)
    }
}
