//! Which device the rules cost most for.

use alloc::vec::Vec;

use sorted::{Gather, SortedSet};

use super::Cost;
use crate::{DeviceSelector, Rule, Span};

pub(super) fn cost(rules: &[Rule], interval: Span) -> Cost {
    let together = || Cost::of_all(rules, interval);
    let mut names = SortedSet::new();
    let mut beginnings = SortedSet::new();
    for rule in rules {
        if selectors(rule).any(|devices| devices.ids.is_empty()) {
            beginnings.insert("");
        }
        for pattern in selectors(rule).flat_map(|devices| &devices.ids) {
            match beginning(pattern) {
                Some(beginning) => beginnings.insert(beginning),
                None => names.insert(pattern.as_str()),
            };
        }
        if names.len() + beginnings.len() > Cost::NAMES_MAX {
            return together();
        }
    }
    let mut groups: SortedSet<Vec<usize>> = SortedSet::new();
    let indexes = |watches: &dyn Fn(&Rule) -> bool| -> Vec<usize> {
        let watching = rules.iter().enumerate().filter(|(_, rule)| watches(rule));
        watching.map(|(index, _)| index).gather()
    };
    groups.extend(
        names
            .iter()
            .map(|name| indexes(&|rule| selectors(rule).any(|devices| devices.selects_id(name)))),
    );
    groups.extend(beginnings.iter().map(|start| indexes(&|rule| may_share(rule, start))));
    let costs = groups
        .iter()
        .map(|group| Cost::of_all(group.iter().filter_map(|index| rules.get(*index)), interval));
    costs.reduce(larger).unwrap_or_else(together)
}

/// Both figures of the dearer: they may belong to different devices, and both are bounds.
fn larger(a: Cost, b: Cost) -> Cost {
    let steps_per_reading = a.steps_per_reading.max(b.steps_per_reading);
    let bytes_per_device_max = a.bytes_per_device_max.max(b.bytes_per_device_max);
    let dearer = if b.bytes_per_device > a.bytes_per_device { b } else { a };
    Cost { bytes_per_device_max, steps_per_reading, ..dearer }
}

/// Whether a device whose name fits a pattern that begins with `start` may be
/// watched by `rule` too.
fn may_share(rule: &Rule, start: &str) -> bool {
    selectors(rule).any(|devices| {
        devices.ids.is_empty()
            || devices.ids.iter().any(|pattern| match beginning(pattern) {
                Some(other) => other.starts_with(start) || start.starts_with(other),
                None => false,
            })
    })
}

/// Which devices the rule watches: those of all its roles, if it has roles.
fn selectors(rule: &Rule) -> impl Iterator<Item = &DeviceSelector> {
    let roles = rule.fleet.iter().flat_map(|fleet| &fleet.roles).map(|role| &role.devices);
    let own = rule.fleet.is_none().then_some(&rule.devices);
    own.into_iter().chain(roles)
}

/// What stands before a pattern's first wildcard; `None` of a plain name.
fn beginning(pattern: &str) -> Option<&str> {
    pattern.split_once(['*', '?']).map(|(beginning, _)| beginning)
}
