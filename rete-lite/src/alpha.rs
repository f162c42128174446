use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::{borrow::Borrow, fmt};

use sorted::Gather;

use crate::{
    Fact, Test,
    ask::{Ask, arranged},
    names::{Column, Names},
};

mod branches;
use branches::Branches;
pub(crate) use branches::NodeIndex;
mod change;
pub(crate) use change::{Change, Moved};
mod laid;

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
    names: Names<A>,
    /// The first is the root: no tests met yet.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Productions whose tests all hold here, ascending, each once.
    productions: Vec<ProductionId>,
    /// What is asked next, ascending by attribute.
    next: Vec<Next>,
}

/// What is asked of one attribute.
#[derive(Clone, Debug)]
struct Next {
    column: Column,
    branches: Branches,
    /// The attributes that are asked for further below, ascending.
    below: Vec<Column>,
}

impl<A> Default for AlphaNetwork<A> {
    fn default() -> Self {
        Self { names: Names::default(), nodes: vec![Node::default()] }
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
    /// are added one by one. Takes O(log c) for each test, c the constants that
    /// its attribute is compared with there, and an array of them may move up.
    pub fn add(&mut self, production: ProductionId, tests: impl IntoIterator<Item = Test<A>>) {
        if let Some(tests) = arranged(tests)
            && let Some(node) = self.path(tests)
        {
            self.want(node, production);
        }
    }

    /// The node behind `tests`, which must be arranged.
    pub(crate) fn path(&mut self, tests: Vec<(A, Ask)>) -> Option<NodeIndex> {
        let intern = |(attribute, ask): (A, Ask)| (self.names.intern(&attribute), ask);
        let tests: Vec<(Column, Ask)> = tests.into_iter().map(intern).gather();
        let mut at: NodeIndex = 0;
        let mut tests = tests.into_iter();
        while let Some((column, ask)) = tests.next() {
            let fresh = NodeIndex::try_from(self.nodes.len()).ok()?;
            let next = self.node_mut(at)?.next(column)?;
            for (later, _) in tests.as_slice() {
                if let Err(place) = next.below.binary_search(later) {
                    next.below.insert(place, *later);
                }
            }
            at = next.branches.node(ask, fresh);
            if at == fresh {
                self.nodes.push(Node::default());
            }
        }
        Some(at)
    }

    /// Makes `production` want the facts that come to `node`.
    pub(crate) fn want(&mut self, node: NodeIndex, production: ProductionId) {
        if let Some(node) = self.node_mut(node)
            && let Err(place) = node.productions.binary_search(&production)
        {
            if node.productions.is_empty() {
                node.productions.reserve_exact(1);
            }
            node.productions.insert(place, production);
        }
    }

    /// The column of an attribute, which is stored if it is not known yet.
    pub(crate) fn intern(&mut self, attribute: &A) -> Column {
        self.names.intern(attribute)
    }
}

impl<A> AlphaNetwork<A> {
    /// Replaces what is in `productions` by those that want `fact`, ascending, each once.
    ///
    /// Takes O(log c) for each attribute that the fact has and each that is
    /// asked below a node reached, c the constants it is compared with there,
    /// and a sort of what is found.
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
            if let Some(next) = self.names.column(attribute).and_then(|column| root.asks(column)) {
                next.branches.met_by(value, &mut |node| self.enter(node, fact, productions));
            }
        }
        sorted::sort(productions);
        productions.dedup();
    }

    fn enter<F: Fact>(&self, node: NodeIndex, fact: &F, productions: &mut Vec<ProductionId>)
    where
        A: Borrow<F::Attribute>,
    {
        let Some(node) = self.node(node) else { return };
        productions.extend(&node.productions);
        for next in &node.next {
            if let Some(value) = self.value(fact, next.column) {
                next.branches.met_by(value, &mut |node| self.enter(node, fact, productions));
            }
        }
    }

    /// How many nodes productions share or have for themselves, the root not counted; in O(1).
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    pub(crate) fn names(&self) -> &Names<A> {
        &self.names
    }

    /// Gives back the room that was left to grow.
    pub(crate) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        for node in &mut self.nodes {
            node.productions.shrink_to_fit();
            node.next.shrink_to_fit();
            for next in &mut node.next {
                next.branches.shrink();
                next.below.shrink_to_fit();
            }
        }
    }

    /// The tests that lead to each node, in words, by node.
    pub(crate) fn described(&self) -> Vec<String>
    where
        A: fmt::Display,
    {
        let mut texts = vec![String::new(); self.nodes.len()];
        // A node is made after the one above it.
        for (index, node) in self.nodes.iter().enumerate() {
            let above = texts.get(index).cloned().unwrap_or_default();
            for next in &node.next {
                let name = self.names.name(next.column).map(ToString::to_string);
                let name = name.unwrap_or_default();
                for (ask, below) in next.branches.described() {
                    let line = if above.is_empty() { "" } else { "\n" };
                    let text = usize::try_from(below).ok().and_then(|below| texts.get_mut(below));
                    if let Some(text) = text {
                        *text = format!("{above}{line}{name} {ask}");
                    }
                }
            }
        }
        texts
    }

    fn node(&self, node: NodeIndex) -> Option<&Node> {
        self.nodes.get(usize::try_from(node).ok()?)
    }

    fn node_mut(&mut self, node: NodeIndex) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(node).ok()?)
    }

    fn value<'f, F: Fact>(&self, fact: &'f F, column: Column) -> Option<crate::Scalar<'f>>
    where
        A: Borrow<F::Attribute>,
    {
        fact.value(self.names.name(column)?.borrow())
    }
}

impl Node {
    /// What is asked of `column` next.
    fn asks(&self, column: Column) -> Option<&Next> {
        let place = self.next.binary_search_by_key(&column, |next| next.column).ok()?;
        self.next.get(place)
    }

    /// The same, to be added to.
    fn next(&mut self, column: Column) -> Option<&mut Next> {
        let place = match self.next.binary_search_by_key(&column, |next| next.column) {
            Ok(place) => place,
            Err(place) => {
                if self.next.is_empty() {
                    self.next.reserve_exact(1);
                }
                let next = Next { column, branches: Branches::default(), below: Vec::new() };
                self.next.insert(place, next);
                place
            }
        };
        self.next.get_mut(place)
    }
}

#[cfg(test)]
mod tests;
