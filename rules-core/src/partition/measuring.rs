//! Finding which thresholds the quantities of a device have passed.

use alloc::vec::Vec;

use super::{
    device::{Device, Judged, Spot},
    judge::Judge,
    moving::Found,
    plan::{Asked, SelectedQuantity, at},
};
use crate::{Timestamp, ValueRef, lifecycle::Verdict};

/// What a quantity is, as far as thresholds are concerned.
#[derive(Clone, Copy, Debug)]
enum Measured {
    Number(f64),
    Missing,
    /// Of a type that has no order with numbers.
    Other,
}

impl Measured {
    fn of(value: Option<ValueRef<'_>>) -> Self {
        match value {
            None => Self::Missing,
            Some(ValueRef::Number(number)) => Self::Number(number),
            Some(_) => Self::Other,
        }
    }
}

impl Judge<'_> {
    /// Finds what a quantity is at `t`, and the classes for which its change
    /// may matter.
    pub(super) fn measure(
        &mut self,
        place: u32,
        t: Timestamp,
        found: &mut Vec<Found>,
        classes: &mut Vec<(u32, u32)>,
    ) {
        let Some(selected) = at(&self.selection.quantities, place) else { return };
        let quantity = self.quantity(selected, t);
        let number = match quantity {
            Measured::Number(number) => Some(number),
            Measured::Missing => None,
            Measured::Other => {
                self.header.counters.type_errors += self.mistyped(place, selected);
                None
            }
        };
        let Device { judged, spots, episodes, .. } = &mut *self.device;
        let Some(judged) = judged.get_mut(place as usize) else { return };
        let before = core::mem::replace(judged, Judged::new(number, false));
        let busy = !episodes.is_empty();
        let known_anew = before.rescan || before.value().is_none() || number.is_none();
        if let Some(number) = number {
            let places = self.selection.indexes(place);
            let spots = spots.get_mut(places.clone()).unwrap_or_default();
            for (spot, place) in spots.iter_mut().zip(places) {
                if known_anew {
                    *spot = Spot::default();
                } else if spot.low < number && number < spot.high {
                    continue;
                }
                let Some(index) = self.selection.index(place, self.plan) else { continue };
                let (begun, ended) = index.advance(&mut spot.place, number);
                (spot.low, spot.high) = index.around(spot.place);
                let mut passed = |class: u32, holds: bool| {
                    if class < self.plan.laddered {
                        Found::add(found, class, Verdict::Known(holds));
                    } else {
                        classes.push((class, class + 1));
                    }
                };
                begun.for_each(|class| passed(*class, true));
                if busy {
                    ended.for_each(|class| passed(*class, false));
                }
            }
        }
        if busy && known_anew {
            self.classes_on(selected.quantity, classes);
        }
    }

    /// The classes with alerts that compare `quantity`.
    fn classes_on(&self, quantity: u32, classes: &mut Vec<(u32, u32)>) {
        let compares = |asked: Option<Asked>| matches!(asked, Some(Asked::Threshold(it)) if it.quantity == quantity);
        let open = self.device.episodes.iter().filter(|run| {
            at(&self.plan.classes, run.from)
                .is_some_and(|class| compares(Some(class.when)) || compares(class.clear))
        });
        classes.extend(open.map(|run| (run.from, run.to)));
    }

    /// What a quantity is at `t`.
    fn quantity(&mut self, selected: &SelectedQuantity, t: Timestamp) -> Measured {
        let Some(place) = selected.series else {
            return Measured::of(self.device.fields.on_route(selected.field).map(Into::into));
        };
        let Some(series) = self.device.series_at_mut(place) else { return Measured::Missing };
        series.advance(t);
        Measured::of(series.value_at(selected.view, selected.min_samples))
    }

    /// How many different thresholds a quantity that is no number is compared with.
    fn mistyped(&self, place: u32, selected: &SelectedQuantity) -> u64 {
        let mut asked: Vec<(u8, u64)> = Vec::new();
        let indexes = self.selection.indexes(place);
        for index in indexes.filter_map(|index| self.selection.index(index, self.plan)) {
            // The ends of the line meet every threshold of one side each.
            let all = index.matches(f64::INFINITY).chain(index.matches(f64::NEG_INFINITY));
            let classes = all.filter_map(|class| at(&self.plan.classes, *class));
            for asks in classes.flat_map(|class| [Some(class.when), class.clear]).flatten() {
                if let Asked::Threshold(it) = asks
                    && it.quantity == selected.quantity
                {
                    asked.push((it.inequality as u8, it.constant.to_bits()));
                }
            }
        }
        sorted::sort(&mut asked);
        asked.dedup();
        asked.len() as u64
    }
}
