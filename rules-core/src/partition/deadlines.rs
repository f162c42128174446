//! When time alone changes something about a device.

use super::{
    Settings,
    device::{Device, Since},
    judge::Scratch,
    plan::{Asked, Class, Condition, Plan, Selection, Source, at},
};
use crate::{Missing, Timestamp, window::Series};

/// The deadlines of one device; all are event times.
pub(super) struct Deadlines<'a> {
    pub(super) device: &'a Device,
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) settings: &'a Settings,
}

impl Deadlines<'_> {
    /// The earliest.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let mut next = self.device.episodes.next_timer();
        let mut sooner = |other: Option<Timestamp>| next = next.into_iter().chain(other).min();
        if self.selection.clears {
            sooner(self.clearing().filter_map(|class| self.empty_at(class)).min());
        }
        if !self.selection.timed.is_empty() {
            sooner(self.timed().filter_map(|(_, condition)| self.clock_at(condition)).min());
        }
        if self.selection.closes {
            sooner(self.device.series.iter().filter_map(Series::closes_at).min());
        }
        next
    }

    /// What a deadline at `t` has to judge, before its windows have closed.
    pub(super) fn due(&self, t: Timestamp, touched: &mut Scratch) {
        let is_due = |deadline: Option<Timestamp>| deadline.is_some_and(|deadline| deadline <= t);
        let timed = self.timed().filter(|(_, condition)| {
            is_due(self.clock_at(condition)) || is_due(self.closes_at(condition))
        });
        touched.conditions.extend(timed.map(|(place, _)| place));
        if !self.selection.clears {
            return;
        }
        for class in self.clearing().filter(|class| is_due(self.empty_at(class))) {
            match class.when {
                Asked::General(condition) => {
                    touched.conditions.extend(self.selection.condition_place(condition));
                }
                Asked::Threshold(threshold) => {
                    let place = self.selection.quantity_place(threshold.quantity);
                    touched.quantities.extend(place);
                }
            }
        }
    }

    fn timed(&self) -> impl Iterator<Item = (u32, &Condition)> {
        let timed = self.selection.timed.iter();
        timed.filter_map(|place| {
            let selected = at(&self.selection.conditions, *place)?;
            Some((*place, at(&self.plan.conditions, selected.condition)?))
        })
    }

    /// The classes with alerts that end when their windows run empty, of each
    /// run the first: all others read the same windows.
    fn clearing(&self) -> impl Iterator<Item = &Class> {
        let open = self.device.episodes.iter();
        let classes = open.filter_map(|run| at(&self.plan.classes, run.from));
        classes.filter(|class| class.course.missing == Missing::Clear)
    }

    /// When the first window that the class's `when` reads loses a sample that
    /// it needs to have a value; `None` if none of them has one.
    fn empty_at(&self, class: &Class) -> Option<Timestamp> {
        match class.when {
            Asked::General(condition) => {
                let condition = at(&self.plan.conditions, condition)?;
                let windows = condition.windows.iter();
                let empties = windows.filter_map(|window| {
                    let series = self.series_of(window.series)?;
                    series.missing_at(&window.view, condition.min_samples)
                });
                empties.min()
            }
            Asked::Threshold(threshold) => {
                let quantity = at(&self.plan.quantities, threshold.quantity)?;
                let Source::Window { series, view } = &quantity.source else { return None };
                self.series_of(*series)?.missing_at(view, quantity.min_samples)
            }
        }
    }

    fn series_of(&self, key: u64) -> Option<&Series> {
        self.device.series_at(self.selection.series_place(key)?)
    }

    /// When the first of the condition's windows closes.
    fn closes_at(&self, condition: &Condition) -> Option<Timestamp> {
        if !condition.clocks.closes {
            return None;
        }
        let windows = condition.windows.iter();
        windows
            .filter_map(|window| self.series_of(window.series)?.view_closes_at(&window.view))
            .min()
    }

    /// When the next part of the condition begins or ends by time alone that
    /// no judgement has seen yet.
    fn clock_at(&self, condition: &Condition) -> Option<Timestamp> {
        let looked = self.device.looked.get(&condition.key).copied();
        let clocks = &condition.clocks;
        let silent_since = self.device.silent_since();
        let absences = clocks.absences.iter().filter_map(|span| {
            Some(silent_since?.plus(*span).plus(self.settings.allowed_lateness))
        });
        let freshness = clocks.freshness.iter().flat_map(|(field, spans)| {
            let known = self.device.fields.known(field);
            spans.iter().filter_map(move |span| Some(known?.ts.plus(*span)))
        });
        let sinces = clocks.sinces.iter().flat_map(|since| {
            let ended = match self.device.since.get(&since.key) {
                Some(Since::Ended(end)) => Some(*end),
                Some(Since::Holds) | None => None,
            };
            since.flips.iter().filter_map(move |span| Some(ended?.plus(*span)))
        });
        let is_ahead = |deadline: &Timestamp| looked.is_none_or(|looked| *deadline > looked);
        let next = absences.chain(freshness).chain(sinces).filter(is_ahead).min();
        next.into_iter().chain(self.boundary_at(condition, looked)).min()
    }

    /// When the condition's schedule opens or closes next.
    fn boundary_at(&self, condition: &Condition, looked: Option<Timestamp>) -> Option<Timestamp> {
        let schedule = condition.schedule.as_ref()?;
        // Before the first reading there is nothing to judge.
        let since = looked.or(self.device.last)?;
        schedule.next_boundary(since)
    }
}
