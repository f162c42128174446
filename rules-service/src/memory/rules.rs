use std::cell::RefCell;

use crate::ports::{Commit, RuleStore, Unavailable, Version};

/// A rule store in memory.
#[derive(Debug, Default)]
pub struct MemoryRules(RefCell<(Version, String)>);

impl RuleStore for MemoryRules {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        Ok(self.0.borrow().clone())
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        let mut rules = self.0.borrow_mut();
        if rules.0 != expected {
            return Ok(Commit::Conflict);
        }
        *rules = (expected + 1, text.to_owned());
        Ok(Commit::Stored(expected + 1))
    }
}
