//! One HTTP application for every host: routes, wire formats, and the loop
//! *load → step → commit → deliver outbox → wake* around the pure machines of
//! [`rules_core`].
//!
//! - [`wire`]: readings, rules, alerts and problems as JSON;
//! - [`ports`]: what a host provides, each trait with its contract;
//! - [`drive`]: runs a partition or the aggregator on a [`ports::Store`];
//! - [`http`]: routes, tokens, limits; [`http::App`] is what a host binds;
//! - [`receivers`]: notifications as Slack messages and webhooks;
//! - [`memory`]: a whole host in memory, for tests and the command line.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod config;
pub mod drive;
pub mod http;
pub mod memory;
pub mod ports;
pub mod receivers;
mod together;
pub mod wire;
