//! Joins: a match and a fact that agree are a longer match.

use alloc::vec::Vec;
use core::borrow::Borrow;

use crate::{
    Fact, FactId,
    memory::{Memory, TokenId},
    network::{BetaNode, Network, NodeIndex},
};

impl<F: Fact> Memory<F> {
    /// Right activation: a fact has come, and is put to the matches of the parent.
    pub(crate) fn join_fact<A>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode<A>,
        fact: FactId,
    ) where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(key) = self.right_key(fact, &node.right_key) else { return };
        let Some(parent) = self.betas.get(&node.parent) else { return };
        for token in parent.partners(node.left_index, &key) {
            if self.passes(network, node, token, fact) {
                self.extend(network, index, node, token, fact);
            }
        }
    }

    /// Left activation: the parent has a new match, which is put to the facts.
    pub(crate) fn join_token<A>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode<A>,
        token: TokenId,
    ) where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        for fact in self.facts_for(network, node, token) {
            self.extend(network, index, node, token, fact);
        }
    }

    /// The facts that agree with the match `token`.
    pub(crate) fn facts_for<A>(
        &self,
        network: &Network<A>,
        node: &BetaNode<A>,
        token: TokenId,
    ) -> Vec<FactId>
    where
        A: Borrow<F::Attribute>,
    {
        let memory = self.alphas.get(&node.alpha).filter(|memory| !memory.facts.is_empty());
        let Some(memory) = memory else { return Vec::new() };
        let Some(key) = self.left_key(network, token, &node.left_key) else { return Vec::new() };
        let found = memory.partners(node.right_index, &key).into_iter().flatten().copied();
        found.filter(|fact| self.passes(network, node, token, *fact)).collect()
    }

    fn extend<A>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode<A>,
        token: TokenId,
        fact: FactId,
    ) where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        if let Some(longer) = self.create(index, node, token, Some(fact)) {
            self.activate(network, longer);
        }
    }
}
