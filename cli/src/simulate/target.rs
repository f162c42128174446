//! Where messages go.

use std::{
    io::{self, BufWriter, Stdout, Write},
    str::FromStr,
};

use rules_core::Value;
use rules_service::wire::readings;
use serde_json::json;

use super::fleet::{Message, Quality};
use crate::Fault;

mod broker;
mod service;

use broker::Broker;
use service::Service;

/// Where to, as it is said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Address {
    /// `mqtt://host:port`.
    Broker { host: String, port: u16 },
    /// `http://…` or `https://…`, without a slash at the end.
    Service { url: String },
    /// `-`.
    Output,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "mqtt://HOST:PORT, http://HOST:PORT, https://HOST or - is wanted".to_owned();
        if text == "-" {
            return Ok(Self::Output);
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        match scheme {
            "mqtt" => {
                let rest = rest.trim_end_matches('/');
                let (host, port) = match rest.rsplit_once(':') {
                    Some((host, port)) => (host, u16::from_str(port).map_err(|_| wrong())?),
                    None => (rest, 1883),
                };
                if host.is_empty() || host.contains(['/', '@']) {
                    return Err(wrong());
                }
                Ok(Self::Broker { host: host.to_owned(), port })
            }
            "http" | "https" if !rest.is_empty() => {
                Ok(Self::Service { url: text.trim_end_matches('/').to_owned() })
            }
            _ => Err(wrong()),
        }
    }
}

/// An open target, and what went there.
pub(super) struct Target {
    way: Way,
    counts: Counts,
}

enum Way {
    Broker(Broker),
    Service(Service),
    Output(BufWriter<Stdout>),
}

/// What was sent, by quality.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts {
    sent: u64,
    late: u64,
    repeated: u64,
    ahead: u64,
    broken: u64,
}

impl Counts {
    fn add(&mut self, quality: Quality) {
        self.sent += 1;
        match quality {
            Quality::Good => {}
            Quality::Late => self.late += 1,
            Quality::Repeated => self.repeated += 1,
            Quality::Ahead => self.ahead += 1,
            Quality::Broken => self.broken += 1,
        }
    }

    pub(super) fn to_json(self) -> String {
        json!({
            "sent": self.sent, "late": self.late, "duplicate": self.repeated,
            "clock_ahead": self.ahead, "bad_json": self.broken,
        })
        .to_string()
    }
}

impl Target {
    pub(super) fn open(
        address: &Address,
        token: Option<String>,
        topic: String,
        seed: u64,
    ) -> Result<Self, Fault> {
        let way = match address {
            Address::Broker { host, port } => Way::Broker(Broker::open(host, *port, topic, seed)?),
            Address::Service { url } => Way::Service(Service::open(url, token)),
            Address::Output => Way::Output(BufWriter::new(io::stdout())),
        };
        Ok(Self { way, counts: Counts::default() })
    }

    pub(super) fn send(&mut self, message: &Message) -> Result<(), Fault> {
        match &mut self.way {
            Way::Broker(broker) => broker.send(&message.reading.device, payload(message))?,
            Way::Service(service) => service.send(&line(message))?,
            Way::Output(output) => {
                output.write_all(line(message).as_bytes()).map_err(|why| unwritten(&why))?;
            }
        }
        self.counts.add(message.quality);
        Ok(())
    }

    /// Nothing more comes for a while.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        match &mut self.way {
            Way::Broker(_) => Ok(()),
            Way::Service(service) => service.flush(),
            Way::Output(output) => output.flush().map_err(|why| unwritten(&why)),
        }
    }

    /// Nothing more comes: waits until everything has arrived.
    pub(super) fn close(&mut self) -> Result<(), Fault> {
        self.flush()?;
        match &mut self.way {
            Way::Broker(broker) => broker.close(),
            Way::Service(_) | Way::Output(_) => Ok(()),
        }
    }

    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }
}

fn unwritten(why: &io::Error) -> Fault {
    Fault::Output(why.kind())
}

/// A canonical line; half of one if it is broken.
fn line(message: &Message) -> String {
    let line = readings::encode([&message.reading]);
    if message.quality == Quality::Broken { half(line.trim_end()) + "\n" } else { line }
}

/// What a device would publish: its values and the time.
fn payload(message: &Message) -> String {
    let mut fields = serde_json::Map::new();
    for (name, value) in &message.reading.values {
        let value = match value {
            Value::Null => json!(null),
            Value::Bool(truth) => json!(truth),
            Value::Number(number) => json!(number),
            Value::Text(text) => json!(text),
        };
        fields.insert(name.clone(), value);
    }
    fields.insert("ts".to_owned(), json!(message.reading.ts.as_millis()));
    let payload = serde_json::Value::Object(fields).to_string();
    if message.quality == Quality::Broken { half(&payload) } else { payload }
}

fn half(text: &str) -> String {
    text.chars().take(text.len() / 2).collect()
}
