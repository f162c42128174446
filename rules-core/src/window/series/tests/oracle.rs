//! What a view says, found by looking at everything that ever came.

use std::{string::String, vec::Vec};

use super::super::{Sample, View};
use crate::{
    Value,
    expr::{Aggregate, Frame},
};

/// All samples that came, with the times of what was asked of the series.
#[derive(Clone, Default)]
pub(super) struct History {
    pub(super) samples: Vec<(i64, Sample)>,
}

/// What closed last, and when the next closes.
#[derive(Debug, PartialEq)]
pub(super) struct Closing {
    pub(super) value: Option<Value>,
    pub(super) next: Option<i64>,
}

impl History {
    /// What a sliding or count view says at `t`.
    pub(super) fn value(&self, view: &View, t: i64, min_samples: usize) -> Option<Value> {
        let taken = self.taken(view);
        let inside: Vec<_> = match view.frame {
            Frame::Sliding(width) => {
                let start = t - width.as_millis();
                taken.into_iter().filter(|(ts, _)| start < *ts && *ts <= t).collect()
            }
            Frame::Samples(most) => {
                let from = taken.len().saturating_sub(most as usize);
                taken[from..].to_vec()
            }
            _ => unreachable!(),
        };
        aggregate(view.aggregate, &inside, min_samples)
    }

    /// What a hopping or session view says when everything up to `t` has closed.
    pub(super) fn closing(&self, view: &View, t: i64, min_samples: usize) -> Closing {
        match view.frame {
            Frame::Hopping { width, every } => {
                self.hopping(view, width.as_millis(), every.as_millis(), t, min_samples)
            }
            Frame::Session { gap, max } => {
                let max = max.map_or(i64::MAX / 4, crate::Span::as_millis);
                self.session(view, gap.as_millis(), max, t, min_samples)
            }
            _ => unreachable!(),
        }
    }

    fn hopping(&self, view: &View, width: i64, every: i64, t: i64, min: usize) -> Closing {
        let taken = self.taken(view);
        let inside = |end: i64| -> Vec<(i64, Sample)> {
            taken.iter().filter(|(ts, _)| end - width <= *ts && *ts < end).cloned().collect()
        };
        // Every end from before the first sample to the last that could matter.
        let first = taken.first().map_or(t, |(ts, _)| *ts).div_euclid(every) * every;
        let mut end = first;
        let mut last_closed = None;
        let mut next = None;
        while end <= t.max(taken.last().map_or(t, |(ts, _)| *ts)) + width + 2 * every {
            let matters = !inside(end).is_empty() || !inside(end - every).is_empty();
            if end <= t && matters {
                last_closed = Some(end);
            } else if end > t && matters && next.is_none() {
                next = Some(end);
            }
            end += every;
        }
        let value = last_closed.and_then(|end| aggregate(view.aggregate, &inside(end), min));
        Closing { value, next }
    }

    fn session(&self, view: &View, gap: i64, max: i64, t: i64, min: usize) -> Closing {
        let mut value = None;
        let mut session: Vec<(i64, Sample)> = Vec::new();
        let closing = |session: &[(i64, Sample)]| {
            let (first, last) = (session.first()?.0, session.last()?.0);
            Some((last + gap).min(first + max))
        };
        for (ts, sample) in self.taken(view) {
            if closing(&session).is_some_and(|closing| closing < ts) {
                value = aggregate(view.aggregate, &session, min);
                session.clear();
            }
            session.push((ts, sample));
        }
        match closing(&session) {
            Some(closing) if closing <= t => {
                Closing { value: aggregate(view.aggregate, &session, min), next: None }
            }
            next => Closing { value, next },
        }
    }

    fn taken(&self, view: &View) -> Vec<(i64, Sample)> {
        let takes = |sample: &Sample| match view.aggregate {
            Aggregate::Count
            | Aggregate::First
            | Aggregate::Last
            | Aggregate::Changes
            | Aggregate::Distinct => true,
            Aggregate::All | Aggregate::Any => matches!(sample, Sample::Bool(_)),
            _ => matches!(sample, Sample::Number(_)),
        };
        self.samples.iter().filter(|(_, sample)| takes(sample)).cloned().collect()
    }
}

/// The aggregate of these samples, each in the plainest way.
fn aggregate(aggregate: Aggregate, inside: &[(i64, Sample)], min_samples: usize) -> Option<Value> {
    if inside.len() < min_samples.max(1) {
        return None;
    }
    let numbers: Vec<f64> = inside
        .iter()
        .filter_map(|(_, sample)| match sample {
            Sample::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    let value = |sample: &Sample| match sample {
        Sample::Number(number) => Value::Number(*number),
        Sample::Bool(truth) => Value::Bool(*truth),
        Sample::Text(text) => Value::Text(text.clone()),
    };
    let truths = || inside.iter().map(|(_, sample)| *sample != Sample::Bool(false));
    let (first, last) = (inside.first()?, inside.last()?);
    let number = match aggregate {
        Aggregate::Count => truths().filter(|truth| *truth).count() as f64,
        Aggregate::All => return Some(Value::Bool(truths().all(|truth| truth))),
        Aggregate::Any => return Some(Value::Bool(truths().any(|truth| truth))),
        Aggregate::First => return Some(value(&first.1)),
        Aggregate::Last => return Some(value(&last.1)),
        Aggregate::Changes => inside.windows(2).filter(|two| two[0].1 != two[1].1).count() as f64,
        Aggregate::Distinct => {
            let mut all: Vec<String> =
                inside.iter().map(|(_, sample)| std::format!("{sample:?}")).collect();
            all.sort();
            all.dedup();
            all.len() as f64
        }
        of_numbers => return number_aggregate(of_numbers, inside, &numbers),
    };
    Some(Value::Number(number))
}

fn number_aggregate(
    aggregate: Aggregate,
    inside: &[(i64, Sample)],
    numbers: &[f64],
) -> Option<Value> {
    let count = numbers.len() as f64;
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    // The samples of the properties are multiples of 2^-10, so these are exact.
    let sum: f64 = numbers.iter().sum();
    let delta = numbers[numbers.len() - 1] - numbers[0];
    Some(Value::Number(match aggregate {
        Aggregate::Sum => sum,
        Aggregate::Avg => sum / count,
        Aggregate::Min => sorted[0],
        Aggregate::Max => sorted[sorted.len() - 1],
        Aggregate::Range => sorted[sorted.len() - 1] - sorted[0],
        Aggregate::StdDev => {
            let mean = sum / count;
            (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt()
        }
        Aggregate::Quantile(rank) => quantile(&sorted, rank.get()),
        Aggregate::Delta => delta,
        Aggregate::Rate => {
            let elapsed = inside.last()?.0 - inside.first()?.0;
            if elapsed == 0 {
                return None;
            }
            delta / (elapsed as f64 / 1_000.0)
        }
        _ => unreachable!(),
    }))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "a rank of a sample; between equal samples lies that sample"
)]
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (lower, upper) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let part = place - place.floor();
    if lower == upper { lower } else { lower * (1.0 - part) + upper * part }
}
