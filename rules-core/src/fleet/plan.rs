use alloc::{format, string::String, sync::Arc, vec::Vec};

use rete_lite::Network;
use sorted::{Gather, SortedMap, SortedSet};

use super::{condition::Condition, joins, samples::Keep};
use crate::{DeviceSelector, Fleet, Rule, expr::Aggregate, window::View};

/// The fleet rules of a rule set compiled for judging.
#[derive(Debug)]
pub(super) struct Plan {
    /// By id.
    pub(super) rules: Vec<PlannedRule>,
    /// By the tags that make their groups.
    kinds: SortedMap<Vec<String>, Kind>,
}

/// A fleet rule with its conditions.
#[derive(Debug)]
pub(super) struct PlannedRule {
    pub(super) rule: Rule,
    pub(super) fleet: Fleet,
    pub(super) when: Condition,
    pub(super) clear: Option<Condition>,
    /// Of a `per` rule, whose devices its windows look at: an index into [`Kind::scopes`].
    pub(super) scope: usize,
}

/// A condition of a rule.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Part {
    When,
    Clear,
}

/// A condition that reads what the devices in a role tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Reader {
    /// Index into [`Plan::rules`].
    pub(super) rule: usize,
    pub(super) part: Part,
    pub(super) role: usize,
}

/// What the rules have in common whose groups are made by the same tags.
#[derive(Debug, Default)]
pub(super) struct Kind {
    /// Indexes into [`Plan::rules`].
    pub(super) rules: Vec<usize>,
    /// By [`crate::Want::key`], the conditions that read it.
    pub(super) readers: SortedMap<u64, Vec<Reader>>,
    /// By [`crate::Want::key`], what windows make of its samples.
    pub(super) aggregates: SortedMap<u64, SortedSet<Aggregate>>,
    /// By [`crate::Want::key`], the rules that count the devices for which it holds.
    pub(super) counters: SortedMap<u64, Vec<usize>>,
    /// By [`crate::Want::key`], the samples that windows may still see.
    pub(super) keep: SortedMap<u64, Keep>,
    /// Which devices windows over a group look at, each selector once.
    pub(super) scopes: Vec<DeviceSelector>,
    /// What sliding windows over a group make of its samples, by scope and [`crate::Want::key`].
    pub(super) views: SortedMap<(usize, u64), Vec<View>>,
    /// The rules that time alone can change, as indexes into [`Plan::rules`].
    pub(super) timed: Vec<usize>,
    /// All that the rules want.
    pub(super) wants: SortedSet<u64>,
    /// Those of them that `match` rules ask of a device before it is joined with others.
    pub(super) required: SortedSet<u64>,
    /// Which devices may together be in the roles of `match` rules.
    pub(super) network: Option<Arc<Network<String>>>,
}

impl Plan {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let planned = rules.iter().filter_map(PlannedRule::new);
        let mut rules: Vec<PlannedRule> = planned.gather();
        sorted::sort_by(&mut rules, |a, b| a.rule.id.cmp(&b.rule.id));
        rules.dedup_by(|later, first| later.rule.id == first.rule.id);
        let mut kinds: SortedMap<Vec<String>, Kind> = SortedMap::new();
        for (index, planned) in rules.iter_mut().enumerate() {
            kinds.entry(planned.fleet.by.clone()).or_default().add(index, planned);
        }
        for kind in kinds.values_mut() {
            let joined = kind.rules.iter().filter_map(|index| Some((*index, rules.get(*index)?)));
            let joined: Vec<_> = joined.filter(|(_, planned)| planned.joins()).gather();
            kind.required = joined
                .iter()
                .flat_map(|(_, planned)| planned.when.required())
                .map(|(_, want)| want)
                .collect();
            kind.network = joins::network(joined);
        }
        Self { rules, kinds }
    }

    /// What groups that are made by these tags have in common.
    pub(super) fn kind(&self, by: &[(String, String)]) -> Option<&Kind> {
        let names: Vec<String> = by.iter().map(|(name, _)| name.clone()).gather();
        self.kinds.get(&names)
    }

    /// Of a device's rules and roles those of `match` rules.
    pub(super) fn joining(&self, parts: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let joins = |rule: usize| self.rules.get(rule).is_some_and(PlannedRule::joins);
        parts.iter().copied().filter(|(rule, _)| joins(*rule)).gather()
    }

    /// What the rules of a kind ask for, each with the version that first did:
    /// `version`, unless it was there before.
    pub(super) fn asked(
        &self,
        kind: &Kind,
        version: u64,
        before: &SortedMap<u64, u64>,
    ) -> SortedMap<u64, u64> {
        let rules = kind.rules.iter().filter_map(|rule| self.rules.get(*rule));
        let scheduled = rules.map(|planned| &planned.when).filter(|when| when.schedule.is_some());
        let keys = kind.wants.iter().copied().chain(scheduled.map(|when| when.key));
        keys.map(|key| (key, before.get(&key).copied().unwrap_or(version))).collect()
    }

    /// The rule named `id` and its index.
    pub(super) fn rule(&self, id: &str) -> Option<(usize, &PlannedRule)> {
        let index = self.rules.binary_search_by(|planned| planned.rule.id.as_str().cmp(id)).ok()?;
        self.rules.get(index).map(|planned| (index, planned))
    }
}

impl PlannedRule {
    fn new(rule: &Rule) -> Option<Self> {
        let fleet = rule.fleet.clone()?;
        let roles = fleet.role_names();
        let when = Condition::new(rule, &roles, &rule.when, rule.schedule.as_ref());
        let clear = rule.clear.as_ref().map(|clear| Condition::new(rule, &roles, clear, None));
        Some(Self { rule: rule.clone(), fleet, when, clear, scope: 0 })
    }

    /// Whether it joins roles (`match`), rather than looking at a whole group (`per`).
    pub(super) fn joins(&self) -> bool {
        self.fleet.roles.iter().any(|role| role.name.is_some())
    }

    pub(super) fn condition(&self, part: Part) -> Option<&Condition> {
        match part {
            Part::When => Some(&self.when),
            Part::Clear => self.clear.as_ref(),
        }
    }

    /// Its conditions.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Part, &Condition)> {
        let clear = self.clear.as_ref().map(|clear| (Part::Clear, clear));
        [(Part::When, &self.when)].into_iter().chain(clear)
    }

    /// The roles, by index, that a device with `tags` plays.
    pub(super) fn roles_of(&self, device: &str, tags: &[(String, String)]) -> Vec<usize> {
        let roles = self.fleet.roles.iter().enumerate();
        let played = roles.filter(|(_, role)| role.devices.selects(device, tags));
        played.map(|(index, _)| index).gather()
    }

    /// What rete-lite calls the part of a role of the rule at `index`.
    pub(super) fn role_attribute(index: usize, role: usize) -> String {
        format!("plays {index} {role}")
    }
}

impl Kind {
    fn add(&mut self, index: usize, planned: &mut PlannedRule) {
        self.rules.push(index);
        planned.scope = self.scope_of(planned);
        let planned = &*planned;
        if planned.parts().any(|(_, condition)| condition.is_timed()) {
            self.timed.push(index);
        }
        for (part, condition) in planned.parts() {
            for (role, want) in condition.wants() {
                self.wants.insert(want);
                let readers = self.readers.entry(want).or_default();
                let reader = Reader { rule: index, part, role };
                if !readers.contains(&reader) {
                    readers.push(reader);
                }
            }
            for count in &condition.counts {
                let counters = self.counters.entry(count.want).or_default();
                if counters.last() != Some(&index) {
                    counters.push(index);
                }
            }
            for window in &condition.windows {
                let keep = self.keep.entry(window.want).or_default();
                *keep = keep.widened(window.keep());
                let aggregates = self.aggregates.entry(window.want).or_default();
                aggregates.insert(window.call.aggregate);
                if let Some(view) = window.slides().filter(|_| !planned.joins()) {
                    let views = self.views.entry((planned.scope, window.want)).or_default();
                    if !views.contains(&view) {
                        views.push(view);
                    }
                }
            }
        }
    }

    /// The scope of a `per` rule, which has one role.
    fn scope_of(&mut self, planned: &PlannedRule) -> usize {
        let [role] = planned.fleet.roles.as_slice() else { return 0 };
        let known = self.scopes.iter().position(|devices| *devices == role.devices);
        known.unwrap_or_else(|| {
            self.scopes.push(role.devices.clone());
            self.scopes.len() - 1
        })
    }

    /// The scopes that a device with `tags` is in.
    pub(super) fn scopes_of(&self, device: &str, tags: &[(String, String)]) -> Vec<usize> {
        let scopes = self.scopes.iter().enumerate();
        let own = scopes.filter(|(_, devices)| devices.selects(device, tags));
        own.map(|(scope, _)| scope).gather()
    }
}
