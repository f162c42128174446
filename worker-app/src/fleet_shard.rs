use std::rc::Rc;

use rules_core::{
    Timestamp,
    fleet::{self, FleetEngine},
};
use rules_service::{
    config::Config,
    drive::{EngineCache, FleetAsk, FleetDriver, FleetReply, FleetRequest},
    ports::Unavailable,
};
use worker::Env;

use crate::{
    alarm::Alarm,
    object_call::{FLEET_PATIENCE, Object, RemoteAggregator, RemoteFleets},
    rules::{KnownRules, OwnedRules},
    shell::{ObjectStorage, Work, object},
    sql_store::SqlStore,
};

object! {
    /// The object of a share of the groups that fleet rules look at, with their state.
    FleetShard does Groups
}

/// What a fleet shard works with.
#[derive(Debug)]
struct Groups {
    env: Env,
    shards: u32,
    engines: EngineCache<FleetEngine>,
    storage: ObjectStorage,
}

impl Work for Groups {
    type Question = FleetRequest;
    type Answer = FleetReply;

    const NAME: &'static str = "a fleet shard";

    fn new(env: Env, config: Rc<Config>, storage: ObjectStorage) -> Self {
        let engines = EngineCache::new(config.partition);
        Self { env, shards: config.shards, engines, storage }
    }

    fn alarm(&self) -> &Alarm {
        &self.storage.alarm
    }

    async fn handle(&self, scope: &str, request: FleetRequest) -> Result<FleetReply, Unavailable> {
        let alerts = || Object::alerts(&self.env, FLEET_PATIENCE);
        let ObjectStorage { database, alarm } = &self.storage;
        let driver = FleetDriver {
            scope,
            shards: self.shards,
            store: &SqlStore(database),
            rules: &KnownRules { database, env: &self.env, owner: OwnedRules::new(alerts()?) },
            engines: &self.engines,
            aggregator: &RemoteAggregator(alerts()?),
            fleets: None::<&RemoteFleets>,
            wakeups: alarm,
        };
        Ok(driver.handle(request).await)
    }

    fn unavailable(why: String) -> FleetReply {
        FleetReply::Unavailable(why)
    }

    async fn wake(&self, now: Timestamp) -> Result<(), Unavailable> {
        let Some(scope) = SqlStore(&self.storage.database).scope()? else {
            return Ok(());
        };
        let tick = FleetRequest { now, ask: FleetAsk::Step(fleet::Input::Tick) };
        match self.handle(&scope, tick).await? {
            FleetReply::Unavailable(why) => Err(Unavailable(why)),
            _ => Ok(()),
        }
    }
}
