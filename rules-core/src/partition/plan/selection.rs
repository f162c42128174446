use alloc::{sync::Arc, vec::Vec};
use core::ops::{Deref, Range};

use rete_lite::ThresholdIndex;
use sorted::{Gather, SortedMap};

use super::{Layout, Plan, at, number};

/// What of the plan concerns the devices of some scopes: what they are asked
/// about, and who asks.
///
/// Rules for single devices mostly ask about what others ask about, so a
/// layout is shared by many selections, and a reading that changes nothing
/// looks at nothing else.
#[derive(Debug)]
pub(in super::super) struct Selection {
    layout: Arc<Layout>,
    /// Where the threshold indexes on each quantity of the layout stand among
    /// those on all, and where they end.
    places: Arc<Vec<usize>>,
    /// Ascending.
    scopes: Vec<u32>,
    /// The threshold indexes on the quantities of the layout, scope by scope:
    /// places in the scope's list.
    thresholds: Vec<(u32, u32)>,
    /// The classes that ask for each condition of the layout.
    classes: Vec<Vec<u32>>,
}

/// What selections share, each once, in order.
#[derive(Debug, Default)]
pub(in super::super) struct Shared {
    layouts: Vec<Arc<Layout>>,
    places: Vec<Arc<Vec<usize>>>,
}

/// What is as `new`: from `known`, where it is put if it is not there yet.
fn share<T: Ord>(known: &mut Vec<Arc<T>>, new: T) -> Arc<T> {
    let place = known.binary_search_by(|known| (**known).cmp(&new));
    if let Some(known) = place.ok().and_then(|place| known.get(place)) {
        return Arc::clone(known);
    }
    let new = Arc::new(new);
    known.insert(place.unwrap_or_else(|place| place), Arc::clone(&new));
    new
}

impl Deref for Selection {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        &self.layout
    }
}

impl Selection {
    /// The parts of `plan` that concern the devices of `scopes`, which ascend.
    pub(in super::super) fn new(plan: &Plan, scopes: Vec<u32>, shared: &mut Shared) -> Self {
        let mut quantities: SortedMap<u32, Vec<(u32, u32)>> = SortedMap::new();
        let mut conditions: SortedMap<u32, Vec<u32>> = SortedMap::new();
        for index in &scopes {
            let Some(scope) = at(&plan.scopes, *index) else { continue };
            for (place, (quantity, _)) in scope.quantities.iter().enumerate() {
                quantities.entry(*quantity).or_default().push((*index, number(place)));
            }
            for (condition, classes) in &scope.conditions {
                conditions.entry(*condition).or_default().extend(classes);
            }
        }
        let conditions: Vec<(u32, Vec<u32>)> = conditions.into_iter().gather();
        let layout = Layout::new(plan, &scopes, &conditions);
        let layout = share(&mut shared.layouts, layout);
        let mut places = alloc::vec![0];
        for indexes in quantities.values() {
            places.push(places.last().copied().unwrap_or_default() + indexes.len());
        }
        let places = share(&mut shared.places, places);
        let thresholds = quantities.into_values().flatten().gather();
        let classes = conditions.into_iter().map(|(_, classes)| classes).gather();
        Self { layout, places, scopes, thresholds, classes }
    }

    /// What its devices are asked about.
    pub(in super::super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The places of the threshold indexes on the quantity at `place`.
    pub(in super::super) fn indexes(&self, place: u32) -> Range<usize> {
        let first = at(&self.places, place).copied().unwrap_or_default();
        first..at(&self.places, place + 1).copied().unwrap_or_default()
    }

    /// A threshold index, by its place among those of all quantities.
    pub(in super::super) fn index<'a>(
        &self,
        place: usize,
        plan: &'a Plan,
    ) -> Option<&'a ThresholdIndex<u32>> {
        let (scope, place) = *self.thresholds.get(place)?;
        at(&at(&plan.scopes, scope)?.quantities, place).map(|(_, index)| index)
    }

    /// The classes that ask for the condition at a place.
    pub(in super::super) fn classes(&self, place: u32) -> &[u32] {
        at(&self.classes, place).map_or(&[], Vec::as_slice)
    }

    /// Whether the rules of `scope` watch the device.
    pub(in super::super) fn has_scope(&self, scope: u32) -> bool {
        self.scopes.binary_search(&scope).is_ok()
    }
}
