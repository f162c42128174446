use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec,
    vec::Vec,
};

use crate::{
    AlphaNetwork, Comparison, Fact, Production, ProductionError, ProductionId, Scalar, Test,
};
use core::{borrow::Borrow, mem};

use crate::{
    alpha::{Change, Moved},
    memory::{Place, place},
};

mod build;
mod order;

/// Index of an alpha node.
pub(crate) type AlphaIndex = usize;
/// Index of a beta node; parents come before their children.
pub(crate) type NodeIndex = usize;
/// The beta node that every chain hangs below.
pub(crate) const ROOT: NodeIndex = 0;

/// Productions compiled for matching; what they share stands here once.
///
/// It holds no facts and never changes: many [`Session`](crate::Session)s may
/// share one. The order in which productions come decides the numbers of its
/// nodes and, where patterns are equally selective, the order of joins; it never
/// decides what matches.
#[derive(Clone, Debug)]
pub struct Network<A> {
    /// From a fact to the alpha nodes whose tests it meets.
    pub(crate) routes: AlphaNetwork<A>,
    pub(crate) alphas: Vec<AlphaNode<A>>,
    pub(crate) nodes: Vec<BetaNode<A>>,
    pub(crate) productions: BTreeMap<ProductionId, Compiled<A>>,
    /// By attribute, the alpha nodes whose joins read it, ascending.
    pub(crate) readers: BTreeMap<A, Vec<AlphaIndex>>,
}

/// What one pattern asks of a fact by itself, shared by all that ask the same.
#[derive(Clone, Debug)]
pub(crate) struct AlphaNode<A> {
    /// In shared order; `None` if no fact meets them.
    pub(crate) tests: Option<Vec<Test<A>>>,
    /// Attributes that must have a value which compares.
    pub(crate) carried: Vec<A>,
    /// Comparisons of two attributes of the fact.
    pub(crate) within: Vec<(A, Comparison, A)>,
    /// By what its facts are looked up, each list of attributes once.
    pub(crate) indexes: Vec<Vec<A>>,
    /// The beta nodes that begin a chain with its facts, ascending.
    pub(crate) first: Vec<NodeIndex>,
}

/// One pattern of a chain: it extends the matches of its parent.
#[derive(Clone, Debug)]
pub(crate) struct BetaNode<A> {
    pub(crate) parent: NodeIndex,
    /// How many patterns come before it: the root is at 0.
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
    /// Where its facts come from; the root has none.
    pub(crate) alpha: AlphaIndex,
    /// What equals what: of the fact, and of the match so far.
    pub(crate) right_key: Vec<A>,
    pub(crate) left_key: Vec<Slot<A>>,
    /// `attribute comparison slot`, asked of each pair that the key brings together.
    pub(crate) filters: Vec<(A, Comparison, Slot<A>)>,
    /// Which index of the alpha node has the right key; none if it is empty.
    pub(crate) right_index: Option<usize>,
    /// Which index of the parent has the left key; none if it is empty or the
    /// node is a negation, which keeps its own.
    pub(crate) left_index: Option<usize>,
    /// By what its children look its matches up.
    pub(crate) indexes: Vec<Vec<Slot<A>>>,
    /// The nodes that extend its matches, ascending; of the root only the
    /// negations, since nothing but facts extends the empty match.
    pub(crate) children: Vec<NodeIndex>,
    /// Productions whose last pattern this is.
    pub(crate) productions: Vec<ProductionId>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// Each match of the parent with each fact that agrees.
    Join,
    /// Each match of the parent with which no fact agrees.
    Negation,
}

/// An attribute of the fact that the pattern at `depth` found.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slot<A> {
    pub(crate) depth: usize,
    pub(crate) attribute: A,
}

/// Where a production's patterns have gone.
#[derive(Clone, Debug)]
pub(crate) struct Compiled<A> {
    /// The nodes of its chain with the pattern of each, in join order.
    pub(crate) chain: Vec<(NodeIndex, usize)>,
    /// By pattern, the depth at which its fact is found; none if negated.
    pub(crate) depths: Vec<Option<usize>>,
    /// Where each variable takes its value from, by name; local ones of
    /// negated patterns are not among them.
    pub(crate) variables: Vec<(String, Slot<A>)>,
}

impl<A: Clone + Ord> Network<A> {
    /// Compiles `productions`.
    pub fn new(
        productions: impl IntoIterator<Item = Production<A>>,
    ) -> Result<Self, ProductionError> {
        build::network(productions)
    }

    /// Gives back the room that was left to grow; nothing will.
    fn shrink(&mut self) {
        self.routes.shrink();
        self.alphas.shrink_to_fit();
        for alpha in &mut self.alphas {
            alpha.indexes.shrink_to_fit();
            alpha.first.shrink_to_fit();
        }
        self.nodes.shrink_to_fit();
        for node in &mut self.nodes {
            node.indexes.shrink_to_fit();
            node.children.shrink_to_fit();
            node.productions.shrink_to_fit();
        }
        // From a sorted sequence a map is built with full leaves.
        self.productions = mem::take(&mut self.productions).into_iter().collect();
    }

    fn empty() -> Self {
        let root = BetaNode {
            parent: ROOT,
            depth: 0,
            kind: Kind::Join,
            alpha: AlphaIndex::MAX,
            right_key: vec![],
            left_key: vec![],
            filters: vec![],
            right_index: None,
            left_index: None,
            indexes: vec![],
            children: vec![],
            productions: vec![],
        };
        Self {
            routes: AlphaNetwork::new(),
            alphas: vec![],
            nodes: vec![root],
            productions: BTreeMap::new(),
            readers: BTreeMap::new(),
        }
    }
}

impl<A> Network<A> {
    /// The names of its productions, ascending.
    pub fn productions(&self) -> impl Iterator<Item = ProductionId> {
        self.productions.keys().copied()
    }

    /// How many distinct single-fact conditions its patterns have.
    #[must_use]
    pub fn alpha_nodes(&self) -> usize {
        self.alphas.len()
    }

    /// How many joins and negations its productions share or have for themselves.
    #[must_use]
    pub fn beta_nodes(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    /// In which order the patterns of `production` are joined, each by its
    /// place in the production.
    #[must_use]
    pub fn join_order(&self, production: ProductionId) -> Option<Vec<usize>> {
        let compiled = self.productions.get(&production)?;
        Some(compiled.chain.iter().map(|(_, pattern)| *pattern).collect())
    }

    pub(crate) fn node(&self, node: NodeIndex) -> Option<&BetaNode<A>> {
        self.nodes.get(node)
    }

    /// What a change of a fact in the alpha nodes `held` does to it: which of
    /// them it leaves and which it enters, each ascending. A node whose joins
    /// read what has changed is left and entered.
    pub(crate) fn moves<F: Fact>(&self, held: &[Place], old: &F, new: &F) -> Moves
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let change = Change::new(old, new);
        let Moved { begun, ended } = self.routes.moved(&change);
        let index = |ProductionId(alpha): ProductionId| usize::try_from(alpha).ok();
        let holds = |alpha: &AlphaIndex| place(held, *alpha).is_ok();
        let takes = |alpha: &AlphaIndex| self.alphas.get(*alpha).is_some_and(|a| a.takes(new));
        let mut out: BTreeSet<AlphaIndex> = ended.into_iter().filter_map(index).collect();
        let mut into: BTreeSet<AlphaIndex> = begun.into_iter().filter_map(index).collect();
        for attribute in &change.attributes {
            for reader in self.readers.get(*attribute).into_iter().flatten() {
                out.insert(*reader);
                if self.alphas.get(*reader).is_some_and(|alpha| alpha.meets_tests(new)) {
                    into.insert(*reader);
                }
            }
        }
        Moves {
            out: out.into_iter().filter(holds).collect(),
            into: into.into_iter().filter(takes).collect(),
        }
    }

    /// The alpha nodes that `fact` belongs to, ascending.
    pub(crate) fn alphas_of<F: Fact>(&self, fact: &F) -> Vec<AlphaIndex>
    where
        A: Clone + Ord + Borrow<F::Attribute>,
    {
        let mut routed = Vec::new();
        self.routes.route(fact, &mut routed);
        let index = |ProductionId(alpha): ProductionId| usize::try_from(alpha).ok();
        let takes = |alpha: &AlphaIndex| self.alphas.get(*alpha).is_some_and(|a| a.takes(fact));
        routed.into_iter().filter_map(index).filter(takes).collect()
    }
}

impl<A: Clone> BetaNode<A> {
    /// Which of `indexes` is by `key`, added if it is not there yet; none for
    /// an empty key, where everything is a partner.
    fn place<K: Clone + PartialEq>(indexes: &mut Vec<Vec<K>>, key: &[K]) -> Option<usize> {
        if key.is_empty() {
            return None;
        }
        let known = indexes.iter().position(|known| known == key);
        Some(known.unwrap_or_else(|| {
            indexes.push(key.to_owned());
            indexes.len() - 1
        }))
    }
}

/// Alpha nodes that a changed fact leaves and enters, each ascending.
pub(crate) struct Moves {
    pub(crate) out: Vec<AlphaIndex>,
    pub(crate) into: Vec<AlphaIndex>,
}

impl<A> AlphaNode<A> {
    fn meets_tests<F: Fact>(&self, fact: &F) -> bool
    where
        A: Borrow<F::Attribute>,
    {
        let met = |test: &Test<A>| {
            fact.value(test.attribute.borrow()).is_some_and(|value| test.check.holds(value))
        };
        self.tests.as_ref().is_some_and(|tests| tests.iter().all(met))
    }

    /// Whether a fact that meets the tests also meets what one test cannot say.
    fn takes<F: Fact>(&self, fact: &F) -> bool
    where
        A: Borrow<F::Attribute>,
    {
        let value = |attribute: &A| fact.value(attribute.borrow());
        let holds =
            |(left, comparison, right): &(A, Comparison, A)| match (value(left), value(right)) {
                (Some(left), Some(right)) => comparison.holds(left, right),
                _ => false,
            };
        self.carried.iter().all(|attribute| value(attribute).is_some_and(Scalar::compares))
            && self.within.iter().all(holds)
    }
}
