//! The loop around the pure machines: load → step → commit → deliver → wake.
//!
//! - [`PartitionDriver`]: one partition on a store;
//! - [`FleetDriver`]: one share of the groups of devices; both are a
//!   [`RuleDriver`], as both have a [`Machine`] that judges by rules;
//! - [`AggregatorDriver`]: the aggregator on a store, and its sending;
//! - [`LocalHost`]: all of them in one process, where no other object is to be called.

mod aggregator_driver;
pub use aggregator_driver::AggregatorDriver;
mod ask;
pub use ask::{
    AggregatorAsk, AggregatorReply, AggregatorRequest, FleetAsk, FleetReply, FleetRequest,
    PartitionAsk, PartitionReply, PartitionRequest, StateReport,
};
mod commit;
mod engine_cache;
pub use engine_cache::{EngineCache, Engines};
mod fleet_driver;
pub use fleet_driver::FleetDriver;
mod kept;
mod local;
pub use local::{LocalHost, Turns};
mod machine;
pub use machine::Machine;
mod partition_driver;
pub use partition_driver::PartitionDriver;
mod post;
mod rounds;
mod rule_driver;
pub use rule_driver::RuleDriver;
mod scope;
pub use scope::{AGGREGATOR_SCOPE, Scope, fleet_scope, shard_of, shard_scope};
mod survey;
#[cfg(test)]
mod tests;
