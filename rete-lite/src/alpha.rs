use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};
use core::borrow::Borrow;

use crate::{Fact, Test};

mod branches;
use branches::{Branches, NodeIndex};
mod change;
pub(crate) use change::{Change, Moved};

/// Names a production; given by whoever adds it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProductionId(pub u32);

/// The alpha side of a Rete network: tests of single facts, shared by all
/// productions that begin with the same ones.
///
/// It is a tree. A node stands for a list of tests that a fact has met so
/// far; below it hang, by attribute, the tests that come next. Tests are put
/// in one order whatever order they are given in, so equal lists are one node.
#[derive(Clone, Debug)]
pub struct AlphaNetwork<A> {
    /// The first is the root: no tests met yet.
    nodes: Vec<Node<A>>,
}

#[derive(Clone, Debug)]
struct Node<A> {
    /// Productions whose tests all hold here, ascending, each once.
    productions: Vec<ProductionId>,
    /// What is asked next, by attribute.
    next: BTreeMap<A, Next<A>>,
}

/// What is asked of one attribute.
#[derive(Clone, Debug)]
struct Next<A> {
    branches: Branches,
    /// The attributes that are asked for further below.
    below: BTreeSet<A>,
}

impl<A> Default for AlphaNetwork<A> {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl<A> Default for Node<A> {
    fn default() -> Self {
        Self { productions: Vec::new(), next: BTreeMap::new() }
    }
}

impl<A> Default for Next<A> {
    fn default() -> Self {
        Self { branches: Branches::default(), below: BTreeSet::new() }
    }
}

impl<A: Clone + Ord> AlphaNetwork<A> {
    /// A network without productions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a production that wants facts which meet all of `tests`; without
    /// tests, every fact.
    ///
    /// Added again, it also wants facts that meet the other list: alternatives
    /// are added one by one.
    pub fn add(&mut self, production: ProductionId, tests: impl IntoIterator<Item = Test<A>>) {
        if let Some(tests) = Test::arrange(tests)
            && let Some(node) = self.path(tests)
        {
            self.want(node, production);
        }
    }

    /// The node behind `tests`, which must be arranged.
    pub(crate) fn path(&mut self, tests: Vec<Test<A>>) -> Option<NodeIndex> {
        let mut at: NodeIndex = 0;
        let mut tests = tests.into_iter();
        while let Some(test) = tests.next() {
            let fresh = self.nodes.len();
            let next = self.nodes.get_mut(at)?.next.entry(test.attribute).or_default();
            for later in tests.as_slice() {
                if !next.below.contains(&later.attribute) {
                    next.below.insert(later.attribute.clone());
                }
            }
            at = next.branches.node(test.check, fresh);
            if at == fresh {
                self.nodes.push(Node::default());
            }
        }
        Some(at)
    }

    /// Gives back the room that was left to grow.
    pub(crate) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        for node in &mut self.nodes {
            node.productions.shrink_to_fit();
        }
    }

    /// Makes `production` want the facts that come to `node`.
    pub(crate) fn want(&mut self, node: NodeIndex, production: ProductionId) {
        if let Some(node) = self.nodes.get_mut(node)
            && let Err(place) = node.productions.binary_search(&production)
        {
            node.productions.insert(place, production);
        }
    }

    /// Replaces what is in `productions` by those that want `fact`, ascending, each once.
    pub fn route<F: Fact>(&self, fact: &F, productions: &mut Vec<ProductionId>)
    where
        A: Borrow<F::Attribute>,
    {
        productions.clear();
        let Some(root) = self.nodes.first() else { return };
        productions.extend(&root.productions);
        // From the root many attributes lead on, of which a fact has few; from
        // the nodes below few.
        for (attribute, value) in fact.values() {
            if let Some(next) = root.next.get(attribute) {
                next.branches.met_by(value, &mut |node| self.enter(node, fact, productions));
            }
        }
        productions.sort_unstable();
        productions.dedup();
    }

    fn enter<F: Fact>(&self, node: NodeIndex, fact: &F, productions: &mut Vec<ProductionId>)
    where
        A: Borrow<F::Attribute>,
    {
        let Some(node) = self.nodes.get(node) else { return };
        productions.extend(&node.productions);
        for (attribute, next) in &node.next {
            if let Some(value) = fact.value(attribute.borrow()) {
                next.branches.met_by(value, &mut |node| self.enter(node, fact, productions));
            }
        }
    }

    /// How many nodes productions share or have for themselves, the root not counted.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests;
