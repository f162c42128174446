use super::{
    AGGREGATOR_SCOPE, AggregatorDriver, AggregatorReply, AggregatorRequest, EngineCache,
    PartitionDriver, PartitionReply, PartitionRequest, shard_scope,
};
use crate::{
    config::Config,
    ports::{
        AggregatorPort, Notifier, Partitions, RuleStore, Store, Unavailable, Version, WakeUps,
    },
};

/// All partitions and the aggregator in one process, on ports that the host
/// provides: what Spin, the command line and tests bind.
///
/// It is itself the ports [`Partitions`], [`AggregatorPort`] and [`RuleStore`]
/// that the HTTP application asks for.
#[derive(Debug)]
pub struct LocalHost<S, R, N, W> {
    /// What an operator set.
    pub config: Config,
    /// Where state lives.
    pub store: S,
    /// Where the rule set lives.
    pub rules: R,
    /// Who sends to receivers.
    pub notifier: N,
    /// Who calls back; without timers of its own, [`crate::ports::NoWakeUps`].
    pub wakeups: W,
    /// Compiled rule sets. Keep it over requests where the process lives on.
    pub engines: std::rc::Rc<EngineCache>,
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> LocalHost<S, R, N, W> {
    /// A host with an empty [`EngineCache`].
    pub fn new(config: Config, store: S, rules: R, notifier: N, wakeups: W) -> Self {
        let engines = std::rc::Rc::new(EngineCache::new(config.partition));
        Self { config, store, rules, notifier, wakeups, engines }
    }

    /// Runs what is due in `scope` at `now`; what a wake-up of the scope has to call.
    ///
    /// # Errors
    /// The scope could not, for now.
    pub async fn wake(&self, scope: &str, now: rules_core::Timestamp) -> Result<(), Unavailable> {
        let _ = (scope == AGGREGATOR_SCOPE, now);
        todo!()
    }
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> Partitions for LocalHost<S, R, N, W> {
    async fn call(
        &self,
        shard: u32,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable> {
        let driver = PartitionDriver {
            scope: &shard_scope(shard),
            store: &self.store,
            rules: &self.rules,
            engines: &self.engines,
            aggregator: self,
            wakeups: &self.wakeups,
        };
        Ok(driver.handle(request).await)
    }
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> AggregatorPort for LocalHost<S, R, N, W> {
    async fn call(&self, request: AggregatorRequest) -> Result<AggregatorReply, Unavailable> {
        let driver = AggregatorDriver {
            store: &self.store,
            notifier: &self.notifier,
            wakeups: &self.wakeups,
            config: &self.config,
        };
        Ok(driver.handle(request).await)
    }
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> RuleStore for LocalHost<S, R, N, W> {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        self.rules.load().await
    }

    async fn store(
        &self,
        expected: Version,
        text: &str,
    ) -> Result<crate::ports::Commit, Unavailable> {
        self.rules.store(expected, text).await
    }
}
