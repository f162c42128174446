use std::rc::Rc;

use futures_util::lock::Mutex;
use rules_core::{Timestamp, fleet, partition};

use super::{
    AggregatorAsk, AggregatorDriver, AggregatorReply, AggregatorRequest, Engines, FleetAsk,
    FleetDriver, FleetReply, FleetRequest, PartitionAsk, PartitionDriver, PartitionReply,
    PartitionRequest, Scope, fleet_scope, shard_scope,
};
use crate::{
    config::Config,
    ports::{
        AggregatorPort, Commit, Fleets, Notifier, Partitions, RuleStore, Store, Unavailable,
        Version, WakeUps,
    },
};

/// All partitions, all groups and the aggregator in one process, on ports that
/// the host provides: what Spin, the command line and tests bind.
///
/// It is itself the ports [`Partitions`], [`Fleets`], [`AggregatorPort`] and
/// [`RuleStore`] that the HTTP application asks for.
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
    pub engines: Rc<Engines>,
    /// The host's own, fresh with it.
    pub turns: Turns,
}

/// Lets the partitions of one host take turns at the groups, and all of these
/// at the aggregator: many that step at once would else step it again and
/// again, each losing to the others.
///
/// Not to be shared between hosts: a component on Spin cannot wake the work of
/// one request from that of another.
#[derive(Debug, Default)]
pub struct Turns {
    /// Taken first: groups, while it is their turn, wait for the aggregator.
    fleets: Mutex<()>,
    aggregator: Mutex<()>,
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> LocalHost<S, R, N, W> {
    /// A host that has compiled nothing yet.
    pub fn new(config: Config, store: S, rules: R, notifier: N, wakeups: W) -> Self {
        let engines = Rc::new(Engines::keeping(config.partition));
        Self { config, store, rules, notifier, wakeups, engines, turns: Turns::default() }
    }

    /// Runs what is due in `scope` at `now`: what a wake-up of the scope calls.
    ///
    /// # Errors
    /// The scope could not, for now; it has asked for another wake-up.
    pub async fn wake(&self, scope: &str, now: Timestamp) -> Result<(), Unavailable> {
        let unavailable = match Scope::parse(scope) {
            Some(Scope::Aggregator) => {
                let request = AggregatorRequest { now, ask: AggregatorAsk::Tick };
                match AggregatorPort::call(self, request).await? {
                    AggregatorReply::Unavailable(why) => why,
                    _ => return Ok(()),
                }
            }
            Some(Scope::Shard(shard)) => {
                let ask = PartitionAsk::Step(partition::Input::Tick);
                match Partitions::call(self, shard, PartitionRequest { now, ask }).await? {
                    PartitionReply::Unavailable(why) => why,
                    _ => return Ok(()),
                }
            }
            Some(Scope::Fleet(shard)) => {
                let ask = FleetAsk::Step(fleet::Input::Tick);
                match Fleets::call(self, shard, FleetRequest { now, ask }).await? {
                    FleetReply::Unavailable(why) => why,
                    _ => return Ok(()),
                }
            }
            None => format!("there is no scope {scope}"),
        };
        Err(Unavailable(unavailable))
    }
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> Partitions for LocalHost<S, R, N, W> {
    async fn call(
        &self,
        shard: u32,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable> {
        if shard >= self.config.shards.max(1) {
            return Err(Unavailable(format!("there is no partition {shard}")));
        }
        let driver = PartitionDriver {
            scope: &shard_scope(shard),
            shards: self.config.shards,
            store: &self.store,
            rules: &self.rules,
            engines: &self.engines.devices,
            aggregator: self,
            fleets: Some(self),
            wakeups: &self.wakeups,
        };
        Ok(driver.handle(request).await)
    }
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> Fleets for LocalHost<S, R, N, W> {
    async fn call(&self, shard: u32, request: FleetRequest) -> Result<FleetReply, Unavailable> {
        if shard >= self.config.shards.max(1) {
            return Err(Unavailable(format!("there is no fleet shard {shard}")));
        }
        let driver = FleetDriver {
            scope: &fleet_scope(shard),
            shards: self.config.shards,
            store: &self.store,
            rules: &self.rules,
            engines: &self.engines.groups,
            aggregator: self,
            fleets: None::<&Self>,
            wakeups: &self.wakeups,
        };
        let _turn = match &request.ask {
            FleetAsk::Step(fleet::Input::Facts { .. }) => Some(self.turns.fleets.lock().await),
            _ => None,
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
        // Not while it sends: receivers may be slow.
        let _turn = match &request.ask {
            AggregatorAsk::Transitions { .. } => Some(self.turns.aggregator.lock().await),
            _ => None,
        };
        Ok(driver.handle(request).await)
    }
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> RuleStore for LocalHost<S, R, N, W> {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        self.rules.load().await
    }

    async fn load_at_least(&self, version: Version) -> Result<(Version, String), Unavailable> {
        self.rules.load_at_least(version).await
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        self.rules.store(expected, text).await
    }

    async fn learn(&self, version: Version, text: &str) -> Result<(), Unavailable> {
        self.rules.learn(version, text).await
    }
}
