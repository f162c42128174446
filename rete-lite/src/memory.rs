//! What a session remembers: facts, which of them each alpha node holds, and
//! the partial matches of each beta node. How facts and tokens move through
//! it is in `join` and `negation`.

use alloc::collections::BTreeMap;
use core::{borrow::Borrow, iter};

use alloc::vec::Vec;

use crate::{
    Activation, Fact, FactId, ProductionId, Scalar,
    delta::Journal,
    key::{Key, key},
    network::{AlphaIndex, BetaNode, Kind, Network, NodeIndex, ROOT, Slot},
};

mod alpha;
pub(crate) use alpha::AlphaMemory;
mod beta;
pub(crate) use beta::BetaMemory;
mod token;
pub(crate) use token::{Token, TokenId, Tokens};

/// The state of one session.
#[derive(Clone, Debug)]
pub(crate) struct Memory<F> {
    pub(crate) facts: BTreeMap<FactId, Held<F>>,
    /// Of the alpha nodes that hold or link anything, so that productions of
    /// which nothing is there cost a session nothing.
    pub(crate) alphas: BTreeMap<AlphaIndex, AlphaMemory>,
    /// Of the beta nodes that have tokens.
    pub(crate) betas: BTreeMap<NodeIndex, BetaMemory>,
    pub(crate) tokens: Tokens,
    pub(crate) journal: Journal,
}

/// A fact with where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Held<F> {
    pub(crate) fact: F,
    /// The alpha nodes that hold it, ascending.
    pub(crate) places: Vec<Place>,
}

/// A fact in one alpha node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) alpha: AlphaIndex,
    /// Where the list of tokens begins that end with the fact at a node of this alpha node.
    pub(crate) tokens: Option<TokenId>,
}

/// Where `alpha` is among `places`, or would be.
pub(crate) fn place(places: &[Place], alpha: AlphaIndex) -> Result<usize, usize> {
    places.binary_search_by_key(&alpha, |place| place.alpha)
}

impl<F> Held<F> {
    pub(crate) fn new(fact: F, alphas: &[AlphaIndex]) -> Self {
        let places = alphas.iter().map(|alpha| Place { alpha: *alpha, tokens: None });
        Self { fact, places: places.collect() }
    }

    /// Takes the places of `out`, which must have no tokens, and adds those of `into`.
    pub(crate) fn change(&mut self, out: &[AlphaIndex], into: &[AlphaIndex]) {
        for alpha in out {
            if let Ok(at) = place(&self.places, *alpha) {
                self.places.remove(at);
            }
        }
        for alpha in into {
            if let Err(at) = place(&self.places, *alpha) {
                self.places.insert(at, Place { alpha: *alpha, tokens: None });
            }
        }
    }

    pub(crate) fn alphas(&self) -> Vec<AlphaIndex> {
        self.places.iter().map(|place| place.alpha).collect()
    }

    /// The place that a token of `node` counts to.
    fn place_of<A>(&mut self, node: &BetaNode<A>) -> Option<&mut Place> {
        let at = place(&self.places, node.alpha).ok()?;
        self.places.get_mut(at)
    }
}

impl<F: Fact> Memory<F> {
    /// Without facts; what holds without any is active already.
    pub(crate) fn new<A>(network: &Network<A>, tokens_max: usize) -> Self
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let mut memory = Self {
            facts: BTreeMap::new(),
            alphas: BTreeMap::new(),
            betas: BTreeMap::new(),
            tokens: Tokens::new(tokens_max),
            journal: Journal::default(),
        };
        memory.activate(network, TokenId::ROOT);
        memory
    }

    /// Puts the fact into `alphas`, which ascend, and follows what that changes.
    ///
    /// The fact is in all of them before any node hears of it, and nodes hear
    /// of it from the end of the chains to their beginning. So a node finds
    /// the fact either here, with the matches that were there before, or when
    /// a new match comes down to it, and never both.
    pub(crate) fn enter<A>(&mut self, network: &Network<A>, id: FactId, alphas: &[AlphaIndex])
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(held) = self.facts.get(&id) else { return };
        for index in alphas {
            if let Some(alpha) = network.alphas.get(*index) {
                let memory = self.alphas.entry(*index);
                memory.or_insert_with(|| AlphaMemory::new(alpha)).insert(alpha, id, &held.fact);
            }
        }
        for (index, node) in self.linked(network, alphas) {
            match node.kind {
                Kind::Join => self.join_fact(network, index, node, id),
                Kind::Negation => self.block(network, index, node, id),
            }
        }
    }

    /// Takes the fact out of `alphas`, which ascend, and follows what that changes. The
    /// fact itself stays, to be asked.
    pub(crate) fn leave<A>(&mut self, network: &Network<A>, id: FactId, alphas: &[AlphaIndex])
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(held) = self.facts.get(&id) else { return };
        for index in alphas {
            if let (Some(memory), Some(alpha)) =
                (self.alphas.get_mut(index), network.alphas.get(*index))
            {
                memory.remove(alpha, id, &held.fact);
                if memory.is_empty() {
                    self.alphas.remove(index);
                }
            }
        }
        for index in alphas {
            while let Some(token) = self.first_of(id, *index) {
                self.delete(network, token);
            }
        }
        for (index, node) in self.linked(network, alphas) {
            if node.kind == Kind::Negation {
                self.unblock(network, index, node, id);
            }
        }
    }

    /// The nodes that take facts from `alphas` and have matches to put them
    /// to, the last of each chain first.
    fn linked<'n, A>(
        &self,
        network: &'n Network<A>,
        alphas: &[AlphaIndex],
    ) -> Vec<(NodeIndex, &'n BetaNode<A>)> {
        let mut linked: Vec<NodeIndex> = Vec::new();
        for index in alphas {
            linked.extend(network.alphas.get(*index).into_iter().flat_map(|alpha| &alpha.first));
            linked.extend(self.alphas.get(index).into_iter().flat_map(|memory| &memory.linked));
        }
        linked.sort_unstable_by(|a, b| b.cmp(a));
        linked.into_iter().filter_map(|index| Some((index, network.node(index)?))).collect()
    }

    /// The token has become a match of its node.
    pub(crate) fn activate<A>(&mut self, network: &Network<A>, id: TokenId)
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(index) = self.tokens.get(id).map(|token| token.node) else { return };
        let Some(node) = network.node(index) else { return };
        for (place, slots) in node.indexes.iter().enumerate() {
            if let Some(key) = self.left_key(network, id, slots) {
                self.beta(index, node).index(place, key, id);
            }
        }
        let memory = self.betas.entry(index).or_insert_with(|| BetaMemory::new(node));
        if memory.begin(&mut self.tokens, id) && index != ROOT {
            self.link(network, node);
        }
        for production in &node.productions {
            let activation = self.activation(network, *production, id);
            self.journal.begin(activation);
        }
        for child in &node.children {
            match network.node(*child) {
                Some(next) if next.kind == Kind::Join => self.join_token(network, *child, next, id),
                Some(next) => self.negate_token(network, *child, next, id),
                None => {}
            }
        }
    }

    /// The token is no longer a match of its node.
    pub(crate) fn deactivate<A>(&mut self, network: &Network<A>, id: TokenId)
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(index) = self.tokens.get(id).map(|token| token.node) else { return };
        let Some(node) = network.node(index) else { return };
        while let Some(child) = self.tokens.first_child(id) {
            self.delete(network, child);
        }
        for production in &node.productions {
            let activation = self.activation(network, *production, id);
            self.journal.end(activation);
        }
        for (place, slots) in node.indexes.iter().enumerate() {
            if let Some(key) = self.left_key(network, id, slots)
                && let Some(memory) = self.betas.get_mut(&index)
            {
                memory.unindex(place, &key, id);
            }
        }
        if let Some(memory) = self.betas.get_mut(&index)
            && memory.end(&mut self.tokens, id)
        {
            if memory.is_empty() {
                self.betas.remove(&index);
            }
            self.unlink(network, node);
        }
    }

    /// Removes the token with all that hang below it.
    pub(crate) fn delete<A>(&mut self, network: &Network<A>, id: TokenId)
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(token) = self.tokens.get(id) else { return };
        let (index, fact) = (token.node, token.fact);
        if token.blockers == 0 {
            self.deactivate(network, id);
        }
        if let Some(node) = network.node(index)
            && node.kind == Kind::Negation
            && let Some(key) = self.left_key(network, id, &node.left_key)
            && let Some(memory) = self.betas.get_mut(&index)
        {
            memory.forget(&key, id);
            if memory.is_empty() {
                self.betas.remove(&index);
            }
        }
        let held = fact.and_then(|fact| self.facts.get_mut(&fact));
        let place = held.and_then(|held| held.place_of(network.node(index)?));
        self.tokens.remove(id, place.map(|place| &mut place.tokens));
    }

    /// Adds a token below `parent`; none if there is no room for it.
    pub(crate) fn create<A>(
        &mut self,
        index: NodeIndex,
        node: &BetaNode<A>,
        parent: TokenId,
        fact: Option<FactId>,
    ) -> Option<TokenId> {
        let Some(id) = fact else { return self.tokens.add(index, parent, None) };
        let place = self.facts.get_mut(&id)?.place_of(node)?;
        self.tokens.add(index, parent, Some((id, &mut place.tokens)))
    }

    /// The first token that ends with the fact at a node of `alpha`.
    fn first_of(&self, id: FactId, alpha: AlphaIndex) -> Option<TokenId> {
        let places = &self.facts.get(&id)?.places;
        places.get(place(places, alpha).ok()?)?.tokens
    }

    /// The memory of a beta node, for something to be put into it.
    pub(crate) fn beta<A>(&mut self, index: NodeIndex, node: &BetaNode<A>) -> &mut BetaMemory {
        self.betas.entry(index).or_insert_with(|| BetaMemory::new(node))
    }

    /// From now on the children of `node` hear of facts: there is something to
    /// put them to.
    fn link<A>(&mut self, network: &Network<A>, node: &BetaNode<A>) {
        for child in &node.children {
            let Some(index) = network.node(*child).map(|child| child.alpha) else { continue };
            if let Some(alpha) = network.alphas.get(index) {
                let memory = self.alphas.entry(index);
                memory.or_insert_with(|| AlphaMemory::new(alpha)).linked.insert(*child);
            }
        }
    }

    fn unlink<A>(&mut self, network: &Network<A>, node: &BetaNode<A>) {
        for child in &node.children {
            let Some(index) = network.node(*child).map(|child| child.alpha) else { continue };
            if let Some(memory) = self.alphas.get_mut(&index) {
                memory.linked.remove(child);
                if memory.is_empty() {
                    self.alphas.remove(&index);
                }
            }
        }
    }

    /// What the match `id` is as a match of `production`.
    pub(crate) fn activation<A>(
        &self,
        network: &Network<A>,
        production: ProductionId,
        id: TokenId,
    ) -> Activation {
        let depths = network.productions.get(&production).map(|compiled| &compiled.depths);
        let fact = |depth: &Option<usize>| self.fact_at(network, id, (*depth)?);
        Activation { production, facts: depths.into_iter().flatten().map(fact).collect() }
    }

    /// The values of `slots` in the match `id`.
    pub(crate) fn left_key<A>(
        &self,
        network: &Network<A>,
        id: TokenId,
        slots: &[Slot<A>],
    ) -> Option<Key>
    where
        A: Borrow<F::Attribute>,
    {
        key(slots.iter().map(|slot| self.slot(network, id, slot)))
    }

    /// The values of `attributes` of the fact.
    pub(crate) fn right_key<A>(&self, id: FactId, attributes: &[A]) -> Option<Key>
    where
        A: Borrow<F::Attribute>,
    {
        let fact = &self.facts.get(&id)?.fact;
        key(attributes.iter().map(|attribute| fact.value(attribute.borrow())))
    }

    /// The value of `slot` in the match `id`.
    pub(crate) fn slot<A>(
        &self,
        network: &Network<A>,
        id: TokenId,
        slot: &Slot<A>,
    ) -> Option<Scalar<'_>>
    where
        A: Borrow<F::Attribute>,
    {
        let fact = self.fact_at(network, id, slot.depth)?;
        self.facts.get(&fact)?.fact.value(slot.attribute.borrow())
    }

    /// Whether the pair meets what the key of `node` does not say.
    pub(crate) fn passes<A>(
        &self,
        network: &Network<A>,
        node: &BetaNode<A>,
        token: TokenId,
        fact: FactId,
    ) -> bool
    where
        A: Borrow<F::Attribute>,
    {
        let Some(held) = self.facts.get(&fact) else { return false };
        node.filters.iter().all(|(attribute, comparison, slot)| {
            match (held.fact.value(attribute.borrow()), self.slot(network, token, slot)) {
                (Some(right), Some(left)) => comparison.holds(right, left),
                _ => false,
            }
        })
    }

    /// The fact that the pattern at `depth` found.
    fn fact_at<A>(&self, network: &Network<A>, id: TokenId, depth: usize) -> Option<FactId> {
        let up = |token: &&Token| (token.node != ROOT).then(|| self.tokens.get(token.parent));
        let mut chain = iter::successors(self.tokens.get(id), |token| up(token).flatten());
        chain.find(|token| network.node(token.node).is_some_and(|node| node.depth == depth))?.fact
    }
}

#[cfg(test)]
mod contents;
