use std::rc::Rc;

use rules_core::{
    Timestamp,
    partition::{self, Engine},
};
use rules_service::{
    config::Config,
    drive::{EngineCache, PartitionAsk, PartitionDriver, PartitionReply, PartitionRequest},
    ports::Unavailable,
};
use worker::Env;

use crate::{
    alarm::Alarm,
    object_call::{Object, RemoteAggregator, RemoteFleets, SHARD_PATIENCE},
    rules::{KnownRules, OwnedRules},
    shell::{ObjectStorage, Work, object},
    sql_store::SqlStore,
};

object! {
    /// The object of one partition: a share of the devices, with their state.
    Shard does Devices
}

/// What a shard works with.
#[derive(Debug)]
struct Devices {
    env: Env,
    shards: u32,
    engines: EngineCache<Engine>,
    storage: ObjectStorage,
}

impl Work for Devices {
    type Question = PartitionRequest;
    type Answer = PartitionReply;

    const NAME: &'static str = "a shard";

    fn new(env: Env, config: Rc<Config>, storage: ObjectStorage) -> Self {
        let engines = EngineCache::new(config.partition).keeping();
        Self { env, shards: config.shards, engines, storage }
    }

    fn alarm(&self) -> &Alarm {
        &self.storage.alarm
    }

    async fn handle(
        &self,
        scope: &str,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable> {
        let alerts = || Object::alerts(&self.env, SHARD_PATIENCE);
        let ObjectStorage { database, alarm } = &self.storage;
        let driver = PartitionDriver {
            scope,
            shards: self.shards,
            store: &SqlStore(database),
            rules: &KnownRules { database, env: &self.env, owner: OwnedRules::new(alerts()?) },
            engines: &self.engines,
            aggregator: &RemoteAggregator(alerts()?),
            fleets: Some(&RemoteFleets(self.env.clone(), SHARD_PATIENCE)),
            wakeups: alarm,
        };
        Ok(driver.handle(request).await)
    }

    fn unavailable(why: String) -> PartitionReply {
        PartitionReply::Unavailable(why)
    }

    async fn wake(&self, now: Timestamp) -> Result<(), Unavailable> {
        let Some(scope) = SqlStore(&self.storage.database).scope()? else {
            return Ok(());
        };
        let tick = PartitionRequest { now, ask: PartitionAsk::Step(partition::Input::Tick) };
        match self.handle(&scope, tick).await? {
            PartitionReply::Unavailable(why) => Err(Unavailable(why)),
            _ => Ok(()),
        }
    }
}
