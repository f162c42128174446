use alloc::{sync::Arc, vec::Vec};
use core::{borrow::Borrow, fmt};

use sorted::Gather;

use crate::{
    Activation, Delta, Fact, Limits, Network, ProductionId,
    memory::{FactRef, Held, Key, List, Memory},
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
    /// [`Session::activations`]. Takes what these cost, and little room: nodes
    /// of the network have memories only while something is in them.
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
        memory.journal.clear();
        Self { network, memory, limits, next: 0 }
    }

    /// Adds a fact, under a new name.
    ///
    /// Costs finding its alpha nodes, and for each of them and of the nodes linked below them
    /// O(1); then O(patterns) for each pair that the keys bring together and each match that
    /// begins or ends.
    pub fn assert(&mut self, fact: F) -> Result<(FactId, Delta), Refused> {
        let too_many = Refused::TooManyFacts { allowed: self.limits.facts };
        if self.memory.facts.len() >= self.limits.facts {
            return Err(too_many);
        }
        let id = FactId(self.next);
        let network = Arc::clone(&self.network);
        let alphas = network.alphas_of(&fact);
        let inserted = self.memory.facts.insert(&network, id, fact, &alphas);
        let name = inserted.ok_or(too_many)?;
        self.memory.enter(&network, name, &alphas);
        if self.memory.tokens.take_refused() {
            self.undo(|memory| memory.leave(&network, name, &alphas));
            self.memory.facts.remove(&network, name);
            return Err(self.too_many_tokens());
        }
        self.next += 1;
        Ok((id, self.memory.journal.take()))
    }

    /// Removes a fact, which is given back. Costs what [`Session::assert`] does, but joins nothing
    /// again: what ends hangs together.
    pub fn retract(&mut self, id: FactId) -> Result<(F, Delta), Refused> {
        let network = Arc::clone(&self.network);
        let (name, held) = self.held(id)?;
        let alphas = held.alphas();
        self.memory.leave(&network, name, &alphas);
        if self.memory.tokens.take_refused() {
            self.undo(|memory| memory.enter(&network, name, &alphas));
            return Err(self.too_many_tokens());
        }
        match self.memory.facts.remove(&network, name) {
            Some(fact) => Ok((fact, self.memory.journal.take())),
            None => Err(Refused::UnknownFact { fact: id }),
        }
    }

    /// Puts `fact` in the place of the one named `id`, which keeps its name.
    ///
    /// Costs what has changed: where the fact meets the same tests and carries
    /// the same values that joins ask for, nothing is done. A match that holds
    /// of the new fact as it did of the old one is not reported.
    pub fn update(&mut self, id: FactId, fact: F) -> Result<Delta, Refused> {
        let network = Arc::clone(&self.network);
        let (name, held) = self.held(id)?;
        let moves = network.moves(&held.places, &held.fact, &fact);
        self.memory.leave(&network, name, &moves.out);
        let before = self.memory.facts.replace(&network, name, fact, &moves);
        self.memory.enter(&network, name, &moves.into);
        if self.memory.tokens.take_refused() {
            self.undo(|memory| {
                memory.leave(&network, name, &moves.into);
                let back = moves.turned();
                if let Some(before) = before {
                    memory.facts.replace(&network, name, before, &back);
                }
                memory.enter(&network, name, &back.into);
            });
            return Err(self.too_many_tokens());
        }
        Ok(self.memory.journal.take())
    }

    /// Does `back` without regard to the limit: what was there before had room.
    fn undo(&mut self, back: impl FnOnce(&mut Memory<F>)) {
        let max = self.memory.tokens.set_max(usize::MAX);
        back(&mut self.memory);
        self.memory.tokens.set_max(max);
        self.memory.journal.clear();
    }
}

impl<A, F> Session<A, F> {
    /// The network it matches against.
    pub fn network(&self) -> &Arc<Network<A>> {
        &self.network
    }

    /// The fact named `id`, in O(log facts).
    pub fn fact(&self, id: FactId) -> Option<&F> {
        self.memory.facts.get(self.memory.facts.find(id)?).map(|held| &held.fact)
    }

    /// All facts with their names, ascending: O(1) each.
    pub fn facts(&self) -> impl Iterator<Item = (FactId, &F)> {
        self.memory.facts.iter().map(|held| (held.id, &held.fact))
    }

    /// How many partial and whole matches it holds, in O(1); see [`Limits::tokens`].
    pub fn tokens(&self) -> usize {
        self.memory.tokens.len()
    }

    /// All matches of all productions, ascending by production and facts.
    /// Takes a look at every production, and at each what [`Session::activations_of`] does.
    pub fn activations(&self) -> Vec<Activation> {
        self.network.productions().flat_map(|production| self.activations_of(production)).gather()
    }

    /// All matches of `production`, ascending by facts: O(patterns) each, and a sort.
    pub fn activations_of(&self, production: ProductionId) -> Vec<Activation> {
        let Some((last, plan)) = self.network.compiled(production) else { return Vec::new() };
        let tokens = self.memory.token_lists.members(List::Matches(last), &Key::None);
        let mut activations: Vec<Activation> =
            tokens.map(|token| self.memory.activation(production, plan, token)).gather();
        sorted::sort(&mut activations);
        activations
    }

    fn held(&self, id: FactId) -> Result<(FactRef, &Held<F>), Refused> {
        let name = self.memory.facts.find(id);
        let held = name.and_then(|name| Some((name, self.memory.facts.get(name)?)));
        held.ok_or(Refused::UnknownFact { fact: id })
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
