//! What a change of a fact does to the nodes it reaches, without going to
//! those that it reached before and still reaches.

use alloc::{collections::BTreeSet, vec::Vec};
use core::{borrow::Borrow, cmp::Ordering};

use super::{AlphaNetwork, Branches, Next, NodeIndex};
use crate::{Fact, ProductionId, Scalar};

/// Two states of one fact.
pub(crate) struct Change<'f, F: Fact> {
    old: &'f F,
    new: &'f F,
    /// Attributes whose values differ, or that only one of them carries.
    pub(crate) attributes: BTreeSet<&'f F::Attribute>,
}

/// Productions that want the one and not the other, by node: one that is added
/// several times may be in both. In no order.
#[derive(Default)]
pub(crate) struct Moved {
    /// They want the new fact.
    pub(crate) begun: Vec<ProductionId>,
    /// They wanted the old one.
    pub(crate) ended: Vec<ProductionId>,
}

impl<'f, F: Fact> Change<'f, F> {
    pub(crate) fn new(old: &'f F, new: &'f F) -> Self {
        let differs = |fact: &'f F, other: &'f F| {
            let differing = move |(attribute, value): &(&'f F::Attribute, Scalar<'f>)| {
                !other.value(attribute).is_some_and(|other| same(*value, other))
            };
            fact.values().filter(differing).map(|(attribute, _)| attribute)
        };
        Self { old, new, attributes: differs(old, new).chain(differs(new, old)).collect() }
    }

    fn touches<A: Borrow<F::Attribute>>(&self, attributes: &BTreeSet<A>) -> bool {
        attributes.iter().any(|attribute| self.attributes.contains(attribute.borrow()))
    }
}

/// Whether no test can tell them apart.
fn same(a: Scalar<'_>, b: Scalar<'_>) -> bool {
    a.order(b).is_some_and(Ordering::is_eq) || (!a.compares() && !b.compares())
}

impl<A: Clone + Ord> AlphaNetwork<A> {
    /// The productions whose tests begin or end to hold with `change`.
    ///
    /// Costs the changed attributes, what lies between their old and new
    /// values, and those nodes reached before and after below which a changed
    /// attribute is asked for again.
    pub(crate) fn moved<F: Fact>(&self, change: &Change<'_, F>) -> Moved
    where
        A: Borrow<F::Attribute>,
    {
        let mut moved = Moved::default();
        let Some(root) = self.nodes.first() else { return moved };
        for attribute in &change.attributes {
            if let Some(next) = root.next.get(*attribute) {
                self.part::<F>(next, attribute, change, &mut moved);
            }
        }
        for (attribute, value) in change.new.values() {
            if let Some(next) = root.next.get(attribute)
                && !change.attributes.contains(attribute)
                && change.touches(&next.below)
            {
                next.branches.met_by(value, &mut |node| self.stay(node, change, &mut moved));
            }
        }
        moved
    }

    /// The node was reached before and is still: what of the nodes below it?
    fn stay<F: Fact>(&self, node: NodeIndex, change: &Change<'_, F>, moved: &mut Moved)
    where
        A: Borrow<F::Attribute>,
    {
        let Some(node) = self.nodes.get(node) else { return };
        for (attribute, next) in &node.next {
            let attribute = attribute.borrow();
            if change.attributes.contains(attribute) {
                self.part(next, attribute, change, moved);
            } else if change.touches(&next.below)
                && let Some(value) = change.new.value(attribute)
            {
                next.branches.met_by(value, &mut |node| self.stay(node, change, moved));
            }
        }
    }

    /// The value of `attribute`, which is asked next, has changed.
    fn part<F: Fact>(
        &self,
        next: &Next<A>,
        attribute: &F::Attribute,
        change: &Change<'_, F>,
        moved: &mut Moved,
    ) where
        A: Borrow<F::Attribute>,
    {
        let (was, is) = (change.old.value(attribute), change.new.value(attribute));
        if !change.touches(&next.below) {
            let Moved { begun, ended } = moved;
            next.branches.changed(
                was,
                is,
                &mut |node| self.enter(node, change.new, begun),
                &mut |node| self.enter(node, change.old, ended),
            );
            return;
        }
        let (was, is) = (met(&next.branches, was), met(&next.branches, is));
        for node in was.difference(&is) {
            self.enter(*node, change.old, &mut moved.ended);
        }
        for node in &is {
            if was.contains(node) {
                self.stay(*node, change, moved);
            } else {
                self.enter(*node, change.new, &mut moved.begun);
            }
        }
    }
}

fn met(branches: &Branches, value: Option<Scalar<'_>>) -> BTreeSet<NodeIndex> {
    let mut met = BTreeSet::new();
    if let Some(value) = value {
        branches.met_by(value, &mut |node| {
            met.insert(node);
        });
    }
    met
}
