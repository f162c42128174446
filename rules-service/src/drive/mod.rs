//! The loop around the pure machines: load → step → commit → deliver → wake.
//!
//! - [`PartitionDriver`]: one partition on a store;
//! - [`AggregatorDriver`]: the aggregator on a store, and its sending;
//! - [`LocalHost`]: both in one process, where no other object is to be called.

use rules_core::{Timestamp, Transition, aggregator, partition};
use serde::{Deserialize, Serialize};

mod aggregator_driver;
pub use aggregator_driver::AggregatorDriver;
mod commit;
mod engine_cache;
pub use engine_cache::EngineCache;
mod local;
pub use local::{LocalHost, Turns};
mod partition_driver;
pub use partition_driver::PartitionDriver;
mod scope;
pub use scope::{AGGREGATOR_SCOPE, shard_of, shard_scope};
mod survey;
#[cfg(test)]
mod tests;

/// What a partition can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PartitionRequest {
    /// Processing time at the host that took the request.
    pub now: Timestamp,
    /// What is asked.
    pub ask: PartitionAsk,
}

/// What a partition can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum PartitionAsk {
    /// Step on an input; a tick runs until nothing is due at `now` any more.
    Step(partition::Input),
    /// The rule set is now at least this version: take it on, and make every cell due.
    RulesChanged {
        /// The new version.
        version: u64,
        /// Its text.
        text: String,
    },
    /// Version, hash and counts of the state; reads every cell.
    State,
    /// The counts alone, for metrics; reads no cell.
    Counters,
}

/// What a partition answers.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum PartitionReply {
    /// To `Step` and `RulesChanged`.
    Stepped {
        /// What became of each item.
        receipts: Vec<(u32, partition::Receipt)>,
        /// What happened, in order.
        transitions: Vec<Transition>,
    },
    /// To `State`.
    State(StateReport),
    /// To `Counters`.
    Counters(partition::Counters),
    /// It could not, for now; the caller answers 503.
    Unavailable(String),
}

/// Version, hash and counts of one scope.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StateReport {
    /// `shard-0` …, `alerts`.
    pub scope: String,
    /// How many commits.
    pub version: u64,
    /// [`rules_core::state_hash`], 32 hexadecimal digits.
    pub hash: String,
    /// How many cells.
    pub cells: u64,
    /// Counts of a partition.
    pub partition: Option<partition::Counters>,
    /// Counts of the aggregator.
    pub aggregator: Option<aggregator::Counters>,
}

/// What the aggregator can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AggregatorRequest {
    /// Processing time at the host that took the request.
    pub now: Timestamp,
    /// What is asked.
    pub ask: AggregatorAsk,
}

/// What the aggregator can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum AggregatorAsk {
    /// Take in a partition's outbox: `(sequence, postcard bytes of a Transition)`.
    Transitions {
        /// The partition's scope.
        sender: String,
        /// In order.
        items: Vec<(u64, Vec<u8>)>,
    },
    /// Send what is due, until nothing is due at `now` any more.
    Tick,
    /// The list of alerts.
    Alerts,
    /// Version, hash and counts of the state; reads every cell.
    State,
    /// The counts alone, for metrics; reads no cell.
    Counters,
}

/// What the aggregator answers.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum AggregatorReply {
    /// To `Transitions` and `Tick`: it is stored.
    Done,
    /// To `Alerts`, by rule, then group.
    Alerts(Vec<aggregator::AlertRecord>),
    /// To `State`.
    State(StateReport),
    /// To `Counters`.
    Counters(aggregator::Counters),
    /// It could not, for now; the caller answers 503.
    Unavailable(String),
}
