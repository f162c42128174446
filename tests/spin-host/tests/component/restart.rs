//! What a process that is killed had promised, the next one keeps.

use crate::support::{Host, Receiver, START, aggregator, folder};
use serde_json::Value;

#[test]
fn hold_goes_on_over_a_restart() {
    let receiver = Receiver::start();
    let folder = folder("hold_goes_on_over_a_restart");
    let variables =
        [("admin_token", "admin"), ("webhook_url", &*receiver.url), ("test_clock", "header")];
    let minute = 60_000;

    let first = Host::start_in(&folder, &variables);
    first.client.at(START).put_rule("hot", "5m");
    let pending = first.client.at(START).reading("boiler-1", START, 85.0);
    first.kill();
    let second = Host::start_in(&folder, &variables);
    second.client.at(START + 4 * minute).post("/v1/tick", "").ok();
    let early = receiver.rest();
    second.client.at(START + 5 * minute).post("/v1/tick", "").ok();

    assert_eq!(pending["transitions"][0]["state"], "pending");
    assert_eq!(early, Vec::<Value>::new());
    let fired = receiver.next();
    assert_eq!(fired["started_at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(fired["fired_at"], "2026-01-01T00:05:00.000Z");
}

#[test]
fn notification_that_could_not_be_sent_is_sent_after_a_restart() {
    let receiver = Receiver::start();
    let folder = folder("notification_that_could_not_be_sent_is_sent_after_a_restart");
    let variables =
        [("admin_token", "admin"), ("webhook_url", &*receiver.url), ("test_clock", "header")];

    let first = Host::start_in(&folder, &variables);
    first.client.at(START).put_rule("hot", "0s");
    receiver.answer(500);
    first.client.at(START).reading("boiler-1", START, 85.0);
    let lost = receiver.next();
    first.kill();
    receiver.answer(200);
    let second = Host::start_in(&folder, &variables);
    second.client.at(START + 3_600_000).post("/v1/tick", "").ok();

    assert_eq!(receiver.next()["id"], lost["id"]);
    let state = second.client.at(START + 3_600_000).get("/v1/state").ok().json();
    assert_eq!(aggregator(&state)["sent"], 1, "{state}");
}

#[test]
fn rules_and_counts_are_those_of_before_the_restart() {
    let folder = folder("rules_and_counts_are_those_of_before_the_restart");
    let variables = [("admin_token", "admin")];

    let first = Host::start_in(&folder, &variables);
    first.client.put_rule("hot", "0s");
    first.client.put_rule("hot", "1m");
    first.client.reading("boiler-1", START, 85.0);
    let before = (first.client.get("/v1/rules").body, first.client.get("/v1/state").body);
    first.kill();
    let second = Host::start_in(&folder, &variables);
    let after = (second.client.get("/v1/rules").body, second.client.get("/v1/state").body);

    assert!(before.0.contains("\"rules_version\":2"), "{}", before.0);
    assert_eq!(before, after);
}
