//! Rules → plan: interning what they share.

use super::{
    Arc, Asked, Class, Condition, Expr, Plan, PlannedRule, PlannedSeries, PlannedWant, Quantity,
    Rule, Scope, String, Threshold, Thresholds, Told, Vec, number, quantity, vec,
};
use crate::{
    DeviceSelector, Fleet, Telling, Want, expr::WindowCall, lifecycle::Course, schedule::Schedule,
    window::View,
};
use alloc::format;

use rete_lite::{Inequality, ThresholdIndex};
use sorted::{Gather, LongMap, SortedMap};

/// What makes rules one class: scope, conditions and course.
type ClassKey = (u32, AskedKey, Option<AskedKey>, Course);
/// An [`Asked`] that has an order: a threshold's bits, or the condition.
type AskedKey = (u32, u8, u64);

/// What is known of the rules looked at so far.
struct Compiler<'a> {
    plan: Plan,
    thresholds: Thresholds,
    scopes: LongMap<&'a DeviceSelector, u32>,
    conditions: LongMap<String, u32>,
    quantities: LongMap<String, u32>,
    series: LongMap<u64, u32>,
    classes: LongMap<ClassKey, u32>,
    wants: LongMap<u64, u32>,
    bys: LongMap<&'a [String], u32>,
    /// Rules of each class.
    members: Vec<Vec<u32>>,
    parts: Vec<Parts>,
}

/// What a scope consists of, while it is gathered.
#[derive(Default)]
struct Parts {
    thresholds: SortedMap<u32, Vec<(Inequality, f64, u32)>>,
    conditions: SortedMap<u32, Vec<u32>>,
    series: SortedMap<u32, Vec<View>>,
    fleets: SortedMap<u32, Vec<u32>>,
}

pub(super) fn plan(rules: &[Rule], thresholds: Thresholds) -> Plan {
    let mut rules: Vec<&Rule> = rules.iter().gather();
    sorted::sort_by(&mut rules, |a, b| a.id.cmp(&b.id));
    // An alert is kept by the id of its rule, so two of one id would share it.
    rules.dedup_by(|later, first| later.id == first.id);
    let mut compiler = Compiler {
        plan: Plan::default(),
        thresholds,
        scopes: LongMap::new(),
        conditions: LongMap::new(),
        quantities: LongMap::new(),
        series: LongMap::new(),
        classes: LongMap::new(),
        wants: LongMap::new(),
        bys: LongMap::new(),
        members: vec![],
        parts: vec![],
    };
    for rule in rules {
        match &rule.fleet {
            None => compiler.add(rule),
            // Groups judge by these; devices answer what they want.
            Some(fleet) => compiler.add_fleet(fleet),
        }
    }
    compiler.finish()
}

impl<'a> Compiler<'a> {
    fn add(&mut self, rule: &'a Rule) {
        let scope = self.scope(&rule.devices);
        let (when, clear) = match self.as_thresholds(rule) {
            Some((when, clear)) => (Asked::Threshold(when), clear.map(Asked::Threshold)),
            None => (
                self.condition(&rule.when, rule.min_samples, rule.schedule.as_ref()),
                rule.clear.as_ref().map(|clear| self.condition(clear, rule.min_samples, None)),
            ),
        };
        for expr in [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten() {
            self.read_windows(scope, expr);
        }
        let class = self.class(scope, when, clear, Course::of(rule));
        let index = number(self.plan.rules.len());
        if let Some(members) = self.members.get_mut(class as usize) {
            members.push(index);
        }
        self.plan.rules.push(PlannedRule { told: Arc::new(Told::of(rule)), class });
    }

    fn add_fleet(&mut self, fleet: &'a Fleet) {
        let bys = &mut self.plan.bys;
        let by = *self.bys.get_or_insert_with(&fleet.by, |_| {
            bys.push(fleet.by.clone());
            number(bys.len() - 1)
        });
        for role in &fleet.roles {
            let scope = self.scope(&role.devices);
            let wants: Vec<u32> = role.wants.iter().map(|want| self.want(scope, want)).gather();
            if let Some(parts) = self.parts.get_mut(scope as usize) {
                let known = parts.fleets.entry(by).or_default();
                known.extend(wants);
                sorted::sort(known);
                known.dedup();
            }
        }
    }

    fn want(&mut self, scope: u32, want: &Want) -> u32 {
        let condition = match want.telling {
            Telling::Samples => None,
            Telling::Changes => {
                self.read_windows(scope, &want.expr);
                match self.condition(&want.expr, want.min_samples, None) {
                    Asked::General(condition) => Some(condition),
                    Asked::Threshold(_) => None,
                }
            }
        };
        if let (Some(condition), Some(parts)) = (condition, self.parts.get_mut(scope as usize)) {
            parts.conditions.entry(condition).or_default();
        }
        let key = want.key;
        let wants = &mut self.plan.wants;
        *self.wants.get_or_insert_with(key, |_| {
            wants.push(PlannedWant { key, expr: want.expr.clone(), condition });
            number(wants.len() - 1)
        })
    }

    /// The rule's conditions as thresholds, if both are, and every reading
    /// that judges one of them judges the other.
    fn as_thresholds(&mut self, rule: &Rule) -> Option<(Threshold, Option<Threshold>)> {
        if self.thresholds == Thresholds::Evaluated || rule.schedule.is_some() {
            return None;
        }
        let when = Quantity::compared(&rule.when)?;
        let clear = match &rule.clear {
            None => None,
            Some(clear) => {
                let compared = Quantity::compared(clear)?;
                if quantity::fields(clear) != quantity::fields(&rule.when) {
                    return None;
                }
                Some(compared)
            }
        };
        Some((self.threshold(when, rule), clear.map(|clear| self.threshold(clear, rule))))
    }

    fn threshold(&mut self, compared: (&Expr, Inequality, f64), rule: &Rule) -> Threshold {
        let (expr, inequality, constant) = compared;
        let quantities = &mut self.plan.quantities;
        let quantity = *self.quantities.get_or_insert_with(Quantity::text(expr, rule), |_| {
            quantities.push(Quantity::new(expr, rule));
            number(quantities.len() - 1)
        });
        Threshold { quantity, inequality, constant: constant + 0.0 }
    }

    fn condition(&mut self, expr: &Expr, min_samples: u32, schedule: Option<&Schedule>) -> Asked {
        let text = match schedule {
            None => format!("{min_samples}|{expr}"),
            Some(schedule) => format!("{min_samples}|{expr}|{schedule}"),
        };
        let conditions = &mut self.plan.conditions;
        Asked::General(*self.conditions.get_or_insert_with(text, |text| {
            conditions.push(Condition::new(expr, text, min_samples, schedule.cloned()));
            number(conditions.len() - 1)
        }))
    }

    fn scope(&mut self, devices: &'a DeviceSelector) -> u32 {
        let parts = &mut self.parts;
        *self.scopes.get_or_insert_with(devices, |_| {
            parts.push(Parts::default());
            number(parts.len() - 1)
        })
    }

    fn class(&mut self, scope: u32, when: Asked, clear: Option<Asked>, course: Course) -> u32 {
        let key = (scope, key(when), clear.map(key), course);
        if let Some(class) = self.classes.get(&key) {
            return *class;
        }
        let class = number(self.members.len());
        self.classes.insert(key, class);
        self.members.push(vec![]);
        let (ladder_end, members) = (class + 1, 0..0);
        self.plan.classes.push(Class { scope, when, clear, course, ladder_end, members });
        if let Some(parts) = self.parts.get_mut(scope as usize) {
            for asked in [Some(when), clear].into_iter().flatten() {
                parts.ask(asked, class);
            }
        }
        class
    }

    /// Notes the windows of `expr`, so that devices of the scope keep what they look at.
    fn read_windows(&mut self, scope: u32, expr: &Expr) {
        expr.visit(&mut |part| {
            if let Expr::Window(call) = part {
                let series = self.series_of(call);
                let view = View { aggregate: call.aggregate, frame: call.frame };
                if let Some(parts) = self.parts.get_mut(scope as usize) {
                    let views = parts.series.entry(series).or_default();
                    if !views.contains(&view) {
                        views.push(view);
                    }
                }
            }
        });
    }

    fn series_of(&mut self, call: &WindowCall) -> u32 {
        let key = super::condition::series_key(&call.input);
        let series = &mut self.plan.series;
        *self.series.get_or_insert_with(key, |_| {
            series.push(PlannedSeries { input: call.input.clone(), key });
            number(series.len() - 1)
        })
    }

    fn finish(mut self) -> Plan {
        let mut scopes: Vec<(DeviceSelector, u32)> =
            self.scopes.into_entries().map(|(devices, scope)| (devices.clone(), scope)).gather();
        sorted::sort_by(&mut scopes, |(_, a), (_, b)| a.cmp(b));
        for ((devices, index), parts) in scopes.into_iter().zip(self.parts) {
            let indexed = |(quantity, thresholds): (u32, Vec<_>)| {
                (quantity, thresholds.into_iter().collect::<ThresholdIndex<u32>>())
            };
            self.plan.scopes.push(Scope {
                devices: devices.clone(),
                quantities: parts.thresholds.into_iter().map(indexed).gather(),
                conditions: parts.conditions.into_iter().gather(),
                series: parts.series.into_iter().gather(),
                fleets: parts.fleets.into_iter().gather(),
            });
            let tests = devices.tags.iter();
            let tests: Vec<(&str, &str)> = tests.map(|(name, it)| (&**name, &**it)).gather();
            if devices.ids.is_empty() {
                self.plan.selectors.insert(None, &tests, index);
            }
            for id in &devices.ids {
                self.plan.selectors.insert(Some(id), &tests, index);
            }
        }
        self.plan.number_classes(self.members);
        self.plan
    }
}

impl Parts {
    fn ask(&mut self, asked: Asked, class: u32) {
        match asked {
            Asked::Threshold(Threshold { quantity, inequality, constant }) => {
                let thresholds = self.thresholds.entry(quantity).or_default();
                thresholds.push((inequality, constant, class));
            }
            Asked::General(condition) => {
                let classes = self.conditions.entry(condition).or_default();
                if classes.last() != Some(&class) {
                    classes.push(class);
                }
            }
        }
    }
}

fn key(asked: Asked) -> AskedKey {
    match asked {
        Asked::Threshold(Threshold { quantity, inequality, constant }) => {
            let kind = match inequality {
                Inequality::Less => 1,
                Inequality::LessOrEqual => 2,
                Inequality::Greater => 3,
                Inequality::GreaterOrEqual => 4,
            };
            (quantity, kind, constant.to_bits())
        }
        Asked::General(condition) => (condition, 0, 0),
    }
}
