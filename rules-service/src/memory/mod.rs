//! A whole host in memory, on a virtual clock: for tests and the command line.

mod notifier;
pub use notifier::MemoryNotifier;
mod rules;
pub use rules::MemoryRules;
mod store;
pub use store::MemoryStore;
mod wakeups;
pub use wakeups::MemoryWakeUps;

use crate::{config::Config, drive::LocalHost};

/// All of it together.
pub type MemoryHost = LocalHost<MemoryStore, MemoryRules, MemoryNotifier, MemoryWakeUps>;

/// A fresh host with `config`.
#[must_use]
pub fn host(config: Config) -> MemoryHost {
    LocalHost::new(
        config,
        MemoryStore::default(),
        MemoryRules::default(),
        MemoryNotifier::default(),
        MemoryWakeUps::default(),
    )
}
