use alloc::{sync::Arc, vec::Vec};
use core::ops::Deref;

use rete_lite::ThresholdIndex;
use sorted::SortedMap;

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
    /// Ascending.
    scopes: Vec<u32>,
    /// The threshold indexes on the quantities of the layout, scope by scope:
    /// places in the scope's list.
    thresholds: Vec<(u32, u32)>,
    /// The classes that ask for each condition of the layout.
    classes: Vec<Vec<u32>>,
}

impl Deref for Selection {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        &self.layout
    }
}

impl Selection {
    /// The parts of `plan` that concern the devices of `scopes`, which ascend.
    /// A layout that is in `layouts` is taken from there, any other put there.
    pub(in super::super) fn new(
        plan: &Plan,
        scopes: Vec<u32>,
        layouts: &mut Vec<Arc<Layout>>,
    ) -> Self {
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
        let conditions: Vec<(u32, Vec<u32>)> = conditions.into_iter().collect();
        let layout = Layout::new(plan, &scopes, &conditions);
        let layout = match layouts.binary_search_by(|known| (**known).cmp(&layout)) {
            Ok(place) => layouts.get(place).cloned().unwrap_or_default(),
            Err(place) => {
                let layout = Arc::new(layout);
                layouts.insert(place, Arc::clone(&layout));
                layout
            }
        };
        let thresholds = quantities.into_values().flatten().collect();
        let classes = conditions.into_iter().map(|(_, classes)| classes).collect();
        Self { layout, scopes, thresholds, classes }
    }

    /// What its devices are asked about.
    pub(in super::super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
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
