//! The component answers, alerts and tells, with every interface it imports at work.

use std::{
    net::TcpListener,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::support::{Host, Receiver, START, aggregator};

#[test]
fn without_a_token_only_healthz_is_served() {
    let host = Host::start(&[]);

    let health = host.client.get("/healthz").ok();
    let rules = host.client.get("/v1/rules");

    assert_eq!(health.json()["configured"], false);
    assert_eq!((rules.status, &rules.json()["code"]), (503, &"not_configured".into()));
}

#[test]
fn variable_with_a_value_that_is_not_allowed_is_named() {
    let host = Host::start(&[("admin_token", "admin"), ("shards", "many")]);

    let rules = host.client.get("/v1/rules");

    assert_eq!((rules.status, &rules.json()["code"]), (503, &"misconfigured".into()));
    assert!(rules.body.contains("shards"), "{}", rules.body);
    assert_eq!(host.client.get("/healthz").status, 200);
}

#[test]
fn every_answer_says_how_long_it_is() {
    let host = Host::start(&[("admin_token", "admin")]);
    for (method, path) in
        [("GET", "/healthz"), ("GET", "/v1/rules"), ("GET", "/nowhere"), ("DELETE", "/v1/rules/x")]
    {
        let answer = host.client.request(method, path, "");

        let length = format!("content-length: {}\r", answer.body.len());
        assert!(answer.headers.contains(&length), "{method} {path}: {answer:?}");
        assert!(!answer.headers.contains("transfer-encoding"), "{method} {path}: {answer:?}");
    }
}

#[test]
fn episode_of_fifty_hot_readings_is_told_once_and_then_its_end() {
    let receiver = Receiver::start();
    let host = Host::start(&[("admin_token", "admin"), ("webhook_url", &receiver.url)]);
    host.client.put_rule("hot", "0s");
    let now = wall_clock();

    for step in 0..50 {
        host.client.reading("boiler-1", now - 100 + step, 85.0);
    }
    let fired = receiver.next();
    host.client.reading("boiler-1", now, 60.0);
    let resolved = receiver.next();

    assert_eq!((&fired["kind"], &fired["device"]), (&"firing".into(), &"boiler-1".into()));
    assert_eq!((&resolved["kind"], &resolved["episode"]), (&"resolved".into(), &fired["episode"]));
    assert_eq!(receiver.rest(), Vec::<serde_json::Value>::new());
}

#[test]
fn receiver_that_does_not_answer_keeps_nobody_waiting() {
    // Connections are made, and nobody takes them up.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let url = format!("http://{}/hook", silent.local_addr().expect("it has an address"));
    let host = Host::start(&[("admin_token", "admin"), ("webhook_url", &url)]);
    host.client.put_rule("hot", "0s");
    let start = Instant::now();

    host.client.reading("boiler-1", wall_clock(), 85.0);
    let alerts = host.client.get("/v1/alerts").ok().json();

    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(alerts["alerts"][0]["state"], "firing", "{alerts}");
}

#[test]
fn receiver_that_fails_is_told_again_by_a_later_tick() {
    let receiver = Receiver::start();
    let host = Host::start(&[
        ("admin_token", "admin"),
        ("webhook_url", &receiver.url),
        ("test_clock", "header"),
    ]);
    host.client.at(START).put_rule("hot", "0s");

    receiver.answer(500);
    host.client.at(START).reading("boiler-1", START, 85.0);
    let first = receiver.next();
    receiver.answer(200);
    host.client.at(START + 3_600_000).post("/v1/tick", "").ok();
    let second = receiver.next();
    host.client.at(START + 7_200_000).post("/v1/tick", "").ok();

    assert_eq!(first["id"], second["id"]);
    assert_eq!((&first["attempt"], &second["attempt"]), (&1.into(), &2.into()));
    assert_eq!(receiver.rest(), Vec::<serde_json::Value>::new());
}

#[test]
fn receiver_on_another_machine_is_never_reached() {
    let host = Host::start(&[
        ("admin_token", "admin"),
        ("webhook_url", "http://192.0.2.1/hook"),
        ("test_clock", "header"),
    ]);
    host.client.at(START).put_rule("hot", "0s");

    host.client.at(START).reading("boiler-1", START, 85.0);

    let state = host.client.at(START).get("/v1/state").ok().json();
    let counters = aggregator(&state);
    assert_eq!((&counters["sent"], &counters["pending"]), (&0.into(), &1.into()), "{state}");
}

#[test]
fn clock_of_the_header_counts_only_where_it_is_configured() {
    let mut host = Host::start(&[("admin_token", "admin"), ("test_clock", "header")]);
    let real = host.new_application(&[("admin_token", "admin")]);
    let tomorrow = wall_clock() + 86_400_000;

    let virtually = host.client.at(tomorrow).reading("boiler-1", tomorrow, 20.0);
    let really = real.at(tomorrow).reading("boiler-1", tomorrow, 20.0);

    assert_eq!((&virtually["accepted"], &virtually["refused"]), (&1.into(), &0.into()));
    assert_eq!((&really["accepted"], &really["refused"]), (&0.into(), &1.into()));
    assert_eq!(really["errors"][0]["code"], "clock_ahead");
}

#[test]
fn body_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
    const LIMIT: usize = 1_048_576;
    let host = Host::start(&[("admin_token", "admin")]);
    let reading = r#"{"device":"boiler-1","ts":1,"values":{"t":1}}"#;
    let padded = |length: usize| format!("{reading}{}", " ".repeat(length - reading.len()));

    assert_eq!(host.client.post("/v1/readings", &padded(LIMIT)).status, 200);
    assert_eq!(host.client.post("/v1/readings", &padded(LIMIT + 1)).status, 413);
}

fn wall_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_millis()).expect("it is before the year 287396")
}
