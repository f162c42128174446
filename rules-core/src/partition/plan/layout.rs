use alloc::{sync::Arc, vec::Vec};

use sorted::{Gather, SortedMap, SortedSet};

use super::{Plan, Scope, SelectedFleet, SelectedSample, Source, at, number, want::Teller};
use crate::{
    Missing,
    expr::Expr,
    window::{View, Views},
};

/// The place of a field that nothing reads.
pub(in super::super) const NO_ROUTE: u32 = u32::MAX;

/// What devices are asked about, whichever rules ask. Places in its lists are
/// what a device's own lists run along.
#[derive(Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct Layout {
    pub(in super::super) series: Vec<SelectedSeries>,
    pub(in super::super) quantities: Vec<SelectedQuantity>,
    /// Places of series and of quantities in the order of their keys, in which they are stored.
    pub(in super::super) series_by_key: Vec<u32>,
    pub(in super::super) quantities_by_key: Vec<u32>,
    pub(in super::super) conditions: Vec<SelectedCondition>,
    pub(in super::super) fleets: Vec<SelectedFleet>,
    pub(in super::super) samples: Vec<SelectedSample>,
    /// What a value of a field touches, by its name.
    routes: Vec<Routes>,
    /// Places of conditions that every reading touches.
    pub(in super::super) always: Vec<u32>,
    /// Places of conditions that a deadline may have to judge.
    pub(in super::super) timed: Vec<u32>,
    /// Whether a series has windows that close.
    pub(in super::super) closes: bool,
    /// Whether an alert may end when its window runs empty.
    pub(in super::super) clears: bool,
}

/// A series that windows of the layout read.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct SelectedSeries {
    pub(in super::super) series: u32,
    /// Names its samples in state.
    pub(in super::super) key: u64,
    pub(in super::super) views: Arc<Views>,
    /// The route of the field that it samples; [`NO_ROUTE`] if it samples something computed.
    pub(in super::super) field: u32,
}

/// A quantity that rules of the layout compare.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct SelectedQuantity {
    pub(in super::super) quantity: u32,
    /// Names what it last was in state.
    pub(in super::super) key: u64,
    /// Of a window: the place of its series in the layout.
    pub(in super::super) series: Option<u32>,
    /// And the place of its view among those of the series.
    pub(in super::super) view: usize,
    pub(in super::super) min_samples: u32,
    /// The route of the field that it is, if it is no window.
    pub(in super::super) field: u32,
}

/// A condition that rules of the layout have.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct SelectedCondition {
    pub(in super::super) condition: u32,
    /// Whether a rule asks for it, not only a group.
    pub(in super::super) is_asked: bool,
    /// Where groups are told its value.
    pub(in super::super) tellers: Vec<Teller>,
}

/// What a value of one field touches, as places in the layout.
#[derive(Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct Routes {
    field: alloc::string::String,
    pub(in super::super) series: Vec<u32>,
    pub(in super::super) quantities: Vec<u32>,
    pub(in super::super) conditions: Vec<u32>,
    pub(in super::super) samples: Vec<u32>,
}

impl Layout {
    /// What the rules of `scopes` ask about; `conditions` are theirs, each with
    /// the classes that ask for it.
    pub(super) fn new(plan: &Plan, scopes: &[u32], conditions: &[(u32, Vec<u32>)]) -> Self {
        let scopes = || scopes.iter().filter_map(|scope| at(&plan.scopes, *scope));
        let mut series: SortedMap<u32, Vec<View>> = SortedMap::new();
        for (read, views) in scopes().flat_map(|scope| &scope.series) {
            let known = series.entry(*read).or_default();
            for view in views {
                if !known.contains(view) {
                    known.push(*view);
                }
            }
        }
        let quantities = scopes().flat_map(|scope| &scope.quantities);
        let quantities: SortedSet<u32> = quantities.map(|(quantity, _)| *quantity).collect();
        let series = series.into_iter().filter_map(|(series, views)| {
            let key = at(&plan.series, series)?.key;
            let views = Arc::new(Views::new(&views));
            Some(SelectedSeries { series, key, views, field: NO_ROUTE })
        });
        let condition = |(condition, classes): &(u32, Vec<u32>)| SelectedCondition {
            condition: *condition,
            is_asked: !classes.is_empty(),
            tellers: Vec::new(),
        };
        let mut layout = Self {
            series: series.gather(),
            conditions: conditions.iter().map(condition).gather(),
            ..Self::default()
        };
        let quantity = |quantity: u32| {
            let planned = at(&plan.quantities, quantity)?;
            let (series, view) = match &planned.source {
                Source::Field(_) => (None, 0),
                Source::Window { series, view } => {
                    let place = layout.series_place(*series);
                    let selected = place.and_then(|place| at(&layout.series, place));
                    let view = selected.and_then(|it| it.views.binary_search(view).ok());
                    (place, view.unwrap_or(usize::MAX))
                }
            };
            let (key, min_samples) = (planned.key, planned.min_samples);
            Some(SelectedQuantity { quantity, key, series, view, min_samples, field: NO_ROUTE })
        };
        layout.quantities = quantities.into_iter().filter_map(quantity).gather();
        layout.series_by_key = places_by_key(layout.series.iter().map(|it| it.key));
        layout.quantities_by_key = places_by_key(layout.quantities.iter().map(|it| it.key));
        layout.lay_fleets(plan, scopes());
        layout.lay_routes(plan);
        let mut classes = conditions.iter().flat_map(|(_, classes)| classes);
        layout.clears |= classes.any(|class| {
            at(&plan.classes, *class).is_some_and(|it| it.course.missing == Missing::Clear)
        });
        layout
    }

    fn lay_fleets<'a>(&mut self, plan: &Plan, scopes: impl Iterator<Item = &'a Scope>) {
        let mut fleets: SortedMap<u32, Vec<u32>> = SortedMap::new();
        for (by, wants) in scopes.flat_map(|scope| &scope.fleets) {
            fleets.entry(*by).or_default().extend(wants);
        }
        let mut samples: SortedMap<u32, Vec<Teller>> = SortedMap::new();
        for ((by, mut wants), fleet) in fleets.into_iter().zip(0..) {
            sorted::sort(&mut wants);
            wants.dedup();
            for (index, place) in wants.iter().zip(0..) {
                let Some(want) = at(&plan.wants, *index) else { continue };
                let Some(condition) = want.condition else {
                    samples.entry(*index).or_default().push((fleet, place));
                    continue;
                };
                let condition = self.condition_place(condition);
                if let Some(it) = condition.and_then(|it| self.conditions.get_mut(it as usize)) {
                    it.tellers.push((fleet, place));
                }
            }
            self.fleets.push(SelectedFleet { by, wants });
        }
        let sample = |(want, tellers)| SelectedSample { want, tellers };
        self.samples = samples.into_iter().map(sample).gather();
    }

    fn lay_routes(&mut self, plan: &Plan) {
        let mut routes: SortedMap<&str, Routes> = SortedMap::new();
        for (place, selected) in self.series.iter().enumerate() {
            let input = at(&plan.series, selected.series).map(|planned| &planned.input);
            for field in input.iter().flat_map(|input| input.fields()) {
                routes.entry(field).or_default().series.push(number(place));
            }
        }
        for (place, selected) in self.samples.iter().enumerate() {
            let expr = at(&plan.wants, selected.want).map(|want| &want.expr);
            for field in expr.iter().flat_map(|expr| expr.fields()) {
                routes.entry(field).or_default().samples.push(number(place));
            }
        }
        for (place, selected) in self.quantities.iter().enumerate() {
            let Some(quantity) = at(&plan.quantities, selected.quantity) else { continue };
            self.clears |= quantity.missing == Missing::Clear;
            match &quantity.source {
                Source::Field(field) => {
                    routes.entry(field).or_default().quantities.push(number(place));
                }
                Source::Window { .. } => {
                    let series = selected.series.and_then(|series| at(&self.series, series));
                    let input = series.and_then(|series| at(&plan.series, series.series));
                    for field in input.iter().flat_map(|planned| planned.input.fields()) {
                        routes.entry(field).or_default().quantities.push(number(place));
                    }
                }
            }
        }
        for (place, selected) in self.conditions.iter().enumerate() {
            let place = number(place);
            let Some(condition) = at(&plan.conditions, selected.condition) else { continue };
            for field in condition.expr.fields() {
                routes.entry(field).or_default().conditions.push(place);
            }
            if !condition.clocks.absences.is_empty() {
                // Every reading ends a silence.
                self.always.push(place);
            }
            if condition.is_timed() {
                self.timed.push(place);
            }
            self.closes |= condition.clocks.closes;
        }
        let named = |(field, routes): (&str, Routes)| Routes { field: field.into(), ..routes };
        self.routes = routes.into_iter().map(named).gather();
        self.find_fields(plan);
    }

    /// Finds the routes of fields that are sampled or compared as they are.
    fn find_fields(&mut self, plan: &Plan) {
        let Self { series, quantities, routes, .. } = self;
        for selected in series {
            if let Some(Expr::Field(name)) = at(&plan.series, selected.series).map(|it| &it.input) {
                selected.field = route(routes, name);
            }
        }
        for selected in quantities {
            let source = at(&plan.quantities, selected.quantity).map(|it| &it.source);
            if let Some(Source::Field(name)) = source {
                selected.field = route(routes, name);
            }
        }
    }

    /// What a value named `field` touches, as a number for [`Layout::routes`];
    /// [`NO_ROUTE`] if nothing.
    pub(in super::super) fn route(&self, field: &str) -> u32 {
        route(&self.routes, field)
    }

    pub(in super::super) fn routes(&self, route: u32) -> Option<&Routes> {
        at(&self.routes, route)
    }

    /// The place of the series named `key`. There are few of them, and they
    /// are not in the order of their keys.
    pub(in super::super) fn series_place(&self, key: u64) -> Option<u32> {
        self.series.iter().position(|series| series.key == key).map(number)
    }

    /// The place of a condition of the plan.
    pub(in super::super) fn condition_place(&self, condition: u32) -> Option<u32> {
        let place = self.conditions.binary_search_by_key(&condition, |it| it.condition).ok()?;
        Some(number(place))
    }

    /// The place of a quantity of the plan.
    pub(in super::super) fn quantity_place(&self, quantity: u32) -> Option<u32> {
        let place = self.quantities.binary_search_by_key(&quantity, |it| it.quantity).ok()?;
        Some(number(place))
    }
}

fn route(routes: &[Routes], field: &str) -> u32 {
    let place = routes.binary_search_by(|routes| routes.field.as_str().cmp(field));
    place.map_or(NO_ROUTE, number)
}

/// The places of these keys in their order.
fn places_by_key(keys: impl Iterator<Item = u64>) -> Vec<u32> {
    let mut places: Vec<(u64, u32)> = keys.zip(0..).gather();
    sorted::sort(&mut places);
    places.into_iter().map(|(_, place)| place).gather()
}
