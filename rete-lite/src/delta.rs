use alloc::vec::Vec;
use core::ops::Range;

use sorted::Gather;

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
pub(crate) struct Journal {
    notes: Vec<Note>,
    /// The facts of all notes, one after the other: their numbers and one more, 0 for none.
    facts: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Note {
    production: ProductionId,
    event: Event,
    facts: Range<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    Begun,
    Ended,
}

impl Journal {
    /// Adds an event of a production with the facts that `fill` writes.
    pub(crate) fn note(
        &mut self,
        production: ProductionId,
        event: Event,
        patterns: usize,
        fill: impl FnOnce(&mut Facts<'_>),
    ) {
        let start = self.facts.len();
        self.facts.resize(start + patterns, 0);
        fill(&mut Facts(self.facts.get_mut(start..).unwrap_or_default()));
        self.notes.push(Note { production, event, facts: start..start + patterns });
    }

    /// What has come together since the last time.
    pub(crate) fn take(&mut self) -> Delta {
        if self.notes.is_empty() {
            return Delta::default();
        }
        let begun = self.notes.iter().filter(|note| note.event == Event::Begun).count();
        let mut delta = Delta {
            begun: Vec::with_capacity(begun),
            ended: Vec::with_capacity(self.notes.len() - begun),
        };
        let facts = |note: &Note| self.facts.get(note.facts.clone()).unwrap_or_default();
        // Events of one match take turns, so an even number of them is nothing
        // and of an odd number the first says what is left.
        let order = |a: &Note, b: &Note| {
            a.production.cmp(&b.production).then_with(|| facts(a).cmp(facts(b)))
        };
        sorted::sort_by(&mut self.notes, order);
        for same in self.notes.chunk_by(|a, b| order(a, b).is_eq()) {
            let [first, ..] = same else { continue };
            if same.len() % 2 == 0 {
                continue;
            }
            let activation = Activation {
                production: first.production,
                facts: facts(first).iter().map(|number| number.checked_sub(1).map(FactId)).gather(),
            };
            match first.event {
                Event::Begun => delta.begun.push(activation),
                Event::Ended => delta.ended.push(activation),
            }
        }
        self.clear();
        delta
    }

    /// Forgets what has come.
    pub(crate) fn clear(&mut self) {
        if self.notes.len() > KEPT {
            *self = Self::default();
        }
        self.notes.clear();
        self.facts.clear();
    }
}

/// Room for so many notes is kept from one operation to the next.
const KEPT: usize = 1_024;

/// The facts of one note, by pattern.
pub(crate) struct Facts<'a>(&'a mut [u64]);

impl Facts<'_> {
    pub(crate) fn set(&mut self, pattern: usize, FactId(number): FactId) {
        if let Some(place) = self.0.get_mut(pattern) {
            *place = number + 1;
        }
    }
}
