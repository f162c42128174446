//! The host as a process, a client for it, and a receiver of its webhooks.

mod client;
pub(crate) use client::Client;
mod process;
pub(crate) use process::{Host, folder};
mod receiver;
pub(crate) use receiver::Receiver;

use std::time::Duration;

use serde_json::Value;

/// How long anything here may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A moment on the virtual clock, in milliseconds: 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000;

/// What the aggregator counted, of all scopes that `/v1/state` lists.
pub(crate) fn aggregator(state: &Value) -> &Value {
    let mut scopes = state.as_array().into_iter().flatten();
    scopes.find(|scope| scope["scope"] == "alerts").map_or(&Value::Null, |it| &it["aggregator"])
}
