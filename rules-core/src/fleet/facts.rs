//! A group at one moment, as expressions see it.

use alloc::{string::String, vec::Vec};
use core::cell::Cell as Counter;

use sorted::Gather;

use super::{
    cell::Cell,
    computed::push,
    condition::{Condition, WindowUse, end_before},
    derived::Derived,
    plan::Kind,
};
use crate::{
    Span, Timestamp, Value,
    expr::{Aggregate, Expr, Facts, Frame, WindowCall},
    window::{Series, View},
};

/// What is known of a group at a moment, for one condition of one rule.
pub(super) struct GroupFacts<'a> {
    pub(super) cell: &'a Cell,
    pub(super) derived: &'a Derived,
    pub(super) kind: &'a Kind,
    /// Index of the rule.
    pub(super) rule: usize,
    /// [`super::plan::PlannedRule::scope`].
    pub(super) scope: usize,
    pub(super) condition: &'a Condition,
    pub(super) min_samples: u32,
    /// Of a `match` rule the roles and the device in each; else empty.
    pub(super) cast: &'a [(String, String)],
    pub(super) at: Timestamp,
    pub(super) type_errors: Counter<u64>,
}

const MILLISECOND: Span = Span::from_millis(1);

impl<'a> GroupFacts<'a> {
    /// The samples in a window, oldest first, those of one time by device.
    pub(super) fn samples(&self, window: &WindowUse) -> Vec<(Timestamp, &'a Value)> {
        self.samples_in(window, window.call.frame)
    }

    fn samples_in(&self, window: &WindowUse, frame: Frame) -> Vec<(Timestamp, &'a Value)> {
        let (from, to) = match frame {
            Frame::Sliding(width) => (self.at.minus(width).plus(MILLISECOND), self.at),
            Frame::Hopping { width, every } => {
                let end = self.last_end(every);
                (end.minus(width), end.minus(MILLISECOND))
            }
            Frame::Samples(_) | Frame::Session { .. } => {
                (Timestamp::from_millis(i64::MIN), self.at)
            }
        };
        let own = self.cast.get(window.role).map(|(_, device)| device);
        let members = self.cell.members.iter().filter(|(device, _)| match own {
            Some(own) => own == *device,
            None => self.derived.is_in(device, self.rule),
        });
        let samples = members.filter_map(|(_, member)| member.samples.get(&window.want));
        let mut all: Vec<_> = samples.flat_map(|samples| samples.between(from, to)).gather();
        sorted::sort_by(&mut all, |(a, _), (b, _)| a.cmp(b));
        if let Frame::Samples(count) = frame {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            all.drain(..all.len().saturating_sub(count));
        }
        all
    }

    /// When the last window closed of those that move on so.
    fn last_end(&self, every: Span) -> Timestamp {
        end_before(self.cell.handled().unwrap_or(self.at), every)
    }

    /// The value of a sliding window over the group.
    fn sliding(&self, window: &WindowUse, view: View) -> Option<Value> {
        let key = (self.scope, window.want);
        let views = self.kind.views.get(&key)?;
        let widest = views.iter().max_by_key(|view| match view.frame {
            Frame::Sliding(width) => width,
            _ => Span::ZERO,
        })?;
        let samples = || self.samples_in(window, widest.frame);
        let when = (self.at, self.min_samples);
        self.derived.computed.sliding(key, (&view, views), when, samples)
    }

    /// When a sliding window will have too few samples to have a value, if none comes.
    pub(super) fn empty_at(&self, window: &WindowUse) -> Option<Timestamp> {
        let Frame::Sliding(width) = window.call.frame else { return None };
        let mut taken = self.samples(window);
        taken.retain(|(_, value)| takes(window.call.aggregate, value));
        let needed = usize::try_from(self.min_samples.max(1)).unwrap_or(usize::MAX);
        let first = taken.len().checked_sub(needed)?;
        taken.get(first).map(|(ts, _)| ts.plus(width))
    }
}

impl Facts for GroupFacts<'_> {
    fn field(&self, field: &str) -> Option<&Value> {
        let (role, want) = self.condition.told.get(field)?;
        let (_, device) = self.cast.get(*role)?;
        let member = self.cell.members.get(device)?;
        member.told.get(want)?.as_ref()
    }

    fn window(&self, call: &WindowCall) -> Option<Value> {
        let window = self.condition.windows.iter().find(|window| window.call == *call)?;
        if let Some(view) = window.slides().filter(|_| self.cast.is_empty()) {
            return self.sliding(window, view);
        }
        let value = || aggregated(call.aggregate, &self.samples(window), self.min_samples);
        match window.hops().filter(|_| self.cast.is_empty()) {
            Some((_, every)) => {
                let view = View { aggregate: call.aggregate, frame: call.frame };
                let (key, end) = ((self.scope, window.want), self.last_end(every));
                self.derived.computed.closed(key, (view, self.min_samples), end, value)
            }
            None => value(),
        }
    }

    fn devices(&self, condition: Option<&Expr>) -> Option<f64> {
        let count = match condition {
            None => self.derived.population(self.rule),
            Some(condition) => {
                let counts = &self.condition.counts;
                let count = counts.iter().find(|count| count.condition == *condition)?;
                self.derived.holds(self.rule, count.want)?
            }
        };
        Some(count as f64)
    }

    // What is about one device is told by it, and stands for itself as a field.
    fn fresh(&self, _: &str, _: Span) -> bool {
        false
    }

    fn absent(&self, _: Span) -> bool {
        false
    }

    fn since(&self, _: &Expr) -> Option<Span> {
        None
    }

    fn type_error(&self) {
        self.type_errors.set(self.type_errors.get() + 1);
    }
}

/// An aggregate over these samples and no others.
fn aggregated(
    aggregate: Aggregate,
    samples: &[(Timestamp, &Value)],
    min_samples: u32,
) -> Option<Value> {
    let ((first, _), (last, _)) = (samples.first()?, samples.last()?);
    let view = View { aggregate, frame: Frame::Sliding(last.since(*first).plus(MILLISECOND)) };
    let mut series = Series::new(&[view]);
    for (ts, value) in samples {
        push(&mut series, *ts, value);
    }
    series.value(&view, min_samples)
}

/// Whether an aggregate takes a sample of this type.
pub(super) fn takes(aggregate: Aggregate, value: &Value) -> bool {
    match aggregate {
        Aggregate::Count
        | Aggregate::First
        | Aggregate::Last
        | Aggregate::Changes
        | Aggregate::Distinct => *value != Value::Null,
        Aggregate::All | Aggregate::Any => matches!(value, Value::Bool(_)),
        Aggregate::Sum
        | Aggregate::Avg
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Range
        | Aggregate::StdDev
        | Aggregate::Quantile(_)
        | Aggregate::Delta
        | Aggregate::Rate => matches!(value, Value::Number(_)),
    }
}
