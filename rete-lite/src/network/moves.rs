use alloc::vec::Vec;
use core::borrow::Borrow;

use sorted::Gather;

use super::{AlphaIndex, Network};
use crate::{
    Fact, ProductionId,
    alpha::{Change, Moved},
    memory::{Place, place},
};

/// What a change of a fact does to it.
#[derive(Default)]
pub(crate) struct Moves {
    /// Alpha nodes that it leaves and enters, each ascending.
    pub(crate) out: Vec<AlphaIndex>,
    pub(crate) into: Vec<AlphaIndex>,
    /// Whether joins may look it up by other values than before.
    pub(crate) is_keyed_anew: bool,
}

impl Moves {
    /// What undoes it.
    pub(crate) fn turned(self) -> Self {
        Self { out: self.into, into: self.out, ..self }
    }
}

impl<A> Network<A> {
    /// What a change of a fact in the alpha nodes `held` does to it. A node
    /// whose joins read what has changed is left and entered.
    ///
    /// Costs what [`AlphaNetwork::moved`](crate::AlphaNetwork) does, and for each
    /// changed attribute a look at the nodes that hold the fact or at those whose
    /// joins read the attribute, whichever are fewer; where a changed attribute is compared with another of
    /// the same fact, finding the new fact's nodes too.
    pub(crate) fn moves<F: Fact>(&self, held: &[Place], old: &F, new: &F) -> Moves
    where
        A: Borrow<F::Attribute>,
    {
        let change = Change::new(self.names(), old, new);
        if change.columns.is_empty() {
            return Moves::default();
        }
        let Moved { begun, ended } = self.routes.moved(&change);
        let mut ended: Vec<AlphaIndex> = ended.into_iter().map(|ProductionId(a)| a).gather();
        sorted::sort(&mut ended);
        let mut into: Vec<AlphaIndex> = begun.into_iter().map(|ProductionId(a)| a).gather();
        let has_ended = |alpha: &AlphaIndex| ended.binary_search(alpha).is_ok();
        let is_held = |alpha: &AlphaIndex| place(held, *alpha).is_ok();
        let mut out: Vec<AlphaIndex> = ended.iter().copied().filter(is_held).gather();
        for column in &change.columns {
            let Some(readers) = self.readers.get(column) else { continue };
            let stays = |alpha: &AlphaIndex| !has_ended(alpha);
            if readers.len() < held.len() / 4 {
                let both = readers.iter().copied().filter(is_held);
                out.extend(both.clone());
                into.extend(both.filter(stays));
            } else {
                let both = held.iter().map(|place| place.alpha);
                let both = both.filter(|alpha| readers.binary_search(alpha).is_ok());
                out.extend(both.clone());
                into.extend(both.filter(stays));
            }
        }
        into.retain(|alpha| self.agrees(*alpha, new));
        // Those whose tests held all along, and what they compare within only now.
        let compared = change.columns.iter().filter_map(|c| self.compared_within.get(c));
        let mut candidates = compared.flatten().filter(|alpha| !is_held(alpha)).peekable();
        if candidates.peek().is_some() {
            let all = self.alphas_of(new);
            into.extend(candidates.filter(|alpha| all.binary_search(alpha).is_ok()));
        }
        for list in [&mut out, &mut into] {
            sorted::sort(list);
            list.dedup();
        }
        let is_keyed_anew = change.columns.iter().any(|column| self.is_keyed(*column));
        Moves { out: out.into_iter().gather(), into: into.into_iter().gather(), is_keyed_anew }
    }
}
