//! Stored bytes of a machine: they read back or are refused, and what reads
//! back can be stepped, whatever it says.
//!
//! An input is one byte for the machine, then pieces, each behind its length
//! in two bytes: the header, and the cells.

use rules_core::{
    CellKey, Reading, Rule, Timestamp, Transition, Value,
    aggregator::{self, Aggregator, AggregatorState},
    document,
    partition::{Engine, Input, Partition, Settings},
};

use crate::{groups, scenario, script::Script, store::Store};

/// Counts that a machine cannot have come to: a reading a nanosecond takes
/// them three months. Above them, adding one more may not be possible.
const COUNT_MAX: u64 = 1 << 53;
const CELLS_MAX: usize = 4;
const TIMES: [i64; 4] = [0, 1_700_000_000_000, 1_700_000_060_000, 253_402_300_799_999];

/// Reads `bytes` back and steps what they are.
///
/// # Panics
/// Something does not hold.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    match script.byte() % 3 {
        0 => partition(&mut script),
        1 => alerts(&mut script),
        _ => groups::run(&mut script),
    }
    let _ = Transition::from_bytes(bytes);
    groups::message(bytes);
}

/// States that stories ended in.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let states = scenario::seeds().into_iter().map(|story| scenario::play(&story));
    let input = |(kind, store): (u8, &Store)| {
        let cells = store.cells.values().map(|cell| cell.bytes.as_slice());
        seed(kind, store.header.as_deref().into_iter().chain(cells))
    };
    let of_groups = groups::seed();
    let of_groups = seed(2, of_groups.iter().map(Vec::as_slice));
    let others = states.flat_map(|[partition, alerts]| [(0, &partition), (1, &alerts)].map(input));
    others.chain([of_groups]).collect()
}

fn seed<'a>(kind: u8, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = vec![kind];
    for piece in pieces.take(1 + CELLS_MAX) {
        let length = u16::try_from(piece.len()).unwrap_or(u16::MAX);
        bytes.extend(length.to_le_bytes());
        bytes.extend(piece.iter().take(usize::from(length)));
    }
    bytes
}

fn pieces(
    script: &mut Script<'_>,
    key: impl Fn(usize) -> String,
) -> Vec<(CellKey, Option<Vec<u8>>)> {
    let mut cells = Vec::new();
    while cells.len() < CELLS_MAX && !script.is_over() {
        let key = CellKey::from_stored(key(cells.len()));
        cells.push((key, Some(script.piece().to_vec())));
    }
    cells
}

fn rules() -> Vec<Rule> {
    // Those of the stories, so that windows are found and go on.
    let texts = [
        r#"{"id": "one", "when": "avg(temp, 10s) > 50", "for": "5s", "keep_firing_for": "10s"}"#,
        r#"{"id": "two", "when": "max(temp, 1m) > 50 && absent(15s)", "missing": "clear"}"#,
        r#"{"id": "three", "when": "count(open, 10s) >= 2", "clear": "temp > 50"}"#,
        r#"{"id": "four", "when": "sum(temp, 1m) < 20 || mode == 'on'", "mode": "shadow"}"#,
        r#"{"id": "five", "when": "rate(temp, session 8s) > 0 || since(open) < 20s"}"#,
        r#"{"id": "six", "when": "median(temp, 3 samples) > 1 || fresh(temp, 12s)"}"#,
        r#"{"id": "seven", "when": "distinct(mode, 30s, every 7s) > 1"}"#,
    ];
    texts.iter().filter_map(|text| document::read(text).ok()).collect()
}

fn partition(script: &mut Script<'_>) {
    let header = script.piece();
    let cells = pieces(script, |index| format!("device/{index}"));
    let keys: Vec<CellKey> = cells.iter().map(|(key, _)| key.clone()).collect();
    let Ok(mut state) = Partition::decode(Some(header), cells) else { return };
    let counters = state.counters();
    let counts =
        [counters.received, counters.transitions, counters.limits_reached, counters.type_errors];
    let parts = [counters.accepted, counters.duplicate, counters.late, counters.refused];
    if counts.iter().chain(&parts).any(|count| *count > COUNT_MAX) {
        return;
    }
    let engine = Engine::new(state.rules_version(), rules(), Settings::default());
    for millis in TIMES {
        let now = Timestamp::from_millis(millis);
        let reading = |key: &CellKey| Reading {
            device: key.device_id().to_owned(),
            ts: now,
            id: None,
            values: vec![
                ("open".to_owned(), Value::Bool(true)),
                ("temp".to_owned(), Value::Number(51.0)),
            ],
            tags: Vec::new(),
        };
        let batch = (0..).zip(keys.iter().map(reading)).collect();
        let input = Input::Readings { source: None, batch, refused_before: 0 };
        let _ = engine.step(&mut state, &input, now);
        let _ = engine.step(&mut state, &Input::Tick, now);
        if let Some(changes) = state.take_changes() {
            let cells = changes.cells.into_iter().map(|cell| (cell.key, cell.bytes));
            let again = Partition::decode(Some(&changes.header), cells);
            assert!(again.is_ok(), "what was stored does not read back: {again:?}");
        }
    }
}

fn alerts(script: &mut Script<'_>) {
    let header = script.piece();
    let prefixes = ["alert/", "delivery/ops/", "delivery/gone/", "alert/"];
    let cells = pieces(script, |index| {
        format!("{}{index:032x}", prefixes.get(index).copied().unwrap_or_default())
    });
    for (_, bytes) in &cells {
        let _ = bytes.as_deref().map(Aggregator::alert);
    }
    let keys: Vec<CellKey> = cells.iter().map(|(key, _)| key.clone()).collect();
    let Ok(mut state) = AggregatorState::decode(Some(header), cells) else { return };
    let counters = state.counters();
    let counts =
        [counters.transitions, counters.sent, counters.muted, counters.pending, counters.dead];
    if counts.iter().any(|count| *count > COUNT_MAX) {
        return;
    }
    let settings = aggregator::Settings { receivers: vec!["ops".into()], ..Default::default() };
    let machine = Aggregator::new(settings);
    for millis in TIMES {
        let now = Timestamp::from_millis(millis);
        for notification in machine.step(&mut state, &aggregator::Input::Tick, now) {
            let aggregator::Notification { cell, id, .. } = notification;
            let outcome = aggregator::Outcome::Failed("no".into());
            let _ =
                machine.step(&mut state, &aggregator::Input::Outcome { cell, id, outcome }, now);
        }
        for cell in &keys {
            let outcome = aggregator::Outcome::Delivered;
            let input =
                aggregator::Input::Outcome { cell: cell.clone(), id: String::new(), outcome };
            let _ = machine.step(&mut state, &input, now);
        }
    }
}
