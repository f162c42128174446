//! Cloudflare binding of the rule engine's ports: KV, Durable Objects, Queues, alarms.
//!
//! Decides nothing: what a request, a message or an alarm means stands in
//! [`rules_service`]. Three kinds of code run here, all from one module of
//! WebAssembly:
//!
//! - the *front* ([`events`]), anywhere near the sender, holds no state: HTTP,
//!   the queue and cron come in here and are handed to the objects;
//! - a [`Shard`] object for each partition of the devices, with its state in
//!   SQLite and an alarm for its timers;
//! - a [`FleetShard`] object for each share of the groups that fleet rules look
//!   at, in the same way;
//! - the one [`AlertAggregator`] object, which owns the rule set and the
//!   alerts and tells the receivers.
//!
//! A panic in an object leaves its caller waiting for minutes, so nothing here
//! may panic, and every call of an object has a time limit.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod events;

mod alarm;
#[allow(missing_docs, reason = "the attribute `durable_object` adds public methods")]
mod alert_aggregator;
pub use alert_aggregator::AlertAggregator;
mod clock;
mod configuration;
#[allow(missing_docs, reason = "the attribute `durable_object` adds public methods")]
mod fleet_shard;
pub use fleet_shard::FleetShard;
mod front;
mod kv;
mod notifier;
mod object_call;
mod outgoing;
mod queue;
mod rules;
#[allow(missing_docs, reason = "the attribute `durable_object` adds public methods")]
mod shard;
pub use shard::Shard;
mod shell;
mod sql;
mod sql_rules;
mod sql_store;
