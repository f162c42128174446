//! What each driver can be asked, and what it answers.

use rules_core::{Timestamp, Transition, aggregator, fleet, partition};
use serde::{Deserialize, Serialize};

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
    /// What is known of this device.
    Device(String),
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
        /// What happened to alerts: of its devices, in order, then of groups that they told of it.
        transitions: Vec<Transition>,
    },
    /// To `Device`; `None` if nothing is known of it.
    Device(Option<partition::Described>),
    /// To `State`.
    State(StateReport),
    /// To `Counters`.
    Counters(partition::Counters),
    /// It could not, for now; the caller answers 503.
    Unavailable(String),
}

/// What a share of the groups can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FleetRequest {
    /// Processing time at the host that took the request.
    pub now: Timestamp,
    /// What is asked.
    pub ask: FleetAsk,
}

/// What a share of the groups can be asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum FleetAsk {
    /// Step on an input; a tick runs until nothing is due at `now` any more.
    Step(fleet::Input),
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

/// What a share of the groups answers.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum FleetReply {
    /// To `Step` and `RulesChanged`: it is stored.
    Stepped {
        /// What happened to alerts of groups, in order.
        transitions: Vec<Transition>,
    },
    /// To `State`.
    State(StateReport),
    /// To `Counters`.
    Counters(fleet::Counters),
    /// It could not, for now; the caller answers 503.
    Unavailable(String),
}

/// Version, hash and counts of one scope.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StateReport {
    /// `shard-0` …, `fleet-0` …, `alerts`.
    pub scope: String,
    /// How many commits.
    pub version: u64,
    /// [`rules_core::state_hash`], 32 hexadecimal digits.
    pub hash: String,
    /// How many cells.
    pub cells: u64,
    /// Counts of a partition.
    pub partition: Option<partition::Counters>,
    /// Counts of a share of the groups.
    pub fleet: Option<fleet::Counters>,
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
    /// Take in what a scope's outbox has for it: `(sequence, bytes of a Transition)`.
    Transitions {
        /// The scope, of a partition or of groups.
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
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and it goes out at once")]
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
