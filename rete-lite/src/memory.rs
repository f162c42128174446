//! What a session remembers: facts, which of them each alpha node holds, and
//! the partial matches of each beta node. How facts and tokens move through
//! it is in `join` and `negation`.

use alloc::vec::Vec;
use core::borrow::Borrow;

use sorted::LongMap;

use crate::{
    Activation, Fact, FactId, ProductionId, Scalar,
    delta::{Event, Journal},
    network::{AlphaIndex, BetaNode, Kind, Link, Network, NodeIndex, Plan, ROOT, Slot},
};

mod fact;
pub(crate) use fact::{FactRef, Facts, Held, Place, place};
mod lists;
pub(crate) use lists::{Entries, Key, List, Lists};
mod slab;
pub(crate) use slab::{Ref, Slab};
mod symbol;
pub(crate) use symbol::{Symbol, Symbols};
mod token;
pub(crate) use token::{TokenId, Tokens};

/// The state of one session. Nodes of which nothing is there take no room in it.
#[derive(Clone, Debug)]
pub(crate) struct Memory<F> {
    pub(crate) facts: Facts<F>,
    pub(crate) tokens: Tokens,
    /// Facts by alpha node, and by their indexes.
    pub(crate) fact_lists: Lists<FactRef>,
    /// Matches by beta node, and by their indexes.
    pub(crate) token_lists: Lists<TokenId>,
    /// Beta nodes further down a chain that want to hear of facts, each with
    /// its alpha node: those whose parent has matches. The others are unlinked,
    /// so that a rule which lacks its first fact costs nothing when its second
    /// comes (Doorenbos 1995).
    pub(crate) linked: LongMap<(AlphaIndex, NodeIndex), ()>,
    pub(crate) journal: Journal,
}

impl<F: Fact> Memory<F> {
    /// Without facts; what holds without any is active already.
    pub(crate) fn new<A: Borrow<F::Attribute>>(network: &Network<A>, tokens_max: usize) -> Self {
        let mut memory = Self {
            facts: Facts::default(),
            tokens: Tokens::new(tokens_max),
            fact_lists: Lists::default(),
            token_lists: Lists::default(),
            linked: LongMap::new(),
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
    pub(crate) fn enter<A>(&mut self, network: &Network<A>, fact: FactRef, alphas: &[AlphaIndex])
    where
        A: Borrow<F::Attribute>,
    {
        let Some(held) = self.facts.get_mut(fact) else { return };
        for alpha in alphas {
            let Ok(at) = place(&held.places, *alpha) else { continue };
            let mut listed = None;
            if network.alpha(*alpha).is_some_and(|alpha| alpha.is_listed) {
                self.fact_lists.add(List::Facts(*alpha), Key::None, fact, &mut listed);
            } else {
                self.fact_lists.count_up(List::Facts(*alpha));
            }
            for index in network.indexes_of(*alpha) {
                let symbols = network.key(*index).iter().map(|slot| held.symbol(slot.column));
                if let Some(key) = Key::of(symbols) {
                    self.fact_lists.add(List::Index(*index), key, fact, &mut listed);
                }
            }
            if let Some(place) = held.places.get_mut(at) {
                place.listed = listed;
            }
        }
        for index in self.hearing(network, alphas) {
            match network.node(index) {
                Some(node) if node.kind == Kind::Join => self.join_fact(network, index, node, fact),
                Some(node) => self.block(network, index, node, fact, Coming::Comes),
                None => {}
            }
        }
    }

    /// Takes the fact out of `alphas`, which ascend, and follows what that changes. The
    /// fact itself stays, to be asked.
    pub(crate) fn leave<A>(&mut self, network: &Network<A>, fact: FactRef, alphas: &[AlphaIndex])
    where
        A: Borrow<F::Attribute>,
    {
        let Some(held) = self.facts.get_mut(fact) else { return };
        for alpha in alphas {
            if let Some(place) = held.place_mut(*alpha) {
                self.fact_lists.remove_all(&mut place.listed, |_| {});
                if network.alpha(*alpha).is_some_and(|alpha| !alpha.is_listed) {
                    self.fact_lists.count_down(List::Facts(*alpha));
                }
            }
        }
        for alpha in alphas {
            while let Some(token) = self.first_of(fact, *alpha) {
                self.delete(network, token);
            }
        }
        for index in self.hearing(network, alphas) {
            if let Some(node) = network.node(index)
                && node.kind == Kind::Negation
            {
                self.block(network, index, node, fact, Coming::Goes);
            }
        }
    }

    /// The nodes that take facts from `alphas` and have matches to put them
    /// to, the last of each chain first.
    fn hearing<A>(&self, network: &Network<A>, alphas: &[AlphaIndex]) -> Vec<NodeIndex> {
        let mut hearing = Vec::new();
        for alpha in alphas {
            hearing.extend(network.first(*alpha));
            let linked = self.linked.from(&(*alpha, 0)).map(|(link, ())| *link);
            let linked = linked.take_while(|(linked, _)| linked == alpha);
            hearing.extend(linked.map(|(_, node)| node));
        }
        sorted::sort_by(&mut hearing, |a, b| b.cmp(a));
        hearing
    }

    /// The token has become a match of its node.
    pub(crate) fn activate<A>(&mut self, network: &Network<A>, id: TokenId)
    where
        A: Borrow<F::Attribute>,
    {
        let Some(index) = self.tokens.get(id).map(|token| token.node) else { return };
        let Some(node) = network.node(index) else { return };
        // Of the empty match there is one, and it is always there.
        if index != ROOT {
            let mut listed = None;
            for index in network.list(node.indexes) {
                if let Some(key) = self.left_key(network, id, network.key(*index)) {
                    self.token_lists.add(List::Index(*index), key, id, &mut listed);
                }
            }
            let matches = List::Matches(index);
            let count = if node.is_listed {
                self.token_lists.add(matches, Key::None, id, &mut listed)
            } else {
                self.token_lists.count_up(matches)
            };
            if count == 1 {
                for child in network.list(node.children) {
                    if let Some(next) = network.node(*child) {
                        self.linked.insert((next.alpha, *child), ());
                    }
                }
            }
            if let Some(token) = self.tokens.get_mut(id) {
                token.listed = listed;
            }
        }
        self.tell(network, node, id, Event::Begun);
        for child in network.list(node.children) {
            match network.node(*child) {
                Some(next) if next.kind == Kind::Join => self.join_token(network, *child, next, id),
                Some(next) => self.negate_token(network, *child, next, id),
                None => {}
            }
        }
    }

    /// The token is no longer a match of its node.
    pub(crate) fn deactivate<A>(&mut self, network: &Network<A>, id: TokenId) {
        while let Some(child) = self.tokens.first_child(id) {
            self.delete(network, child);
        }
        let Some(token) = self.tokens.get_mut(id) else { return };
        let index = token.node;
        let Some(node) = network.node(index) else { return };
        let matches = List::Matches(index);
        let mut was_last = false;
        self.token_lists.remove_all(&mut token.listed, |list| was_last |= list == matches);
        if !node.is_listed {
            was_last = self.token_lists.count_down(matches) == 0;
        }
        if was_last {
            for child in network.list(node.children) {
                if let Some(next) = network.node(*child) {
                    self.linked.remove(&(next.alpha, *child));
                }
            }
        }
        self.tell(network, node, id, Event::Ended);
    }

    /// Removes the token with all that hang below it.
    pub(crate) fn delete<A>(&mut self, network: &Network<A>, id: TokenId) {
        let Some(token) = self.tokens.get_mut(id) else { return };
        let (index, fact, is_match) = (token.node, token.fact, token.blockers == 0);
        self.token_lists.remove_all(&mut token.waiting, |_| {});
        if is_match {
            self.deactivate(network, id);
        }
        let held = fact.and_then(|fact| self.facts.get_mut(fact));
        let place = held.and_then(|held| held.place_mut(network.node(index)?.alpha));
        self.tokens.remove(id, place.map(|place| &mut place.tokens));
    }

    /// Adds a token below `parent`; none if there is no room for it.
    pub(crate) fn create(
        &mut self,
        index: NodeIndex,
        node: &BetaNode,
        parent: TokenId,
        fact: Option<FactRef>,
    ) -> Option<TokenId> {
        let Some(name) = fact else { return self.tokens.add(index, parent, None) };
        let place = self.facts.get_mut(name)?.place_mut(node.alpha)?;
        self.tokens.add(index, parent, Some((name, &mut place.tokens)))
    }

    /// The first token that ends with the fact at a node of `alpha`.
    fn first_of(&self, fact: FactRef, alpha: AlphaIndex) -> Option<TokenId> {
        let places = &self.facts.get(fact)?.places;
        places.get(place(places, alpha).ok()?)?.tokens
    }

    /// Notes what a match of `node` means for the productions that end there.
    fn tell<A>(&mut self, network: &Network<A>, node: &BetaNode, id: TokenId, event: Event) {
        for number in network.list(node.productions) {
            if let Some((production, plan)) = network.production(*number) {
                let patterns = plan.order.len();
                let (tokens, held) = (&self.tokens, &self.facts);
                self.journal.note(production, event, patterns, |facts| {
                    chosen(tokens, held, plan, id, |pattern, fact| facts.set(pattern, fact));
                });
            }
        }
    }
}

/// Whether a fact that may stand against matches comes or goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Coming {
    Comes,
    Goes,
}

/// Calls `fact` for each pattern with the fact that it found in the match `id` of a production.
fn chosen<F>(
    tokens: &Tokens,
    held: &Facts<F>,
    plan: &Plan,
    mut id: TokenId,
    mut fact: impl FnMut(usize, FactId),
) {
    for pattern in plan.order.iter().rev() {
        let Some(token) = tokens.get(id) else { return };
        if let Some(held) = token.fact.and_then(|fact| held.get(fact)) {
            fact(*pattern, held.id);
        }
        id = token.parent;
    }
}

impl<F> Memory<F> {
    /// What the match `id` is as a match of a production with this plan.
    pub(crate) fn activation(
        &self,
        production: ProductionId,
        plan: &Plan,
        id: TokenId,
    ) -> Activation {
        let mut facts = alloc::vec![None; plan.order.len()];
        chosen(&self.tokens, &self.facts, plan, id, |pattern, fact| {
            if let Some(place) = facts.get_mut(pattern) {
                *place = Some(fact);
            }
        });
        Activation { production, facts }
    }

    /// By what `slots` of the match `id` are looked up.
    pub(crate) fn left_key<A>(
        &self,
        network: &Network<A>,
        id: TokenId,
        slots: &[Slot],
    ) -> Option<Key> {
        let symbol = |slot: &Slot| self.fact_at(network, id, slot.depth)?.symbol(slot.column);
        Key::of(slots.iter().map(symbol))
    }

    /// By what the fact itself is looked up.
    pub(crate) fn right_key(&self, fact: FactRef, slots: &[Slot]) -> Option<Key> {
        let held = self.facts.get(fact)?;
        Key::of(slots.iter().map(|slot| held.symbol(slot.column)))
    }

    /// Whether the pair meets what the key of a node does not say.
    pub(crate) fn passes<A>(
        &self,
        network: &Network<A>,
        link: &Link,
        token: TokenId,
        fact: FactRef,
    ) -> bool
    where
        F: Fact,
        A: Borrow<F::Attribute>,
    {
        link.filters.is_empty()
            || self.facts.get(fact).is_some_and(|held| {
                link.filters.iter().all(|(column, comparison, slot)| {
                    let right = network.value(&held.fact, *column);
                    match (right, self.slot(network, token, *slot)) {
                        (Some(right), Some(left)) => comparison.holds(right, left),
                        _ => false,
                    }
                })
            })
    }

    /// The value of `slot` in the match `id`.
    pub(crate) fn slot<A>(
        &self,
        network: &Network<A>,
        id: TokenId,
        slot: Slot,
    ) -> Option<Scalar<'_>>
    where
        F: Fact,
        A: Borrow<F::Attribute>,
    {
        network.value(&self.fact_at(network, id, slot.depth)?.fact, slot.column)
    }

    /// The fact that the pattern at `depth` found.
    fn fact_at<A>(&self, network: &Network<A>, id: TokenId, depth: u16) -> Option<&Held<F>> {
        let mut token = self.tokens.get(id)?;
        let own = network.node(token.node)?.depth;
        for _ in depth..own {
            token = self.tokens.get(token.parent)?;
        }
        self.facts.get(token.fact?)
    }
}

#[cfg(test)]
mod contents;
