//! Negations: a match stays one while no fact agrees with it.
//!
//! A token counts the facts that agree (Forgy 1982); it does not list them, as
//! Doorenbos's join results do, since asking again gives the same answer.

use core::borrow::Borrow;

use crate::{
    Fact, FactId,
    memory::{Memory, TokenId},
    network::{BetaNode, Network, NodeIndex},
};

impl<F: Fact> Memory<F> {
    /// A fact has come that may block matches.
    pub(crate) fn block<A>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode<A>,
        fact: FactId,
    ) where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(key) = self.right_key(fact, &node.right_key) else { return };
        let Some(memory) = self.betas.get(&index) else { return };
        for token in memory.blockable(&key) {
            if self.passes(network, node, token, fact)
                && let Some(blocked) = self.tokens.get_mut(token)
            {
                blocked.blockers += 1;
                if blocked.blockers == 1 {
                    self.deactivate(network, token);
                }
            }
        }
    }

    /// A fact has gone that may have blocked matches.
    pub(crate) fn unblock<A>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode<A>,
        fact: FactId,
    ) where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let Some(key) = self.right_key(fact, &node.right_key) else { return };
        let Some(memory) = self.betas.get(&index) else { return };
        for token in memory.blockable(&key) {
            if self.passes(network, node, token, fact)
                && let Some(blocked) = self.tokens.get_mut(token)
                && blocked.blockers > 0
            {
                blocked.blockers -= 1;
                if blocked.blockers == 0 {
                    self.activate(network, token);
                }
            }
        }
    }

    /// The parent has a new match: is there a fact against it?
    pub(crate) fn negate_token<A>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode<A>,
        token: TokenId,
    ) where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let blockers = self.facts_for(network, node, token).len();
        let blockers = u32::try_from(blockers).unwrap_or(u32::MAX);
        let Some(key) = self.left_key(network, token, &node.left_key) else { return };
        let Some(own) = self.create(index, node, token, None) else { return };
        self.beta(index, node).wait(key, own);
        if let Some(created) = self.tokens.get_mut(own) {
            created.blockers = blockers;
        }
        if blockers == 0 {
            self.activate(network, own);
        }
    }
}
