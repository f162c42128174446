use alloc::{sync::Arc, vec::Vec};
use core::{borrow::Borrow, fmt, mem};

use crate::{
    Activation, Delta, Fact, Limits, Network, ProductionId,
    memory::{Held, Memory},
    network::{AlphaIndex, Moves},
};

/// Names a fact of a session; never used twice.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FactId(pub u64);

/// Facts and what they match of a network's productions.
///
/// What matches depends on the facts alone, not on the order in which they
/// came. Every operation either happens and tells what it changed, or is
/// refused and has changed nothing.
#[derive(Clone, Debug)]
pub struct Session<A, F> {
    pub(crate) network: Arc<Network<A>>,
    pub(crate) memory: Memory<F>,
    limits: Limits,
    next: u64,
}

/// Why an operation was refused; the session is as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// There are as many facts as [`Limits::facts`] allows.
    TooManyFacts {
        /// How many are allowed.
        allowed: usize,
    },
    /// The fact, or its going, would bring more partial matches than
    /// [`Limits::tokens`] allows.
    TooManyTokens {
        /// How many are allowed.
        allowed: usize,
    },
    /// There is no such fact.
    UnknownFact {
        /// What was asked for.
        fact: FactId,
    },
}

impl<A, F> Session<A, F>
where
    A: Clone + Ord + Borrow<F::Attribute>,
    F: Fact,
{
    /// A session without facts, with the default limits.
    ///
    /// Productions of negated patterns alone match already; see
    /// [`Session::activations`].
    #[must_use]
    pub fn new(network: Arc<Network<A>>) -> Self {
        Self::with_limits(network, Limits::default())
    }

    /// A session without facts.
    #[must_use]
    pub fn with_limits(network: Arc<Network<A>>, limits: Limits) -> Self {
        // What holds without facts is bounded by the productions.
        let mut memory = Memory::new(&network, usize::MAX);
        memory.tokens.set_max(limits.tokens);
        memory.journal.take();
        Self { network, memory, limits, next: 0 }
    }

    /// Adds a fact, under a new name.
    pub fn assert(&mut self, fact: F) -> Result<(FactId, Delta), Refused> {
        if self.memory.facts.len() >= self.limits.facts {
            return Err(Refused::TooManyFacts { allowed: self.limits.facts });
        }
        let id = FactId(self.next);
        let alphas = self.network.alphas_of(&fact);
        self.memory.facts.insert(id, Held::new(fact, &alphas));
        self.memory.enter(&self.network, id, &alphas);
        if self.memory.tokens.take_refused() {
            self.undo(|memory, network| memory.leave(network, id, &alphas));
            self.memory.facts.remove(&id);
            return Err(self.too_many_tokens());
        }
        self.next += 1;
        Ok((id, self.memory.journal.take()))
    }

    /// Removes a fact, which is given back.
    pub fn retract(&mut self, id: FactId) -> Result<(F, Delta), Refused> {
        let alphas = self.held(id)?.alphas();
        self.memory.leave(&self.network, id, &alphas);
        if self.memory.tokens.take_refused() {
            self.undo(|memory, network| memory.enter(network, id, &alphas));
            return Err(self.too_many_tokens());
        }
        match self.memory.facts.remove(&id) {
            Some(held) => Ok((held.fact, self.memory.journal.take())),
            None => Err(Refused::UnknownFact { fact: id }),
        }
    }

    /// Puts `fact` in the place of the one named `id`, which keeps its name.
    ///
    /// Costs what has changed: where the fact meets the same tests and carries
    /// the same values that joins ask for, nothing is done. A match that holds
    /// of the new fact as it did of the old one is not reported.
    pub fn update(&mut self, id: FactId, fact: F) -> Result<Delta, Refused> {
        let held = self.held(id)?;
        let Moves { out, into } = self.network.moves(&held.places, &held.fact, &fact);
        self.memory.leave(&self.network, id, &out);
        let before = self.replace(id, fact, &out, &into);
        self.memory.enter(&self.network, id, &into);
        if self.memory.tokens.take_refused() {
            let max = self.memory.tokens.set_max(usize::MAX);
            self.memory.leave(&self.network, id, &into);
            if let Some(before) = before {
                self.replace(id, before, &into, &out);
            }
            self.undo(|memory, network| memory.enter(network, id, &out));
            self.memory.tokens.set_max(max);
            return Err(self.too_many_tokens());
        }
        Ok(self.memory.journal.take())
    }

    /// Does `back` without regard to the limit: what was there before had room.
    fn undo(&mut self, back: impl FnOnce(&mut Memory<F>, &Network<A>)) {
        let max = self.memory.tokens.set_max(usize::MAX);
        back(&mut self.memory, &self.network);
        self.memory.tokens.set_max(max);
        self.memory.journal.take();
    }

    fn replace(
        &mut self,
        id: FactId,
        fact: F,
        out: &[AlphaIndex],
        into: &[AlphaIndex],
    ) -> Option<F> {
        let held = self.memory.facts.get_mut(&id)?;
        held.change(out, into);
        Some(mem::replace(&mut held.fact, fact))
    }
}

impl<A, F> Session<A, F> {
    /// The network it matches against.
    pub fn network(&self) -> &Arc<Network<A>> {
        &self.network
    }

    /// The fact named `id`.
    pub fn fact(&self, id: FactId) -> Option<&F> {
        self.memory.facts.get(&id).map(|held| &held.fact)
    }

    /// All facts with their names, ascending.
    pub fn facts(&self) -> impl Iterator<Item = (FactId, &F)> {
        self.memory.facts.iter().map(|(id, held)| (*id, &held.fact))
    }

    /// How many partial and whole matches it holds; see [`Limits::tokens`].
    pub fn tokens(&self) -> usize {
        self.memory.tokens.len()
    }

    /// All matches of all productions, ascending by production and facts.
    pub fn activations(&self) -> Vec<Activation>
    where
        F: Fact,
    {
        self.network.productions().flat_map(|production| self.activations_of(production)).collect()
    }

    /// All matches of `production`, ascending by facts.
    pub fn activations_of(&self, production: ProductionId) -> Vec<Activation>
    where
        F: Fact,
    {
        let compiled = self.network.productions.get(&production);
        let last = compiled.and_then(|compiled| compiled.chain.last());
        let memory = last.and_then(|(node, _)| self.memory.betas.get(node));
        let tokens = memory.into_iter().flat_map(|memory| &memory.active);
        let mut activations: Vec<Activation> =
            tokens.map(|token| self.memory.activation(&self.network, production, *token)).collect();
        activations.sort_unstable();
        activations
    }

    fn held(&self, id: FactId) -> Result<&Held<F>, Refused> {
        self.memory.facts.get(&id).ok_or(Refused::UnknownFact { fact: id })
    }

    fn too_many_tokens(&self) -> Refused {
        Refused::TooManyTokens { allowed: self.limits.tokens }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyFacts { allowed } => {
                write!(f, "{allowed} facts are there, and no more are allowed")
            }
            Self::TooManyTokens { allowed } => {
                write!(f, "the facts would have more than the {allowed} tokens that are allowed")
            }
            Self::UnknownFact { fact } => write!(f, "there is no fact {}", fact.0),
        }
    }
}

impl core::error::Error for Refused {}
