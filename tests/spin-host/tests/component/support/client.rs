use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use super::PATIENCE;

/// Talks to one application: a connection a request, with the token `admin`.
#[derive(Clone)]
pub(crate) struct Client {
    authority: String,
    now: Option<i64>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Asserts that the status is a good one.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{self:?}");
        self
    }
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        Self { authority: url.trim_start_matches("http://").to_owned(), now: None }
    }

    /// The same application with the header `tripline-now`.
    pub(crate) fn at(&self, now: i64) -> Self {
        Self { now: Some(now), ..self.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, body)
    }

    pub(crate) fn put(&self, path: &str, body: &str) -> Answer {
        self.request("PUT", path, body)
    }

    /// Stores a rule on all devices that fires when `temperature` is over 80.
    pub(crate) fn put_rule(&self, id: &str, hold: &str) {
        let rule = format!(
            r#"{{"id":"{id}","devices":{{"id":"*"}},"when":"temperature > 80","for":"{hold}"}}"#
        );
        self.put(&format!("/v1/rules/{id}"), &rule).ok();
    }

    /// Sends one reading; answers the counts and transitions.
    pub(crate) fn reading(&self, device: &str, ts: i64, temperature: f64) -> Value {
        let reading = format!(
            r#"{{"device":"{device}","ts":{ts},"values":{{"temperature":{temperature}}}}}"#
        );
        self.post("/v1/readings?detail=transitions", &reading).ok().json()
    }

    pub(crate) fn put_if_match(&self, path: &str, tag: &str, body: &str) -> Answer {
        self.send("PUT", path, &format!("if-match: {tag}\r\n"), body)
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, "", body)
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.authority).expect("the application listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit can be set");
        let now = self.now.map(|now| format!("tripline-now: {now}\r\n")).unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer admin\r\n{now}{headers}\
             connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        )
        .expect("the application reads the request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the application answers in time");
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        let (status, headers) = head.split_once("\r\n").expect("status line and headers");
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answer {
            status: status.expect("a status"),
            headers: headers.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }
}
