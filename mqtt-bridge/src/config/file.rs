//! The file as it is written, and what it comes to.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{Broker, BrokerAddress, Config, Mistakes, Service, topic};
use crate::batcher::Settings;

/// Most bytes of a batch: half of what the service takes (1 MiB), so that a
/// reading in front of the limit has room behind it.
const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Most readings of a batch; the service's own limit.
const BATCH_READINGS_MAX: usize = rules_service::wire::readings::ITEMS_MAX;
/// Most readings that may be allowed to wait; their bytes are bounded besides.
const WAITING_MAX: usize = 2_000_000;
/// Most batches under way at once.
const CONNECTIONS_MAX: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    broker: BrokerTable,
    service: ServiceTable,
    #[serde(default)]
    batch: BatchTable,
    topics: Vec<topic::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BrokerTable {
    url: Option<String>,
    #[serde(default = "client_id")]
    client_id: String,
    user: Option<String>,
    keep_alive: Option<String>,
    ca_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceTable {
    url: Option<String>,
    connections: Option<usize>,
    timeout: Option<String>,
    tick_every: Option<String>,
    ca_file: Option<PathBuf>,
    stop_timeout: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "the names are those of the file")]
struct BatchTable {
    max_readings: Option<usize>,
    max_age: Option<String>,
    max_gap: Option<String>,
    max_waiting: Option<usize>,
}

fn client_id() -> String {
    "tripline-bridge".to_owned()
}

pub(super) fn parse(text: &str) -> Result<File, Mistakes> {
    toml::from_str(text).map_err(|why| Mistakes(vec![why.to_string().trim_end().to_owned()]))
}

impl File {
    /// The configuration; `None` only if `mistakes` were found.
    pub(super) fn check(
        self,
        environment: &impl Fn(&str) -> Option<String>,
        seed: u64,
        mistakes: &mut Vec<String>,
    ) -> Option<Config> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let mut check = Check { mistakes };
        let stop_timeout =
            check.duration("service.stop_timeout", self.service.stop_timeout.as_deref(), 10_000);
        let batch = check.batch(&self.batch, self.service.connections, seed);
        let held_max =
            check.count("batch.max_waiting", self.batch.max_waiting, 100_000, WAITING_MAX);
        let broker = check.broker(self.broker, variable);
        let service = check.service(self.service, variable);
        if self.topics.is_empty() {
            check.mistakes.push("there are no [[topics]]: at least one is needed".to_owned());
        }
        let topics = self
            .topics
            .iter()
            .enumerate()
            .filter_map(|(index, table)| table.check(index + 1, check.mistakes))
            .collect();
        Some(Config { broker: broker?, service: service?, batch, held_max, topics, stop_timeout })
    }
}

struct Check<'m> {
    mistakes: &'m mut Vec<String>,
}

impl Check<'_> {
    fn broker(
        &mut self,
        table: BrokerTable,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Broker> {
        let keep_alive = self.duration("broker.keep_alive", table.keep_alive.as_deref(), 30_000);
        let seconds = keep_alive.as_secs();
        if !(1..=u64::from(u16::MAX)).contains(&seconds) || keep_alive.subsec_nanos() > 0 {
            self.mistakes.push(format!(
                "broker.keep_alive is {keep_alive:?}: allowed are whole seconds from 1s to 65535s"
            ));
        }
        if table.client_id.is_empty() {
            self.mistakes.push(
                "broker.client_id is empty: it names the session that keeps messages for the \
                 bridge while it is away"
                    .to_owned(),
            );
        }
        let password = variable("TRIPLINE_BROKER_PASSWORD");
        let credentials = match (variable("TRIPLINE_BROKER_USER").or(table.user), password) {
            (Some(user), password) => Some((user, password.unwrap_or_default())),
            (None, None) => None,
            (None, Some(_)) => {
                self.mistakes.push(
                    "TRIPLINE_BROKER_PASSWORD is set, but neither broker.user nor \
                     TRIPLINE_BROKER_USER"
                        .to_owned(),
                );
                None
            }
        };
        let url = self.needed("broker.url", variable("TRIPLINE_BROKER").or(table.url))?;
        let address = BrokerAddress::parse(&url, table.ca_file);
        let address = address.map_err(|why| self.mistakes.push(why)).ok()?;
        Some(Broker { address, client_id: table.client_id, credentials, keep_alive })
    }

    fn service(
        &mut self,
        table: ServiceTable,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Service> {
        let timeout = self.duration("service.timeout", table.timeout.as_deref(), 30_000);
        let tick_every = table
            .tick_every
            .as_deref()
            .map(|text| self.duration("service.tick_every", Some(text), 5_000));
        let url = self.needed("service.url", variable("TRIPLINE_SERVICE").or(table.url))?;
        let is_http = url.starts_with("http://") || url.starts_with("https://");
        if !is_http || url.contains(['?', '#', ' ']) {
            self.mistakes.push(format!(
                "service.url is {url:?}: allowed is the address in front of /v1, \
                 http://HOST:PORT or https://HOST"
            ));
            return None;
        }
        let token = variable("TRIPLINE_TOKEN");
        let url = url.trim_end_matches('/').to_owned();
        Some(Service { url, token, timeout, tick_every, ca_file: table.ca_file })
    }

    fn batch(&mut self, table: &BatchTable, connections: Option<usize>, seed: u64) -> Settings {
        let age_max = self.duration("batch.max_age", table.max_age.as_deref(), 500);
        Settings {
            lanes: self.count("service.connections", connections, 4, CONNECTIONS_MAX),
            readings_max: self.count(
                "batch.max_readings",
                table.max_readings,
                500,
                BATCH_READINGS_MAX,
            ),
            bytes_max: BATCH_BYTES_MAX,
            age_max,
            gap_max: self.duration("batch.max_gap", table.max_gap.as_deref(), 50),
            seed,
        }
    }

    fn needed(&mut self, name: &str, value: Option<String>) -> Option<String> {
        if value.is_none() {
            self.mistakes.push(format!("{name} is missing"));
        }
        value
    }

    fn count(&mut self, name: &str, value: Option<usize>, usual: usize, most: usize) -> usize {
        let value = value.unwrap_or(usual);
        if !(1..=most).contains(&value) {
            self.mistakes.push(format!("{name} is {value}: allowed is 1 to {most}"));
        }
        value
    }

    fn duration(&mut self, name: &str, text: Option<&str>, usual_ms: u64) -> Duration {
        let Some(text) = text else { return Duration::from_millis(usual_ms) };
        duration(text).unwrap_or_else(|| {
            self.mistakes.push(format!(
                "{name} is {text:?}: allowed is a number above 0 with a unit, \
                 as 250ms, 5s, 2m or 1h"
            ));
            Duration::from_millis(usual_ms)
        })
    }
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|char: char| !char.is_ascii_digit())?);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(unit_ms)?;
    (millis > 0).then(|| Duration::from_millis(millis))
}
