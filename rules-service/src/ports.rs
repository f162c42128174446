//! What a host provides. The contracts of the stores are checked by [`contract`] in
//! memory and on the Spin stores (`tests/spin-contract`); what follows from
//! all of them, on every host, by `tests/conformance` and the Worker's tests.
//!
//! The clock is no trait: time comes with each request ([`crate::http::Request`])
//! and each wake-up, so that everything one of them does happens at one moment.

use rules_core::{Changes, Span, Timestamp};
use serde::{Deserialize, Serialize};

pub mod contract;
mod prefix;
pub use prefix::end_of_prefix;

use crate::drive::{
    AggregatorReply, AggregatorRequest, FleetReply, FleetRequest, PartitionReply, PartitionRequest,
};

/// The host could not answer: the request fails with 503 and may be retried.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// How many commits a scope has seen; 0 before the first.
pub type Version = u64;

/// What became of a commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Commit {
    /// It is stored, durably, under this version.
    Stored(Version),
    /// Somebody else committed since the load; the store is as it was.
    Conflict,
}

/// What a load found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Loaded {
    /// Version of the scope; 0 if it was never committed to.
    pub version: Version,
    /// The header; `None` if the scope was never committed to.
    pub header: Option<Vec<u8>>,
    /// One for each key asked for, in that order; `None` where there is no such cell.
    pub cells: Vec<Option<Vec<u8>>>,
}

/// One stored cell, as a scan gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredCell {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Where the machines' state lives: for each *scope* (`shard-0` …, `fleet-0` …, `alerts`)
/// a version, a header, cells and an outbox.
///
/// Contract:
/// - a `load` after a `Stored` commit sees that commit or a later one, and
///   header and cells of one load belong to the same version;
/// - of two commits that name the same `expected` version at most one is
///   stored; `Conflict` leaves the store as it was;
/// - a commit stores header, cells, outbox and `wake_all` together or not at
///   all. `wake_all: Some(t)` sets the wake-up of every cell of the scope to
///   the earlier of `t` and what it was (`None` is latest), before the cells
///   of the commit are written with their own `wake_at`;
/// - `due` and `scan` and `outbox` are ordered as their docs say, so every
///   host works in the same order.
///
/// [`contract::check_store`] checks it.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait Store {
    /// Version, header and the cells named by `keys`.
    async fn load(&self, scope: &str, keys: &[String]) -> Result<Loaded, Unavailable>;
    /// Stores `changes` if the scope is still at `expected`.
    async fn commit(
        &self,
        scope: &str,
        expected: Version,
        changes: &Changes,
    ) -> Result<Commit, Unavailable>;
    /// Keys of at most `limit` cells with `wake_at <= now`, by (`wake_at`, key).
    async fn due(
        &self,
        scope: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<String>, Unavailable>;
    /// The earliest `wake_at` in the scope.
    async fn next_wake(&self, scope: &str) -> Result<Option<Timestamp>, Unavailable>;
    /// At most `limit` cells whose key begins with `prefix` and is greater than `after`, by key (bytewise).
    async fn scan(
        &self,
        scope: &str,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredCell>, Unavailable>;
    /// At most `limit` messages of the outbox that come after `after`, by sequence number.
    async fn outbox(
        &self,
        scope: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Unavailable>;
    /// Forgets these messages, which may be gone already. Does not change the version.
    async fn outbox_done(&self, scope: &str, sequences: &[u64]) -> Result<(), Unavailable>;
}

/// Where the rule set lives: one text under one version that only grows.
///
/// Contract: as [`Store`] for `expected`; a `load` may lag behind a `Stored`
/// by as long as the host says in its README (Cloudflare KV: 60 s), but never
/// gives a version older than one it gave the same instance before.
/// [`contract::check_rule_store`] checks it.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait RuleStore {
    /// The rule set's version and text ([`crate::wire::RuleBook`]); version 0 and an empty text if none was stored.
    async fn load(&self) -> Result<(Version, String), Unavailable>;
    /// As `load`, where somebody has judged by `version` already. A host whose `load` may lag looks further
    /// where it gives an older one; it may still come back with that.
    async fn load_at_least(&self, version: Version) -> Result<(Version, String), Unavailable> {
        let _ = version;
        self.load().await
    }
    /// Stores `text` as version `expected + 1` if the rule set is still at `expected`.
    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable>;
    /// Tells a partition's host of a rule set that was stored, before the partition judges by it. A host whose
    /// `load` may lag keeps it beside the partition's state, and from then on gives it or a later one; one that is
    /// older than what it knows changes nothing.
    async fn learn(&self, version: Version, text: &str) -> Result<(), Unavailable> {
        let _ = (version, text);
        Ok(())
    }
}

/// The partitions, here or in another object; [`crate::drive::PartitionDriver`] is at the other end.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait Partitions {
    /// Hands `request` to partition `shard` and waits, for a bounded time, for its reply.
    async fn call(
        &self,
        shard: u32,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable>;
}

/// The groups that fleet rules look at, here or in other objects; [`crate::drive::FleetDriver`] is at the other end.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait Fleets {
    /// Hands `request` to the groups of fleet shard `shard` and waits, for a bounded time, for its reply.
    async fn call(&self, shard: u32, request: FleetRequest) -> Result<FleetReply, Unavailable>;
}

/// The aggregator, here or in another object; [`crate::drive::AggregatorDriver`] is at the other end.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait AggregatorPort {
    /// Hands `request` to the aggregator and waits, for a bounded time, for its reply.
    async fn call(&self, request: AggregatorRequest) -> Result<AggregatorReply, Unavailable>;
}

/// An HTTP request to somebody else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutgoingRequest {
    /// Always POST. An absolute `http` or `https` address.
    pub url: String,
    /// Headers, lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Longest time a [`Notifier`] may take.
pub const NOTIFIER_TIMEOUT: Span = Span::from_secs(10);

/// Sends to receivers.
///
/// Contract: answers within [`NOTIFIER_TIMEOUT`], with the status, or with why there is none.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait Notifier {
    /// Sends once; no retry of its own.
    async fn send(&self, request: OutgoingRequest) -> Result<u16, String>;
}

/// Asks to be called back: the host runs the scope's driver with `Tick` at `at` or later.
///
/// Contract: the last call counts; an `at` in the past means at once; `None`
/// cancels. A host without timers of its own (Spin) ignores it and relies on
/// `POST /v1/tick`.
#[allow(async_fn_in_trait, reason = "hosts are single-threaded wasm: no Send bound is wanted")]
pub trait WakeUps {
    /// Replaces the scope's wake-up.
    async fn wake_at(&self, scope: &str, at: Option<Timestamp>) -> Result<(), Unavailable>;
}

/// Wake-ups of a host without timers: somebody calls `POST /v1/tick` instead.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWakeUps;

impl WakeUps for NoWakeUps {
    async fn wake_at(&self, _scope: &str, _at: Option<Timestamp>) -> Result<(), Unavailable> {
        Ok(())
    }
}
