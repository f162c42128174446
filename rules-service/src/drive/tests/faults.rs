//! Ports that do what networks and other writers do.

use std::{cell::Cell, future::poll_fn, task::Poll};

use rules_core::Changes;

use super::*;
use crate::ports::{Loaded, StoredCell, Version};

/// A store on which others commit too, and whose cells may stay due for ever.
#[derive(Debug, Default)]
pub(super) struct FaultyStore {
    pub(super) inner: MemoryStore,
    /// So many commits find that somebody else came before.
    pub(super) conflicts: Cell<usize>,
    /// How many cells were loaded.
    pub(super) loaded: Cell<usize>,
    /// A key that is always due.
    pub(super) always_due: Cell<Option<&'static str>>,
    /// Whether others have their turn before each load and commit.
    pub(super) patience: Cell<Patience>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Patience {
    #[default]
    AtOnce,
    AfterOthers,
}

impl FaultyStore {
    async fn wait(&self) {
        let mut waited = self.patience.get() == Patience::AtOnce;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

impl Store for FaultyStore {
    async fn load(&self, scope: &str, keys: &[String]) -> Result<Loaded, Unavailable> {
        self.wait().await;
        self.loaded.set(self.loaded.get() + keys.len());
        self.inner.load(scope, keys).await
    }

    async fn commit(
        &self,
        scope: &str,
        expected: Version,
        changes: &Changes,
    ) -> Result<Commit, Unavailable> {
        self.wait().await;
        let conflicts = self.conflicts.get();
        if conflicts > 0 {
            self.conflicts.set(conflicts - 1);
            let loaded = self.inner.load(scope, &[]).await?;
            let header = loaded.header.unwrap_or_else(|| changes.header.clone());
            let theirs = Changes { header, ..Changes::default() };
            self.inner.commit(scope, loaded.version, &theirs).await?;
        }
        self.inner.commit(scope, expected, changes).await
    }

    async fn due(
        &self,
        scope: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<String>, Unavailable> {
        match self.always_due.get() {
            Some(key) => Ok(vec![key.to_owned()]),
            None => self.inner.due(scope, now, limit).await,
        }
    }

    async fn next_wake(&self, scope: &str) -> Result<Option<Timestamp>, Unavailable> {
        self.inner.next_wake(scope).await
    }

    async fn scan(
        &self,
        scope: &str,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredCell>, Unavailable> {
        self.inner.scan(scope, prefix, after, limit).await
    }

    async fn outbox(
        &self,
        scope: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Unavailable> {
        self.inner.outbox(scope, after, limit).await
    }

    async fn outbox_done(&self, scope: &str, sequences: &[u64]) -> Result<(), Unavailable> {
        self.inner.outbox_done(scope, sequences).await
    }
}

pub(super) type FaultyHost = LocalHost<FaultyStore, MemoryRules, MemoryNotifier, MemoryWakeUps>;

pub(super) fn faulty_host(documents: &[&str]) -> FaultyHost {
    faulty_host_of(1, documents)
}

pub(super) fn faulty_host_of(shards: u32, documents: &[&str]) -> FaultyHost {
    let host = LocalHost::new(
        config(shards),
        FaultyStore::default(),
        MemoryRules::default(),
        MemoryNotifier::default(),
        MemoryWakeUps::default(),
    );
    change_rules(&host, documents);
    host
}

/// How the way to somebody is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Open,
    /// Nothing arrives.
    Cut,
    /// Messages arrive, the answers do not.
    AnswersLost,
}

/// The partitions of `host`, whose aggregator and groups are reached over a network.
#[derive(Debug)]
pub(super) struct Networked<'a> {
    pub(super) host: &'a MemoryHost,
    /// The way to the aggregator, from everywhere.
    pub(super) way: Cell<Way>,
    /// The ways to the fleet shards; open where there are none.
    pub(super) fleet_ways: Vec<Cell<Way>>,
}

impl<'a> Networked<'a> {
    pub(super) fn new(host: &'a MemoryHost, way: Way) -> Self {
        let open = || Cell::new(Way::Open);
        let fleet_ways = std::iter::repeat_with(open).take(host.config.shards as usize).collect();
        Self { host, way: Cell::new(way), fleet_ways }
    }
}

fn lost<T>() -> Result<T, Unavailable> {
    Err(Unavailable(String::from("no answer")))
}

impl AggregatorPort for Networked<'_> {
    async fn call(&self, request: AggregatorRequest) -> Result<AggregatorReply, Unavailable> {
        if self.way.get() == Way::Cut {
            return lost();
        }
        let reply = AggregatorPort::call(self.host, request).await;
        if self.way.get() == Way::Open { reply } else { lost() }
    }
}

impl Fleets for Networked<'_> {
    async fn call(&self, shard: u32, request: FleetRequest) -> Result<FleetReply, Unavailable> {
        let way = self.fleet_ways[shard as usize].get();
        if way == Way::Cut {
            return lost();
        }
        let driver = FleetDriver {
            scope: &fleet_scope(shard),
            shards: self.host.config.shards,
            store: &self.host.store,
            rules: &self.host.rules,
            engines: &self.host.engines.groups,
            aggregator: self,
            fleets: None::<&Self>,
            wakeups: &self.host.wakeups,
        };
        let reply = driver.handle(request).await;
        if way == Way::Open { Ok(reply) } else { lost() }
    }
}

impl Partitions for Networked<'_> {
    async fn call(
        &self,
        shard: u32,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable> {
        let driver = PartitionDriver {
            scope: &shard_scope(shard),
            shards: self.host.config.shards,
            store: &self.host.store,
            rules: &self.host.rules,
            engines: &self.host.engines.devices,
            aggregator: self,
            fleets: Some(self),
            wakeups: &self.host.wakeups,
        };
        Ok(driver.handle(request).await)
    }
}
