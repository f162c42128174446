use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec,
    vec::Vec,
};

use super::{
    AlphaIndex, AlphaNode, BetaNode, Compiled, Kind, Network, NodeIndex, ROOT, Slot, order,
};
use crate::{Check, Comparison, Pattern, Production, ProductionError, ProductionId, Test, limits};

/// Compiles `productions`.
pub(super) fn network<A: Clone + Ord>(
    productions: impl IntoIterator<Item = Production<A>>,
) -> Result<Network<A>, ProductionError> {
    let mut builder =
        Builder { network: Network::empty(), alphas: BTreeMap::new(), nodes: BTreeMap::new() };
    for production in productions {
        check(&production)?;
        builder.add(&production)?;
    }
    builder.network.shrink();
    Ok(builder.network)
}

struct Builder<A> {
    network: Network<A>,
    /// Known alpha nodes, by what they ask.
    alphas: BTreeMap<AlphaSpec<A>, AlphaIndex>,
    /// Known beta nodes, by what they ask.
    nodes: BTreeMap<NodeSpec<A>, NodeIndex>,
}

#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
struct AlphaSpec<A> {
    /// Where the tests end in the tree of tests; nowhere if no fact meets them.
    path: Option<usize>,
    carried: Vec<A>,
    within: Vec<(A, Comparison, A)>,
}

#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
struct NodeSpec<A> {
    parent: NodeIndex,
    kind: Kind,
    alpha: AlphaIndex,
    equalities: Vec<(A, Slot<A>)>,
    filters: Vec<(A, Comparison, Slot<A>)>,
}

/// What is known while a chain is laid.
struct Chain<'a, A> {
    at: NodeIndex,
    /// Where each variable takes its value from.
    bound: BTreeMap<&'a str, Slot<A>>,
    /// Comparisons that wait until their variable is bound.
    waiting: Vec<(Slot<A>, Comparison, &'a str)>,
}

impl<A: Clone + Ord> Builder<A> {
    fn add(&mut self, production: &Production<A>) -> Result<(), ProductionError> {
        let id = production.id;
        if self.network.productions.contains_key(&id) {
            return Err(ProductionError::Duplicate { production: id });
        }
        let found = self.network.productions.len() + 1;
        if found > limits::PRODUCTIONS_MAX {
            return Err(ProductionError::TooManyProductions { found });
        }
        let alphas: Vec<AlphaIndex> =
            production.patterns.iter().map(|pattern| self.alpha(pattern)).collect();
        let mut chain = Chain { at: ROOT, bound: BTreeMap::new(), waiting: vec![] };
        let mut nodes = vec![];
        let mut depths = vec![None; production.patterns.len()];
        for place in order::join_order(production, &alphas) {
            let (Some(pattern), Some(alpha)) = (production.patterns.get(place), alphas.get(place))
            else {
                continue;
            };
            let spec = chain.extend(pattern, *alpha, nodes.len() + 1);
            chain.at = self.node(spec, nodes.len() + 1);
            nodes.push((chain.at, place));
            if let (false, Some(depth)) = (pattern.negated, depths.get_mut(place)) {
                *depth = Some(nodes.len());
            }
        }
        if let Some(last) = self.network.nodes.get_mut(chain.at) {
            last.productions.push(id);
        }
        let variables = chain.bound.into_iter();
        let variables = variables.map(|(name, slot)| (String::from(name), slot)).collect();
        self.network.productions.insert(id, Compiled { chain: nodes, depths, variables });
        Ok(())
    }

    /// The alpha node of `pattern`.
    fn alpha(&mut self, pattern: &Pattern<A>) -> AlphaIndex {
        let carried: BTreeSet<&A> = (pattern.bindings.iter().map(|(attribute, _)| attribute))
            .chain(pattern.comparisons.iter().map(|(attribute, ..)| attribute))
            .collect();
        let tested = |attribute: &A| pattern.tests.iter().any(|t| t.attribute == *attribute);
        let untested = carried.iter().filter(|attribute| !tested(attribute));
        let presence = untested
            .map(|attribute| Test { attribute: A::clone(attribute), check: Check::Present });
        let tests = Test::arrange(pattern.tests.iter().cloned().chain(presence));
        let path = tests.clone().and_then(|tests| self.network.routes.path(tests));
        let spec = AlphaSpec {
            path,
            carried: carried.into_iter().cloned().collect(),
            within: within(pattern),
        };
        let fresh = self.network.alphas.len();
        let alpha = *self.alphas.entry(spec.clone()).or_insert(fresh);
        if alpha == fresh {
            if let (Some(path), Ok(number)) = (path, u32::try_from(fresh)) {
                self.network.routes.want(path, ProductionId(number));
            }
            let AlphaSpec { carried, within, .. } = spec;
            for attribute in &carried {
                self.network.readers.entry(attribute.clone()).or_default().push(fresh);
            }
            self.network.alphas.push(AlphaNode {
                tests,
                carried,
                within,
                indexes: vec![],
                first: vec![],
            });
        }
        alpha
    }

    /// The beta node of `spec`.
    fn node(&mut self, spec: NodeSpec<A>, depth: usize) -> NodeIndex {
        let fresh = self.network.nodes.len();
        let node = *self.nodes.entry(spec.clone()).or_insert(fresh);
        if node != fresh {
            return node;
        }
        let NodeSpec { parent, kind, alpha, equalities, filters } = spec;
        let (right_key, left_key): (Vec<_>, Vec<_>) = equalities.into_iter().unzip();
        let mut right_index = None;
        if let Some(alpha) = self.network.alphas.get_mut(alpha) {
            right_index = BetaNode::<A>::place(&mut alpha.indexes, &right_key);
            if parent == ROOT {
                alpha.first.push(fresh);
            }
        }
        let mut left_index = None;
        if let Some(above) = self.network.nodes.get_mut(parent) {
            if parent != ROOT || kind == Kind::Negation {
                above.children.push(fresh);
            }
            if kind == Kind::Join {
                left_index = BetaNode::<A>::place(&mut above.indexes, &left_key);
            }
        }
        self.network.nodes.push(BetaNode {
            parent,
            depth,
            kind,
            alpha,
            right_key,
            left_key,
            filters,
            right_index,
            left_index,
            indexes: vec![],
            children: vec![],
            productions: vec![],
        });
        fresh
    }
}

impl<'a, A: Clone + Ord> Chain<'a, A> {
    /// What the node of `pattern` asks, which stands at `depth` of the chain.
    fn extend(&mut self, pattern: &'a Pattern<A>, alpha: AlphaIndex, depth: usize) -> NodeSpec<A> {
        let mut links: Vec<(A, Comparison, Slot<A>)> = vec![];
        for (attribute, comparison, variable) in &pattern.comparisons {
            // One that the pattern binds itself is compared within the fact.
            if pattern.binds(variable) {
                continue;
            }
            if let Some(slot) = self.bound.get(variable.as_str()) {
                links.push((attribute.clone(), *comparison, slot.clone()));
            } else {
                let slot = Slot { depth, attribute: attribute.clone() };
                self.waiting.push((slot, *comparison, variable));
            }
        }
        for (variable, attribute) in local(pattern) {
            if let Some(slot) = self.bound.get(variable) {
                links.push((attribute.clone(), Comparison::Equal, slot.clone()));
            } else if !pattern.negated {
                let slot = Slot { depth, attribute: attribute.clone() };
                self.bound.insert(variable, slot);
                for (earlier, comparison, _) in
                    self.waiting.extract_if(.., |(.., waits)| *waits == variable)
                {
                    links.push((attribute.clone(), comparison.turned(), earlier));
                }
            }
        }
        links.sort();
        links.dedup();
        let (equal, filters): (Vec<_>, Vec<_>) =
            links.into_iter().partition(|(_, comparison, _)| *comparison == Comparison::Equal);
        NodeSpec {
            parent: self.at,
            kind: if pattern.negated { Kind::Negation } else { Kind::Join },
            alpha,
            equalities: equal.into_iter().map(|(attribute, _, slot)| (attribute, slot)).collect(),
            filters,
        }
    }
}

/// The variables that `pattern` binds, each with the first attribute it binds to it.
fn local<A: Ord>(pattern: &Pattern<A>) -> BTreeMap<&str, &A> {
    let mut local = BTreeMap::new();
    for (attribute, variable) in &pattern.bindings {
        let first = local.entry(variable.as_str()).or_insert(attribute);
        *first = attribute.min(first);
    }
    local
}

/// What `pattern` compares within one fact, in one order.
fn within<A: Clone + Ord>(pattern: &Pattern<A>) -> Vec<(A, Comparison, A)> {
    let local = local(pattern);
    let equal = pattern.bindings.iter().map(|(a, variable)| (a, Comparison::Equal, variable));
    let compared = pattern.comparisons.iter().map(|(a, comparison, v)| (a, *comparison, v));
    let mut within: Vec<_> = equal
        .chain(compared)
        .filter_map(|(a, comparison, variable)| {
            let b = *local.get(variable.as_str())?;
            let trivial = a == b && comparison == Comparison::Equal;
            let turned = if a <= b { (a, comparison, b) } else { (b, comparison.turned(), a) };
            (!trivial).then_some(turned)
        })
        .map(|(a, comparison, b)| (a.clone(), comparison, b.clone()))
        .collect();
    within.sort();
    within.dedup();
    within
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
