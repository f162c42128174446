mod faults;
mod fleet;
mod kept;
mod partition;
mod sending;

use futures_executor::block_on;
use rules_core::{
    Reading, Timestamp, Transition, Value,
    aggregator::Counters,
    partition::{Input, Receipt},
};

use super::*;
use crate::{
    config::{Config, Receiver, ReceiverKind},
    memory::{self, MemoryHost, MemoryNotifier, MemoryRules, MemoryStore, MemoryWakeUps},
    ports::{
        AggregatorPort, Commit, Fleets, Notifier, OutgoingRequest, Partitions, RuleStore, Store,
        Unavailable,
    },
    wire::RuleBook,
};

const HOT: &str = r#"{"id":"hot","when":"temp > 80","for":"10s"}"#;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(secs * 1_000)
}

fn config(shards: u32) -> Config {
    let kind = ReceiverKind::Webhook;
    let url = String::from("http://127.0.0.1:9/hook");
    let receivers = vec![Receiver { name: String::from("ops"), kind, url }];
    Config { shards, receivers, ..Config::default() }
}

/// A host of one partition that judges by `documents`.
fn host(documents: &[&str]) -> MemoryHost {
    let host = memory::host(config(1));
    change_rules(&host, documents);
    host
}

/// Stores a new rule set, without telling anybody; gives version and text.
fn change_rules(rules: &impl RuleStore, documents: &[&str]) -> (u64, String) {
    let (version, _) = block_on(rules.load()).expect("memory does not fail");
    let mut book = RuleBook::default();
    for document in documents {
        let rule = rules_core::document::read(document).expect("the test's rule is right");
        book.put(&rule.id, document, version + 1);
    }
    let text = book.to_text();
    let stored = block_on(rules.store(version, &text)).expect("memory does not fail");
    assert_eq!(stored, Commit::Stored(version + 1));
    (version + 1, text)
}

fn readings(items: &[(&str, i64, f64)]) -> Input {
    let reading = |(device, secs, temp): &(&str, i64, f64)| Reading {
        device: (*device).to_owned(),
        ts: at(*secs),
        id: None,
        values: vec![(String::from("temp"), Value::Number(*temp))],
        tags: Vec::new(),
    };
    let batch = (0..).zip(items.iter().map(reading)).collect();
    Input::Readings { source: None, batch, refused_before: 0 }
}

fn call(partitions: &impl Partitions, now: i64, ask: PartitionAsk) -> PartitionReply {
    let request = PartitionRequest { now: at(now), ask };
    block_on(partitions.call(0, request)).expect("the partition is in this process")
}

fn send(partitions: &impl Partitions, now: i64, items: &[(&str, i64, f64)]) -> Vec<String> {
    told(call(partitions, now, PartitionAsk::Step(readings(items))))
}

fn tick(partitions: &impl Partitions, now: i64) -> Vec<String> {
    told(call(partitions, now, PartitionAsk::Step(Input::Tick)))
}

/// The transitions of a reply, short; panics with the reason if it has none.
fn told(reply: PartitionReply) -> Vec<String> {
    let PartitionReply::Stepped { transitions, .. } = reply else { panic!("{reply:?}") };
    transitions.iter().map(short).collect()
}

fn short(transition: &Transition) -> String {
    let Transition { rule, group, state, at, reason, .. } = transition;
    let reason = reason.map_or(String::new(), |reason| format!(" {}", reason.as_str()));
    let secs = at.as_millis() / 1_000;
    format!("{rule}/{} {} at {secs}{reason}", group.name(), state.as_str())
}

fn ask_aggregator(port: &impl AggregatorPort, now: i64, ask: AggregatorAsk) -> AggregatorReply {
    block_on(port.call(AggregatorRequest { now: at(now), ask })).expect("it is in this process")
}

fn aggregator_counters(port: &impl AggregatorPort) -> Counters {
    match ask_aggregator(port, 0, AggregatorAsk::Counters) {
        AggregatorReply::Counters(counters) => counters,
        other => panic!("{other:?}"),
    }
}

/// The keys of idempotency of what was sent, their episodes left out.
fn kinds(sent: &[OutgoingRequest]) -> Vec<String> {
    let key = |request: &OutgoingRequest| {
        let header = request.headers.iter().find(|(name, _)| name == "idempotency-key");
        let (_, id) = header.expect("a notification has an id").clone();
        id.split_once('-').expect("an id ends with its kind").1.to_owned()
    };
    sent.iter().map(key).collect()
}

#[test]
fn an_episode_ends_in_two_notifications_whatever_the_number_of_readings() {
    let host = host(&[HOT]);
    for secs in 0..50 {
        let now = secs;
        block_on(host.run(at(now), at(now))).expect("nothing fails");
        let _ = send(&host, now, &[("b1", secs, 90.0)]);
    }
    assert_eq!(send(&host, 50, &[("b1", 50, 20.0)]), ["hot/b1 resolved at 50"]);
    block_on(host.run(at(50), at(60))).expect("nothing fails");

    assert_eq!(kinds(&host.notifier.take_sent()), ["firing", "resolved"]);
    let counters = Counters { transitions: 3, sent: 2, muted: 1, ..Counters::default() };
    assert_eq!(aggregator_counters(&host), counters);
}

#[test]
fn a_hold_ends_by_alarm_when_no_more_readings_come() {
    let host = host(&[HOT]);
    assert_eq!(send(&host, 0, &[("b1", 0, 90.0)]), ["hot/b1 pending at 0"]);
    assert_eq!(host.wakeups.at("shard-0"), Some(at(10)));

    block_on(host.run(at(0), at(10))).expect("nothing fails");

    assert_eq!(kinds(&host.notifier.take_sent()), ["firing"]);
}

#[test]
fn receipts_and_alerts_and_state_are_told() {
    let host = host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
    let input = readings(&[("b2", 5, 90.0), ("b1", 5, 90.0), ("b1", 4, 90.0), ("b1", 5, 90.0)]);

    let PartitionReply::Stepped { receipts, .. } = call(&host, 5, PartitionAsk::Step(input)) else {
        panic!("it was stepped");
    };

    let late = Receipt::Late(rules_core::Span::from_secs(1));
    let expected = [Receipt::Accepted, Receipt::Accepted, late, Receipt::Duplicate];
    assert_eq!(receipts, (0..).zip(expected).collect::<Vec<_>>());
    let AggregatorReply::Alerts(alerts) = ask_aggregator(&host, 5, AggregatorAsk::Alerts) else {
        panic!("alerts were asked for");
    };
    let alerts: Vec<String> = alerts.iter().map(|alert| short(&alert.last)).collect();
    assert_eq!(alerts, ["hot/b1 firing at 5", "hot/b2 firing at 5"]);
    let PartitionReply::State(report) = call(&host, 5, PartitionAsk::State) else {
        panic!("state was asked for");
    };
    let cells = block_on(host.store.scan("shard-0", "", "", 9)).expect("memory does not fail");
    let header = block_on(host.store.load("shard-0", &[])).expect("memory does not fail").header;
    let hash = rules_core::state_hash(
        &header.expect("it was committed to"),
        cells.iter().map(|cell| (cell.key.as_str(), cell.bytes.as_slice())),
    );
    assert_eq!((report.version, report.cells, report.hash), (1, 2, format!("{hash:032x}")));
    assert_eq!(
        report.partition.map(|counters| (counters.received, counters.accepted)),
        Some((4, 2))
    );
}

#[test]
fn devices_keep_their_partition() {
    let shards: Vec<u32> = ["b1", "b2", "fridge-1"].map(|device| shard_of(device, 8)).to_vec();
    assert_eq!(shards, [4, 5, 6], "state stays where it was stored");
    assert_eq!(shard_of("b1", 0), 0);
}
