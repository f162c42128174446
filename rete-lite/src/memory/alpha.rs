use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};
use core::borrow::Borrow;

use crate::{
    Fact, FactId,
    key::{Key, key},
    network::{AlphaNode, NodeIndex},
};

/// The facts of one alpha node.
#[derive(Clone, Debug)]
pub(crate) struct AlphaMemory {
    pub(crate) facts: BTreeSet<FactId>,
    /// By place in the node's list of indexes.
    indexes: Vec<BTreeMap<Key, BTreeSet<FactId>>>,
    /// Beta nodes further down a chain that want to hear of facts: those whose
    /// parent has matches.
    /// The others are unlinked, so that a rule which lacks its first fact
    /// costs nothing when its second comes (Doorenbos 1995).
    pub(crate) linked: BTreeSet<NodeIndex>,
}

impl AlphaMemory {
    pub(super) fn new<A>(node: &AlphaNode<A>) -> Self {
        Self {
            facts: BTreeSet::new(),
            indexes: vec![BTreeMap::new(); node.indexes.len()],
            linked: BTreeSet::new(),
        }
    }

    pub(super) fn insert<A, F: Fact>(&mut self, node: &AlphaNode<A>, id: FactId, fact: &F)
    where
        A: Borrow<F::Attribute>,
    {
        self.facts.insert(id);
        for (index, attributes) in self.indexes.iter_mut().zip(&node.indexes) {
            if let Some(key) = key(attributes.iter().map(|a| fact.value(a.borrow()))) {
                index.entry(key).or_default().insert(id);
            }
        }
    }

    pub(super) fn remove<A, F: Fact>(&mut self, node: &AlphaNode<A>, id: FactId, fact: &F)
    where
        A: Borrow<F::Attribute>,
    {
        self.facts.remove(&id);
        for (index, attributes) in self.indexes.iter_mut().zip(&node.indexes) {
            if let Some(key) = key(attributes.iter().map(|a| fact.value(a.borrow()))) {
                remove(index, &key, &id);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.linked.is_empty()
    }

    /// The facts with this key; all of them where there is no index.
    pub(crate) fn partners(&self, index: Option<usize>, key: &Key) -> Option<&BTreeSet<FactId>> {
        match index {
            None => Some(&self.facts),
            Some(place) => self.indexes.get(place)?.get(key),
        }
    }
}

/// Takes `member` out of the set under `key`, and the set with its last one.
pub(super) fn remove<T: Ord>(index: &mut BTreeMap<Key, BTreeSet<T>>, key: &Key, member: &T) {
    if let Some(members) = index.get_mut(key) {
        members.remove(member);
        if members.is_empty() {
            index.remove(key);
        }
    }
}
