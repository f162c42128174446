//! Requests at the same time, over several instances, lose nothing.

use std::thread;

use crate::support::{Client, Host, START, aggregator};
use serde_json::json;

#[test]
fn fifty_batches_at_once_are_all_counted() {
    let host = Host::start(&[("admin_token", "admin")]);
    host.client.put_rule("hot", "0s");

    at_once(50, &host.client, |client, sender| {
        let batch: Vec<_> = (0..20)
            .map(|step| {
                let device = format!("sensor-{}", step % 7);
                json!({ "device": device, "ts": START, "id": format!("{sender}-{step}"), "values": { "temperature": 85 } })
            })
            .collect();
        let counts = client.post("/v1/readings", &json!(batch).to_string()).ok().json();
        assert_eq!((&counts["received"], &counts["accepted"]), (&20.into(), &20.into()));
    });

    let state = host.client.get("/v1/state").ok().json();
    let (counters, told) = (&state[0]["partition"], aggregator(&state));
    assert_eq!((&counters["received"], &counters["accepted"]), (&1_000.into(), &1_000.into()));
    assert_eq!((&counters["transitions"], &told["transitions"]), (&7.into(), &7.into()));
}

#[test]
fn of_twenty_edits_at_once_each_that_is_answered_is_kept() {
    let host = Host::start(&[("admin_token", "admin")]);

    let answers = at_once(20, &host.client, |client, sender| {
        let rule =
            format!(r#"{{"id":"rule-{sender}","devices":{{"id":"*"}},"when":"temperature > 80"}}"#);
        client.put(&format!("/v1/rules/rule-{sender}"), &rule).status
    });

    // Who met others each time was told to try again.
    assert!(answers.iter().all(|status| [201, 503].contains(status)), "{answers:?}");
    let stored = answers.iter().filter(|status| **status == 201).count();
    let rules = host.client.get("/v1/rules").ok().json();
    assert_eq!(rules["rules_version"], stored, "{answers:?}");
    assert_eq!(rules["rules"].as_array().map(Vec::len), Some(stored), "{rules}");
}

#[test]
fn of_edits_that_name_the_same_version_one_is_taken() {
    let host = Host::start(&[("admin_token", "admin")]);
    host.client.put_rule("hot", "0s");

    let taken = at_once(8, &host.client, |client, sender| {
        let rule =
            format!(r#"{{"id":"hot","devices":{{"id":"*"}},"when":"temperature > 8{sender}"}}"#);
        client.put_if_match("/v1/rules/hot", "\"1\"", &rule).status
    });

    assert_eq!(taken.iter().filter(|status| **status == 200).count(), 1, "{taken:?}");
    assert_eq!(taken.iter().filter(|status| **status == 412).count(), 7, "{taken:?}");
}

#[test]
fn more_requests_than_one_instance_serves_are_answered_alike() {
    let host = Host::start(&[("admin_token", "admin")]);
    host.client.put_rule("hot", "0s");

    for step in 0..300 {
        host.client.reading("boiler-1", START + step, 85.0);
    }

    let state = host.client.get("/v1/state").ok().json();
    assert_eq!(state[0]["partition"]["accepted"], 300);
    assert_eq!(state[0]["partition"]["transitions"], 1);
}

#[test]
fn largest_batch_may_be_of_as_many_devices() {
    const DEVICES: usize = 10_000;
    let host = Host::start(&[("admin_token", "admin")]);
    let batch: Vec<String> =
        (0..DEVICES).map(|device| format!(r#"{{"device":"d{device}","ts":1,"t":1}}"#)).collect();

    for expected in ["accepted", "duplicate"] {
        let counts = host.client.post("/v1/readings", &batch.join("\n")).ok().json();
        assert_eq!(counts[expected], DEVICES);
    }

    let state = host.client.get("/v1/state").ok().json();
    assert_eq!(state[0]["cells"], DEVICES);
}

/// Runs `work` as often as asked for, all at the same time.
fn at_once<R: Send>(
    senders: usize,
    client: &Client,
    work: impl Fn(&Client, usize) -> R + Sync,
) -> Vec<R> {
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            (0..senders).map(|sender| scope.spawn(move || work(client, sender))).collect();
        running.into_iter().map(|thread| thread.join().expect("the sender succeeds")).collect()
    })
}
