//! A whole host in memory, on a virtual clock: for tests and the command line.

mod notifier;
pub use notifier::MemoryNotifier;
mod rules;
pub use rules::MemoryRules;
mod store;
pub use store::MemoryStore;
mod wakeups;
pub use wakeups::MemoryWakeUps;

use rules_core::Timestamp;

use crate::{config::Config, drive::LocalHost, ports::Unavailable};

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

impl MemoryHost {
    /// Lets the clock run from `now` to `until`: rings every alarm that is set
    /// for that time, or for earlier, in its turn.
    ///
    /// # Errors
    /// What was rung could not, for now; it has set its alarm again.
    pub async fn run(&self, mut now: Timestamp, until: Timestamp) -> Result<(), Unavailable> {
        while let Some((scope, at)) = self.wakeups.take_next(until) {
            now = now.max(at);
            self.wake(&scope, now).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::ports::contract;

    #[test]
    fn the_stores_keep_their_contracts() {
        let checked = block_on(contract::check_store(&MemoryStore::default(), "shard-0"));
        assert_eq!(checked, Ok(()));
        assert_eq!(block_on(contract::check_rule_store(&MemoryRules::default())), Ok(()));
    }
}
