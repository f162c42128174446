use alloc::vec::Vec;
use core::cell::RefCell;

use sorted::SortedMap;

use crate::{
    Timestamp, Value,
    expr::Aggregate,
    window::{Sample, Series, View},
};

/// Most samples of a window that is kept computed: far below what a series
/// keeps exact, so that it says what its samples say.
const KEPT_SAMPLES_MAX: usize = 40_000;

/// Windows over whole groups as far as they were computed, by the scope of
/// their rules and [`crate::Want::key`].
///
/// As long as samples come in the order of their times, sliding windows take
/// them in one by one, and hopping ones that have closed stay as they are. A
/// sample that was overtaken makes them begin anew from the samples in the
/// cell, which say the same.
#[derive(Debug, Default)]
pub(super) struct Computed {
    sliding: RefCell<SortedMap<(usize, u64), Windows>>,
    /// Of each view with its `min_samples` the end of the last window, and its value.
    closed: RefCell<SortedMap<(usize, u64, View, u32), Closed>>,
}

/// The end of a window, and what it said.
type Closed = (Timestamp, Option<Value>);

#[derive(Debug)]
struct Windows {
    series: Series,
    newest: Timestamp,
    /// Whether some window minds the order of samples of one time.
    minds_order: bool,
}

impl Computed {
    /// What the sliding `view` says at `at`, one of the `views` on the samples named by
    /// `key`; `samples` gives those inside the widest.
    pub(super) fn sliding<'s>(
        &self,
        key: (usize, u64),
        (view, views): (&View, &[View]),
        (at, min_samples): (Timestamp, u32),
        samples: impl FnOnce() -> Vec<(Timestamp, &'s Value)>,
    ) -> Option<Value> {
        let mut windows = self.sliding.try_borrow_mut().ok()?;
        if let Some(known) = windows.get_mut(&key) {
            known.series.advance(at);
            return known.series.value(view, min_samples);
        }
        let samples = samples();
        let newest = samples.last()?.0;
        let mut series = Series::new(views);
        for (ts, value) in samples {
            push(&mut series, ts, value);
        }
        series.advance(at);
        let value = series.value(view, min_samples);
        if series.samples() <= KEPT_SAMPLES_MAX {
            let minds_order = views.iter().any(|view| !is_free_of_order(view.aggregate));
            windows.insert(key, Windows { series, newest, minds_order });
        }
        value
    }

    /// What the hopping `view` says whose last window closed at `end`.
    pub(super) fn closed(
        &self,
        (scope, want): (usize, u64),
        (view, min_samples): (View, u32),
        end: Timestamp,
        value: impl FnOnce() -> Option<Value>,
    ) -> Option<Value> {
        let mut closed = self.closed.try_borrow_mut().ok()?;
        let key = (scope, want, view, min_samples);
        if let Some((_, known)) = closed.get(&key).filter(|(known, _)| *known == end) {
            return known.clone();
        }
        let value = value();
        closed.insert(key, (end, value.clone()));
        value
    }

    /// Takes in a sample.
    pub(super) fn take_in(&mut self, key: (usize, u64), (ts, value): (Timestamp, &Value)) {
        let is_before = |of: (usize, u64), end: Timestamp| of == key && ts < end;
        self.closed
            .get_mut()
            .retain(|(scope, want, ..), (end, _)| !is_before((*scope, *want), *end));
        let windows = self.sliding.get_mut();
        let Some(known) = windows.get_mut(&key) else { return };
        let in_order = ts > known.newest || (ts == known.newest && !known.minds_order);
        if in_order {
            push(&mut known.series, ts, value);
            known.newest = ts;
        }
        if !in_order || known.series.samples() > KEPT_SAMPLES_MAX {
            windows.remove(&key);
        }
    }

    /// Forgets what was computed: devices have come or gone, or samples were given up.
    pub(super) fn clear(&mut self) {
        self.sliding.get_mut().clear();
        self.closed.get_mut().clear();
    }
}

/// Whether it does not matter in which order samples of one time come.
fn is_free_of_order(aggregate: Aggregate) -> bool {
    match aggregate {
        Aggregate::Count
        | Aggregate::Sum
        | Aggregate::Avg
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Range
        | Aggregate::Quantile(_)
        | Aggregate::Distinct
        | Aggregate::All
        | Aggregate::Any => true,
        Aggregate::StdDev
        | Aggregate::First
        | Aggregate::Last
        | Aggregate::Delta
        | Aggregate::Rate
        | Aggregate::Changes => false,
    }
}

/// Puts a sample into a series that takes it or, if it is of another type, does not.
pub(super) fn push(series: &mut Series, ts: Timestamp, value: &Value) {
    let sample = match value {
        Value::Null => return,
        Value::Number(number) => Sample::Number(*number),
        Value::Bool(truth) => Sample::Bool(*truth),
        Value::Text(text) => Sample::Text(text.clone()),
    };
    // What it does not take was counted when the sample came.
    let _ = series.push(ts, sample);
}
