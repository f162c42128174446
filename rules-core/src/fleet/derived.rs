use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use sorted::{Gather, SortedMap, SortedSet};

use super::{
    cell::{Cell, Member},
    computed::Computed,
    joins::Joins,
    plan::{Kind, Plan},
};
use crate::{Timestamp, Value};

/// What follows from a group's cell and the rules, kept up to date beside it:
/// it is found anew after loading, and never stored.
#[derive(Debug, Default)]
pub(super) struct Derived {
    /// Version of the rule set that it follows from.
    pub(super) rules_version: u64,
    /// About what the members take in the cell.
    pub(super) bytes: usize,
    /// By device, the rules and roles in which it is.
    parts: SortedMap<String, Vec<(usize, usize)>>,
    /// By device, the scopes of windows in which it is.
    scopes: SortedMap<String, Vec<usize>>,
    /// By rule, how many devices it looks at.
    population: SortedMap<usize, u64>,
    /// By rule and [`crate::Want::key`].
    counts: SortedMap<(usize, u64), Count>,
    pub(super) joins: Option<Joins>,
    pub(super) computed: Computed,
}

/// For how many devices a condition is true.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Count {
    holds: u64,
    /// Of how many the partition has not said it yet, since the rule is new.
    untold: u64,
}

impl Derived {
    pub(super) fn new(plan: &Plan, kind: &Kind, rules_version: u64, cell: &Cell) -> Self {
        let joins = kind.network.as_ref().map(Joins::new);
        let mut derived = Self { rules_version, joins, ..Self::default() };
        for (device, member) in &cell.members {
            derived.enter(plan, kind, device, member, &cell.asked);
        }
        if let Some(joins) = &mut derived.joins {
            let parts = derived.parts.iter();
            joins.cast_all(parts.map(|(device, parts)| (device.as_str(), plan.joining(parts))));
            for (device, member) in &cell.members {
                joins.follow(device, Some(member));
            }
        }
        derived
    }

    /// Gives the device its roles in `match` rules; in how many rules some
    /// device has to be left out.
    pub(super) fn recast(
        &mut self,
        plan: &Plan,
        device: &str,
        members: &SortedMap<String, Member>,
    ) -> u64 {
        let parts = plan.joining(self.parts(device));
        let Some(joins) = &mut self.joins else { return 0 };
        for other in joins.cast(device, parts.clone()) {
            joins.follow(&other, members.get(&other));
        }
        let rules: SortedSet<usize> = parts.iter().map(|(rule, _)| *rule).collect();
        rules.into_iter().filter(|rule| joins.is_overfull(*rule)).count() as u64
    }

    /// Counts a device in, that was not or was taken out before.
    pub(super) fn enter(
        &mut self,
        plan: &Plan,
        kind: &Kind,
        device: &str,
        member: &Member,
        asked: &SortedMap<u64, u64>,
    ) {
        let rules = kind.rules.iter().filter_map(|index| Some((*index, plan.rules.get(*index)?)));
        let parts: Vec<(usize, usize)> = rules
            .flat_map(|(index, planned)| {
                let roles = planned.roles_of(device, &member.tags);
                roles.into_iter().map(move |role| (index, role))
            })
            .gather();
        self.bytes += member.bytes(device);
        if !member.samples.is_empty() {
            self.computed.clear();
        }
        let rules: SortedSet<usize> = parts.iter().map(|(rule, _)| *rule).collect();
        for rule in rules {
            *self.population.entry(rule).or_default() += 1;
        }
        self.parts.insert(device.to_string(), parts);
        let scopes = kind.scopes_of(device, &member.tags);
        if !scopes.is_empty() {
            self.scopes.insert(device.to_string(), scopes);
        }
        for want in kind.counters.keys() {
            self.count(kind, device, member, (*want, asked), Tally::In);
        }
    }

    /// Takes a device out, as it was when it was counted in or followed.
    pub(super) fn leave(
        &mut self,
        kind: &Kind,
        device: &str,
        member: &Member,
        asked: &SortedMap<u64, u64>,
    ) {
        for want in kind.counters.keys() {
            self.count(kind, device, member, (*want, asked), Tally::Out);
        }
        self.bytes = self.bytes.saturating_sub(member.bytes(device));
        if !member.samples.is_empty() {
            self.computed.clear();
        }
        self.scopes.remove(device);
        let parts = self.parts.remove(device).unwrap_or_default();
        let rules: SortedSet<usize> = parts.iter().map(|(rule, _)| *rule).collect();
        for rule in rules {
            if let Some(population) = self.population.get_mut(&rule) {
                *population = population.saturating_sub(1);
            }
        }
    }

    /// Counts what a device tells of `want` in or out.
    pub(super) fn count(
        &mut self,
        kind: &Kind,
        device: &str,
        member: &Member,
        (want, asked): (u64, &SortedMap<u64, u64>),
        tally: Tally,
    ) {
        let told = member.told.get(&want);
        let holds = told == Some(&Some(Value::Bool(true)));
        let is_behind = asked.get(&want).is_some_and(|version| member.rules_version < *version);
        let untold = told.is_none() && is_behind;
        if !holds && !untold {
            return;
        }
        for rule in kind.counters.get(&want).into_iter().flatten() {
            if !self.is_in(device, *rule) {
                continue;
            }
            let count = self.counts.entry((*rule, want)).or_default();
            let count = if holds { &mut count.holds } else { &mut count.untold };
            *count = match tally {
                Tally::In => *count + 1,
                Tally::Out => count.saturating_sub(1),
            };
        }
    }

    /// Lets windows over the group take in a sample.
    pub(super) fn sample(&mut self, device: &str, want: u64, sample: (Timestamp, &Value)) {
        for scope in self.scopes.get(device).into_iter().flatten() {
            self.computed.take_in((*scope, want), sample);
        }
    }

    /// The rules and roles in which a device is, sorted.
    pub(super) fn parts(&self, device: &str) -> &[(usize, usize)] {
        self.parts.get(device).map_or(&[], Vec::as_slice)
    }

    /// Whether the rule looks at the device.
    pub(super) fn is_in(&self, device: &str, rule: usize) -> bool {
        let parts = self.parts(device);
        let place = parts.partition_point(|(of, _)| *of < rule);
        parts.get(place).is_some_and(|(of, _)| *of == rule)
    }

    /// How many devices the rule looks at.
    pub(super) fn population(&self, rule: usize) -> u64 {
        self.population.get(&rule).copied().unwrap_or(0)
    }

    /// For how many of these `want` is true; `None` while some have yet to say.
    pub(super) fn holds(&self, rule: usize, want: u64) -> Option<u64> {
        let count = self.counts.get(&(rule, want)).copied().unwrap_or_default();
        (count.untold == 0).then_some(count.holds)
    }
}

/// Whether something is added to a count or taken from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tally {
    In,
    Out,
}
