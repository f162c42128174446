//! Which devices may together be in the roles of `match` rules.
//!
//! A production has a pattern for each role: the device plays it, and what
//! `when` cannot do without is true of it. They are joined on the tags of
//! `on`, and no device has two parts. What a match says beyond that is asked
//! when the combination is judged.

use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use rete_lite::{
    Check, Comparison, Constant, Fact, FactId, Limits, Network, Pattern, Production, ProductionId,
    Scalar, Session,
};
use sorted::{Gather, SortedMap, SortedSet};

use super::{cell::Member, plan::PlannedRule};
use crate::Value;

/// Most combinations of devices that one `match` rule looks at in one group;
/// if there are more, the devices with the last names in the fullest role are
/// left out.
pub const COMBINATIONS_MAX: usize = 1_000;

/// Most truths of one role that are asked before devices are joined; the
/// combination is asked for all of them when it is judged.
const REQUIRED_MAX: usize = 16;

/// The network of the `match` rules; `None` if there are none.
pub(super) fn network<'a>(
    rules: impl IntoIterator<Item = (usize, &'a PlannedRule)>,
) -> Option<Arc<Network<String>>> {
    let rules = rules.into_iter();
    let productions: Vec<_> = rules.map(|(index, planned)| production(index, planned)).gather();
    if productions.is_empty() {
        return None;
    }
    // What documents allow lies far below what rete-lite refuses.
    Network::new(productions).ok().map(Arc::new)
}

fn production(index: usize, planned: &PlannedRule) -> Production<String> {
    let required = planned.when.required();
    let mut production = Production::new(id(index));
    for role in 0..planned.fleet.roles.len() {
        let plays = PlannedRule::role_attribute(index, role);
        let mut pattern = Pattern::new().test(plays, Check::Equal(Constant::Bool(true)));
        let own = required.iter().filter(|(of, _)| *of == role).take(REQUIRED_MAX);
        for (_, want) in own {
            pattern = pattern.test(want_attribute(*want), Check::Equal(Constant::Bool(true)));
        }
        for tag in &planned.fleet.by {
            pattern = pattern.bind(format!("tag {tag}"), format!("tag {tag}"));
        }
        for other in 0..role {
            pattern = pattern.compare(DEVICE, Comparison::NotEqual, format!("device {other}"));
        }
        production = production.when(pattern.bind(DEVICE, format!("device {role}")));
    }
    production
}

const DEVICE: &str = "device";

fn want_attribute(want: u64) -> String {
    format!("want {want:x}")
}

fn id(rule: usize) -> ProductionId {
    ProductionId(u32::try_from(rule).unwrap_or(u32::MAX))
}

/// The devices of one group in the roles of its rules.
#[derive(Debug)]
pub(super) struct Joins {
    session: Session<String, Player>,
    facts: SortedMap<String, FactId>,
    /// The rules and roles in which each device may play.
    parts: SortedMap<String, Vec<(usize, usize)>>,
    /// By rule and role, the devices that may play.
    cast: SortedMap<(usize, usize), SortedSet<String>>,
    /// Those of them that do: not more than there is room for.
    playing: SortedMap<(usize, usize), SortedSet<String>>,
}

/// A device as a fact.
#[derive(Clone, Debug)]
struct Player(SortedMap<String, Constant>);

impl Fact for Player {
    type Attribute = str;

    fn values(&self) -> impl Iterator<Item = (&str, Scalar<'_>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), scalar(value)))
    }

    fn value(&self, attribute: &str) -> Option<Scalar<'_>> {
        self.0.get(attribute).map(scalar)
    }
}

fn scalar(value: &Constant) -> Scalar<'_> {
    match value {
        Constant::Bool(truth) => Scalar::Bool(*truth),
        Constant::Number(number) => Scalar::Number(*number),
        Constant::Text(text) => Scalar::Text(text),
    }
}

impl Joins {
    pub(super) fn new(network: &Arc<Network<String>>) -> Self {
        // Both are bounded by the combinations that are let in.
        let limits = Limits { facts: usize::MAX, tokens: usize::MAX };
        Self {
            session: Session::with_limits(Arc::clone(network), limits),
            facts: SortedMap::new(),
            parts: SortedMap::new(),
            cast: SortedMap::new(),
            playing: SortedMap::new(),
        }
    }

    /// Gives `device` exactly the parts `plays` (rule and role), and says who
    /// else plays now or plays no more, since there is room for only so many.
    pub(super) fn cast(&mut self, device: &str, plays: Vec<(usize, usize)>) -> SortedSet<String> {
        let before = self.parts.remove(device).unwrap_or_default();
        for part in &before {
            if let Some(devices) = self.cast.get_mut(part) {
                devices.remove(device);
            }
        }
        let rules = before.iter().chain(&plays).map(|(rule, _)| *rule).collect();
        self.add(device, plays);
        let mut changed = self.admit(rules);
        changed.insert(device.to_string());
        changed
    }

    /// Gives all devices their parts at once, in a group that has none yet.
    pub(super) fn cast_all<'a>(
        &mut self,
        devices: impl Iterator<Item = (&'a str, Vec<(usize, usize)>)>,
    ) {
        for (device, plays) in devices {
            self.add(device, plays);
        }
        let rules = self.cast.keys().map(|(rule, _)| *rule).collect();
        self.admit(rules);
    }

    fn add(&mut self, device: &str, plays: Vec<(usize, usize)>) {
        for part in &plays {
            self.cast.entry(*part).or_default().insert(device.to_string());
        }
        if !plays.is_empty() {
            self.parts.insert(device.to_string(), plays);
        }
    }

    /// Lets as many devices play in `rules` as there is room for; says for which that changed.
    fn admit(&mut self, rules: SortedSet<usize>) -> SortedSet<String> {
        let mut changed = SortedSet::new();
        for rule in rules {
            for (part, now) in self.admitted(rule) {
                let before = self.playing.insert(part, now.clone()).unwrap_or_default();
                changed.extend(now.iter().filter(|device| !before.contains(*device)).cloned());
                changed.extend(before.into_iter().filter(|device| !now.contains(device)));
            }
        }
        changed
    }

    /// Those that play in each role of `rule`, as many as there is room for.
    fn admitted(&self, rule: usize) -> Vec<((usize, usize), SortedSet<String>)> {
        let roles = self.cast.range(&(rule, 0), &(rule + 1, 0));
        let mut sizes: Vec<usize> = roles.clone().map(|(_, devices)| devices.len()).gather();
        let combinations = |sizes: &[usize]| {
            sizes.iter().fold(1_usize, |all, size| all.saturating_mul((*size).max(1)))
        };
        while combinations(&sizes) > COMBINATIONS_MAX {
            let Some(fullest) = sizes.iter_mut().max() else { break };
            *fullest -= 1;
        }
        let first = |(part, devices): (&(usize, usize), &SortedSet<String>), size: usize| {
            (*part, devices.iter().take(size).cloned().collect())
        };
        roles.zip(sizes).map(|(role, size)| first(role, size)).collect()
    }

    /// Whether some device has to be left out of `rule`.
    pub(super) fn is_overfull(&self, rule: usize) -> bool {
        let count = |roles: &SortedMap<(usize, usize), SortedSet<String>>| {
            roles.range(&(rule, 0), &(rule + 1, 0)).map(|(_, devices)| devices.len()).sum::<usize>()
        };
        count(&self.cast) > count(&self.playing)
    }

    /// Whether `device` plays that role.
    pub(super) fn plays(&self, rule: usize, role: usize, device: &str) -> bool {
        self.playing.get(&(rule, role)).is_some_and(|devices| devices.contains(device))
    }

    /// Brings the fact of a device up to what is known of it; `None` takes it away.
    pub(super) fn follow(&mut self, device: &str, member: Option<&Member>) {
        let fact = member.and_then(|member| self.player(device, member));
        // Nothing is refused without limits.
        match (self.facts.get(device).copied(), fact) {
            (Some(id), Some(fact)) => drop(self.session.update(id, fact)),
            (Some(id), None) => {
                self.facts.remove(device);
                drop(self.session.retract(id));
            }
            (None, Some(fact)) => {
                if let Ok((id, _)) = self.session.assert(fact) {
                    self.facts.insert(device.to_string(), id);
                }
            }
            (None, None) => {}
        }
    }

    fn player(&self, device: &str, member: &Member) -> Option<Player> {
        let parts = self.parts.get(device).into_iter().flatten();
        let parts = parts.filter(|(rule, role)| self.plays(*rule, *role, device));
        let mut values: SortedMap<String, Constant> = parts
            .map(|(rule, role)| (PlannedRule::role_attribute(*rule, *role), Constant::Bool(true)))
            .collect();
        if values.is_empty() {
            return None;
        }
        values.insert(DEVICE.to_string(), Constant::Text(device.to_string()));
        let tags = member.tags.iter();
        values.extend(tags.map(|(name, tag)| (format!("tag {name}"), Constant::Text(tag.clone()))));
        let truths = member.told.iter().filter_map(|(want, value)| match value {
            Some(Value::Bool(truth)) => Some((want_attribute(*want), Constant::Bool(*truth))),
            _ => None,
        });
        values.extend(truths);
        Some(Player(values))
    }

    /// The combinations of `rule` for which `when` may hold, each as the
    /// devices in its roles, in the order of their names.
    pub(super) fn combinations(&self, rule: usize) -> SortedSet<Vec<String>> {
        let activations = self.session.activations_of(id(rule));
        let devices = activations.into_iter().map(|activation| {
            let facts = activation.facts.into_iter().flatten();
            facts.filter_map(|id| self.device(id)).gather()
        });
        devices.collect()
    }

    fn device(&self, id: FactId) -> Option<String> {
        match self.session.fact(id)?.0.get(DEVICE)? {
            Constant::Text(device) => Some(device.clone()),
            _ => None,
        }
    }
}
