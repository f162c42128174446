//! The API against a whole host in memory, and against hosts whose parts fail.

use std::fmt::Write as _;

use expect_test::Expect;
use futures_util::FutureExt;
use rules_core::Timestamp;

use super::{App, Host, Request, Response};
use crate::{
    config::{Config, Receiver, ReceiverKind, Role, Token, VirtualTime},
    memory::{self, MemoryHost},
};

mod access;
mod conditions;
mod devices;
mod failures;
mod readings;
mod rules;

/// 2023-11-14T22:13:20Z.
const START: i64 = 1_700_000_000_000;

const HOT: &str = r#"{"id":"hot","when":"temp > 80","severity":"critical"}"#;

fn config() -> Config {
    let token = |secret: &str, role| Token { secret: secret.to_owned(), role };
    Config {
        shards: 4,
        tokens: vec![
            token("admin-secret", Role::Admin),
            token("read-secret", Role::Read),
            token("ingest-secret", Role::Ingest),
        ],
        receivers: vec![Receiver {
            name: "webhook".to_owned(),
            kind: ReceiverKind::Webhook,
            url: "https://hooks.example/1".to_owned(),
        }],
        virtual_time: VirtualTime::Header,
        ..Config::default()
    }
}

fn app() -> App<MemoryHost> {
    app_with(&config())
}

fn app_with(config: &Config) -> App<MemoryHost> {
    App::new(memory::host(config.clone()), config)
}

/// A request of the administrator at [`START`]; `line` is `METHOD /path?query`.
fn request(line: &str, body: &str) -> Request {
    let (method, target) = line.split_once(' ').expect("METHOD /path");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body: body.as_bytes().to_owned(),
        ..Request::default()
    };
    let request = header(request, "Authorization", "Bearer admin-secret");
    header(request, "Tripline-Now", &START.to_string())
}

/// With this header in place of any other of its name.
fn header(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    request.headers.push((name.to_owned(), value.to_owned()));
    request
}

fn at(request: Request, seconds: i64) -> Request {
    header(request, "tripline-now", &(START + seconds * 1_000).to_string())
}

/// Nothing in these hosts ever waits.
fn send<H: Host>(app: &App<H>, request: Request) -> Response {
    app.handle(request).now_or_never().expect("an answer at once")
}

/// Sends, and compares status, the headers that are not always the same, and the body.
#[allow(clippy::needless_pass_by_value, reason = "reads as a sentence at the call")]
fn check<H: Host>(app: &App<H>, request: Request, expected: Expect) {
    let response = send(app, request);
    expected.assert_eq(&shown(&response));
}

fn shown(response: &Response) -> String {
    let mut shown = response.status.to_string();
    for (name, value) in &response.headers {
        match name.as_str() {
            "content-length" => assert_eq!(value, &response.body.len().to_string()),
            "content-type" if value == "application/json" => {}
            _ => write!(shown, "\n{name}: {value}").expect("a String"),
        }
    }
    write!(shown, "\n{}", String::from_utf8_lossy(&response.body)).expect("a String");
    shown
}

fn reading(device: &str, seconds: i64, temp: f64) -> String {
    format!(
        r#"{{"device":"{device}","ts":{},"values":{{"temp":{temp}}}}}"#,
        START + seconds * 1_000
    )
}
