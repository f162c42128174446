//! What a change of a fact does to the nodes it reaches, without going to
//! those that it reached before and still reaches.

use alloc::vec::Vec;
use core::{borrow::Borrow, cmp::Ordering};

use sorted::SortedSet;

use super::{AlphaNetwork, Branches, Next, NodeIndex};
use crate::{
    Fact, ProductionId, Scalar,
    names::{Column, Names, meet},
};

/// Two states of one fact.
pub(crate) struct Change<'f, F> {
    old: &'f F,
    new: &'f F,
    /// Columns whose values differ, or that only one of them carries; ascending.
    pub(crate) columns: Vec<Column>,
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
    /// What `names` does not know, nobody asks for.
    pub(crate) fn new<A: Borrow<F::Attribute>>(names: &Names<A>, old: &'f F, new: &'f F) -> Self {
        let mut columns = Vec::new();
        for (attribute, value) in new.values() {
            if !old.value(attribute).is_some_and(|before| same(before, value)) {
                columns.extend(names.column(attribute));
            }
        }
        for (attribute, _) in old.values() {
            if new.value(attribute).is_none() {
                columns.extend(names.column(attribute));
            }
        }
        sorted::sort(&mut columns);
        Self { old, new, columns }
    }
}

/// Whether no test can tell them apart.
fn same(a: Scalar<'_>, b: Scalar<'_>) -> bool {
    a.order(b).is_some_and(Ordering::is_eq) || (!a.compares() && !b.compares())
}

impl<A> AlphaNetwork<A> {
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
        for column in &change.columns {
            if let Some(next) = root.asks(*column) {
                self.part(next, change, &mut moved);
            }
        }
        for (attribute, value) in change.new.values() {
            if let Some(column) = self.names.column(attribute)
                && let Some(next) = root.asks(column)
                && change.columns.binary_search(&column).is_err()
                && meet(&change.columns, &next.below)
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
        let Some(node) = self.node(node) else { return };
        for next in &node.next {
            if change.columns.binary_search(&next.column).is_ok() {
                self.part(next, change, moved);
            } else if meet(&change.columns, &next.below)
                && let Some(value) = self.value(change.new, next.column)
            {
                next.branches.met_by(value, &mut |node| self.stay(node, change, moved));
            }
        }
    }

    /// The value that is asked next has changed.
    fn part<F: Fact>(&self, next: &Next, change: &Change<'_, F>, moved: &mut Moved)
    where
        A: Borrow<F::Attribute>,
    {
        let was = self.value(change.old, next.column);
        let is = self.value(change.new, next.column);
        if !meet(&change.columns, &next.below) {
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
        for node in was.iter().filter(|node| !is.contains(*node)) {
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

fn met(branches: &Branches, value: Option<Scalar<'_>>) -> SortedSet<NodeIndex> {
    let mut met = SortedSet::new();
    if let Some(value) = value {
        branches.met_by(value, &mut |node| {
            met.insert(node);
        });
    }
    met
}
