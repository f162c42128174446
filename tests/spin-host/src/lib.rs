//! Runs the Spin component as Spin does, for tests: wasmtime, WASI 0.2 and
//! 0.3, and exactly those of Spin's interfaces that the component imports.
//!
//! - [`component`]: the component, compiled once;
//! - [`application`]: one application: its variables, its state, its address;
//! - [`handler`]: instances, reused as Spin reuses them;
//! - [`sqlite`], [`key_value`], [`variables`], [`outgoing`]: the interfaces.
//!
//! What Spin has and this leaves out: routes, other triggers, TLS, telemetry,
//! and outbound hosts other than this machine.

pub mod application;
mod bindings;
pub mod component;
mod guest;
mod handler;
mod key_value;
mod outgoing;
mod sqlite;
mod variables;
