//! How one object is asked by another, or by the front: one body there, one back.
//!
//! The bodies are postcard, since both ends are always the same build: an
//! object runs the version that was deployed last, and so does its caller,
//! but for the seconds of a deployment, when a call may answer 503.

use std::{fmt::Display, time::Duration};

use futures_util::future::LocalBoxFuture;
use rules_service::{
    drive::{
        AGGREGATOR_SCOPE, AggregatorReply, AggregatorRequest, FleetReply, FleetRequest,
        PartitionReply, PartitionRequest, fleet_scope, shard_scope,
    },
    ports::{AggregatorPort, Fleets, Partitions, Unavailable, Version},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use worker::{Env, Headers, Stub};

use crate::{clock::within, outgoing::post};

/// How long the front waits for an object, which may itself wait for another.
pub(crate) const FRONT_PATIENCE: Duration = Duration::from_secs(20);
/// How long a shard waits for a fleet shard or the aggregator: less than the front waits for the shard.
pub(crate) const SHARD_PATIENCE: Duration = Duration::from_secs(12);
/// How long a fleet shard waits for the aggregator: less than a shard waits for the fleet shard.
pub(crate) const FLEET_PATIENCE: Duration = Duration::from_secs(6);

/// What the aggregator's object can be asked.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum AlertsQuestion {
    /// Something about alerts.
    Aggregator(AggregatorRequest),
    /// The rule set.
    LoadRules,
    /// Store the rule set, if it still is at `expected`.
    StoreRules { expected: Version, text: String },
}

/// What the aggregator's object answers.
#[derive(Debug, Deserialize, Serialize)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and it goes out at once")]
pub(crate) enum AlertsAnswer {
    /// To `Aggregator`.
    Aggregator(AggregatorReply),
    /// To `LoadRules`, and to `StoreRules` where `expected` was not the version any more.
    Rules { version: Version, text: String },
    /// To `StoreRules`: it is stored as this version.
    Stored(Version),
    /// It could not, for now.
    Unavailable(String),
}

/// One of the objects.
#[derive(Debug)]
pub(crate) struct Object {
    stub: Stub,
    scope: String,
    patience: Duration,
}

impl Object {
    /// The object of partition `shard`.
    pub(crate) fn shard(env: &Env, shard: u32, patience: Duration) -> Result<Self, Unavailable> {
        Self::named(env, "SHARD", shard_scope(shard), patience)
    }

    /// The object of the groups in fleet shard `shard`.
    pub(crate) fn fleet(env: &Env, shard: u32, patience: Duration) -> Result<Self, Unavailable> {
        Self::named(env, "FLEET", fleet_scope(shard), patience)
    }

    /// The object of the alerts and the rule set.
    pub(crate) fn alerts(env: &Env, patience: Duration) -> Result<Self, Unavailable> {
        Self::named(env, "ALERTS", AGGREGATOR_SCOPE.to_owned(), patience)
    }

    fn named(
        env: &Env,
        binding: &str,
        scope: String,
        patience: Duration,
    ) -> Result<Self, Unavailable> {
        let stub = env.durable_object(binding).and_then(|objects| objects.get_by_name(&scope));
        match stub {
            Ok(stub) => Ok(Self { stub, scope, patience }),
            Err(error) => Err(Unavailable(format!("{scope}: {error}"))),
        }
    }

    /// Asks, and waits no longer than the object's caller may.
    pub(crate) async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        question: &Q,
    ) -> Result<A, Unavailable> {
        let body = postcard::to_allocvec(question).map_err(|error| self.failed(&error))?;
        let answer = self.exchange(body).await?;
        postcard::from_bytes(&answer).map_err(|error| self.failed(&error))
    }

    /// In a box: one for all questions.
    fn exchange(&self, body: Vec<u8>) -> LocalBoxFuture<'_, Result<Vec<u8>, Unavailable>> {
        Box::pin(async move {
            match within(self.patience, self.fetch(&body)).await {
                Some(answer) => answer.map_err(|error| self.failed(&error)),
                None => {
                    Err(self.failed(&format!("no answer within {} s", self.patience.as_secs())))
                }
            }
        })
    }

    fn failed(&self, why: &dyn Display) -> Unavailable {
        Unavailable(format!("{}: {why}", self.scope))
    }

    async fn fetch(&self, body: &[u8]) -> worker::Result<Vec<u8>> {
        // The path tells the object its own name.
        let address = format!("https://object/{}", self.scope);
        let request = post(&address, &Headers::new(), body)?;
        let mut response = self.stub.fetch_with_request(request).await?;
        if response.status_code() != 200 {
            return Err(format!("status {}", response.status_code()).into());
        }
        response.bytes().await
    }
}

/// The partitions, each in its object.
#[derive(Debug)]
pub(crate) struct RemotePartitions(pub(crate) Env);

impl Partitions for RemotePartitions {
    async fn call(
        &self,
        shard: u32,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable> {
        Object::shard(&self.0, shard, FRONT_PATIENCE)?.ask(&request).await
    }
}

/// The groups, each fleet shard in its object, and how long they are waited for.
#[derive(Debug)]
pub(crate) struct RemoteFleets(pub(crate) Env, pub(crate) Duration);

impl Fleets for RemoteFleets {
    async fn call(&self, shard: u32, request: FleetRequest) -> Result<FleetReply, Unavailable> {
        Object::fleet(&self.0, shard, self.1)?.ask(&request).await
    }
}

/// The aggregator, in its object.
#[derive(Debug)]
pub(crate) struct RemoteAggregator(pub(crate) Object);

impl AggregatorPort for RemoteAggregator {
    async fn call(&self, request: AggregatorRequest) -> Result<AggregatorReply, Unavailable> {
        match self.0.ask(&AlertsQuestion::Aggregator(request)).await? {
            AlertsAnswer::Aggregator(reply) => Ok(reply),
            AlertsAnswer::Unavailable(why) => Err(Unavailable(why)),
            _ => Err(unexpected()),
        }
    }
}

/// The aggregator answered something else than it was asked: two versions meet.
pub(crate) fn unexpected() -> Unavailable {
    Unavailable("alerts: an answer to another question".to_owned())
}
