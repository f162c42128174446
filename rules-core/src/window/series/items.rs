use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use super::{Datum, Item, Kinds, Pane, Samples, Texts};
use crate::Timestamp;

/// The items of a series, oldest first: panes, then samples. Each has a
/// number by which the views refer to it; the next item's is one more.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// Number of the oldest sample; those of the panes lie below it.
    first_sample: u64,
    panes: Option<Box<Panes>>,
    pub(super) samples: Samples,
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
        self.samples.push(ts, datum);
    }

    /// Appends a pane; the samples come after all panes.
    pub(super) fn push_pane(&mut self, pane: Pane) {
        pane.data().for_each(|datum| self.texts.retain(datum));
        let panes = self.panes.get_or_insert_default();
        panes.bytes += pane.bytes();
        panes.list.push_back(pane);
        self.first_sample += 1;
    }

    /// Forgets the items below `number`.
    pub(super) fn forget_below(&mut self, number: u64) {
        while self.panes.is_some() && self.first() < number {
            self.pop_pane();
        }
        while self.first_sample < number
            && let Some(datum) = self.samples.pop()
        {
            self.texts.release(datum);
            self.first_sample += 1;
        }
    }

    #[cold]
    fn pop_pane(&mut self) {
        let Some(panes) = &mut self.panes else { return };
        if let Some(pane) = panes.list.pop_front() {
            panes.bytes -= pane.bytes();
            pane.data().for_each(|datum| self.texts.release(datum));
        }
        if panes.list.is_empty() {
            self.panes = None;
        }
    }

    /// Puts `panes` in the place of all items below `end`.
    pub(super) fn replace(&mut self, end: u64, panes: Vec<Pane>) {
        let first = self.first();
        for datum in panes.iter().flat_map(Pane::data) {
            self.texts.retain(datum);
        }
        self.forget_below(end);
        self.first_sample = first + (self.panes().len() + panes.len()) as u64;
        for pane in panes.into_iter().rev() {
            let panes = self.panes.get_or_insert_default();
            panes.bytes += pane.bytes();
            panes.list.push_front(pane);
        }
    }

    /// The item of this number.
    #[inline]
    pub(super) fn get(&self, number: u64) -> Option<Item<'_>> {
        match self.place(number) {
            Some(place) => self.samples.get(place).map(|(ts, datum)| Item::Sample(ts, datum)),
            None => self.pane(number).map(Item::Pane),
        }
    }

    /// Event time of the newest sample of the item of this number.
    #[inline]
    pub(super) fn last_at(&self, number: u64) -> Option<Timestamp> {
        match self.place(number) {
            Some(place) => self.samples.ts(place),
            None => self.pane(number).map(|pane| pane.last_at),
        }
    }

    /// The sample of this number, if it is itself a number.
    #[inline]
    pub(super) fn number(&self, number: u64) -> Option<f64> {
        self.samples.number(self.place(number)?)
    }

    /// The smallest and the largest number of the item of this number.
    #[inline]
    pub(super) fn extremes(&self, number: u64) -> Option<(f64, f64)> {
        match self.place(number) {
            Some(place) => self.samples.number(place).map(|number| (number, number)),
            None => self.pane(number)?.numbers.as_ref().map(|numbers| (numbers.min, numbers.max)),
        }
    }

    /// Where among the samples the one of this number stands; `None` of a pane's.
    #[inline]
    fn place(&self, number: u64) -> Option<usize> {
        // None of that many is there.
        let place = number.checked_sub(self.first_sample)?;
        Some(usize::try_from(place).unwrap_or(usize::MAX))
    }

    #[cold]
    fn pane(&self, number: u64) -> Option<&Pane> {
        let place = number.checked_sub(self.first())?;
        self.panes().get(usize::try_from(place).ok()?)
    }

    /// The items of these numbers, each with its own.
    pub(super) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, Item<'_>)> {
        (from..to).map_while(|number| self.get(number).map(|item| (number, item)))
    }

    /// Number of the oldest item whose newest sample lies after `ts`.
    pub(super) fn first_after(&self, ts: Timestamp) -> u64 {
        let panes = self.panes().partition_point(|pane| pane.last_at <= ts);
        self.first() + (panes + self.samples.up_to(ts)) as u64
    }

    /// Number of the oldest item.
    pub(super) fn first(&self) -> u64 {
        self.first_sample - self.panes().len() as u64
    }

    /// Number of the oldest sample.
    pub(super) const fn first_sample(&self) -> u64 {
        self.first_sample
    }

    /// Number that the next sample will have.
    pub(super) fn end(&self) -> u64 {
        self.first_sample + self.samples.len() as u64
    }

    /// Event time of the newest sample.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        let newest = self.samples.len().checked_sub(1).and_then(|last| self.samples.ts(last));
        newest.or_else(|| self.panes().back().map(|pane| pane.last_at))
    }

    /// About how many bytes the items take when they are stored, rather too many.
    pub(super) fn bytes(&self) -> usize {
        // A time takes up to five bytes while samples lie less than 37 hours
        // apart, and a number up to eight.
        let samples = 13 * self.samples.len();
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
