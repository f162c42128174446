//! All that ever came to a group, asked anew each time: what the oracle knows.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec,
    vec::Vec,
};

use crate::{
    Value,
    lifecycle::{Alert, Verdict},
};

/// A fact as it is told.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Joins(&'static str, &'static str),
    Leaves,
    On(Option<bool>),
    X(u8),
}

/// What is known of a group: all of it.
#[derive(Default)]
pub(super) struct Site {
    pub(super) reached: Option<i64>,
    /// The latest second whose deadlines have run.
    pub(super) settled: Option<i64>,
    pub(super) members: BTreeMap<String, Device>,
    pub(super) alerts: BTreeMap<(usize, Vec<(String, String)>), Alert>,
}

#[derive(Default)]
pub(super) struct Device {
    pub(super) role: String,
    pub(super) on: Option<bool>,
    /// With the number in which it came.
    pub(super) samples: Vec<(i64, f64)>,
}

/// A condition of a rule, by the number of the rule.
pub(super) type Part = (usize, &'static str);

impl Site {
    pub(super) fn take_in(&mut self, device: &str, secs: i64, news: &Told) {
        match news {
            Told::Joins(_, role) => {
                self.members.entry(device.to_string()).or_default().role = role.to_string();
            }
            Told::Leaves => {
                self.members.remove(device);
            }
            Told::On(on) => {
                if let Some(device) = self.members.get_mut(device) {
                    device.on = *on;
                }
            }
            Told::X(x) => {
                if let Some(device) = self.members.get_mut(device) {
                    device.samples.push((secs, f64::from(*x)));
                }
            }
        }
    }

    /// All conditions of the rules that look at the device.
    pub(super) fn parts_of(&self, device: &str) -> BTreeSet<Part> {
        let Some(known) = self.members.get(device) else { return BTreeSet::new() };
        let in_rule = |rule: usize| match rule {
            1 => known.role == "a",
            5 => ["a", "b"].contains(&known.role.as_str()),
            _ => true,
        };
        (0..6)
            .filter(|rule| in_rule(*rule))
            .flat_map(|rule| [(rule, "when"), (rule, "clear")])
            .collect()
    }

    /// The conditions that read what is told.
    pub(super) fn touched(&self, device: &str, news: &Told) -> BTreeSet<Part> {
        let role = self.members.get(device).map_or("", |known| known.role.as_str());
        let parts: &[Part] = match (news, role) {
            (Told::Joins(..) | Told::Leaves, _) => return self.parts_of(device),
            (Told::On(_), "a") => &[(0, "when"), (0, "clear"), (1, "when"), (5, "when")],
            (Told::On(_), "b") => &[(0, "when"), (0, "clear"), (5, "clear")],
            (Told::On(_), _) => &[(0, "when"), (0, "clear")],
            (Told::X(_), "a" | "b") => &[(2, "when"), (3, "when"), (4, "when"), (5, "when")],
            (Told::X(_), _) => &[(2, "when"), (3, "when"), (4, "when")],
        };
        if self.members.contains_key(device) {
            parts.iter().copied().collect()
        } else {
            BTreeSet::new()
        }
    }

    /// Whom a rule may have alerts about.
    pub(super) fn casts(&self, rule: usize) -> BTreeSet<Vec<(String, String)>> {
        let of = |role: &'static str| {
            self.members.iter().filter(move |(_, it)| it.role == role).map(|(name, _)| name.clone())
        };
        match rule {
            1 => of("a").next().map(|_| vec![]).into_iter().collect(),
            5 => of("a")
                .flat_map(|a| {
                    of("b").map(move |b| vec![("a".to_string(), a.clone()), ("b".to_string(), b)])
                })
                .collect(),
            _ => self.members.iter().next().map(|_| vec![]).into_iter().collect(),
        }
    }

    pub(super) fn on(&self, role: &str) -> f64 {
        let devices = self.members.values().filter(|it| role.is_empty() || it.role == role);
        devices.filter(|it| it.on == Some(true)).count() as f64
    }

    /// All samples, or those of one device, by time and then by device.
    pub(super) fn samples(&self, of: Option<&str>) -> Vec<(i64, f64)> {
        let devices = self.members.iter().filter(|(name, _)| of.is_none_or(|of| of == *name));
        let mut samples: Vec<_> = devices.flat_map(|(_, it)| it.samples.clone()).collect();
        samples.sort_by_key(|(secs, _)| *secs);
        samples
    }

    pub(super) fn mean(&self, of: Option<&str>, t: i64, needed: usize) -> Option<f64> {
        let inside = |secs: i64| t - 10 < secs && secs <= t;
        let samples: Vec<f64> = self
            .samples(of)
            .into_iter()
            .filter(|(secs, _)| inside(*secs))
            .map(|(_, x)| x)
            .collect();
        (samples.len() >= needed).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
    }

    pub(super) fn quantity(&self, rule: usize, cast: &[(String, String)], t: i64) -> Option<Value> {
        let number = match rule {
            0 => Some(self.on("")),
            1 => {
                let all = self.members.values().filter(|it| it.role == "a").count() as f64;
                Some(self.on("a") / all)
            }
            2 => self.mean(None, t, 2),
            3 => {
                let closed = if self.settled >= Some(t) { t } else { t - 1 };
                let end = closed.div_euclid(4) * 4;
                let inside = |secs: i64| end - 6 <= secs && secs < end;
                let samples = self.samples(None).into_iter();
                samples.filter(|(secs, _)| inside(*secs)).map(|(_, x)| x).reduce(f64::max)
            }
            4 => {
                let samples = self.samples(None);
                let last = samples.iter().rev().take(3).map(|(_, x)| x);
                (!samples.is_empty()).then(|| last.sum())
            }
            _ => self.mean(Some(&cast[1].1), t, 1),
        };
        number.map(Value::Number)
    }

    pub(super) fn verdict(
        &self,
        rule: usize,
        part: &str,
        cast: &[(String, String)],
        t: i64,
    ) -> Verdict {
        let known = |truth: Option<bool>| truth.map_or(Verdict::Unknown, Verdict::Known);
        let quantity = || match self.quantity(rule, cast, t) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        match (rule, part) {
            (0, "when") => known(quantity().map(|count| count >= 2.0)),
            (0, "clear") => known(quantity().map(|count| count < 1.0)),
            (1, "when") => known(quantity().map(|share| share > 0.5)),
            (2, "when") => known(quantity().map(|mean| mean > 5.0)),
            (3, "when") => known(quantity().map(|max| max > 7.0)),
            (4, "when") => known(quantity().map(|sum| sum > 15.0)),
            (5, "when") => {
                let on = self.members[&cast[0].1].on;
                let means = self.mean(Some(&cast[0].1), t, 1).zip(quantity());
                let above = means.map(|(a, b)| b > a);
                known(match (on, above) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                })
            }
            (5, "clear") => known(self.members[&cast[1].1].on),
            _ => Verdict::Untouched,
        }
    }

    /// Up to which second there are no deadlines any more.
    pub(super) fn handled(&self) -> Option<i64> {
        self.reached.map(|reached| self.settled.unwrap_or(reached - 1).max(reached - 1))
    }

    /// Whether a window of the alert's condition has too few samples from this second on.
    pub(super) fn runs_empty(&self, key: &(usize, Vec<(String, String)>), t: i64) -> bool {
        let ran = |of: Option<&str>, needed: usize| {
            self.mean(of, t - 1, needed).is_some() && self.mean(of, t, needed).is_none()
        };
        let is_over = self.reached.is_some_and(|reached| reached < t);
        is_over
            && match key.0 {
                2 => ran(None, 2),
                5 => key.1.iter().any(|(_, device)| ran(Some(device), 1)),
                _ => false,
            }
    }
}
