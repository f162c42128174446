//! What an operator can set; the same names on every host, as variables or secrets.

use rules_core::{Span, aggregator, cost::Quota, partition};
use serde::{Deserialize, Serialize};

/// Most partitions. The aggregator remembers each by name, and a tick visits them all.
pub const SHARDS_MAX: u32 = 256;

/// The service's configuration.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Config {
    /// How many partitions the devices are spread over (`shards`); at least 1. Fixed once devices are stored.
    pub shards: u32,
    /// Tokens and what they may do. Empty: nothing but `/healthz` is served.
    pub tokens: Vec<Token>,
    /// Who is told of alerts.
    pub receivers: Vec<Receiver>,
    /// Time and repeats.
    pub partition: partition::Settings,
    /// How much the rule set may cost for a device that sends a reading a second.
    pub quota: Quota,
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

/// One partition, nobody who may ask, nobody to tell.
impl Default for Config {
    fn default() -> Self {
        Self {
            shards: 1,
            tokens: Vec::new(),
            receivers: Vec::new(),
            partition: partition::Settings::default(),
            quota: Quota::default(),
            virtual_time: VirtualTime::Off,
        }
    }
}

impl Config {
    /// Configuration from named variables, as `lookup` finds them:
    /// `shards`, `admin_token`, `read_token`, `ingest_token`, `slack_url`, `webhook_url`,
    /// `clock_skew`, `allowed_lateness`, `dedup_horizon` (duration literals),
    /// `quota_bytes_per_device`, `quota_steps_per_reading`, `test_clock`.
    /// Empty counts as not set; blanks around a value do not count.
    ///
    /// # Errors
    /// Every variable that holds what it may not: name, what was found, what is allowed.
    /// A secret is never repeated.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let mut reader = Reader { lookup, mistakes: Vec::new() };
        let default = Self::default();
        let config = Self {
            shards: reader.shards().unwrap_or(default.shards),
            tokens: reader.tokens(),
            receivers: reader.receivers(),
            partition: reader.partition(default.partition),
            quota: reader.quota(default.quota),
            virtual_time: reader.virtual_time().unwrap_or_default(),
        };
        if reader.mistakes.is_empty() { Ok(config) } else { Err(reader.mistakes) }
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

/// Reads variables, and collects what is wrong with them.
struct Reader<F> {
    lookup: F,
    mistakes: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn shards(&mut self) -> Option<u32> {
        let parse = |text: &str| text.parse().ok().filter(|n| (1..=SHARDS_MAX).contains(n));
        self.read("shards", &format!("a whole number from 1 to {SHARDS_MAX}"), parse)
    }

    fn tokens(&mut self) -> Vec<Token> {
        let roles = [
            ("admin_token", Role::Admin),
            ("read_token", Role::Read),
            ("ingest_token", Role::Ingest),
        ];
        let mut tokens: Vec<Token> = Vec::new();
        for (name, role) in roles {
            let Some(secret) = self.variable(name) else { continue };
            if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
                self.mistakes.push(format!(
                    "{name} holds a blank or a character outside ASCII, which no header can carry"
                ));
            } else if tokens.iter().any(|other| other.secret == secret) {
                self.mistakes.push(format!("{name} equals another token: each role needs its own"));
            } else {
                tokens.push(Token { secret, role });
            }
        }
        tokens
    }

    fn receivers(&mut self) -> Vec<Receiver> {
        let kinds = [
            ("slack_url", "slack", ReceiverKind::Slack),
            ("webhook_url", "webhook", ReceiverKind::Webhook),
        ];
        let mut receivers = Vec::new();
        for (variable, name, kind) in kinds {
            let Some(url) = self.variable(variable) else { continue };
            if is_web_address(&url) {
                receivers.push(Receiver { name: name.to_owned(), kind, url });
            } else {
                // Not repeated: an address of Slack's is a secret.
                self.mistakes.push(format!(
                    "{variable} holds something else than an address that begins with http:// or https://"
                ));
            }
        }
        receivers
    }

    fn partition(&mut self, default: partition::Settings) -> partition::Settings {
        let lateness = self.span("allowed_lateness");
        let allowed = partition::Settings::ALLOWED_LATENESS_MAX;
        if let Some(found) = lateness.filter(|lateness| *lateness > allowed) {
            self.mistakes
                .push(format!("allowed_lateness is {found}, and may be at most {allowed}"));
        }
        partition::Settings {
            clock_skew: self.span("clock_skew").unwrap_or(default.clock_skew),
            allowed_lateness: lateness.unwrap_or(default.allowed_lateness),
            dedup_horizon: self.span("dedup_horizon").unwrap_or(default.dedup_horizon),
        }
    }

    fn quota(&mut self, default: Quota) -> Quota {
        let mut count = |name: &str| {
            let parse = |text: &str| text.parse().ok().filter(|count| *count > 0);
            self.read(name, "a whole number from 1", parse)
        };
        Quota {
            bytes_per_device: count("quota_bytes_per_device").unwrap_or(default.bytes_per_device),
            steps_per_reading: count("quota_steps_per_reading")
                .unwrap_or(default.steps_per_reading),
        }
    }

    fn virtual_time(&mut self) -> Option<VirtualTime> {
        self.read("test_clock", "\"header\" or nothing", |text| {
            (text == "header").then_some(VirtualTime::Header)
        })
    }

    fn span(&mut self, name: &str) -> Option<Span> {
        self.read(name, "a duration such as 90s or 1m30s", Span::parse)
    }

    fn read<T>(
        &mut self,
        name: &str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let found = self.variable(name)?;
        let value = parse(&found);
        if value.is_none() {
            self.mistakes.push(format!("{name} is {found:?}, and may be {allowed}"));
        }
        value
    }

    fn variable(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}

/// Whether `text` is an address that a request can be sent to: scheme and host
/// at least.
fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let clean = text.bytes().all(|byte| byte.is_ascii_graphic());
    clean && rest.is_some_and(|rest| !rest.starts_with(['/', ':', '?', '#']) && !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        Config::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_variables_the_defaults_hold() {
        assert_eq!(read(&[]), Ok(Config::default()));
        assert_eq!(read(&[("shards", " "), ("admin_token", "")]), Ok(Config::default()));
    }

    #[test]
    fn every_variable_is_read() {
        let config = read(&[
            ("shards", "4"),
            ("admin_token", "a"),
            ("ingest_token", "i"),
            ("slack_url", "https://hooks.slack.com/services/T/B/x"),
            ("webhook_url", "http://127.0.0.1:9000/hook"),
            ("clock_skew", "5m"),
            ("allowed_lateness", "10s"),
            ("dedup_horizon", "0s"),
            ("quota_bytes_per_device", "5000000"),
            ("quota_steps_per_reading", "9"),
            ("test_clock", "header"),
        ])
        .expect("all of it is allowed");

        assert_eq!(config.shards, 4);
        let roles: Vec<_> =
            config.tokens.iter().map(|token| (&*token.secret, token.role)).collect();
        assert_eq!(roles, [("a", Role::Admin), ("i", Role::Ingest)]);
        assert_eq!(config.aggregator().receivers, ["slack", "webhook"]);
        assert_eq!(config.partition.clock_skew, Span::from_secs(300));
        assert_eq!(config.partition.allowed_lateness, Span::from_secs(10));
        assert_eq!(config.partition.dedup_horizon, Span::ZERO);
        let quota = Quota { bytes_per_device: 5_000_000, steps_per_reading: 9 };
        assert_eq!(config.quota, quota);
        assert_eq!(config.virtual_time, VirtualTime::Header);
    }

    #[test]
    fn every_mistake_is_told_at_once_and_no_secret_with_it() {
        let mistakes = read(&[
            ("shards", "0"),
            ("admin_token", "same"),
            ("read_token", "same"),
            ("ingest_token", "two words"),
            ("slack_url", "hooks.slack.com/secret"),
            ("webhook_url", "http://"),
            ("clock_skew", "60"),
            ("quota_bytes_per_device", "2 MB"),
            ("quota_steps_per_reading", "0"),
            ("allowed_lateness", "25h"),
            ("test_clock", "yes"),
        ])
        .expect_err("none of it is allowed");

        expect_test::expect![[r#"
            shards is "0", and may be a whole number from 1 to 256
            read_token equals another token: each role needs its own
            ingest_token holds a blank or a character outside ASCII, which no header can carry
            slack_url holds something else than an address that begins with http:// or https://
            webhook_url holds something else than an address that begins with http:// or https://
            allowed_lateness is 1d1h, and may be at most 1d
            clock_skew is "60", and may be a duration such as 90s or 1m30s
            quota_bytes_per_device is "2 MB", and may be a whole number from 1
            quota_steps_per_reading is "0", and may be a whole number from 1
            test_clock is "yes", and may be "header" or nothing
        "#]]
        .assert_eq(&(mistakes.join("\n") + "\n"));
    }
}
