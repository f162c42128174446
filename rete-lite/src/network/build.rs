use alloc::{boxed::Box, string::String, vec, vec::Vec};

use sorted::{Gather, LongMap, SortedMap, SortedSet};

use super::{
    AlphaIndex, AlphaNode, BetaNode, Compiled, Kind, Link, Network, NodeIndex, Plan, ROOT, Reads,
    Slot, Span, order,
};
use crate::{
    AlphaNetwork, Pattern, Production, ProductionError, ProductionId,
    ask::{Ask, arrange, arranged},
    limits,
    names::Column,
};

mod chain;
use chain::{Chain, NodeSpec, within};

/// Compiles `productions`.
pub(super) fn network<A: Clone + Ord>(
    productions: impl IntoIterator<Item = Production<A>>,
) -> Result<Network<A>, ProductionError> {
    let mut builder = Builder::new();
    for production in productions {
        check(&production)?;
        builder.add(&production)?;
    }
    Ok(builder.finish())
}

/// A network whose lists may still grow.
struct Builder<A> {
    routes: AlphaNetwork<A>,
    alphas: Vec<Growing<AlphaNode>>,
    nodes: Vec<Growing<BetaNode>>,
    productions: SortedMap<ProductionId, Compiled>,
    reads: Numbered<Reads>,
    links: Numbered<Link>,
    plans: Numbered<Plan>,
    keys: Numbered<Box<[Slot]>>,
    indexes: Vec<u32>,
    readers: SortedMap<Column, Vec<AlphaIndex>>,
    compared_within: SortedMap<Column, Vec<AlphaIndex>>,
    /// Known alpha nodes, by what they ask: the end of their path, and what they read.
    known_alphas: LongMap<(Option<u32>, u32), AlphaIndex>,
    /// Known beta nodes, by what they ask: parent, facts, kind, and what they compare.
    known_nodes: LongMap<(NodeIndex, AlphaIndex, Kind, u32), NodeIndex>,
}

/// A node with its lists.
struct Growing<N> {
    node: N,
    indexes: Vec<u32>,
    /// `first` of an alpha node, `children` of a beta node.
    below: Vec<NodeIndex>,
    productions: Vec<u32>,
}

/// Things that are stored once, by the order in which they first came.
struct Numbered<T>(LongMap<T, u32>);

impl<T: Ord> Numbered<T> {
    fn number(&mut self, item: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.get_or_insert(item, next)
    }

    fn into_items(self) -> Vec<T> {
        let mut items: Vec<(u32, T)> = self.0.into_entries().map(|(item, n)| (n, item)).gather();
        sorted::sort_by(&mut items, |(a, _), (b, _)| a.cmp(b));
        items.into_iter().map(|(_, item)| item).gather()
    }
}

impl<N> Growing<N> {
    fn new(node: N) -> Self {
        Self { node, indexes: vec![], below: vec![], productions: vec![] }
    }

    /// Which of its indexes is by `key`, added if it is not there yet; none for
    /// an empty key, where everything is a partner.
    fn index(&mut self, key: u32, is_empty: bool, all: &mut Vec<u32>) -> Option<u32> {
        if is_empty {
            return None;
        }
        let by_key = |index: &&u32| super::at(all, **index) == Some(&key);
        if let Some(index) = self.indexes.iter().find(by_key) {
            return Some(*index);
        }
        let index = u32::try_from(all.len()).ok()?;
        all.push(key);
        self.indexes.push(index);
        Some(index)
    }
}

impl<A: Clone + Ord> Builder<A> {
    fn new() -> Self {
        Self {
            routes: AlphaNetwork::new(),
            alphas: vec![],
            nodes: vec![Growing::new(BetaNode::root())],
            productions: SortedMap::new(),
            reads: Numbered(LongMap::new()),
            links: Numbered(LongMap::new()),
            plans: Numbered(LongMap::new()),
            keys: Numbered(LongMap::new()),
            indexes: vec![],
            readers: SortedMap::new(),
            compared_within: SortedMap::new(),
            known_alphas: LongMap::new(),
            known_nodes: LongMap::new(),
        }
    }

    fn add(&mut self, production: &Production<A>) -> Result<(), ProductionError> {
        let id = production.id;
        if self.productions.contains_key(&id) {
            return Err(ProductionError::Duplicate { production: id });
        }
        let found = self.productions.len() + 1;
        if found > limits::PRODUCTIONS_MAX {
            return Err(ProductionError::TooManyProductions { found });
        }
        let alphas: Vec<AlphaIndex> =
            production.patterns.iter().map(|pattern| self.alpha(pattern)).gather();
        let mut chain = Chain::new();
        let order = order::join_order(production, &alphas);
        for (depth, place) in (1..).zip(&order) {
            let (Some(pattern), Some(alpha)) =
                (production.patterns.get(*place), alphas.get(*place))
            else {
                continue;
            };
            let spec = chain.extend(&mut self.routes, pattern, depth);
            chain.at = self.node(chain.at, *alpha, spec, depth);
        }
        if let Some(last) = get_mut(&mut self.nodes, chain.at) {
            last.productions.push(id.0);
            last.node.is_listed = true;
        }
        let variables = chain.bound.into_iter();
        let variables = variables.map(|(name, slot)| (String::from(name), slot)).gather();
        let plan = self.plans.number(Plan { order: order.into(), variables });
        self.productions.insert(id, Compiled { last: chain.at, plan });
        Ok(())
    }

    /// The alpha node of `pattern`.
    fn alpha(&mut self, pattern: &Pattern<A>) -> AlphaIndex {
        let read: SortedSet<&A> = (pattern.bindings.iter().map(|(attribute, _)| attribute))
            .chain(pattern.comparisons.iter().map(|(attribute, ..)| attribute))
            .collect();
        let tests = arranged(pattern.tests.iter().cloned());
        let path = tests.and_then(|mut tests| {
            // What is compared has a value that compares, unless a test says so already.
            tests.retain(|(a, ask)| *ask != Ask::Present || !read.contains(a));
            for attribute in &read {
                if !tests.iter().any(|(tested, ask)| tested == *attribute && *ask != Ask::Present) {
                    tests.push((A::clone(attribute), Ask::Comparable));
                }
            }
            arrange(&mut tests);
            self.routes.path(tests)
        });
        let mut columns: Vec<Column> = read.iter().map(|a| self.routes.intern(a)).gather();
        sorted::sort(&mut columns);
        let reads = Reads { columns, within: within(&mut self.routes, pattern) };
        let compared: SortedSet<Column> =
            reads.within.iter().flat_map(|(left, _, right)| [*left, *right]).collect();
        let read = reads.columns.clone();
        let reads = self.reads.number(reads);
        let fresh = u32::try_from(self.alphas.len()).unwrap_or(AlphaIndex::MAX);
        let alpha = *self.known_alphas.get_or_insert((path, reads), fresh);
        if alpha == fresh {
            if let Some(path) = path {
                self.routes.want(path, ProductionId(fresh));
                for column in read {
                    self.readers.entry(column).or_default().push(fresh);
                }
                for column in compared {
                    self.compared_within.entry(column).or_default().push(fresh);
                }
            }
            let (indexes, first) = (Span::default(), Span::default());
            let node = AlphaNode { path, reads, is_listed: false, indexes, first };
            self.alphas.push(Growing::new(node));
        }
        alpha
    }

    /// The beta node of `spec`.
    fn node(
        &mut self,
        parent: NodeIndex,
        alpha: AlphaIndex,
        spec: NodeSpec,
        depth: u16,
    ) -> NodeIndex {
        let NodeSpec { kind, link: Link { right, left, filters } } = spec;
        let (no_key, right_key, left_key) =
            (right.is_empty(), self.keys.number(right.clone()), self.keys.number(left.clone()));
        let link = self.links.number(Link { right, left, filters });
        let fresh = u32::try_from(self.nodes.len()).unwrap_or(NodeIndex::MAX);
        let node = *self.known_nodes.get_or_insert((parent, alpha, kind, link), fresh);
        if node != fresh {
            return node;
        }
        let mut right = None;
        if let Some(alpha) = get_mut(&mut self.alphas, alpha) {
            right = alpha.index(right_key, no_key, &mut self.indexes);
            if parent == ROOT {
                alpha.below.push(fresh);
            }
            // Nothing puts the empty match to facts but a negation.
            alpha.node.is_listed |= no_key && (parent != ROOT || kind == Kind::Negation);
        }
        let mut left = None;
        if let Some(above) = get_mut(&mut self.nodes, parent) {
            if parent != ROOT || kind == Kind::Negation {
                above.below.push(fresh);
            }
            if kind == Kind::Join {
                above.node.is_listed |= no_key;
                left = above.index(left_key, no_key, &mut self.indexes);
            }
        }
        let node = BetaNode { parent, alpha, link, right, left, depth, kind, ..BetaNode::root() };
        self.nodes.push(Growing::new(node));
        fresh
    }

    /// The network, with all lists in one and no room left to grow.
    fn finish(mut self) -> Network<A> {
        self.routes.shrink();
        let mut lists = Vec::new();
        let mut span = |list: &[u32]| {
            let length = |lists: &Vec<u32>| u32::try_from(lists.len()).unwrap_or(u32::MAX);
            let start = length(&lists);
            lists.extend_from_slice(list);
            Span { start, end: length(&lists) }
        };
        let alpha = |growing: Growing<AlphaNode>, span: &mut dyn FnMut(&[u32]) -> Span| AlphaNode {
            indexes: span(&growing.indexes),
            first: span(&growing.below),
            ..growing.node
        };
        let alphas = self.alphas.into_iter().map(|growing| alpha(growing, &mut span)).gather();
        let productions: Vec<(ProductionId, Compiled)> = self.productions.into_iter().gather();
        let number = |id: &u32| {
            let place = productions.binary_search_by_key(id, |(ProductionId(known), _)| *known);
            place.ok().and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
        };
        let node = |growing: Growing<BetaNode>, span: &mut dyn FnMut(&[u32]) -> Span| {
            let productions: Vec<u32> = growing.productions.iter().map(number).gather();
            BetaNode {
                indexes: span(&growing.indexes),
                children: span(&growing.below),
                productions: span(&productions),
                ..growing.node
            }
        };
        let nodes = self.nodes.into_iter().map(|growing| node(growing, &mut span)).gather();
        lists.shrink_to_fit();
        self.indexes.shrink_to_fit();
        self.readers.values_mut().for_each(Vec::shrink_to_fit);
        let keys = self.keys.into_items();
        let keyed: SortedSet<Column> = keys.iter().flatten().map(|slot| slot.column).collect();
        Network {
            routes: self.routes,
            alphas,
            nodes,
            productions,
            reads: self.reads.into_items(),
            links: self.links.into_items(),
            plans: self.plans.into_items(),
            indexes: self.indexes,
            keys,
            lists,
            keyed: keyed.into_iter().gather(),
            readers: self.readers,
            compared_within: self.compared_within,
        }
    }
}

fn get_mut<T>(items: &mut [T], number: u32) -> Option<&mut T> {
    items.get_mut(usize::try_from(number).ok()?)
}

fn check<A>(production: &Production<A>) -> Result<(), ProductionError> {
    let id = production.id;
    let found = production.patterns.len();
    if found == 0 {
        return Err(ProductionError::NoPatterns { production: id });
    }
    if found > limits::PATTERNS_MAX {
        return Err(ProductionError::TooManyPatterns { production: id, found });
    }
    for (place, pattern) in production.patterns.iter().enumerate() {
        let found = pattern.len();
        if found > limits::TESTS_MAX {
            return Err(ProductionError::TooManyTests { production: id, pattern: place, found });
        }
        let unbound = |variable: &String| {
            let positive = |other: &Pattern<A>| !other.negated && other.binds(variable);
            !pattern.binds(variable) && !production.patterns.iter().any(positive)
        };
        let mut compared = pattern.comparisons.iter().map(|(.., variable)| variable);
        if let Some(variable) = compared.find(|variable| unbound(variable)) {
            return Err(ProductionError::UnboundVariable {
                production: id,
                pattern: place,
                variable: variable.clone(),
            });
        }
    }
    Ok(())
}
