use alloc::vec::Vec;

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

/// What has begun and ended while an operation is under way, as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Vec<(Activation, Event)>);

#[derive(Clone, Copy, Debug)]
enum Event {
    Begun,
    Ended,
}

impl Journal {
    pub(crate) fn begin(&mut self, activation: Activation) {
        self.0.push((activation, Event::Begun));
    }

    pub(crate) fn end(&mut self, activation: Activation) {
        self.0.push((activation, Event::Ended));
    }

    /// What has come together since the last time.
    pub(crate) fn take(&mut self) -> Delta {
        let mut delta = Delta::default();
        // Events of one match take turns, so an even number of them is nothing
        // and of an odd number the first says what is left.
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut events = self.0.drain(..).peekable();
        while let Some((activation, first)) = events.next() {
            let mut others = 0;
            while events.next_if(|(other, _)| *other == activation).is_some() {
                others += 1;
            }
            match first {
                _ if others % 2 == 1 => {}
                Event::Begun => delta.begun.push(activation),
                Event::Ended => delta.ended.push(activation),
            }
        }
        delta
    }
}
