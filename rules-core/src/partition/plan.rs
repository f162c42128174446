use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec,
    vec::Vec,
};

use rete_lite::{AlphaNetwork, Check, Fact, ProductionId, Scalar, Test};

use super::condition::{Condition, series_key};
use crate::{Reading, Rule, Value, expr::Expr, schedule::Schedule, window::View};

/// A rule set compiled for judging: what rules share stands here once.
#[derive(Debug)]
pub(super) struct Plan {
    /// By id.
    pub(super) rules: Vec<PlannedRule>,
    /// Distinct conditions of all rules.
    pub(super) conditions: Vec<Condition>,
    /// Distinct inputs of all windows.
    pub(super) series: Vec<PlannedSeries>,
    /// From a reading to the series that sample it, as indexes into `series`.
    to_series: AlphaNetwork<String>,
    /// From a reading to the conditions that it touches, as indexes into `conditions`.
    to_conditions: AlphaNetwork<String>,
}

/// A rule with its conditions as indexes into [`Plan::conditions`].
#[derive(Debug)]
pub(super) struct PlannedRule {
    pub(super) rule: Rule,
    pub(super) when: usize,
    pub(super) clear: Option<usize>,
}

/// What windows sample; their samples are kept once a device.
#[derive(Debug)]
pub(super) struct PlannedSeries {
    /// Evaluated at each reading that carries one of its fields.
    pub(super) input: Expr,
    /// Names its samples in state.
    pub(super) key: u64,
}

/// Which parts of the plan concern one device.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// By index of the rule.
    rules: Vec<bool>,
    /// The views on each series that selected rules read, by its key.
    pub(super) series: BTreeMap<u64, Vec<View>>,
    /// Selected conditions that a deadline may have to judge.
    pub(super) timed: Vec<usize>,
}

impl Plan {
    pub(super) fn new(mut rules: Vec<Rule>) -> Self {
        // Groups judge by these; devices only answer what they want.
        rules.retain(|rule| rule.fleet.is_none());
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let mut plan = Self {
            rules: vec![],
            conditions: vec![],
            series: vec![],
            to_series: AlphaNetwork::new(),
            to_conditions: AlphaNetwork::new(),
        };
        let mut conditions = BTreeMap::new();
        for rule in rules {
            let index = plan.rules.len();
            let mut intern = |expr: &Expr, schedule: Option<&Schedule>| {
                plan.intern_condition(&mut conditions, expr, rule.min_samples, schedule, index)
            };
            let when = intern(&rule.when, rule.schedule.as_ref());
            let clear = rule.clear.as_ref().map(|clear| intern(clear, None));
            plan.rules.push(PlannedRule { rule, when, clear });
        }
        plan.lay_routes();
        plan
    }

    fn intern_condition(
        &mut self,
        known: &mut BTreeMap<String, usize>,
        expr: &Expr,
        min_samples: u32,
        schedule: Option<&Schedule>,
        rule: usize,
    ) -> usize {
        let text = match schedule {
            None => format!("{min_samples}|{expr}"),
            Some(schedule) => format!("{min_samples}|{expr}|{schedule}"),
        };
        let index = *known.entry(text).or_insert_with_key(|text| {
            self.conditions.push(Condition::new(expr, text, min_samples, schedule.cloned()));
            self.conditions.len() - 1
        });
        if let Some(condition) = self.conditions.get_mut(index)
            && condition.users.last() != Some(&rule)
        {
            condition.users.push(rule);
        }
        index
    }

    fn lay_routes(&mut self) {
        let mut known = BTreeSet::new();
        for (index, condition) in self.conditions.iter().enumerate() {
            let production = production(index);
            for field in condition.expr.fields() {
                self.to_conditions.add(production, [Test::new(field, Check::Present)]);
            }
            if !condition.clocks.absences.is_empty() {
                // Every reading ends a silence.
                self.to_conditions.add(production, []);
            }
            for window in &condition.windows {
                if known.insert(window.series) {
                    let production = self::production(self.series.len());
                    for field in window.call.input.fields() {
                        self.to_series.add(production, [Test::new(field, Check::Present)]);
                    }
                    let input = window.call.input.clone();
                    self.series.push(PlannedSeries { key: series_key(&input), input });
                }
            }
        }
    }

    /// The rule named `id` and its index.
    pub(super) fn rule(&self, id: &str) -> Option<(usize, &PlannedRule)> {
        let index = self.rules.binary_search_by(|planned| planned.rule.id.as_str().cmp(id)).ok()?;
        self.rules.get(index).map(|planned| (index, planned))
    }

    /// The series of all rules that sample `reading`, in the plan's order.
    pub(super) fn series_for(&self, reading: &Reading) -> impl Iterator<Item = &PlannedSeries> {
        let mut productions = Vec::new();
        self.to_series.route(reading, &mut productions);
        productions.into_iter().filter_map(|production| self.series.get(index(production)))
    }

    /// The conditions of all rules that `reading` touches, ascending.
    pub(super) fn conditions_for(&self, reading: &Reading) -> BTreeSet<usize> {
        let mut productions = Vec::new();
        self.to_conditions.route(reading, &mut productions);
        productions.into_iter().map(index).collect()
    }

    /// What concerns `device`.
    pub(super) fn select(&self, device: &str) -> Selection {
        let mut selection = Selection {
            rules: self
                .rules
                .iter()
                .map(|planned| planned.rule.devices.selects(device, &[]))
                .collect(),
            ..Selection::default()
        };
        for (index, condition) in self.conditions.iter().enumerate() {
            if condition.users.iter().any(|rule| selection.has_rule(*rule)) {
                for window in &condition.windows {
                    let views = selection.series.entry(window.series).or_default();
                    if !views.contains(&window.view) {
                        views.push(window.view);
                    }
                }
                if condition.is_timed() {
                    selection.timed.push(index);
                }
            }
        }
        selection
    }
}

impl Selection {
    /// Whether the rule at `index` watches the device.
    pub(super) fn has_rule(&self, index: usize) -> bool {
        self.rules.get(index).copied().unwrap_or(false)
    }
}

/// The alpha network's name for the part of the plan at `index`.
fn production(index: usize) -> ProductionId {
    ProductionId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn index(production: ProductionId) -> usize {
    usize::try_from(production.0).unwrap_or(usize::MAX)
}

impl Fact for Reading {
    type Attribute = str;

    fn values(&self) -> impl Iterator<Item = (&str, Scalar<'_>)> {
        self.values.iter().map(|(name, value)| (name.as_str(), scalar(value)))
    }

    fn value(&self, attribute: &str) -> Option<Scalar<'_>> {
        Reading::value(self, attribute).map(scalar)
    }
}

fn scalar(value: &Value) -> Scalar<'_> {
    match value {
        Value::Null => Scalar::Null,
        Value::Bool(truth) => Scalar::Bool(*truth),
        Value::Number(number) => Scalar::Number(*number),
        Value::Text(text) => Scalar::Text(text),
    }
}
