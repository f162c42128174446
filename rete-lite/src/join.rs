//! Joins: a match and a fact that agree are a longer match.
//!
//! Lists are walked while what is found goes further down the chain. Nothing
//! that happens there comes back to a list of this node's parent or facts, so
//! the walk needs no copy of it.

use core::borrow::Borrow;

use crate::{
    Fact,
    memory::{FactRef, Key, List, Memory, TokenId},
    network::{BetaNode, Network, NodeIndex, ROOT},
};

impl<F: Fact> Memory<F> {
    /// Right activation: a fact has come, and is put to the matches of the parent.
    pub(crate) fn join_fact<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode,
        fact: FactRef,
    ) {
        if node.parent == ROOT {
            return self.extend(network, index, node, TokenId::ROOT, fact);
        }
        let Some(link) = network.link(node) else { return };
        let (list, key) = match node.left {
            Some(left) => (List::Index(left), self.right_key(fact, &link.right)),
            None => (List::Matches(node.parent), Some(Key::None)),
        };
        let Some(key) = key else { return };
        let mut next = self.token_lists.first(list, &key);
        while let Some((token, after)) = next.and_then(|entry| self.token_lists.member(entry)) {
            next = after;
            if self.passes(network, link, token, fact) {
                self.extend(network, index, node, token, fact);
            }
        }
    }

    /// Left activation: the parent has a new match, which is put to the facts.
    pub(crate) fn join_token<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode,
        token: TokenId,
    ) {
        let Some(link) = network.link(node) else { return };
        let Some((list, key)) = self.partners(network, node, token) else { return };
        let mut next = self.fact_lists.first(list, &key);
        while let Some((fact, after)) = next.and_then(|entry| self.fact_lists.member(entry)) {
            next = after;
            if self.passes(network, link, token, fact) {
                self.extend(network, index, node, token, fact);
            }
        }
    }

    /// Where the facts are that agree in key with the match `token`.
    pub(crate) fn partners<A>(
        &self,
        network: &Network<A>,
        node: &BetaNode,
        token: TokenId,
    ) -> Option<(List, Key)> {
        Some(match node.right {
            None => (List::Facts(node.alpha), Key::None),
            Some(right) => {
                (List::Index(right), self.left_key(network, token, &network.link(node)?.left)?)
            }
        })
    }

    fn extend<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        index: NodeIndex,
        node: &BetaNode,
        token: TokenId,
        fact: FactRef,
    ) {
        if let Some(longer) = self.create(index, node, token, Some(fact)) {
            self.activate(network, longer);
        }
    }
}
