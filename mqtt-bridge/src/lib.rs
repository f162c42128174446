//! MQTT in, HTTP batches out, acknowledged only when stored.
//!
//! The bridge hears topics on a broker, makes readings of the messages, sends
//! them to the service in batches, and acknowledges a message when the batch
//! with its reading was taken. The broker keeps what is not acknowledged, so
//! nothing is lost while the service or the bridge is away. A message may be
//! sent twice; the service counts it once.
//!
//! What decides is pure and takes the time as an argument:
//! - [`mapping`]: what a message is ([`filter`], [`template`]);
//! - [`batcher`]: which readings go together, when, and what an [`answer`] means for them;
//! - [`ledger`]: which messages may be acknowledged;
//! - [`backoff`][]: pauses;
//! - [`notice`]: what the operator is told.
//!
//! What acts is thin: [`drive::run`] over MQTT and HTTP, as [`config`] says.
//!
//! Not here: a durable spool. Its place is under the batcher, where the
//! ledger is now. Batches are not numbered either (`?source=&seq=`): without
//! a spool the numbers would begin anew with each start, and the service
//! would take new readings for old ones.

pub mod answer;
pub mod backoff;
pub mod batcher;
mod bridge;
mod broker;
mod clock;
pub mod config;
pub mod drive;
pub mod filter;
pub mod ledger;
pub mod mapping;
mod moment;
pub mod notice;
mod service;
pub mod template;
mod trust;

pub use moment::Moment;
