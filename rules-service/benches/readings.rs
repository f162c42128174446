//! What reading JSON costs a reading.
//!
//! `cargo bench -p rules-service --bench readings` prints nanoseconds a
//! reading for bodies of NDJSON such as sensors send: `serde_json` into a tree
//! of values and into a struct made for these lines (which checks nothing
//! else), `decode` into readings that own their texts, and `decode_into` a batch,
//! which is what `POST /v1/readings` does. The readers take turns, so that
//! whatever else the machine does meets all, and medians are printed.
//!
//! Then what it costs to send a batch of 100 from one object of a host to
//! another, and what a whole request with them costs on the host in memory,
//! with one rule that stays quiet.

use std::{fmt::Write as _, hint::black_box, time::Instant};

use rules_core::{Timestamp, partition::Input};
use rules_service::wire::readings::{Batch, Format, decode, decode_into};
use rules_service::{
    config::{Config, Role, Token},
    drive::{PartitionAsk, PartitionRequest},
    http::{App, Request},
    memory,
};
use serde::Deserialize;

/// How often each reader has its turn with a body.
const ROUNDS: usize = 201;
/// The first event time, in milliseconds.
const BEGIN: i64 = 1_700_000_000_000;

fn main() {
    println!("lines   tree of values   struct   owned readings   batch   ns a reading");
    for lines in [1, 100, 1_000] {
        let body = body(lines, BEGIN);
        let mut batch = Batch::default();
        let mut batch = |body: &[u8]| into_batch(body, &mut batch);
        let mut readers: [&mut Reader; 4] = [&mut tree, &mut typed, &mut owned, &mut batch];
        let mut nanos = readers.each_ref().map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (reader, nanos) in readers.iter_mut().zip(&mut nanos) {
                // Many times a turn, or the clock's own steps would count.
                let times = (2_000 / lines).max(1);
                let begun = Instant::now();
                for _ in 0..times {
                    reader(black_box(body.as_bytes()));
                }
                nanos.push(begun.elapsed().as_nanos() as f64 / (times * lines) as f64);
            }
        }
        let [tree, typed, owned, batch] = nanos.map(median);
        println!("{lines:>5}   {tree:>14.0}   {typed:>6.0}   {owned:>14.0}   {batch:>5.0}");
    }
    hop();
    request();
}

type Reader<'a> = dyn FnMut(&[u8]) + 'a;

/// From object to object: encode and decode, a reading, and the bytes of one.
fn hop() {
    let mut batch = Batch::default();
    into_batch(body(100, BEGIN).as_bytes(), &mut batch);
    let readings = Input::Readings { source: None, batch, refused_before: 0 };
    let request = PartitionRequest { now: Timestamp::MIN, ask: PartitionAsk::Step(readings) };
    let bytes = postcard::to_allocvec(&request).expect("it has an encoding");
    let mut nanos = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..20 {
            black_box(postcard::to_allocvec(black_box(&request)).expect("it has an encoding"));
        }
        let encoded = Instant::now();
        for _ in 0..20 {
            let read: PartitionRequest = postcard::from_bytes(&bytes).expect("it was encoded");
            black_box(read);
        }
        nanos[0].push((encoded - begun).as_nanos() as f64 / 2_000.0);
        nanos[1].push(encoded.elapsed().as_nanos() as f64 / 2_000.0);
    }
    let [encode, decode] = nanos.map(median);
    println!(
        "to a partition: {encode:.0} ns to encode, {decode:.0} ns to decode, {} bytes",
        bytes.len() / 100
    );
}

/// Requests of 100 readings, each a second after the one before, a reading.
fn request() {
    let token = Token { secret: "secret".to_owned(), role: Role::Admin };
    for shards in [1, 8] {
        let config = Config { shards, tokens: vec![token.clone()], ..Config::default() };
        let app = App::new(memory::host(config.clone()), &config);
        let send = |method: &str, path: &str, content_type: &str, body: String, now: i64| {
            let headers = [("authorization", "Bearer secret"), ("content-type", content_type)];
            let request = Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: String::new(),
                headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                body: body.into_bytes(),
                now: Timestamp::from_millis(now),
            };
            let response = futures_executor::block_on(app.handle(request));
            assert!(response.status < 300, "{}", String::from_utf8_lossy(&response.body));
        };
        let rule = r#"{"id":"hot","when":"avg(temp, 1m) > 80"}"#;
        send("PUT", "/v1/rules/hot", "application/json", rule.to_owned(), BEGIN);
        let mut nanos = Vec::new();
        for second in 0..400 {
            let now = BEGIN + second * 1_000 + 1_000;
            let body = body(100, now - 1_000);
            let begun = Instant::now();
            send("POST", "/v1/readings", "application/x-ndjson", body, now);
            nanos.push(begun.elapsed().as_nanos() as f64 / 100.0);
        }
        println!("a whole request, {shards} shards: {:.0} ns", median(nanos));
    }
}

/// Lines of a fleet that all report the same five values.
fn body(lines: usize, begin: i64) -> String {
    let mut body = String::new();
    for (line, later) in (0..lines).zip((0..).step_by(7)) {
        let ts = begin + later;
        let (temp, humidity) =
            (20.0 + (line % 900) as f64 / 100.0, 30.0 + (line % 400) as f64 / 10.0);
        let vibration = (line * 37 % 2_000) as f64 / 1_000.0;
        let (motion, door) = (line % 50 == 0, line % 10 == 0);
        writeln!(
            body,
            r#"{{"deviceId":"dev-{:06}","ts":{ts},"temp":{temp:.2},"humidity":{humidity:.1},"vibration":{vibration:.3},"motion":{motion},"door_open":{door}}}"#,
            line % 1_000,
        )
        .expect("a text takes everything");
    }
    body
}

fn tree(body: &[u8]) {
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        black_box(serde_json::from_slice::<serde_json::Value>(line).expect("JSON"));
    }
}

fn typed(body: &[u8]) {
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        black_box(serde_json::from_slice::<Line<'_>>(line).expect("such a line"));
    }
}

fn owned(body: &[u8]) {
    let items = decode(body, Format::Lines).expect("few enough");
    for item in items {
        black_box(item.expect("a reading"));
    }
}

fn into_batch(body: &[u8], batch: &mut Batch) {
    let errors = decode_into(body, Format::Lines, batch).expect("few enough");
    assert!(errors.is_empty());
    black_box(batch);
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "read, and that is all")]
struct Line<'a> {
    #[serde(rename = "deviceId")]
    device_id: &'a str,
    ts: u64,
    temp: f64,
    humidity: f64,
    vibration: f64,
    motion: bool,
    door_open: bool,
}

fn median(mut nanos: Vec<f64>) -> f64 {
    nanos.sort_by(f64::total_cmp);
    nanos[nanos.len() / 2]
}
