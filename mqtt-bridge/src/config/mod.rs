//! What an operator can set: a TOML file, and the environment for secrets.

use std::time::Duration;

use crate::{batcher, mapping::Mapping};

mod file;
mod place;
mod topic;

pub use place::{Broker, BrokerAddress, Service, Tls};

/// Everything the bridge has to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where messages come from.
    pub broker: Broker,
    /// Where readings go.
    pub service: Service,
    /// How readings are gathered.
    pub batch: batcher::Settings,
    /// How many readings may wait for the service. A broker that hands out
    /// messages without end while the service is away fills the bridge up to here.
    pub held_max: usize,
    /// Which messages, and what they mean.
    pub topics: Vec<Mapping>,
    /// How long the last batches may take after the bridge was told to stop.
    pub stop_timeout: Duration,
}

/// Every mistake of a configuration: where, what was found, what is allowed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Mistakes(pub Vec<String>);

impl Config {
    /// Reads the text of a configuration file. `environment` gives the value
    /// of a variable; see [`VARIABLES`]. What it says goes before the file.
    /// `seed` is where the jitter of pauses begins.
    pub fn read(
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
        seed: u64,
    ) -> Result<Self, Mistakes> {
        let file = file::parse(text)?;
        let mut mistakes = Vec::new();
        let config = file.check(&environment, seed, &mut mistakes);
        match config {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(Mistakes(mistakes)),
        }
    }
}

/// The variables that are looked at, and which setting each stands for.
pub const VARIABLES: [(&str, &str); 5] = [
    ("TRIPLINE_BROKER", "broker.url"),
    ("TRIPLINE_BROKER_USER", "broker.user"),
    ("TRIPLINE_BROKER_PASSWORD", "(not in the file)"),
    ("TRIPLINE_SERVICE", "service.url"),
    ("TRIPLINE_TOKEN", "(not in the file)"),
];

#[cfg(test)]
mod tests;
