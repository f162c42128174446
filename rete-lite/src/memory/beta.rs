use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};

use super::{TokenId, Tokens, alpha::remove};
use crate::{key::Key, network::BetaNode};

/// The matches of one beta node.
#[derive(Clone, Debug)]
pub(crate) struct BetaMemory {
    /// In no order; each token knows its place.
    pub(crate) active: Vec<TokenId>,
    /// The active ones, by place in the node's list of indexes.
    pub(super) indexes: Vec<BTreeMap<Key, BTreeSet<TokenId>>>,
    /// Of a negation: its tokens, blocked ones too, by the key under which
    /// facts block them.
    pub(super) waiting: BTreeMap<Key, BTreeSet<TokenId>>,
}

impl BetaMemory {
    pub(super) fn new<A>(node: &BetaNode<A>) -> Self {
        Self {
            active: Vec::new(),
            indexes: vec![BTreeMap::new(); node.indexes.len()],
            waiting: BTreeMap::new(),
        }
    }

    /// True if it is the first.
    pub(super) fn begin(&mut self, tokens: &mut Tokens, id: TokenId) -> bool {
        if let Some(token) = tokens.get_mut(id) {
            token.place = self.active.len();
        }
        self.active.push(id);
        self.active.len() == 1
    }

    /// True if it was the last.
    pub(super) fn end(&mut self, tokens: &mut Tokens, id: TokenId) -> bool {
        let place = tokens.get(id).map(|token| token.place);
        if let Some(place) = place.filter(|place| *place < self.active.len()) {
            self.active.swap_remove(place);
            // The last one has taken its place.
            if let Some(moved) = self.active.get(place).and_then(|id| tokens.get_mut(*id)) {
                moved.place = place;
            }
        }
        self.active.is_empty()
    }

    pub(super) fn index(&mut self, place: usize, key: Key, token: TokenId) {
        if let Some(index) = self.indexes.get_mut(place) {
            index.entry(key).or_default().insert(token);
        }
    }

    pub(super) fn unindex(&mut self, place: usize, key: &Key, token: TokenId) {
        if let Some(index) = self.indexes.get_mut(place) {
            remove(index, key, &token);
        }
    }

    pub(crate) fn wait(&mut self, key: Key, token: TokenId) {
        self.waiting.entry(key).or_default().insert(token);
    }

    pub(super) fn forget(&mut self, key: &Key, token: TokenId) {
        remove(&mut self.waiting, key, &token);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.active.is_empty() && self.waiting.is_empty()
    }

    /// The matches with this key; all of them where there is no index.
    pub(crate) fn partners(&self, index: Option<usize>, key: &Key) -> Vec<TokenId> {
        let Some(place) = index else { return self.active.clone() };
        let found = self.indexes.get(place).and_then(|index| index.get(key));
        found.into_iter().flatten().copied().collect()
    }

    /// The tokens of a negation that a fact with this key may block.
    pub(crate) fn blockable(&self, key: &Key) -> Vec<TokenId> {
        self.waiting.get(key).into_iter().flatten().copied().collect()
    }
}
