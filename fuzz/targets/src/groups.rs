//! Stored bytes of groups, and messages to them.

use rules_core::{
    CellKey, Rule, Timestamp, Value, document,
    fleet::{Destination, Fact, FleetEngine, GroupKey, Groups, Input, Message, News},
    partition::Settings,
};

use crate::script::Script;

const CELLS_MAX: usize = 4;
/// Counts that a machine cannot have come to.
const COUNT_MAX: u64 = 1 << 53;
const TIMES: [i64; 4] = [0, 1_700_000_000_000, 1_700_000_060_000, 253_402_300_799_999];

/// Reads groups back, and steps what reads back.
pub(crate) fn run(script: &mut Script<'_>) {
    let header = script.piece();
    let mut cells = Vec::new();
    while cells.len() < CELLS_MAX && !script.is_over() {
        cells.push((CellKey::group(&group(cells.len())), Some(script.piece().to_vec())));
    }
    let count = cells.len();
    let Ok(mut state) = Groups::decode(Some(header), cells) else { return };
    let counters = state.counters();
    let counts = [counters.messages, counters.facts, counters.transitions, counters.type_errors];
    let others = [counters.duplicate, counters.unreadable, counters.limits_reached];
    if counts.iter().chain(&others).any(|count| *count > COUNT_MAX) {
        return;
    }
    let engine = FleetEngine::new(state.rules_version(), &rules(), Settings::default());
    for (number, millis) in (1_u64..).zip(TIMES) {
        let now = Timestamp::from_millis(millis);
        let messages = (0..count).map(|cell| (number * 8 + cell as u64, told(cell, now)));
        let input = Input::Facts { sender: "p".to_owned(), items: messages.collect() };
        let _ = engine.step(&mut state, &input, now);
        let _ = engine.step(&mut state, &Input::Tick, now);
        if let Some(changes) = state.take_changes() {
            let cells = changes.cells.into_iter().map(|cell| (cell.key, cell.bytes));
            let again = Groups::decode(Some(&changes.header), cells);
            assert!(again.is_ok(), "what was stored does not read back: {again:?}");
        }
    }
}

/// Reads bytes as a message to a group: it is one, or it goes to the aggregator.
pub(crate) fn message(bytes: &[u8]) {
    let destination = Destination::of(bytes);
    if let Ok(message) = Message::from_bytes(bytes) {
        assert_eq!(destination, Destination::Fleet(message.group.clone()));
        assert_eq!(Message::from_bytes(&message.to_bytes()), Ok(message));
    }
}

/// A header and cells that facts have led to.
pub(crate) fn seed() -> Vec<Vec<u8>> {
    let engine = FleetEngine::new(1, &rules(), Settings::default());
    let mut state = Groups::default();
    let now = Timestamp::from_millis(1_700_000_000_000);
    for cell in 0..2 {
        let input = Input::Facts { sender: format!("p{cell}"), items: vec![(1, told(cell, now))] };
        let _ = engine.step(&mut state, &input, now);
    }
    let Some(changes) = state.take_changes() else { return Vec::new() };
    let cells = changes.cells.into_iter().filter_map(|cell| cell.bytes);
    [changes.header].into_iter().chain(cells).collect()
}

fn group(index: usize) -> GroupKey {
    GroupKey::from_tags(&[("site".to_owned(), index.to_string())])
}

/// Two devices join the group, and tell it all that is wanted of them.
fn told(index: usize, at: Timestamp) -> Vec<u8> {
    let mut facts = Vec::new();
    for role in ["a", "b"] {
        let tags = [("role", role.to_owned()), ("site", index.to_string())];
        let tags = tags.map(|(name, text)| (name.to_owned(), text)).to_vec();
        facts.push(Fact { device: role.to_owned(), at, news: News::Joined { tags } });
        for rule in rules() {
            let roles = rule.fleet.iter().flat_map(|fleet| &fleet.roles);
            for want in roles.flat_map(|role| &role.wants) {
                let (key, number) = (want.key, Value::Number(60.0));
                let sample = News::Sample { want: key, value: number };
                let changed = News::Changed { want: key, value: Some(Value::Bool(true)) };
                facts.extend([sample, changed].map(|news| Fact {
                    device: role.to_owned(),
                    at,
                    news,
                }));
            }
        }
    }
    Message { group: group(index), rules_version: 1, facts }.to_bytes()
}

fn rules() -> Vec<Rule> {
    let texts = [
        r#"{"id": "one", "per": ["site"], "when": "devices(temp > 50) >= 2", "for": "5s"}"#,
        r#"{"id": "two", "per": ["site"], "when": "avg(temp, 1m) > 50", "missing": "clear"}"#,
        r#"{"id": "three", "per": ["site"], "when": "max(temp, 20s, every 7s) > 50 || min(temp, 3 samples) < 5"}"#,
        r#"{"id": "four", "match": {"a": {"tags": {"role": "a"}}, "b": {"tags": {"role": "b"}}},
            "on": ["site"], "when": "a.open && avg(a.temp, 1m) >= avg(b.temp, 1m)", "clear": "b.open"}"#,
        r#"{"id": "five", "per": ["site"], "when": "devices() > 1",
            "schedule": {"time_zone": "UTC", "days": ["mon"]}}"#,
    ];
    texts.iter().filter_map(|text| document::read(text).ok()).collect()
}
