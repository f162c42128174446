//! A rule set compiled for judging: what rules share stands here once.
//!
//! - [`Quantity`]: a number that rules compare with thresholds; all thresholds
//!   on it are one sorted index, and only a change of what it meets is work;
//! - [`Condition`]: any other condition, judged once a reading;
//! - [`Class`]: rules whose alerts live and die together;
//! - [`Scope`]: rules that watch the same devices; [`Selection`]: the scopes
//!   of one device laid side by side, shared by all devices of these scopes;
//!   [`Layout`]: what they are asked about, shared by all that are asked the same.

use alloc::{string::String, sync::Arc, vec, vec::Vec};

use rete_lite::SelectorIndex;
use sorted::SortedSet;

use super::alert::Told;
use crate::{Rule, expr::Expr, fleet::tag};

mod class;
pub(super) use class::{Asked, Class, Threshold};
mod compile;
mod condition;
pub(super) use condition::Condition;
mod ladders;
mod layout;
pub(super) use layout::{Layout, NO_ROUTE, SelectedCondition, SelectedQuantity};
mod quantity;
pub(super) use quantity::{Quantity, Source};
mod scope;
pub(super) use scope::Scope;
mod selection;
mod want;
pub(super) use selection::{Selection, Shared};
pub(super) use want::{PlannedWant, SelectedFleet, SelectedSample};

/// A rule set compiled for judging.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By id.
    pub(super) rules: Vec<PlannedRule>,
    /// Those that stand on ladders first.
    pub(super) classes: Vec<Class>,
    /// How many of the classes do nothing but compare a quantity.
    pub(super) laddered: u32,
    /// Rules, class by class.
    members: Vec<u32>,
    /// Distinct conditions that are no thresholds.
    pub(super) conditions: Vec<Condition>,
    pub(super) quantities: Vec<Quantity>,
    /// Distinct inputs of all windows.
    pub(super) series: Vec<PlannedSeries>,
    pub(super) scopes: Vec<Scope>,
    /// What fleet rules want of devices.
    pub(super) wants: Vec<PlannedWant>,
    /// The sets of tags that make groups.
    pub(super) bys: Vec<Vec<String>>,
    /// From a device to its scopes.
    selectors: SelectorIndex<u32>,
}

/// A rule as its alerts need it; its conditions stand in its class.
#[derive(Debug)]
pub(super) struct PlannedRule {
    pub(super) told: Arc<Told>,
    pub(super) class: u32,
}

/// What windows sample; their samples are kept once a device.
#[derive(Debug)]
pub(super) struct PlannedSeries {
    /// Evaluated at each reading that carries one of its fields.
    pub(super) input: Expr,
    /// Names its samples in state.
    pub(super) key: u64,
}

/// Whether thresholds are found by an index, or evaluated as any condition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Thresholds {
    Indexed,
    Evaluated,
}

impl Plan {
    pub(super) fn new(rules: &[Rule], thresholds: Thresholds) -> Self {
        compile::plan(rules, thresholds)
    }

    /// The rule named `id` and its index.
    pub(super) fn rule(&self, id: &str) -> Option<(u32, &PlannedRule)> {
        let index = self.rules.binary_search_by(|planned| (*planned.told.rule).cmp(id)).ok()?;
        self.rules.get(index).map(|planned| (number(index), planned))
    }

    /// The rule at `index`, and its class.
    pub(super) fn rule_at(&self, index: u32) -> Option<(&PlannedRule, &Class)> {
        let planned = at(&self.rules, index)?;
        Some((planned, at(&self.classes, planned.class)?))
    }

    /// The rules of the classes `from..to`.
    pub(super) fn rules_of(&self, from: u32, to: u32) -> &[u32] {
        let first = at(&self.classes, from).map(|class| class.members.start);
        let last = to.checked_sub(1).and_then(|last| at(&self.classes, last));
        let members = first.zip(last).map(|(first, last)| first..last.members.end);
        members.and_then(|members| self.members.get(members)).unwrap_or_default()
    }

    /// The scopes that `device` is in, ascending.
    pub(super) fn scopes_of(&self, device: &str, tags: &[(String, String)]) -> Vec<u32> {
        let mut scopes = Vec::new();
        self.selectors.matching(device, |name| tag(tags, name), &mut scopes);
        scopes
    }

    /// The devices that a rule about silence lists by name, without wildcards.
    pub(super) fn watched_names(&self) -> SortedSet<&str> {
        let speaks_of_silence = |scope: &&Scope| {
            let mut conditions = scope.conditions.iter();
            conditions.any(|(condition, classes)| {
                let absences = at(&self.conditions, *condition)
                    .is_some_and(|condition| !condition.clocks.absences.is_empty());
                let asked = Asked::General(*condition);
                absences
                    && classes
                        .iter()
                        .any(|class| at(&self.classes, *class).is_some_and(|it| it.when == asked))
            })
        };
        let scopes = self.scopes.iter().filter(speaks_of_silence);
        scopes.flat_map(|scope| scope.devices.names()).collect()
    }
}

/// The element at a place that the plan itself numbered.
pub(super) fn at<T>(list: &[T], index: u32) -> Option<&T> {
    list.get(usize::try_from(index).unwrap_or(usize::MAX))
}

/// The number of a place in a list of the plan.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
