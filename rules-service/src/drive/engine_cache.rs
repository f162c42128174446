use std::{cell::RefCell, rc::Rc};

use rules_core::{
    Timestamp,
    partition::{Engine, Settings},
};

use crate::ports::{RuleStore, Unavailable, Version};

/// The compiled rule set of a process or object, shared by its partitions.
///
/// Never gives an engine older than one it gave before.
#[derive(Debug)]
pub struct EngineCache {
    settings: Settings,
    newest: RefCell<Option<Rc<Engine>>>,
}

impl EngineCache {
    /// An empty cache of engines with `settings`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, newest: RefCell::new(None) }
    }

    /// The newest engine known, of version `at_least` or later.
    ///
    /// # Errors
    /// The rule store gave no rule set that new, or one that this version of
    /// the code cannot read.
    pub async fn engine(
        &self,
        rules: &impl RuleStore,
        at_least: Version,
        now: Timestamp,
    ) -> Result<Rc<Engine>, Unavailable> {
        let _ = (rules.load().await?, at_least, now, self.settings, &self.newest);
        todo!()
    }
}
