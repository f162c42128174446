//! When time alone changes something about a group.

use alloc::vec::Vec;
use core::cell::Cell as Counter;

use sorted::{Gather, SortedSet};

use super::{
    cell::{AlertKey, Cell},
    condition::{Condition, WindowUse, end_before},
    derived::Derived,
    facts::GroupFacts,
    plan::{Kind, Part, Plan, PlannedRule},
};
use crate::{Missing, Timestamp, lifecycle};

/// The deadlines of one group; all are event times.
pub(super) struct Deadlines<'a> {
    pub(super) plan: &'a Plan,
    pub(super) kind: &'a Kind,
    pub(super) cell: &'a Cell,
    pub(super) derived: &'a Derived,
}

/// What a deadline has to judge.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Conditions, of all combinations of devices.
    pub(super) conditions: SortedSet<(usize, Part)>,
    /// The `when` of these alerts.
    pub(super) alerts: Vec<AlertKey>,
}

impl Deadlines<'_> {
    /// The earliest.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let timers = self.timers().map(|(timer, _)| timer);
        let empties = self.empties().map(|(at, _)| at);
        let clocks = self.timed().filter_map(|(_, condition)| self.clock_at(condition));
        timers.chain(empties).chain(clocks).min()
    }

    /// What a deadline at `at` has to judge.
    pub(super) fn due(&self, at: Timestamp) -> Due {
        let is_due = |deadline: Option<Timestamp>| deadline.is_some_and(|deadline| deadline <= at);
        let timed = self.timed().filter(|(_, condition)| is_due(self.clock_at(condition)));
        let empties = self.empties().filter(|(deadline, _)| *deadline <= at);
        Due {
            conditions: timed.map(|(name, _)| name).collect(),
            alerts: empties.map(|(_, key)| key.clone()).gather(),
        }
    }

    /// The alerts whose own timers have run out at `at`.
    pub(super) fn timed_out(&self, at: Timestamp) -> Vec<AlertKey> {
        self.timers().filter(|(timer, _)| *timer <= at).map(|(_, key)| key.clone()).gather()
    }

    fn timers(&self) -> impl Iterator<Item = (Timestamp, &AlertKey)> {
        self.cell.alerts.iter().filter_map(|(key, alert)| {
            let (_, planned) = self.plan.rule(&key.rule)?;
            Some((lifecycle::timer(&planned.rule, alert)?, key))
        })
    }

    /// The alerts that end when their windows run empty, and when that is.
    fn empties(&self) -> impl Iterator<Item = (Timestamp, &AlertKey)> {
        self.cell.alerts.keys().filter_map(|key| {
            let (rule, planned) = self.plan.rule(&key.rule)?;
            if planned.rule.missing != Missing::Clear {
                return None;
            }
            let facts = GroupFacts {
                cell: self.cell,
                derived: self.derived,
                kind: self.kind,
                rule,
                scope: planned.scope,
                condition: &planned.when,
                min_samples: planned.rule.min_samples,
                cast: &key.cast,
                at: self.cell.reached?,
                type_errors: Counter::new(0),
            };
            let windows = planned.when.windows.iter();
            Some((windows.filter_map(|window| facts.empty_at(window)).min()?, key))
        })
    }

    /// The conditions that time alone can change, of rules that look at some device.
    fn timed(&self) -> impl Iterator<Item = ((usize, Part), &Condition)> {
        let rules = self.kind.timed.iter().filter(|rule| self.derived.population(**rule) > 0);
        let planned = rules.filter_map(|rule| Some((*rule, self.plan.rules.get(*rule)?)));
        planned.flat_map(|(rule, planned): (usize, &PlannedRule)| {
            let timed = planned.parts().filter(|(_, condition)| condition.is_timed());
            timed.map(move |(part, condition)| ((rule, part), condition))
        })
    }

    /// When the condition's schedule, or a window of it, opens or closes next.
    fn clock_at(&self, condition: &Condition) -> Option<Timestamp> {
        let handled = self.cell.handled()?;
        let schedule = condition.schedule.as_ref();
        let boundary = schedule.and_then(|schedule| schedule.next_boundary(handled));
        let windows = condition.windows.iter();
        boundary.into_iter().chain(windows.filter_map(|window| self.closes_at(window))).min()
    }

    /// When a hopping window next has other samples than before, or none.
    fn closes_at(&self, window: &WindowUse) -> Option<Timestamp> {
        let (width, every) = window.hops()?;
        let next = end_before(self.cell.handled()?, every).plus(every);
        // Where the window before has samples, its end is worth a look.
        let oldest = next.minus(every).minus(width);
        let to = Timestamp::from_millis(i64::MAX);
        let lists =
            self.cell.members.values().filter_map(|member| member.samples.get(&window.want));
        let oldest_of = lists.filter_map(|samples| samples.between(oldest, to).next());
        let first = oldest_of.map(|(ts, _)| ts).min()?;
        if first < next {
            return Some(next);
        }
        Some(end_before(first, every).plus(every))
    }
}
