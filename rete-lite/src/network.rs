use alloc::{boxed::Box, string::String, vec::Vec};

use core::borrow::Borrow;
use sorted::{Gather, SortedMap};

use crate::{
    AlphaNetwork, Comparison, Fact, Production, ProductionError, ProductionId, Scalar,
    names::{Column, Names},
};

mod build;
mod moves;
pub(crate) use moves::Moves;
mod order;

/// Index of an alpha node.
pub(crate) type AlphaIndex = u32;
/// Index of a beta node; parents come before their children.
pub(crate) type NodeIndex = u32;
/// Names an index of an alpha node's facts or of a beta node's matches.
pub(crate) type IndexId = u32;
/// The beta node that every chain hangs below.
pub(crate) const ROOT: NodeIndex = 0;

/// Productions compiled for matching; what they share stands here once.
///
/// It holds no facts and never changes: many [`Session`](crate::Session)s may
/// share one. The order in which productions come decides the numbers of its
/// nodes and, where patterns are equally selective, the order of joins; it never
/// decides what matches.
///
/// A node is a few numbers: attributes are columns, lists lie in one array, and
/// what nodes compare and productions name stands once for all that do the same.
#[derive(Clone, Debug)]
pub struct Network<A> {
    /// From a fact to the alpha nodes whose tests it meets; knows the columns.
    pub(crate) routes: AlphaNetwork<A>,
    pub(crate) alphas: Vec<AlphaNode>,
    pub(crate) nodes: Vec<BetaNode>,
    /// By their names, ascending.
    productions: Vec<(ProductionId, Compiled)>,
    /// What alpha nodes read, each once.
    reads: Vec<Reads>,
    /// What joins and negations compare, each once.
    links: Vec<Link>,
    /// How productions number and name things, each once.
    plans: Vec<Plan>,
    /// By index, which of `keys` it has.
    indexes: Vec<u32>,
    /// By what something is looked up, each once.
    keys: Vec<Box<[Slot]>>,
    /// All lists of nodes.
    lists: Vec<u32>,
    /// Columns that keys are made of, ascending.
    keyed: Vec<Column>,
    /// By column, the alpha nodes whose joins read it, ascending.
    readers: SortedMap<Column, Vec<AlphaIndex>>,
    /// By column, the alpha nodes that compare it within one fact, ascending.
    compared_within: SortedMap<Column, Vec<AlphaIndex>>,
}

/// A list of numbers, as a part of [`Network::lists`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// What one pattern asks of a fact by itself, shared by all that ask the same.
#[derive(Clone, Debug)]
pub(crate) struct AlphaNode {
    /// Where its tests end in the tree of tests; nowhere if no fact meets them.
    pub(crate) path: Option<u32>,
    reads: u32,
    /// Whether somebody goes through its facts without a key; else they are counted.
    pub(crate) is_listed: bool,
    /// By what its facts are looked up.
    indexes: Span,
    /// The beta nodes that begin a chain with its facts, ascending.
    first: Span,
}

/// What joins read of the facts of an alpha node.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Reads {
    /// Ascending.
    columns: Vec<Column>,
    /// Comparisons of two attributes of the fact.
    within: Vec<(Column, Comparison, Column)>,
}

/// One pattern of a chain: it extends the matches of its parent.
#[derive(Clone, Debug)]
pub(crate) struct BetaNode {
    pub(crate) parent: NodeIndex,
    /// Where its facts come from; the root has none.
    pub(crate) alpha: AlphaIndex,
    link: u32,
    /// Which index of the alpha node has the right key; none if it is empty.
    pub(crate) right: Option<IndexId>,
    /// Which index of the parent has the left key; none if it is empty or the
    /// node is a negation, which keeps its own.
    pub(crate) left: Option<IndexId>,
    /// How many patterns come before it: the root is at 0.
    pub(crate) depth: u16,
    pub(crate) kind: Kind,
    /// Whether somebody goes through its matches without a key; else they are counted.
    pub(crate) is_listed: bool,
    /// By what its children look its matches up.
    pub(crate) indexes: Span,
    /// The nodes that extend its matches, ascending; of the root only the
    /// negations, since nothing but facts extends the empty match.
    pub(crate) children: Span,
    /// Productions whose last pattern this is, by their places among all.
    pub(crate) productions: Span,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// Each match of the parent with each fact that agrees.
    Join,
    /// Each match of the parent with which no fact agrees.
    Negation,
}

/// What a node compares.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Link {
    /// What equals what: of the fact, at no depth, and of the match so far.
    pub(crate) right: Box<[Slot]>,
    pub(crate) left: Box<[Slot]>,
    /// `attribute comparison slot`, asked of each pair that the key brings together.
    pub(crate) filters: Box<[(Column, Comparison, Slot)]>,
}

/// An attribute of the fact that the pattern at `depth` found.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slot {
    pub(crate) depth: u16,
    pub(crate) column: Column,
}

/// Where a production's patterns have gone.
#[derive(Clone, Copy, Debug)]
struct Compiled {
    /// The end of its chain.
    last: NodeIndex,
    plan: u32,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Plan {
    /// By depth less one, which pattern stands there.
    pub(crate) order: Box<[usize]>,
    /// Where each variable takes its value from, by name; local ones of
    /// negated patterns are not among them.
    pub(crate) variables: Vec<(String, Slot)>,
}

impl<A: Clone + Ord> Network<A> {
    /// Compiles `productions`.
    ///
    /// Takes O(log nodes) for each pattern, a sort of its tests, and one of the
    /// productions.
    pub fn new(
        productions: impl IntoIterator<Item = Production<A>>,
    ) -> Result<Self, ProductionError> {
        build::network(productions)
    }
}

impl<A> Network<A> {
    /// The names of its productions, ascending: O(1) each.
    pub fn productions(&self) -> impl Iterator<Item = ProductionId> {
        self.productions.iter().map(|(id, _)| *id)
    }

    /// How many distinct single-fact conditions its patterns have, in O(1).
    #[must_use]
    pub fn alpha_nodes(&self) -> usize {
        self.alphas.len()
    }

    /// How many joins and negations its productions share or have for themselves, in O(1).
    #[must_use]
    pub fn beta_nodes(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    /// In which order the patterns of `production` are joined, each by its
    /// place in the production. Takes O(log productions).
    #[must_use]
    pub fn join_order(&self, production: ProductionId) -> Option<Vec<usize>> {
        Some(self.compiled(production)?.1.order.to_vec())
    }

    /// The last node of a production, and its plan.
    pub(crate) fn compiled(&self, production: ProductionId) -> Option<(NodeIndex, &Plan)> {
        let place = self.productions.binary_search_by_key(&production, |(id, _)| *id).ok()?;
        let (_, compiled) = self.productions.get(place)?;
        Some((compiled.last, at(&self.plans, compiled.plan)?))
    }

    /// A production by its place among all.
    pub(crate) fn production(&self, number: u32) -> Option<(ProductionId, &Plan)> {
        let (id, compiled) = at(&self.productions, number)?;
        Some((*id, at(&self.plans, compiled.plan)?))
    }

    pub(crate) fn node(&self, node: NodeIndex) -> Option<&BetaNode> {
        at(&self.nodes, node)
    }

    pub(crate) fn alpha(&self, alpha: AlphaIndex) -> Option<&AlphaNode> {
        at(&self.alphas, alpha)
    }

    pub(crate) fn link(&self, node: &BetaNode) -> Option<&Link> {
        at(&self.links, node.link)
    }

    /// What an index looks up by.
    pub(crate) fn key(&self, index: IndexId) -> &[Slot] {
        let key = at(&self.indexes, index).and_then(|key| at(&self.keys, *key));
        key.map(|key| &**key).unwrap_or_default()
    }

    pub(crate) fn list(&self, span: Span) -> &[u32] {
        let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
        range.and_then(|(start, end)| self.lists.get(start..end)).unwrap_or_default()
    }

    /// The nodes that begin a chain with the facts of `alpha`.
    pub(crate) fn first(&self, alpha: AlphaIndex) -> &[NodeIndex] {
        self.alpha(alpha).map(|alpha| self.list(alpha.first)).unwrap_or_default()
    }

    pub(crate) fn indexes_of(&self, alpha: AlphaIndex) -> &[IndexId] {
        self.alpha(alpha).map(|alpha| self.list(alpha.indexes)).unwrap_or_default()
    }

    pub(crate) fn names(&self) -> &Names<A> {
        self.routes.names()
    }

    /// Whether keys are made of `column`.
    pub(crate) fn is_keyed(&self, column: Column) -> bool {
        self.keyed.binary_search(&column).is_ok()
    }

    /// The value of `column` of the fact.
    pub(crate) fn value<'f, F: Fact>(&self, fact: &'f F, column: Column) -> Option<Scalar<'f>>
    where
        A: Borrow<F::Attribute>,
    {
        fact.value(self.names().name(column)?.borrow())
    }

    /// The alpha nodes that `fact` belongs to, ascending.
    pub(crate) fn alphas_of<F: Fact>(&self, fact: &F) -> Vec<AlphaIndex>
    where
        A: Borrow<F::Attribute>,
    {
        let mut routed = Vec::new();
        self.routes.route(fact, &mut routed);
        let alphas = routed.into_iter().map(|ProductionId(alpha)| alpha);
        alphas.filter(|alpha| self.agrees(*alpha, fact)).gather()
    }

    /// Whether a fact that meets the tests also meets what one test cannot say.
    fn agrees<F: Fact>(&self, alpha: AlphaIndex, fact: &F) -> bool
    where
        A: Borrow<F::Attribute>,
    {
        self.within(alpha).iter().all(|(left, comparison, right)| {
            match (self.value(fact, *left), self.value(fact, *right)) {
                (Some(left), Some(right)) => comparison.holds(left, right),
                _ => false,
            }
        })
    }

    /// Comparisons of two attributes of one fact, which tests do not say.
    pub(crate) fn within(&self, alpha: AlphaIndex) -> &[(Column, Comparison, Column)] {
        self.reads(alpha).map(|reads| &*reads.within).unwrap_or_default()
    }

    fn reads(&self, alpha: AlphaIndex) -> Option<&Reads> {
        at(&self.reads, self.alpha(alpha)?.reads)
    }
}

impl BetaNode {
    /// What every chain begins below.
    fn root() -> Self {
        Self {
            parent: ROOT,
            alpha: AlphaIndex::MAX,
            link: u32::MAX,
            right: None,
            left: None,
            depth: 0,
            kind: Kind::Join,
            is_listed: false,
            indexes: Span::default(),
            children: Span::default(),
            productions: Span::default(),
        }
    }
}

/// An item by a number as networks keep them.
fn at<T>(items: &[T], number: u32) -> Option<&T> {
    items.get(usize::try_from(number).ok()?)
}
