//! When time alone changes something about a device.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{
    Settings,
    condition::Condition,
    device::{Device, Since},
    plan::{Plan, Selection},
};
use crate::{Missing, Timestamp, lifecycle, window::Series};

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
        let timers = self.device.alerts.iter().filter_map(|(id, alert)| {
            let (_, planned) = self.plan.rule(id)?;
            lifecycle::timer(&planned.rule, alert)
        });
        let empties = self.clearing().filter_map(|condition| self.empty_at(condition));
        let clocks = self.timed().filter_map(|(_, condition)| self.clock_at(condition));
        let closings = self.device.series.values().filter_map(Series::closes_at);
        timers.chain(empties).chain(clocks).chain(closings).min()
    }

    /// The conditions that a deadline at `at` has to judge, before its
    /// windows have closed.
    pub(super) fn due(&self, at: Timestamp) -> BTreeSet<usize> {
        let is_due = |deadline: Option<Timestamp>| deadline.is_some_and(|deadline| deadline <= at);
        let timed = self
            .timed()
            .filter(|(_, condition)| {
                is_due(self.clock_at(condition)) || is_due(self.closes_at(condition))
            })
            .map(|(index, _)| index);
        let empties = self.device.alerts.keys().filter_map(|id| {
            let when = self.clears_when_missing(id)?;
            let condition = self.plan.conditions.get(when)?;
            is_due(self.empty_at(condition)).then_some(when)
        });
        timed.chain(empties).collect()
    }

    /// The alerts whose own timers have run out at `at`, as indexes of their rules.
    pub(super) fn timed_out(&self, at: Timestamp) -> Vec<usize> {
        let alerts = self.device.alerts.iter().filter_map(|(id, alert)| {
            let (index, planned) = self.plan.rule(id)?;
            lifecycle::timer(&planned.rule, alert).filter(|timer| *timer <= at).map(|_| index)
        });
        alerts.collect()
    }

    fn timed(&self) -> impl Iterator<Item = (usize, &Condition)> {
        let timed = self.selection.timed.iter();
        timed.filter_map(|index| Some((*index, self.plan.conditions.get(*index)?)))
    }

    /// The conditions of alerts that end when their windows run empty.
    fn clearing(&self) -> impl Iterator<Item = &Condition> {
        let whens = self.device.alerts.keys().filter_map(|id| self.clears_when_missing(id));
        whens.filter_map(|when| self.plan.conditions.get(when))
    }

    fn clears_when_missing(&self, rule: &str) -> Option<usize> {
        let (_, planned) = self.plan.rule(rule)?;
        (planned.rule.missing == Missing::Clear).then_some(planned.when)
    }

    /// When the first of the condition's windows loses a sample that it needs
    /// to have a value; `None` if none of them has one.
    fn empty_at(&self, condition: &Condition) -> Option<Timestamp> {
        let windows = condition.windows.iter();
        windows
            .filter_map(|window| {
                let series = self.device.series.get(&window.series)?;
                series.missing_at(&window.view, condition.min_samples)
            })
            .min()
    }

    /// When the first of the condition's windows closes.
    fn closes_at(&self, condition: &Condition) -> Option<Timestamp> {
        if !condition.clocks.closes {
            return None;
        }
        let windows = condition.windows.iter();
        windows
            .filter_map(|window| {
                self.device.series.get(&window.series)?.view_closes_at(&window.view)
            })
            .min()
    }

    /// When the next part of the condition begins or ends by time alone that
    /// no judgement has seen yet.
    fn clock_at(&self, condition: &Condition) -> Option<Timestamp> {
        let judged = self.device.judged.get(&condition.key).copied();
        let clocks = &condition.clocks;
        let silent_since = self.device.silent_since();
        let absences = clocks.absences.iter().filter_map(|span| {
            Some(silent_since?.plus(*span).plus(self.settings.allowed_lateness))
        });
        let freshness = clocks.freshness.iter().flat_map(|(field, spans)| {
            let known = self.device.known(field);
            spans.iter().filter_map(move |span| Some(known?.ts.plus(*span)))
        });
        let sinces = clocks.sinces.iter().flat_map(|since| {
            let ended = match self.device.since.get(&since.key) {
                Some(Since::Ended(end)) => Some(*end),
                Some(Since::Holds) | None => None,
            };
            since.flips.iter().filter_map(move |span| Some(ended?.plus(*span)))
        });
        let is_ahead = |deadline: &Timestamp| judged.is_none_or(|judged| *deadline > judged);
        let next = absences.chain(freshness).chain(sinces).filter(is_ahead).min();
        next.into_iter().chain(self.boundary_at(condition, judged)).min()
    }

    /// When the condition's schedule opens or closes next.
    fn boundary_at(&self, condition: &Condition, judged: Option<Timestamp>) -> Option<Timestamp> {
        let schedule = condition.schedule.as_ref()?;
        // Before the first reading there is nothing to judge.
        let since = judged.or(self.device.last)?;
        schedule.next_boundary(since)
    }
}
