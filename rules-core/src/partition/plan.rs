use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use rete_lite::{AlphaNetwork, Check, Fact, ProductionId, Scalar, Test};

use crate::{
    Reading, Rule, Span, Value,
    expr::{Expr, WindowCall},
    hash::fnv1a_64,
};

/// A rule set compiled for judging: what rules share stands here once.
#[derive(Debug)]
pub(super) struct Plan {
    /// By id.
    pub(super) rules: Vec<PlannedRule>,
    /// Distinct conditions of all rules.
    pub(super) conditions: Vec<Condition>,
    /// Distinct windows of all conditions.
    pub(super) windows: Vec<Window>,
    /// From a reading to the windows that sample it, as indexes into `windows`.
    to_windows: AlphaNetwork<String>,
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

/// A condition, judged once a reading however many rules have it.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) expr: Expr,
    /// Names it in state: of its canonical text and `min_samples`.
    pub(super) key: u64,
    pub(super) min_samples: u32,
    /// Its windows, each with its key in state.
    pub(super) windows: Vec<(WindowCall, u64)>,
    /// The spans of its `absent`, ascending.
    pub(super) silences: Vec<Span>,
    /// What an alert gives as its value.
    pub(super) quantity: Option<Expr>,
    /// The rules that judge by it, as indexes into [`Plan::rules`].
    pub(super) users: Vec<usize>,
}

/// A window with the key of its samples in state.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) call: WindowCall,
    pub(super) key: u64,
}

/// Which parts of the plan concern one device.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// By index of the rule.
    rules: Vec<bool>,
    /// Keys of the windows that selected rules read.
    pub(super) window_keys: BTreeSet<u64>,
    /// Selected conditions that speak of silence.
    pub(super) silences: Vec<usize>,
}

impl Plan {
    pub(super) fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let mut plan = Self {
            rules: vec![],
            conditions: vec![],
            windows: vec![],
            to_windows: AlphaNetwork::new(),
            to_conditions: AlphaNetwork::new(),
        };
        let mut conditions = BTreeMap::new();
        for rule in rules {
            let index = plan.rules.len();
            let when = plan.intern_condition(&mut conditions, &rule.when, rule.min_samples, index);
            let clear = rule.clear.as_ref().map(|clear| {
                plan.intern_condition(&mut conditions, clear, rule.min_samples, index)
            });
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
        rule: usize,
    ) -> usize {
        let text = format!("{min_samples}|{expr}");
        let index = *known.entry(text).or_insert_with_key(|text| {
            self.conditions.push(Condition::new(expr, fnv1a_64(text.as_bytes()), min_samples));
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
            if !condition.silences.is_empty() {
                // Every reading ends a silence.
                self.to_conditions.add(production, []);
            }
            for (call, key) in &condition.windows {
                if known.insert(*key) {
                    let production = self::production(self.windows.len());
                    for field in call.input.fields() {
                        self.to_windows.add(production, [Test::new(field, Check::Present)]);
                    }
                    self.windows.push(Window { call: call.clone(), key: *key });
                }
            }
        }
    }

    /// The rule named `id` and its index.
    pub(super) fn rule(&self, id: &str) -> Option<(usize, &PlannedRule)> {
        let index = self.rules.binary_search_by(|planned| planned.rule.id.as_str().cmp(id)).ok()?;
        self.rules.get(index).map(|planned| (index, planned))
    }

    /// The windows of all rules that sample `reading`, in the plan's order.
    pub(super) fn windows_for(&self, reading: &Reading) -> impl Iterator<Item = &Window> {
        let mut productions = Vec::new();
        self.to_windows.route(reading, &mut productions);
        productions.into_iter().filter_map(|production| self.windows.get(index(production)))
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
            rules: self.rules.iter().map(|planned| planned.rule.devices.selects(device)).collect(),
            ..Selection::default()
        };
        for (index, condition) in self.conditions.iter().enumerate() {
            if condition.users.iter().any(|rule| selection.has_rule(*rule)) {
                selection.window_keys.extend(condition.windows.iter().map(|(_, key)| key));
                if !condition.silences.is_empty() {
                    selection.silences.push(index);
                }
            }
        }
        selection
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

impl Selection {
    /// Whether the rule at `index` watches the device.
    pub(super) fn has_rule(&self, index: usize) -> bool {
        self.rules.get(index).copied().unwrap_or(false)
    }
}

impl Condition {
    fn new(expr: &Expr, key: u64, min_samples: u32) -> Self {
        let mut windows: Vec<(WindowCall, u64)> = Vec::new();
        let mut silences = BTreeSet::new();
        expr.visit(&mut |part| match part {
            Expr::Window(call) => {
                let key = fnv1a_64(part.to_string().as_bytes());
                if !windows.iter().any(|(_, known)| *known == key) {
                    windows.push(((**call).clone(), key));
                }
            }
            Expr::Absent(span) => {
                silences.insert(*span);
            }
            _ => {}
        });
        Self {
            expr: expr.clone(),
            key,
            min_samples,
            windows,
            silences: silences.into_iter().collect(),
            quantity: quantity(expr).cloned(),
            users: Vec::new(),
        }
    }
}

/// The leftmost compared quantity of a condition (of `80 < temp` that is
/// `temp`); without a comparison, its leftmost field or window.
fn quantity(expr: &Expr) -> Option<&Expr> {
    leftmost(expr, &mut |part| match part {
        Expr::Binary(op, left, right) if op.compares() => {
            Some(if matches!(**left, Expr::Literal(_)) { right } else { left })
        }
        _ => None,
    })
    .or_else(|| {
        leftmost(expr, &mut |part| matches!(part, Expr::Field(_) | Expr::Window(_)).then_some(part))
    })
}

/// The first part that `pick` takes, parents first, left to right, not inside windows.
fn leftmost<'a>(
    expr: &'a Expr,
    pick: &mut impl FnMut(&'a Expr) -> Option<&'a Expr>,
) -> Option<&'a Expr> {
    if let Some(found) = pick(expr) {
        return Some(found);
    }
    match expr {
        Expr::Unary(_, operand) => leftmost(operand, pick),
        Expr::Binary(_, left, right) => leftmost(left, pick).or_else(|| leftmost(right, pick)),
        Expr::Call(_, arguments) => arguments.iter().find_map(|argument| leftmost(argument, pick)),
        Expr::In(operand, _) => leftmost(operand, pick),
        Expr::Literal(_)
        | Expr::Duration(_)
        | Expr::Field(_)
        | Expr::Window(_)
        | Expr::Has(_)
        | Expr::Fresh(..)
        | Expr::Absent(_)
        | Expr::Since(_) => None,
    }
}
