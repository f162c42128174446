//! Groups against a look at the whole history.
//!
//! The oracle keeps every fact that ever came and asks it all again at every
//! judgement: no counts, no joins, no forgetting. Only the table of an alert's
//! moves is shared, which has an oracle of its own.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use proptest::prelude::*;

use super::{
    World, at, changed,
    history::{Part, Site, Told},
    joined, lines, rules, sample,
};
use crate::{
    Rule, Span, Value,
    fleet::News,
    lifecycle::{self, Happening, Move, Outcome, Phase, Subject, Verdict},
};

/// The rules, whose meaning [`Site::verdict`] says again.
const RULES: [&str; 6] = [
    r#"{"id": "1-count", "per": ["site"], "when": "devices(on) >= 2", "clear": "devices(on) < 1",
        "for": "3s", "keep_firing_for": "4s"}"#,
    r#"{"id": "2-share", "per": ["site"], "devices": {"tags": {"role": "a"}},
        "when": "devices(on) / devices() > 0.5"}"#,
    r#"{"id": "3-mean", "per": ["site"], "when": "avg(x, 10s) > 5", "missing": "clear",
        "min_samples": 2}"#,
    r#"{"id": "4-hops", "per": ["site"], "when": "max(x, 6s, every 4s) > 7", "missing": "clear"}"#,
    r#"{"id": "5-last", "per": ["site"], "when": "sum(x, 3 samples) > 15", "for": "2s"}"#,
    r#"{"id": "6-pair", "match": {"a": {"tags": {"role": "a"}}, "b": {"tags": {"role": "b"}}},
        "on": ["site"], "when": "a.on && avg(b.x, 10s) > avg(a.x, 10s)", "clear": "b.on",
        "missing": "clear", "keep_firing_for": "2s"}"#,
];

#[derive(Clone, Debug)]
enum Event {
    /// Of a device, so many seconds after its last one.
    Fact(usize, i64, Told),
    /// The clock passes so many seconds.
    Tick(i64),
    /// The last message comes once more.
    Repeat,
}

struct Oracle {
    rules: Vec<Rule>,
    sites: BTreeMap<String, Site>,
    now: i64,
    told: Vec<String>,
}

impl Oracle {
    fn new() -> Self {
        Self { rules: rules(&RULES), sites: BTreeMap::new(), now: 0, told: Vec::new() }
    }

    fn fact(&mut self, site: &str, device: &str, secs: i64, news: &[Told]) {
        self.now = self.now.max(secs);
        let mut known = self.sites.remove(site).unwrap_or_default();
        let t = known.reached.map_or(secs, |reached| reached.max(secs));
        self.deadlines(site, &mut known, t - 1);
        known.reached = Some(t);
        let mut touched = known.parts_of(device);
        if !news.iter().any(|news| matches!(news, Told::Joins(..) | Told::Leaves)) {
            touched.clear();
        }
        for news in news {
            known.take_in(device, secs, news);
            touched.extend(known.touched(device, news));
        }
        self.narrow(site, &mut known, t);
        self.judge(site, &mut known, &touched, Some(device), t);
        if !known.members.is_empty() {
            self.sites.insert(site.to_string(), known);
        }
    }

    fn tick(&mut self, secs: i64) {
        self.now = self.now.max(secs);
        let now = self.now;
        // Second by second, and in each by site: the order of the machine.
        let earliest = self.sites.values().filter_map(Site::handled).min().unwrap_or(now);
        for t in earliest..=now {
            for site in self.sites.keys().cloned().collect::<Vec<_>>() {
                let mut known = self.sites.remove(&site).unwrap_or_default();
                self.deadlines(&site, &mut known, t);
                self.sites.insert(site, known);
            }
        }
    }

    /// Lets the clock of a site pass, second by second, up to and with `to`.
    fn deadlines(&mut self, name: &str, site: &mut Site, to: i64) {
        let Some(handled) = site.handled() else { return };
        for t in handled + 1..=to {
            let closes =
                t % 4 == 0 && site.samples(None).iter().any(|(ts, _)| t - 10 <= *ts && *ts < t);
            let keys: Vec<_> = site.alerts.keys().cloned().collect();
            let empty: Vec<_> =
                keys.iter().filter(|key| site.runs_empty(key, t)).cloned().collect();
            let timers =
                site.alerts.iter().filter_map(|(key, it)| lifecycle::timer(&self.rules[key.0], it));
            // A second in which nothing happens leaves no trace.
            if !closes && empty.is_empty() && timers.min().is_none_or(|timer| timer > at(t)) {
                continue;
            }
            (site.settled, site.reached) = (Some(t), Some(t));
            if closes {
                self.judge(name, site, &BTreeSet::from([(3, "when")]), None, t);
            }
            for key in empty {
                self.judge_one(name, site, key, &["when"], t);
            }
            for key in site.alerts.keys().cloned().collect::<Vec<_>>() {
                let alert = site.alerts[&key].clone();
                let timer = lifecycle::timer(&self.rules[key.0], &alert);
                if timer.is_some_and(|timer| timer <= at(t)) {
                    let happening =
                        Happening { at: at(t), value: alert.value.clone(), reason: None };
                    self.apply(name, site, key, lifecycle::timed_out(&alert), happening);
                }
            }
        }
    }

    fn judge(
        &mut self,
        name: &str,
        site: &mut Site,
        touched: &BTreeSet<Part>,
        whom: Option<&str>,
        t: i64,
    ) {
        for rule in 0..RULES.len() {
            let of_rule = touched.iter().filter(|(of, _)| *of == rule);
            let parts: Vec<&str> = of_rule.map(|(_, part)| *part).collect();
            if parts.is_empty() {
                continue;
            }
            for cast in site.casts(rule) {
                if rule != 5 || whom.is_none_or(|whom| cast.iter().any(|(_, it)| it == whom)) {
                    self.judge_one(name, site, (rule, cast), &parts, t);
                }
            }
        }
    }

    fn judge_one(
        &mut self,
        name: &str,
        site: &mut Site,
        key: (usize, Vec<(String, String)>),
        parts: &[&str],
        t: i64,
    ) {
        let verdict = |part: &str| {
            if parts.contains(&part) {
                site.verdict(key.0, part, &key.1, t)
            } else {
                Verdict::Untouched
            }
        };
        let (when, clear) = (verdict("when"), verdict("clear"));
        let alert = site.alerts.get(&key);
        let to = lifecycle::evaluated(&self.rules[key.0], alert, when, clear, at(t));
        if alert.is_some() || to != Move::Stay {
            let value = site.quantity(key.0, &key.1, t);
            self.apply(name, site, key, to, Happening { at: at(t), value, reason: None });
        }
    }

    fn apply(
        &mut self,
        name: &str,
        site: &mut Site,
        key: (usize, Vec<(String, String)>),
        to: Move,
        happening: Happening,
    ) {
        if to == Move::Stay {
            if let Some(alert) = site.alerts.get_mut(&key) {
                alert.value = happening.value;
            }
            return;
        }
        let alert = site.alerts.get(&key);
        let moved = subject(name, &key.1).apply(&self.rules[key.0], alert, to, happening);
        let Some((outcome, transition)) = moved else { return };
        match outcome {
            Outcome::Put(alert) => drop(site.alerts.insert(key, alert)),
            Outcome::Ended => drop(site.alerts.remove(&key)),
        }
        self.told.extend(transition.map(|transition| lines(&[transition]).remove(0)));
    }

    /// Ends the alerts about devices that are not there any more.
    fn narrow(&mut self, name: &str, site: &mut Site, t: i64) {
        for key in site.alerts.keys().cloned().collect::<Vec<_>>() {
            if !site.casts(key.0).contains(&key.1) {
                let alert = site.alerts.remove(&key).unwrap();
                let pending = matches!(alert.phase, Phase::Pending);
                let state = if pending { "inactive" } else { "resolved" };
                let value = alert.value.map_or(String::from("-"), |value| value.to_string());
                let started = alert.started_at.as_millis() / 1_000;
                let (rule, group) = (&self.rules[key.0].id, subject(name, &key.1).group);
                let group = group.name();
                self.told.push(format!(
                    "{rule} {group} {state} at {t} since {started} value {value} rule_narrowed"
                ));
            }
        }
    }
}

fn subject(site: &str, cast: &[(String, String)]) -> Subject {
    let mut tags = cast.to_vec();
    tags.push(("site".to_string(), site.to_string()));
    tags.sort();
    Subject { group: crate::Group::Tags(tags), rules_version: 1 }
}

fn news() -> impl Strategy<Value = Told> {
    let site = prop::sample::select(vec!["s", "s", "s", "t"]);
    let role = prop::sample::select(vec!["a", "a", "b", "c"]);
    prop_oneof![
        2 => (site, role).prop_map(|(site, role)| Told::Joins(site, role)),
        1 => Just(Told::Leaves),
        5 => prop::option::weighted(0.9, any::<bool>()).prop_map(Told::On),
        8 => (0_u8..10).prop_map(Told::X),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (0_usize..4, 0_i64..6, news()).prop_map(|(device, after, news)| Event::Fact(device, after, news)),
        2 => (0_i64..12).prop_map(Event::Tick),
        1 => Just(Event::Repeat),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Facts of four devices in two groups, each in its own order and
    /// otherwise as they come, with clocks that run apart.
    #[test]
    fn groups_judge_as_a_look_at_the_whole_history_says(
        events in prop::collection::vec(event(), 1..120)
    ) {
        let mut world = World::new(&RULES);
        let mut oracle = Oracle::new();
        let mut clocks = [0_i64; 4];
        let mut homes: [Option<&str>; 4] = [None; 4];
        let mut told = Vec::new();
        for event in events {
            let before = told.len();
            match event.clone() {
                Event::Tick(secs) => {
                    let now = world.now.plus(Span::from_secs(secs));
                    told.extend(lines(&world.tick(now)));
                    oracle.tick(now.as_millis() / 1_000);
                }
                Event::Repeat => {
                    if let Some((sender, sequence)) = world.sent.iter().next() {
                        let message = world.message("s", "d0", at(0), vec![News::Left]);
                        let (sender, sequence) = (sender.clone(), *sequence);
                        told.extend(lines(&world.send(&sender, sequence, &message)));
                    }
                }
                Event::Fact(number, after, news) => {
                    clocks[number] += after;
                    let (device, secs) = (format!("d{number}"), clocks[number]);
                    let sender = format!("p{}", number % 2);
                    let home = homes[number];
                    let mut tell = |site: &str, news: Told| {
                        let facts = vec![fact(&news)];
                        told.extend(lines(&world.tell((&sender, site), &device, at(secs), facts)));
                        oracle.fact(site, &device, secs, &[news]);
                    };
                    match (news, home) {
                        (Told::Joins(site, role), home) => {
                            if let Some(left) = home.filter(|home| *home != site) {
                                tell(left, Told::Leaves);
                            }
                            homes[number] = Some(site);
                            tell(site, Told::Joins(site, role));
                        }
                        (Told::Leaves, Some(home)) => {
                            homes[number] = None;
                            tell(home, Told::Leaves);
                        }
                        (news, Some(home)) => tell(home, news),
                        (_, None) => {}
                    }
                }
            }
            prop_assert_eq!(&told[before..], &oracle.told[before.min(oracle.told.len())..], "{:?}", event);
        }
    }
}

fn fact(told: &Told) -> News {
    match told {
        Told::Joins(site, role) => joined(&[("role", role), ("site", site)]),
        Told::Leaves => News::Left,
        Told::On(on) => changed("on", on.map(Value::Bool)),
        Told::X(x) => sample("x", f64::from(*x)),
    }
}
