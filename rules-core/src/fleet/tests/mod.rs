use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::{Counters, Fact, FleetEngine, GroupKey, Groups, Input, Message, News};
use crate::{
    CellChange, CellKey, Changes, Rule, Telling, Timestamp, Transition, Value, Want, document,
    expr, partition::Settings,
};

mod groups;
mod history;
mod joining;
mod limits;
mod oracle;
mod reference;
mod rules_change;
mod together;
mod windows;

/// Groups that are stored and loaded at each step, beside the same kept in
/// memory: both have to tell and to be the same.
pub(super) struct World {
    engine: FleetEngine,
    version: u64,
    settings: Settings,
    kept: Groups,
    stored: Stored,
    /// Sequence numbers, by sender.
    sent: BTreeMap<String, u64>,
    now: Timestamp,
}

#[derive(Default)]
struct Stored {
    header: Option<Vec<u8>>,
    cells: BTreeMap<CellKey, (Vec<u8>, Option<Timestamp>)>,
}

impl World {
    pub(super) fn new(documents: &[&str]) -> Self {
        let settings = Settings::default();
        Self {
            engine: FleetEngine::new(1, &rules(documents), settings),
            version: 1,
            settings,
            kept: Groups::default(),
            stored: Stored::default(),
            sent: BTreeMap::new(),
            now: Timestamp::from_millis(0),
        }
    }

    /// Another rule set.
    pub(super) fn edit(&mut self, documents: &[&str]) -> Vec<Transition> {
        self.version += 1;
        self.engine = FleetEngine::new(self.version, &rules(documents), self.settings);
        self.tick(self.now)
    }

    /// What `sender` tells of one device of `site`, all at once.
    pub(super) fn tell(
        &mut self,
        (sender, site): (&str, &str),
        device: &str,
        at: Timestamp,
        news: Vec<News>,
    ) -> Vec<Transition> {
        let sequence = self.sent.entry(sender.to_string()).or_default();
        *sequence += 1;
        let sequence = *sequence;
        self.send(sender, sequence, &self.message(site, device, at, news))
    }

    fn message(&self, site: &str, device: &str, at: Timestamp, news: Vec<News>) -> Message {
        let fact = |news| Fact { device: device.to_string(), at, news };
        Message {
            group: GroupKey::from_tags(&[("site".to_string(), site.to_string())]),
            rules_version: self.version,
            facts: news.into_iter().map(fact).collect(),
        }
    }

    pub(super) fn send(
        &mut self,
        sender: &str,
        sequence: u64,
        message: &Message,
    ) -> Vec<Transition> {
        self.now = self.now.max(message.facts.first().map_or(self.now, |fact| fact.at));
        let items = vec![(sequence, message.to_bytes())];
        self.step(&Input::Facts { sender: sender.to_string(), items }, self.now)
    }

    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Transition> {
        self.now = self.now.max(now);
        self.step(&Input::Tick, self.now)
    }

    fn step(&mut self, input: &Input, now: Timestamp) -> Vec<Transition> {
        let mut needed = self.engine.cells_for(input);
        needed.extend(self.stored.due(now, self.engine.version() != self.kept.rules_version()));
        let mut loaded = self.stored.load(needed.into_iter().collect());
        let told = self.engine.step(&mut loaded, input, now).transitions;
        let changes = loaded.take_changes().expect("a step changes the header");
        self.stored.commit(changes);

        let told_in_memory = self.engine.step(&mut self.kept, input, now).transitions;
        // What is kept runs every deadline; what is stored those it was asked for.
        let changes = self.kept.take_changes().expect("a step changes the header");
        assert_eq!(told, told_in_memory, "{input:?}");
        for CellChange { key, bytes, wake_at } in changes.cells {
            let stored = self.stored.cells.get(&key);
            assert_eq!(stored.map(|(bytes, _)| bytes), bytes.as_ref(), "{key:?}");
            assert_eq!(stored.and_then(|(_, wake_at)| *wake_at), wake_at, "{key:?}");
        }
        told
    }

    pub(super) fn counters(&self) -> Counters {
        self.kept.counters()
    }
}

impl Stored {
    fn due(&self, now: Timestamp, all: bool) -> BTreeSet<CellKey> {
        let due = |wake_at: &Option<Timestamp>| all || wake_at.is_some_and(|at| at <= now);
        let cells = self.cells.iter().filter(|(_, (_, wake_at))| due(wake_at));
        cells.map(|(key, _)| key.clone()).collect()
    }

    fn load(&self, needed: BTreeSet<CellKey>) -> Groups {
        let cells = needed.into_iter().map(|key| {
            let bytes = self.cells.get(&key).map(|(bytes, _)| bytes.clone());
            (key, bytes)
        });
        Groups::decode(self.header.as_deref(), cells).expect("what was stored reads back")
    }

    fn commit(&mut self, changes: Changes) {
        self.header = Some(changes.header);
        for CellChange { key, bytes, wake_at } in changes.cells {
            match bytes {
                Some(bytes) => {
                    self.cells.insert(key, (bytes, wake_at));
                }
                None => {
                    self.cells.remove(&key);
                }
            }
        }
    }
}

pub(super) fn rules(documents: &[&str]) -> Vec<Rule> {
    let read = |text: &&str| match document::read(text) {
        Ok(rule) => rule,
        Err(mistakes) => panic!("{text}: {mistakes:?}"),
    };
    documents.iter().map(read).collect()
}

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(secs * 1_000)
}

pub(super) fn joined(tags: &[(&str, &str)]) -> News {
    let tag = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    News::Joined { tags: tags.iter().map(tag).collect() }
}

/// What a device tells of a condition or a field.
pub(super) fn changed(expr: &str, value: impl Into<Option<Value>>) -> News {
    let expr = expr::parse(expr).expect("an expression");
    News::Changed { want: Want::new(expr, 1, Telling::Changes).key, value: value.into() }
}

pub(super) fn truth(expr: &str, value: bool) -> News {
    changed(expr, Value::Bool(value))
}

pub(super) fn sample(expr: &str, value: f64) -> News {
    let expr = expr::parse(expr).expect("an expression");
    let want = Want::new(expr, 1, Telling::Samples).key;
    News::Sample { want, value: Value::Number(value) }
}

/// One line for each transition.
pub(super) fn lines(transitions: &[Transition]) -> Vec<String> {
    let line = |transition: &Transition| {
        let Transition { rule, group, state, at, started_at, value, reason, .. } = transition;
        let reason = reason.map(|reason| format!(" {}", reason.as_str())).unwrap_or_default();
        let value = value.as_ref().map_or(String::from("-"), ToString::to_string);
        let (at, started) = (at.as_millis() / 1_000, started_at.as_millis() / 1_000);
        let (name, state) = (group.name(), state.as_str());
        format!("{rule} {name} {state} at {at} since {started} value {value}{reason}")
    };
    transitions.iter().map(line).collect()
}

#[test]
fn a_message_twice_changes_nothing_but_the_count_of_repeats() {
    let rule = r#"{"id": "hot", "per": ["site"], "when": "devices(temp > 60) >= 2"}"#;
    let mut world = World::new(&[rule]);
    let news = vec![joined(&[("site", "a")]), truth("temp > 60", true)];
    world.tell(("p0", "a"), "b1", at(0), news.clone());
    let message = world.message("a", "b2", at(1), news);
    assert_eq!(world.send("p1", 1, &message).len(), 1);
    let cells = world.stored.cells.clone();

    assert_eq!(world.send("p1", 1, &message), []);

    assert_eq!(world.stored.cells, cells);
    let Counters { messages, duplicate, facts, transitions, .. } = world.counters();
    assert_eq!((messages, duplicate, facts, transitions), (3, 1, 4, 1));
}

#[test]
fn a_message_that_does_not_read_back_is_counted_and_passed_over() {
    let mut world = World::new(&[]);
    let items = vec![(1, vec![0x81, 0xff]), (2, vec![])];
    world.step(&Input::Facts { sender: "p0".to_string(), items }, at(0));
    assert_eq!(world.counters().unreadable, 2);
}
