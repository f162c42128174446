//! Scenarios: rules, readings and ticks as plain text, and what comes of them.
//!
//! - [`Scenario`]: one file, as `tests/scenarios/README.md` describes it;
//! - [`outcome`]: what comes of a step, and how a file says it;
//! - [`host`]: what a host is to a scenario;
//! - [`hosts`]: the two that run in this process: the machines alone, and the
//!   service in memory;
//! - [`transcript`]: one run of one scenario on one host;
//! - [`deviation`]: where a run is not as its file says;
//! - [`stored`]: state of an older version that a scenario begins from.
//!
//! Everything happens in virtual time; nothing here reads a clock or opens a socket.

pub mod deviation;
mod file;
pub use file::{Action, RuleReader, Run, Scenario, Stage, Step, SyntaxError, ZERO, offset, time};
mod folder;
pub use folder::files_below;
pub mod host;
pub mod hosts;
pub mod outcome;
pub mod stored;
pub mod transcript;
