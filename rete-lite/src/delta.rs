use alloc::{collections::BTreeMap, vec::Vec};

use crate::{FactId, ProductionId};

/// One match of a production.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Activation {
    /// Of which production.
    pub production: ProductionId,
    /// The fact that each pattern found, in the order in which patterns were
    /// written; none for negated ones.
    pub facts: Vec<Option<FactId>>,
}

/// What an operation changed: matches that began and matches that ended, each
/// list ascending by production and facts, so it does not depend on how the
/// network came to it.
///
/// A match that ends and begins again within one operation is in neither list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Delta {
    /// Matches that were not there before.
    pub begun: Vec<Activation>,
    /// Matches that are there no more.
    pub ended: Vec<Activation>,
}

impl Delta {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.ended.is_empty()
    }
}

/// Begun less ended, by match, while an operation is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(BTreeMap<Activation, i32>);

impl Journal {
    pub(crate) fn begin(&mut self, activation: Activation) {
        self.count(activation, 1);
    }

    pub(crate) fn end(&mut self, activation: Activation) {
        self.count(activation, -1);
    }

    /// What has come together since the last time.
    pub(crate) fn take(&mut self) -> Delta {
        let mut delta = Delta::default();
        for (activation, balance) in core::mem::take(&mut self.0) {
            match balance {
                1.. => delta.begun.push(activation),
                0 => {}
                _ => delta.ended.push(activation),
            }
        }
        delta
    }

    fn count(&mut self, activation: Activation, by: i32) {
        *self.0.entry(activation).or_insert(0) += by;
    }
}
