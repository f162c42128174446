use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use crate::{
    Reading, Rule, Span,
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
    /// For each field, what a reading that carries it touches.
    routes: BTreeMap<String, Route>,
    /// Conditions that every reading of a device touches: they speak of silence.
    always: Vec<usize>,
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

#[derive(Debug, Default)]
struct Route {
    windows: Vec<usize>,
    conditions: Vec<usize>,
}

/// What one reading touches, as ascending indexes into the plan.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) windows: BTreeSet<usize>,
    pub(super) conditions: BTreeSet<usize>,
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
            routes: BTreeMap::new(),
            always: vec![],
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
            for field in condition.expr.fields() {
                self.routes.entry(field.to_string()).or_default().conditions.push(index);
            }
            if !condition.silences.is_empty() {
                self.always.push(index);
            }
            for (call, key) in &condition.windows {
                if known.insert(*key) {
                    for field in call.input.fields() {
                        self.routes
                            .entry(field.to_string())
                            .or_default()
                            .windows
                            .push(self.windows.len());
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

    /// What `reading` touches, of all rules.
    pub(super) fn touched(&self, reading: &Reading) -> Touched {
        let mut touched =
            Touched { conditions: self.always.iter().copied().collect(), ..Touched::default() };
        for route in reading.values.iter().filter_map(|(name, _)| self.routes.get(name)) {
            touched.windows.extend(&route.windows);
            touched.conditions.extend(&route.conditions);
        }
        touched
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
        Expr::Literal(_) | Expr::Field(_) | Expr::Window(_) | Expr::Has(_) | Expr::Absent(_) => {
            None
        }
    }
}
