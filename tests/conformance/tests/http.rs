//! What every host's HTTP API keeps, whatever it runs on; the rest is in the scenarios.
//!
//! Hosts are chosen by `TRIPLINE_HOSTS`, as for those.

use std::thread;

use conformance::hosts::Named;
use rules_core::Timestamp;
use rules_service::http::Request;
use scenario::{
    host::Failure,
    hosts::{ADMIN_TOKEN, Answer, Call, Delivery, Exchange, variables},
};
use serde_json::{Value, json};

type Check = fn(&mut Bench) -> Result<(), Failure>;

/// Each of these begins on a host where nothing is stored.
const CHECKS: [(&str, Check); 12] = [
    ("without a token nothing but health is served", not_configured),
    ("a host on its own clock ignores the test header", own_clock),
    ("tokens say what may be done", tokens),
    ("what is not there is a problem body", not_found),
    ("a body over the limit is refused", too_large),
    ("a rule with three mistakes names all three", three_mistakes),
    ("rules are guarded by their entity tags", entity_tags),
    ("requests at the same time all count", at_the_same_time),
    ("a device is known by what it said and what was said of it", devices),
    ("every receiver is told in its own form", receivers),
    ("counts add up in the metrics", metrics),
    ("a batch of too many items is refused", too_many_items),
];

#[test]
fn every_host_keeps_the_http_contract() {
    let failures: Vec<String> = thread::scope(|scope| {
        let start = |host: Named| scope.spawn(move || check(host));
        let threads: Vec<_> = Named::chosen().into_iter().map(start).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a check panicked")).collect()
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn check(host: Named) -> Vec<String> {
    let name = host.as_str();
    let exchange = match host.exchange() {
        Ok(Some(exchange)) => exchange,
        Ok(None) => return Vec::new(),
        Err(failure) => return vec![format!("{name}: {failure}")],
    };
    let mut bench = Bench { exchange };
    let run = |(what, check): &(&str, Check)| {
        let result = check(&mut bench);
        result.err().map(|failure| format!("{name}: {what}: {failure}"))
    };
    CHECKS.iter().filter_map(run).collect()
}

/// A host and what every check does with it.
struct Bench {
    exchange: Box<dyn Exchange>,
}

impl Bench {
    /// Starts it anew with the usual variables and `others`.
    fn renew(&mut self, others: &[(&str, &str)]) -> Result<(), Failure> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.exchange.renew(&variables(&others.iter().map(own).collect::<Vec<_>>()))
    }

    /// Sends as administrator, at the time of [`now`].
    fn send(&mut self, call: Call) -> Result<Answer, Failure> {
        self.exchange.send(&at(call.token(ADMIN_TOKEN), now()))
    }

    /// Stores a rule that fires above 80.
    fn store_rule(&mut self) -> Result<Answer, Failure> {
        self.send(Call::new("PUT", "/v1/rules/hot").json(RULE))
    }
}

const RULE: &str = r#"{"id": "hot", "when": "temp > 80"}"#;

/// A time that no clock of a machine shows.
fn now() -> Timestamp {
    Timestamp::from_millis(1_577_836_800_000)
}

fn at(call: Call, now: Timestamp) -> Call {
    call.header("tripline-now", &now.as_millis().to_string())
}

fn reading(device: &str, ts: Timestamp, temp: f64) -> Value {
    json!({ "device": device, "ts": ts.as_millis(), "values": { "temp": temp } })
}

fn post(readings: &Value) -> Call {
    Call::new("POST", "/v1/readings").json(&readings.to_string())
}

/// Holds an answer against the status and the code of its problem body.
fn refused(answer: &Answer, status: u16, code: &str) -> Result<(), Failure> {
    let body: Value = answer.json()?;
    let kept = answer.status == status
        && body["code"] == code
        && body["status"] == status
        && answer.header("content-type") == Some("application/problem+json");
    if kept { Ok(()) } else { wrong(&format!("{status} {code}"), answer) }
}

fn is(answer: &Answer, status: u16) -> Result<(), Failure> {
    if answer.status == status { Ok(()) } else { wrong(&status.to_string(), answer) }
}

#[allow(clippy::needless_pass_by_value, reason = "what is compared is mostly made on the spot")]
fn equal<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Result<(), Failure> {
    if found == wanted { Ok(()) } else { Err(Failure(format!("{found:?} is not {wanted:?}"))) }
}

fn wrong(wanted: &str, answer: &Answer) -> Result<(), Failure> {
    let Answer { status, headers, body } = answer;
    Err(Failure(format!("wanted {wanted}, got {status} {headers:?} {body}")))
}

fn not_configured(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[("admin_token", "")])?;

    is(&bench.send(Call::new("GET", "/healthz"))?, 200)?;
    for target in ["/v1/rules", "/metrics", "/nowhere"] {
        refused(&bench.send(Call::new("GET", target))?, 503, "not_configured")?;
    }
    Ok(())
}

fn own_clock(bench: &mut Bench) -> Result<(), Failure> {
    let ahead = now().plus(rules_core::Span::from_secs(600));
    bench.renew(&[])?;
    let answer: Value = bench.send(post(&reading("probe", ahead, 1.0)))?.json()?;
    equal(answer["errors"][0]["code"].clone(), json!("clock_ahead"))?;

    bench.renew(&[("test_clock", "")])?;
    let answer: Value = bench.send(post(&reading("probe", ahead, 1.0)))?.json()?;
    equal(answer["accepted"].clone(), json!(1))
}

fn tokens(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[("ingest_token", "in"), ("read_token", "out")])?;
    let mut send = |call: Call| bench.exchange.send(&at(call, now()));
    let reading = post(&reading("probe", now(), 1.0));
    let rules = Call::new("GET", "/v1/rules");

    let nobody = send(rules.clone())?;
    refused(&nobody, 401, "unauthorized")?;
    if nobody.header("www-authenticate").is_none() {
        wrong("www-authenticate", &nobody)?;
    }
    refused(&send(rules.clone().token("other"))?, 401, "unauthorized")?;
    is(&send(rules.clone().token("out"))?, 200)?;
    refused(&send(rules.token("in"))?, 403, "forbidden")?;
    is(&send(reading.clone().token("in"))?, 200)?;
    refused(&send(reading.token("out"))?, 403, "forbidden")?;
    refused(&send(Call::new("GET", "/v1/state").token("out"))?, 403, "forbidden")
}

fn not_found(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;

    refused(&bench.send(Call::new("GET", "/v1/nothing"))?, 404, "not_found")?;
    refused(&bench.send(Call::new("GET", "/v1/rules/none"))?, 404, "no_such_rule")?;
    refused(&bench.send(Call::new("DELETE", "/v1/rules/none"))?, 404, "no_such_rule")?;
    let answer = bench.send(Call::new("GET", "/v1/readings"))?;
    refused(&answer, 405, "method_not_allowed")?;
    equal(answer.header("allow"), Some("POST"))?;
    let head = bench.send(Call::new("HEAD", "/healthz"))?;
    equal((head.status, head.body.as_str()), (200, ""))
}

fn too_large(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;
    let most = Request::BODY_BYTES_MAX;
    let body = |length: usize| {
        let reading = reading("probe", now(), 1.0).to_string();
        format!("{reading}{}", " ".repeat(length - reading.len()))
    };

    is(&bench.send(Call::new("POST", "/v1/readings").json(&body(most)))?, 200)?;
    let answer = bench.send(Call::new("POST", "/v1/readings").json(&body(most + 1)))?;
    refused(&answer, 413, "body_too_large")
}

fn too_many_items(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;
    let lines = "7\n".repeat(rules_service::wire::readings::ITEMS_MAX + 1);

    let call = Call::new("POST", "/v1/readings").body("application/x-ndjson", &lines);
    refused(&bench.send(call)?, 413, "too_many_items")
}

fn three_mistakes(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;
    let document =
        "{\"id\": \"hot\",\n \"when\": \"temp >\",\n \"for\": \"soon\",\n \"colour\": 1}";

    for (method, target) in [("PUT", "/v1/rules/hot"), ("POST", "/v1/rules/validate")] {
        let answer = bench.send(Call::new(method, target).json(document))?;
        refused(&answer, 400, "invalid_rule")?;
        let body: Value = answer.json()?;
        let mistakes = body["mistakes"].as_array().cloned().unwrap_or_default();
        let places: Vec<_> = mistakes.iter().map(|it| (&it["line"], &it["column"])).collect();
        equal(
            places,
            vec![(&json!(2), &json!(17)), (&json!(3), &json!(9)), (&json!(4), &json!(2))],
        )?;
    }
    refused(&bench.send(Call::new("GET", "/v1/rules/hot"))?, 404, "no_such_rule")
}

fn entity_tags(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;
    let put = || Call::new("PUT", "/v1/rules/hot").json(RULE);

    let stored = bench.store_rule()?;
    is(&stored, 201)?;
    let tag = stored.header("etag").unwrap_or_default().to_owned();
    let got = bench.send(Call::new("GET", "/v1/rules/hot"))?;
    equal((got.body.as_str(), got.header("etag")), (RULE, Some(tag.as_str())))?;
    let known = bench.send(Call::new("GET", "/v1/rules/hot").header("if-none-match", &tag))?;
    equal((known.status, known.body.as_str()), (304, ""))?;
    let again = bench.send(put().header("if-none-match", "*"))?;
    refused(&again, 412, "precondition_failed")?;
    is(&bench.send(put().header("if-match", &tag))?, 200)?;
    refused(&bench.send(put().header("if-match", &tag))?, 412, "precondition_failed")
}

/// Of commits that name the same version at most one is stored, and none of
/// the others is lost.
fn at_the_same_time(bench: &mut Bench) -> Result<(), Failure> {
    const SENDERS: usize = 16;
    bench.renew(&[("shards", "1")])?;
    let rule = format!(r#"{{"id": "hot", "when": "count(temp, 1h) >= {SENDERS}"}}"#);
    is(&bench.send(Call::new("PUT", "/v1/rules/hot").json(&rule))?, 201)?;
    let call = |sender: usize| {
        let mut reading = reading("probe", now(), 1.0);
        reading["id"] = json!(format!("sender-{sender}"));
        at(post(&reading).token(ADMIN_TOKEN), now())
    };

    let calls: Vec<Call> = (0..SENDERS).map(call).collect();
    for answer in bench.exchange.send_together(&calls)? {
        is(&answer, 200)?;
        equal(answer.json::<Value>()?["accepted"].clone(), json!(1))?;
    }

    let state: Value = bench.send(Call::new("GET", "/v1/state"))?.json()?;
    equal(state[0]["partition"]["accepted"].clone(), json!(SENDERS))?;
    equal(bench.exchange.take_deliveries().len(), 1)
}

fn devices(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;
    let path = "/v1/devices/probe%20%2F%201";
    refused(&bench.send(Call::new("GET", path))?, 404, "no_such_device")?;
    let tags = json!({ "tags": { "site": "plant-1" } });
    is(&bench.send(Call::new("PUT", path).json(&tags.to_string()))?, 200)?;
    is(&bench.send(post(&reading("probe / 1", now(), 21.5)))?, 200)?;
    refused(&bench.send(Call::new("PUT", path).json("[]"))?, 400, "invalid_device")?;

    let device: Value = bench.send(Call::new("GET", path))?.json()?;
    let last = "2020-01-01T00:00:00.000Z";
    equal(
        device,
        json!({
            "device": "probe / 1", "tags": { "site": "plant-1" }, "last": last,
            "values": { "temp": { "value": 21.5, "at": last } }, "samples": 0, "alerts": [],
        }),
    )
}

fn receivers(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[("slack_url", "receiver:/slack")])?;
    bench.store_rule()?;

    is(&bench.send(post(&reading("probe", now(), 81.0)))?, 200)?;

    let mut deliveries = bench.exchange.take_deliveries();
    deliveries.sort_by(|a, b| a.path.cmp(&b.path));
    let paths: Vec<&str> = deliveries.iter().map(|delivery| delivery.path.as_str()).collect();
    equal(paths, vec!["/slack", "/webhook"])?;
    let body = |delivery: &Delivery| serde_json::from_str(&delivery.body).unwrap_or(Value::Null);
    let (slack, webhook) = (body(&deliveries[0]), body(&deliveries[1]));
    equal(slack["text"].as_str().is_some_and(|text| text.contains("probe")), true)?;
    equal(webhook["kind"].clone(), json!("firing"))?;
    equal(&deliveries[0].idempotency_key, &deliveries[1].idempotency_key)
}

fn metrics(bench: &mut Bench) -> Result<(), Failure> {
    bench.renew(&[])?;
    bench.store_rule()?;
    let readings =
        json!([reading("a", now(), 81.0), reading("b", now(), 82.0), reading("b", now(), 82.0), 7]);
    is(&bench.send(post(&readings))?, 200)?;

    let answer = bench.send(Call::new("GET", "/metrics"))?;
    is(&answer, 200)?;
    let sum = |name: &str, of: &str| -> f64 {
        let lines = answer.body.lines().filter(|line| line.starts_with(name) && line.contains(of));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    let readings = ["accepted", "duplicate", "late", "refused"];
    let readings = readings.map(|fate| sum("tripline_readings_total{", &format!("\"{fate}\"")));
    equal(readings, [2.0, 1.0, 0.0, 1.0]).map_err(|why| Failure::of(why, &answer.body))
}
