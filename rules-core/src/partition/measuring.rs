//! Finding which thresholds the quantities of a device have passed.

use alloc::vec::Vec;

use super::{
    device::{Device, Judged, Spot},
    judge::Judge,
    moving::Found,
    plan::{Asked, SelectedQuantity, at},
};
use crate::{Timestamp, ValueRef, lifecycle::Verdict};

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
        let number = self.quantity(place, selected, t);
        let Device { judged, spots, .. } = &mut *self.device;
        let Some(judged) = judged.get_mut(place as usize) else { return };
        let before = core::mem::replace(judged, Judged::new(number, false));
        let is_known_anew = before.rescan || before.value().is_none() || number.is_none();
        let spots = spots.get(self.selection.indexes(place)).unwrap_or_default();
        // What is missing is NaN, and that lies between no numbers.
        let number = number.unwrap_or(f64::NAN);
        if is_known_anew || !spots.iter().all(|spot| spot.low < number && number < spot.high) {
            self.cross((place, selected.quantity), number, is_known_anew, found, classes);
        }
    }

    /// Finds the classes whose thresholds a quantity passes that is `number` now.
    #[inline(never)]
    fn cross(
        &mut self,
        (place, quantity): (u32, u32),
        number: f64,
        is_known_anew: bool,
        found: &mut Vec<Found>,
        classes: &mut Vec<(u32, u32)>,
    ) {
        let Device { spots, episodes, .. } = &mut *self.device;
        let is_busy = !episodes.is_empty();
        if !number.is_nan() {
            let places = self.selection.indexes(place);
            let spots = spots.get_mut(places.clone()).unwrap_or_default();
            for (spot, place) in spots.iter_mut().zip(places) {
                if is_known_anew {
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
                if is_busy {
                    ended.for_each(|class| passed(*class, false));
                }
            }
        }
        if is_busy && is_known_anew {
            self.classes_on(quantity, classes);
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

    /// What a quantity is at `t`; `None` if it is missing, or of a type that has
    /// no order with numbers.
    fn quantity(&mut self, place: u32, selected: &SelectedQuantity, t: Timestamp) -> Option<f64> {
        let value = match selected.series {
            None => self.device.fields.on_route(selected.field).map(ValueRef::from),
            Some(place) => {
                let series = self.device.series_at_mut(place)?;
                series.advance(t);
                series.value_at(selected.view, selected.min_samples)
            }
        };
        if let ValueRef::Number(number) = value? {
            return Some(number);
        }
        self.header.counters.type_errors += self.mistyped(place, selected);
        None
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
