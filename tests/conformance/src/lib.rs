//! Runs scenarios on every host and compares what comes of them.
//!
//! The language, and the hosts that run in this process, are the crate
//! [`scenario`]; here are
//! - [`hosts`]: hosts in processes of their own (the Worker in workerd, the
//!   Spin component), and all hosts by name;
//! - [`receiver`]: the webhook receiver that those processes send to.

use std::path::{Path, PathBuf};

pub mod hosts;
pub mod receiver;

/// The top of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
