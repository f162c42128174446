//! A partition and the groups of its devices, as a host lets them run.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use proptest::prelude::*;

use super::{at, lines, rules};
use crate::{
    Batch, Reading, Timestamp, Transition, Value,
    fleet::{self, FleetEngine, Groups},
    partition::{Engine, Input, Partition, Settings},
};

/// One partition and one scope of groups under the clock of a replay.
pub(super) struct Both {
    engine: Engine,
    partition: Partition,
    fleet: FleetEngine,
    groups: Groups,
    now: Timestamp,
    pub(super) told: Vec<Transition>,
}

impl Both {
    pub(super) fn new(documents: &[&str]) -> Self {
        let settings = Settings::default();
        let rules = rules(documents);
        Self {
            fleet: FleetEngine::new(1, &rules, settings),
            engine: Engine::new(1, rules, settings),
            partition: Partition::default(),
            groups: Groups::default(),
            now: at(0),
            told: Vec::new(),
        }
    }

    /// Another rule set; all devices take it on.
    fn edit(&mut self, documents: &[&str]) {
        let rules = rules(documents);
        let version = self.engine.version() + 1;
        self.fleet = FleetEngine::new(version, &rules, Settings::default());
        self.engine = Engine::new(version, rules, Settings::default());
        self.input(&Input::Tick);
    }

    pub(super) fn reading(
        &mut self,
        device: &str,
        secs: i64,
        values: &[(&str, Value)],
        tags: &[(&str, &str)],
    ) {
        self.pass(secs * 1_000 - 1);
        self.now = at(secs);
        let tag = |(name, text): &(&str, &str)| (name.to_string(), text.to_string());
        let reading = Reading {
            device: device.to_string(),
            ts: at(secs),
            id: None,
            values: values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            tags: tags.iter().map(tag).collect(),
        };
        let batch = Batch::from(&reading);
        self.input(&Input::Readings { source: None, batch, refused_before: 0 });
    }

    /// Lets the clock pass, deadline by deadline.
    pub(super) fn pass(&mut self, millis: i64) {
        let until = Timestamp::from_millis(millis);
        loop {
            let wakes = [self.partition.next_wake(), self.groups.next_wake()];
            let next = wakes.into_iter().flatten().min();
            self.now = next.map_or(until, |next| next.min(until)).max(self.now);
            self.input(&Input::Tick);
            if next.is_none_or(|next| next > until) {
                return;
            }
        }
    }

    fn input(&mut self, input: &Input) {
        let step = self.engine.step(&mut self.partition, input, self.now);
        self.told.extend(step.transitions());
        let items = step.messages.iter().map(|(number, message)| (*number, message.to_bytes()));
        let facts = fleet::Input::Facts { sender: "p".to_string(), items: items.collect() };
        for input in [facts, fleet::Input::Tick] {
            self.told.extend(self.fleet.step(&mut self.groups, &input, self.now).transitions);
        }
    }

    fn lines(&mut self) -> Vec<String> {
        lines(&core::mem::take(&mut self.told))
    }
}

fn number(number: f64) -> Value {
    Value::Number(number)
}

#[test]
fn silence_of_one_device_is_told_to_its_group_by_the_clock() {
    let rule = r#"{"id": "quiet", "per": ["site"], "when": "devices(absent(1m)) >= 2"}"#;
    let mut both = Both::new(&[rule]);
    both.reading("a", 0, &[("x", number(1.0))], &[("site", "s")]);
    both.reading("b", 30, &[("x", number(1.0))], &[("site", "s")]);

    both.pass(100_000);
    assert_eq!(both.lines(), ["quiet site=s firing at 90 since 90 value 2"]);

    both.reading("a", 110, &[("x", number(1.0))], &[]);
    assert_eq!(both.lines(), ["quiet site=s resolved at 110 since 90 value 1"]);
}

#[test]
fn a_sequence_over_two_devices_is_found_and_ends_by_the_clock() {
    let rule = r#"{"id": "sneaks", "match": {"in": {"tags": {"role": "pir"}},
        "out": {"tags": {"role": "door"}}}, "on": ["room"],
        "when": "since(in.motion) < 10s && out.open"}"#;
    let mut both = Both::new(&[rule]);
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let tags = |role| [("role", role), ("room", "7")];
    both.reading("m", 0, &[("motion", yes.clone())], &tags("pir"));
    both.reading("d", 1, &[("open", no)], &tags("door"));
    both.reading("m", 5, &[("motion", Value::Bool(false))], &[]);
    both.reading("d", 9, &[("open", yes)], &[]);
    assert_eq!(both.lines(), ["sneaks in=m,out=d,room=7 firing at 9 since 9 value true"]);

    both.pass(60_000);
    assert_eq!(both.lines(), ["sneaks in=m,out=d,room=7 resolved at 15 since 9 value false"]);
}

#[test]
fn a_device_that_is_moved_is_judged_where_it_is_with_windows_of_its_own() {
    let rule = r#"{"id": "warm", "per": ["site"], "when": "avg(temp, 1m) > 50"}"#;
    let mut both = Both::new(&[rule]);
    both.reading("a", 0, &[("temp", number(80.0))], &[("site", "s")]);
    assert_eq!(both.lines(), ["warm site=s firing at 0 since 0 value 80"]);

    both.reading("a", 10, &[("temp", number(40.0))], &[("site", "t")]);
    assert_eq!(both.lines(), ["warm site=s resolved at 10 since 0 value 80 rule_narrowed"]);

    both.reading("a", 20, &[("temp", number(70.0))], &[]);
    assert_eq!(both.lines(), ["warm site=t firing at 20 since 20 value 55"]);
}

#[test]
fn an_edited_rule_judges_when_every_device_has_taken_it_on_even_without_a_value() {
    let rule = |limit: u32| {
        format!(r#"{{"id": "hot", "per": ["site"], "when": "devices(temp > {limit}) >= 1"}}"#)
    };
    let mut both = Both::new(&[&rule(60)]);
    both.reading("a", 0, &[("temp", number(80.0))], &[("site", "s")]);
    both.reading("b", 1, &[("humidity", number(80.0))], &[("site", "s")]);
    assert_eq!(both.lines(), ["hot site=s firing at 0 since 0 value 1"]);

    both.edit(&[&rule(70)]);
    assert_eq!(both.lines(), Vec::<String>::new());

    both.edit(&[&rule(90)]);
    assert_eq!(both.lines(), ["hot site=s resolved at 1 since 0 value 0"]);
}

/// Conditions that are known from the first reading on.
const CONDITIONS: [&str; 6] = [
    "temp > 5",
    "avg(temp, 10s) > 5",
    "temp > 3 && fresh(temp, 7s)",
    "has(temp) && absent(8s)",
    "count(temp > 5, 3 samples) >= 2",
    "max(temp, 5s) - min(temp, 5s) > 4 || temp == 0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A group of a single device has the alerts that the device has.
    #[test]
    fn a_group_of_one_is_judged_as_its_device(
        condition in prop::sample::select(CONDITIONS.to_vec()),
        hold in 0_u8..8,
        keep in 0_u8..8,
        readings in prop::collection::vec((1_i64..6, 0_u8..10), 1..40),
    ) {
        let more = format!(r#""for": "{hold}s", "keep_firing_for": "{keep}s""#);
        let alone = format!(r#"{{"id": "r", "when": "{condition}", {more}}}"#);
        let grouped = format!(
            r#"{{"id": "r", "per": ["site"], "when": "devices({condition}) >= 1", {more}}}"#
        );
        let run = |rule: &str| {
            let mut both = Both::new(&[rule]);
            let mut secs = 0;
            for (after, temp) in &readings {
                secs += after;
                both.reading("a", secs, &[("temp", number(f64::from(*temp)))], &[("site", "s")]);
            }
            both.pass((secs + 60) * 1_000);
            let line = |it: &Transition| {
                let times = (it.at, it.started_at, it.reason);
                format!("{} {times:?}", it.state.as_str())
            };
            both.told.iter().map(line).collect::<Vec<_>>()
        };

        prop_assert_eq!(run(&alone), run(&grouped));
    }
}
