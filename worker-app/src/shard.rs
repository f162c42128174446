use rules_core::partition;
use rules_service::{
    drive::{EngineCache, PartitionAsk, PartitionDriver, PartitionReply, PartitionRequest},
    ports::Unavailable,
};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use crate::{
    alarm::Alarm,
    clock::now,
    configuration::{Configuration, configuration, mistakes},
    object_call::{Object, RemoteAggregator, SHARD_PATIENCE, answer, question},
    rules::{KnownRules, OwnedRules},
    sql::Database,
    sql_rules,
    sql_store::{self, SqlStore},
};

/// The object of one partition: a share of the devices, with their state.
#[durable_object(alarm)]
#[derive(Debug)]
pub struct Shard {
    env: Env,
    parts: std::result::Result<Parts, Unavailable>,
}

/// What a shard works with, made once for each time that the object is woken.
#[derive(Debug)]
struct Parts {
    shards: u32,
    database: Database,
    engines: EngineCache,
    alarm: Alarm,
}

impl Parts {
    fn new(state: &State, configuration: Configuration) -> std::result::Result<Self, Unavailable> {
        let config = configuration.map_err(|found| mistakes(&found))?;
        let storage = state.storage();
        let schema = [sql_store::SCHEMA, sql_rules::SCHEMA].concat();
        Ok(Self {
            shards: config.shards,
            database: Database::open(&storage, &schema)?,
            engines: EngineCache::new(config.partition),
            alarm: Alarm::new(storage, config.virtual_time),
        })
    }
}

impl Shard {
    async fn handle(&self, scope: &str, request: PartitionRequest) -> PartitionReply {
        match self.try_handle(scope, request).await {
            Ok(reply) => reply,
            Err(Unavailable(why)) => PartitionReply::Unavailable(why),
        }
    }

    async fn try_handle(
        &self,
        scope: &str,
        request: PartitionRequest,
    ) -> std::result::Result<PartitionReply, Unavailable> {
        let parts = self.parts()?;
        let alerts = || Object::alerts(&self.env, SHARD_PATIENCE);
        let driver = PartitionDriver {
            scope,
            shards: parts.shards,
            store: &SqlStore(&parts.database),
            rules: &KnownRules {
                database: &parts.database,
                env: &self.env,
                owner: OwnedRules::new(alerts()?),
            },
            engines: &parts.engines,
            aggregator: &RemoteAggregator(alerts()?),
            wakeups: &parts.alarm,
        };
        Ok(driver.handle(request).await)
    }

    async fn wake(&self) -> std::result::Result<(), Unavailable> {
        let parts = self.parts()?;
        let now = now();
        parts.alarm.rang(now).await?;
        let Some(scope) = SqlStore(&parts.database).scope()? else {
            return Ok(());
        };
        let tick = PartitionRequest { now, ask: PartitionAsk::Step(partition::Input::Tick) };
        match self.try_handle(&scope, tick).await? {
            PartitionReply::Unavailable(why) => Err(Unavailable(why)),
            _ => Ok(()),
        }
    }

    fn parts(&self) -> std::result::Result<&Parts, Unavailable> {
        self.parts.as_ref().map_err(Clone::clone)
    }
}

impl DurableObject for Shard {
    fn new(state: State, env: Env) -> Self {
        let parts = Parts::new(&state, configuration(&env));
        Self { env, parts }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let path = request.path();
        let reply = match question(&mut request).await {
            Ok(asked) => self.handle(path.trim_start_matches('/'), asked).await,
            Err(why) => PartitionReply::Unavailable(why),
        };
        answer(&reply)
    }

    async fn alarm(&self) -> Result<Response> {
        // An error would only use up one of the runtime's retries: the next alarm is set already.
        if let Err(error) = self.wake().await {
            console_error!("alarm of a shard: {error}");
        }
        Response::empty()
    }
}
