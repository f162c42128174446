use std::{cell::RefCell, collections::BTreeMap};

use rules_core::Timestamp;

use crate::ports::{Unavailable, WakeUps};

/// Alarms in memory; [`super::MemoryHost::run`] rings them.
#[derive(Debug, Default)]
pub struct MemoryWakeUps(RefCell<BTreeMap<String, Timestamp>>);

impl MemoryWakeUps {
    /// When `scope` is to be woken.
    #[must_use]
    pub fn at(&self, scope: &str) -> Option<Timestamp> {
        self.0.borrow().get(scope).copied()
    }

    /// Takes out the earliest alarm at or before `until`.
    #[must_use]
    pub fn take_next(&self, until: Timestamp) -> Option<(String, Timestamp)> {
        let mut alarms = self.0.borrow_mut();
        let earliest = alarms.iter().map(|(scope, at)| (*at, scope.clone())).min();
        let (at, scope) = earliest.filter(|(at, _)| *at <= until)?;
        alarms.remove(&scope);
        Some((scope, at))
    }
}

impl WakeUps for MemoryWakeUps {
    async fn wake_at(&self, scope: &str, at: Option<Timestamp>) -> Result<(), Unavailable> {
        let mut alarms = self.0.borrow_mut();
        match at {
            Some(at) => alarms.insert(scope.to_owned(), at),
            None => alarms.remove(scope),
        };
        Ok(())
    }
}
