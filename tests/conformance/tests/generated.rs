//! Scenarios that nobody wrote: whatever happens, the service in memory does
//! as the machines alone do, and loses nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rules_core::{Span, Timestamp};
use scenario::{
    Action, ZERO,
    host::Host as _,
    hosts::{CoreHost, MemoryExchange, ServiceHost},
};

/// Rules of every kind, two documents for each id, so that edits come about.
const RULES: [(&str, &str); 28] = [
    ("hot", r#"{"id": "hot", "when": "temp > 80"}"#),
    ("hot", r#"{"id": "hot", "when": "temp > 80", "for": "20s", "missing": "clear"}"#),
    ("mean", r#"{"id": "mean", "when": "avg(temp, 30s) > 70", "clear": "avg(temp, 30s) < 40"}"#),
    ("mean", r#"{"id": "mean", "when": "avg(temp, 1m) > 70", "keep_firing_for": "15s"}"#),
    ("often", r#"{"id": "often", "when": "count(open, 1m) >= 2", "missing": "clear"}"#),
    (
        "often",
        r#"{"id": "often", "when": "max(temp, 40s) - min(temp, 40s) > 50", "min_samples": 3}"#,
    ),
    ("both", r#"{"id": "both", "when": "temp > 60 && !open", "for": "10s", "mode": "shadow"}"#),
    ("both", r#"{"id": "both", "when": "has(open) || temp > 95", "devices": {"id": "b*"}}"#),
    ("silent", r#"{"id": "silent", "when": "absent(45s)", "devices": {"id": ["a", "never"]}}"#),
    ("silent", r#"{"id": "silent", "when": "absent(20s) || absent(50s)", "for": "5s"}"#),
    ("hops", r#"{"id": "hops", "when": "sum(temp, 20s, every 20s) > 90", "for": "15s"}"#),
    (
        "hops",
        r#"{"id": "hops", "when": "quantile(0.9, temp, 30s, every 10s) > 60", "missing": "clear"}"#,
    ),
    ("visit", r#"{"id": "visit", "when": "count(temp, session 10s) >= 3"}"#),
    (
        "visit",
        r#"{"id": "visit", "when": "range(temp, session 15s max 40s) > 30", "min_samples": 2}"#,
    ),
    ("last", r#"{"id": "last", "when": "stddev(temp, 4 samples) > 20 && changes(open, 1m) < 2"}"#),
    ("last", r#"{"id": "last", "when": "delta(temp, 3 samples) < 0 || rate(temp, 30s) > 3"}"#),
    ("fresh", r#"{"id": "fresh", "when": "temp > 50 && fresh(temp, 25s)", "for": "5s"}"#),
    ("fresh", r#"{"id": "fresh", "when": "!fresh(open, 40s)", "missing": "clear"}"#),
    ("since", r#"{"id": "since", "when": "since(open) >= 30s && temp < 90"}"#),
    ("since", r#"{"id": "since", "when": "since(max(temp, 20s) > 70) < 25s", "for": "10s"}"#),
    ("site", r#"{"id": "site", "per": ["site"], "when": "devices(temp > 50) >= 2", "for": "10s"}"#),
    (
        "site",
        r#"{"id": "site", "per": ["site"], "when": "avg(temp, 40s) > 50 && devices() > 1", "clear": "max(temp, 20s) < 40"}"#,
    ),
    (
        "pair",
        r#"{"id": "pair", "match": {"a": {"id": "a"}, "b": {"id": "b*"}}, "on": ["site"], "when": "a.temp > 60 && !b.open", "keep_firing_for": "5s"}"#,
    ),
    (
        "pair",
        r#"{"id": "pair", "match": {"a": {"id": "b"}, "b": {"tags": {"site": "x"}}}, "on": ["site"], "when": "avg(b.temp, 30s) - a.temp > 20"}"#,
    ),
    ("quiet", r#"{"id": "quiet", "per": ["site"], "when": "devices(absent(30s)) >= 1"}"#),
    (
        "quiet",
        r#"{"id": "quiet", "per": ["hall"], "when": "devices(since(open) < 20s) == devices()", "missing": "clear"}"#,
    ),
    ("hours", HOURS),
    ("hours", r#"{"id": "hours", "when": "median(temp, 1m) in [20, 50, 80] || all(open, 30s)"}"#),
];

/// Time 0 is a midnight, so this begins with minutes of the scenario.
const HOURS: &str = r#"{"id": "hours", "when": "temp > 40", "for": "10s", "schedule":
    {"time_zone": "UTC", "hours": ["00:01-00:02", "00:03-00:05"]}}"#;

/// Something that happens, and how long after the last thing.
#[derive(Clone, Debug)]
struct Event {
    pause: i64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Readings { numbered: Option<u64>, items: Vec<Item> },
    Describe { device: &'static str, tags: Vec<(&'static str, &'static str)> },
    Tick,
    Restart,
    Put(usize),
    Delete(usize),
    Answers(u16),
}

/// A reading: device, how much older (or newer, if negative) than the clock, values, tags.
#[derive(Clone, Debug)]
struct Item {
    device: &'static str,
    age: i64,
    temp: Option<u8>,
    open: Option<&'static str>,
    tags: Vec<(&'static str, &'static str)>,
}

const DEVICES: [&str; 4] = ["a", "b", "bb", "c"];

/// Tags that devices get or, where the text is empty, lose.
fn tags() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let text = prop::sample::select(&["x", "x", "y", ""][..]);
    let tag = (prop::sample::select(&["site", "site", "hall"][..]), text);
    let by_name = |tags: Vec<_>| tags.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
    prop::collection::vec(tag, 0..3).prop_map(by_name)
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = (
        prop::sample::select(&DEVICES[..]),
        prop_oneof![6 => Just(0), 3 => 0_i64..40, 1 => -90_i64..0],
        prop::option::weighted(0.8, (0_u8..11).prop_map(|tens| tens * 10)),
        prop::option::weighted(0.3, prop::sample::select(&["true", "false", "null"][..])),
        prop_oneof![2 => Just(Vec::new()), 1 => tags()],
    );
    let item =
        item.prop_map(|(device, age, temp, open, tags)| Item { device, age, temp, open, tags });
    prop::collection::vec(item, 1..6)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let what = prop_oneof![
        12 => (prop::option::weighted(0.2, 1_u64..20), items())
            .prop_map(|(numbered, items)| What::Readings { numbered, items }),
        2 => (prop::sample::select(&DEVICES[..]), tags())
            .prop_map(|(device, tags)| What::Describe { device, tags }),
        5 => Just(What::Tick),
        1 => Just(What::Restart),
        3 => (0..RULES.len()).prop_map(What::Put),
        1 => (0..RULES.len()).prop_map(What::Delete),
        1 => prop::sample::select(&[500_u16, 200, 302][..]).prop_map(What::Answers),
    ];
    let event = (prop_oneof![2 => Just(0_i64), 5 => 0_i64..12, 1 => 0_i64..90], what);
    prop::collection::vec(event.prop_map(|(pause, what)| Event { pause, what }), 1..40)
}

impl Item {
    fn line(&self, now: Timestamp) -> String {
        let ts = now.as_millis() - self.age * 1_000;
        let temp = self.temp.map(|temp| format!("\"temp\": {temp}"));
        let open = self.open.map(|open| format!("\"open\": {open}"));
        let values: Vec<String> = temp.into_iter().chain(open).collect();
        let tags = self.tags.iter().map(|(tag, text)| format!("{tag:?}: {text:?}"));
        format!(
            "{{\"device\": {:?}, \"ts\": {ts}, \"values\": {{{}}}, \"tags\": {{{}}}}}\n",
            self.device,
            values.join(", "),
            tags.collect::<Vec<_>>().join(", ")
        )
    }
}

impl What {
    /// The action; `stored` are the ids of the rules that are there.
    fn action(&self, now: Timestamp, stored: &[&str]) -> Option<Action> {
        Some(match self {
            Self::Readings { numbered, items } => Action::Readings {
                numbered: numbered.map(|first| ("bridge".to_owned(), first)),
                content_type: "application/x-ndjson".to_owned(),
                body: items.iter().map(|item| item.line(now)).collect(),
            },
            Self::Describe { device, tags } => {
                let owned = |(tag, text): &(&str, &str)| ((*tag).to_owned(), (*text).to_owned());
                let tags = tags.iter().map(owned).collect();
                Action::Describe { device: (*device).to_owned(), tags }
            }
            Self::Tick => Action::Tick,
            Self::Restart => Action::Restart,
            Self::Put(index) => {
                let (id, document) = RULES[*index];
                Action::PutRule { id: id.to_owned(), document: document.to_owned() }
            }
            Self::Delete(index) => {
                let (id, _) = RULES[*index];
                stored.contains(&id).then(|| Action::DeleteRule { id: id.to_owned() })?
            }
            Self::Answers(status) => Action::Receiver { answers: vec![*status] },
        })
    }
}

/// A rule that is refused would be one that no generated scenario has.
#[test]
fn every_rule_of_the_generator_is_accepted() {
    for (id, document) in RULES {
        let rule = rules_core::document::read(document).expect(document);
        assert_eq!(rule.id, id);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_service_in_memory_does_as_the_machines_do(
        shards in 1_u32..4,
        start in prop::collection::vec(0..RULES.len(), 0..9),
        lateness in prop_oneof![2 => Just(0_u32), 1 => 1_u32..30],
        events in events(),
    ) {
        let mut core = CoreHost::default();
        let mut memory = ServiceHost::new(MemoryExchange::default());
        let variables = [
            ("shards".to_owned(), shards.to_string()),
            ("allowed_lateness".to_owned(), format!("{lateness}s")),
        ];
        core.renew(&variables).unwrap();
        memory.renew(&variables).unwrap();
        let start = start.into_iter().map(|index| Event { pause: 0, what: What::Put(index) });
        let (mut now, mut stored) = (ZERO, Vec::new());
        for event in start.chain(events) {
            now = now.plus(Span::from_secs(event.pause));
            let Some(action) = event.what.action(now, &stored) else { continue };
            match event.what {
                What::Put(index) => stored.push(RULES[index].0),
                What::Delete(index) => stored.retain(|id| *id != RULES[index].0),
                _ => {}
            }
            let of_core = core.perform(&action, now).unwrap().lines(now);
            let of_memory = memory.perform(&action, now).unwrap().lines(now);
            prop_assert_eq!(of_core, of_memory);
        }
        let (of_core, of_memory) = (core.end(now).unwrap(), memory.end(now).unwrap());
        prop_assert_eq!(of_core.lines().unwrap(), of_memory.lines().unwrap());
        prop_assert_eq!(of_core.scopes, of_memory.scopes);
    }
}
