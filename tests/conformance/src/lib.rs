//! Runs scenarios on every host and compares what comes of them.
//!
//! - [`scenario`]: the plain-text files of `tests/scenarios`;
//! - [`outcome`]: what comes of a step, and how a file says it;
//! - [`host`]: what a host is to a scenario;
//! - [`hosts`]: the machines alone, the service in memory, and hosts in
//!   processes of their own: the Worker in workerd, the Spin component;
//! - [`transcript`]: one run of one scenario on one host;
//! - [`receiver`]: the webhook receiver that those processes send to.

use std::path::{Path, PathBuf};

pub mod host;
pub mod hosts;
pub mod outcome;
pub mod receiver;
pub mod scenario;
pub mod transcript;

/// The top of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
