//! What an operator can set; the same names on every host, as variables or secrets.

use rules_core::{aggregator, partition};
use serde::{Deserialize, Serialize};

/// The service's configuration.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Config {
    /// How many partitions the devices are spread over (`shards`); at least 1. Fixed once devices are stored.
    pub shards: u32,
    /// Tokens and what they may do. Empty: nothing but `/healthz` is served.
    pub tokens: Vec<Token>,
    /// Who is told of alerts.
    pub receivers: Vec<Receiver>,
    /// Time and repeats.
    pub partition: partition::Settings,
    /// `test_clock = "header"`: `now` comes from the header `tripline-now` (milliseconds), timers only from
    /// `POST /v1/tick`, and notifications are sent before the request that caused them is answered. For tests only.
    pub virtual_time: VirtualTime,
}

/// Where the service takes `now` from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum VirtualTime {
    /// The host's clock; the header is ignored.
    #[default]
    Off,
    /// The header `tripline-now`.
    Header,
}

/// A bearer token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Token {
    /// The secret.
    pub secret: String,
    /// What it may do; `Admin` may do everything.
    pub role: Role,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Send readings and ticks.
    Ingest,
    /// Read rules, alerts, devices and metrics.
    Read,
    /// Everything.
    Admin,
}

/// Somebody to tell.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Receiver {
    /// Name in metrics and state.
    pub name: String,
    /// How it wants to be told.
    pub kind: ReceiverKind,
    /// Where.
    pub url: String,
}

/// How a receiver wants to be told.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiverKind {
    /// A Slack incoming webhook.
    Slack,
    /// Our own JSON, to any address.
    Webhook,
}

impl Config {
    /// Configuration from named variables, as `lookup` finds them:
    /// `shards`, `admin_token`, `read_token`, `ingest_token`, `slack_url`, `webhook_url`,
    /// `clock_skew`, `allowed_lateness`, `dedup_horizon` (duration literals), `test_clock`.
    /// Empty counts as not set.
    ///
    /// # Errors
    /// Every variable that holds what it may not: name, what was found, what is allowed.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let _ = lookup("shards");
        todo!()
    }

    /// The aggregator's settings.
    #[must_use]
    pub fn aggregator(&self) -> aggregator::Settings {
        aggregator::Settings {
            receivers: self.receivers.iter().map(|receiver| receiver.name.clone()).collect(),
            ..aggregator::Settings::default()
        }
    }
}
