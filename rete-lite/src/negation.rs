//! Negations: a match stays one while no fact agrees with it.
//!
//! A token counts the facts that agree (Forgy 1982); it does not list them, as
//! Doorenbos's join results do, since asking again gives the same answer.

use core::borrow::Borrow;

use crate::{
    Fact,
    memory::{Coming, FactRef, List, Memory, TokenId},
    network::{BetaNode, Network, NodeIndex},
};

impl<F: Fact> Memory<F> {
    /// A fact has come that may block matches, or gone that may have blocked some.
    pub(crate) fn block<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode,
        fact: FactRef,
        coming: Coming,
    ) {
        let Some(link) = network.link(node) else { return };
        let Some(key) = self.right_key(fact, &link.right) else { return };
        let mut next = self.token_lists.first(List::Waiting(index), &key);
        while let Some((id, after)) = next.and_then(|entry| self.token_lists.member(entry)) {
            next = after;
            if !self.passes(network, link, id, fact) {
                continue;
            }
            let Some(token) = self.tokens.get_mut(id) else { continue };
            match coming {
                Coming::Comes => {
                    token.blockers += 1;
                    if token.blockers == 1 {
                        self.deactivate(network, id);
                    }
                }
                Coming::Goes if token.blockers == 0 => {}
                Coming::Goes => {
                    token.blockers -= 1;
                    if token.blockers == 0 {
                        self.activate(network, id);
                    }
                }
            }
        }
    }

    /// The parent has a new match: is there a fact against it?
    pub(crate) fn negate_token<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode,
        token: TokenId,
    ) {
        let Some(link) = network.link(node) else { return };
        let Some((list, key)) = self.partners(network, node, token) else { return };
        let blockers = if link.filters.is_empty() {
            self.fact_lists.len(list, &key)
        } else {
            let facts = self.fact_lists.members(list, &key);
            facts.filter(|fact| self.passes(network, link, token, *fact)).count()
        };
        let Some(own) = self.create(index, node, token, None) else { return };
        let mut waiting = None;
        self.token_lists.add(List::Waiting(index), key, own, &mut waiting);
        if let Some(created) = self.tokens.get_mut(own) {
            created.blockers = u32::try_from(blockers).unwrap_or(u32::MAX);
            created.waiting = waiting;
        }
        if blockers == 0 {
            self.activate(network, own);
        }
    }
}
