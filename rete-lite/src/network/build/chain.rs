use alloc::{string::String, vec, vec::Vec};

use sorted::{Gather, SortedMap};

use super::{Kind, Link, NodeIndex, ROOT, Slot};
use crate::{AlphaNetwork, Comparison, Pattern, names::Column};

/// What is known while a chain is laid.
pub(super) struct Chain<'a> {
    pub(super) at: NodeIndex,
    /// Where each variable takes its value from.
    pub(super) bound: SortedMap<&'a str, Slot>,
    /// Comparisons that wait until their variable is bound.
    waiting: Vec<(Slot, Comparison, &'a str)>,
}

/// What a node asks, wherever it hangs.
pub(super) struct NodeSpec {
    pub(super) kind: Kind,
    pub(super) link: Link,
}

impl<'a> Chain<'a> {
    pub(super) fn new() -> Self {
        Self { at: ROOT, bound: SortedMap::new(), waiting: vec![] }
    }

    /// What the node of `pattern` asks, which stands at `depth` of the chain.
    pub(super) fn extend<A: Clone + Ord>(
        &mut self,
        names: &mut AlphaNetwork<A>,
        pattern: &'a Pattern<A>,
        depth: u16,
    ) -> NodeSpec {
        let mut links: Vec<(Column, Comparison, Slot)> = vec![];
        for (attribute, comparison, variable) in &pattern.comparisons {
            // One that the pattern binds itself is compared within the fact.
            if pattern.binds(variable) {
                continue;
            }
            let column = names.intern(attribute);
            if let Some(slot) = self.bound.get(variable.as_str()) {
                links.push((column, *comparison, *slot));
            } else {
                self.waiting.push((Slot { depth, column }, *comparison, variable));
            }
        }
        for (variable, attribute) in local(pattern) {
            let column = names.intern(attribute);
            if let Some(slot) = self.bound.get(variable) {
                links.push((column, Comparison::Equal, *slot));
            } else if !pattern.negated {
                self.bound.insert(variable, Slot { depth, column });
                for (earlier, comparison, _) in
                    self.waiting.extract_if(.., |(.., waits)| *waits == variable)
                {
                    links.push((column, comparison.turned(), earlier));
                }
            }
        }
        sorted::sort(&mut links);
        links.dedup();
        let (equal, filters): (Vec<_>, Vec<_>) =
            links.into_iter().partition(|(_, comparison, _)| *comparison == Comparison::Equal);
        // The fact itself is at no depth yet, so that equal keys of facts are equal everywhere.
        let right =
            equal.iter().map(|(column, ..)| Slot { depth: 0, column: *column }).gather().into();
        let left = equal.iter().map(|(.., slot)| *slot).gather().into();
        NodeSpec {
            kind: if pattern.negated { Kind::Negation } else { Kind::Join },
            link: Link { right, left, filters: filters.into() },
        }
    }
}

/// The variables that `pattern` binds, each with the first attribute it binds to it.
fn local<A: Ord>(pattern: &Pattern<A>) -> SortedMap<&str, &A> {
    let mut local = SortedMap::new();
    for (attribute, variable) in &pattern.bindings {
        let first = local.entry(variable.as_str()).or_insert(attribute);
        *first = attribute.min(first);
    }
    local
}

/// What `pattern` compares within one fact, in one order.
pub(super) fn within<A: Clone + Ord>(
    names: &mut AlphaNetwork<A>,
    pattern: &Pattern<A>,
) -> Vec<(Column, Comparison, Column)> {
    let local = local(pattern);
    let equal = pattern.bindings.iter().map(|(a, variable)| (a, Comparison::Equal, variable));
    let compared = pattern.comparisons.iter().map(|(a, comparison, v)| (a, *comparison, v));
    let mut within: Vec<_> = equal
        .chain(compared)
        .filter_map(|(a, comparison, variable): (&A, Comparison, &String)| {
            let b: &A = local.get(variable.as_str())?;
            let trivial = a == b && comparison == Comparison::Equal;
            let turned = if a <= b { (a, comparison, b) } else { (b, comparison.turned(), a) };
            (!trivial).then_some(turned)
        })
        .map(|(a, comparison, b)| (names.intern(a), comparison, names.intern(b)))
        .gather();
    sorted::sort(&mut within);
    within.dedup();
    within
}
