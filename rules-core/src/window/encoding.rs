use alloc::{collections::VecDeque, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{ExactSum, Extreme, Extremes, Kept, SlidingWindow, Total};
use crate::{Span, Timestamp};

/// A window as it is stored: its samples, and nothing that follows from them.
///
/// Times are stored as steps from one sample to the next, which a variable
/// length encoding keeps to one to three bytes. Reading back never fails:
/// lists that do not fit together are cut to the shortest.
#[derive(Deserialize, Serialize)]
pub(super) struct Encoded {
    width: Span,
    /// Event time of the oldest sample; 0 of none.
    oldest: Timestamp,
    samples: Samples,
}

/// The steps lead to the first sample (0), then from each to the next, in ms.
#[derive(Deserialize, Serialize)]
enum Samples {
    /// For each the step, doubled, and 1 more if it counts.
    Count(Vec<u64>),
    /// Steps and values.
    Sum(Vec<u64>, Vec<f64>),
    /// Steps and values.
    Avg(Vec<u64>, Vec<f64>),
    /// For each the step, doubled, and 1 more if it may become the extreme; values of those.
    Min(Vec<u64>, Vec<f64>),
    /// As `Min`.
    Max(Vec<u64>, Vec<f64>),
}

impl Serialize for SlidingWindow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Encoded::from(self).serialize(serializer)
    }
}

impl From<&SlidingWindow> for Encoded {
    fn from(window: &SlidingWindow) -> Self {
        let oldest = window.times.front().copied().unwrap_or_default();
        let steps = window.times.iter().scan(oldest, |before, ts| {
            let step = ts.since(*before).as_millis().unsigned_abs();
            *before = *ts;
            Some(step)
        });
        let samples = match &window.kept {
            Kept::Truths { counts, .. } => Samples::Count(
                steps.zip(counts).map(|(step, counts)| marked(step, *counts)).collect(),
            ),
            Kept::Values { of: Total::Sum, values, .. } => {
                Samples::Sum(steps.collect(), values.iter().copied().collect())
            }
            Kept::Values { of: Total::Mean, values, .. } => {
                Samples::Avg(steps.collect(), values.iter().copied().collect())
            }
            Kept::Extremes(extremes) => {
                let (marked, values) = encode_extremes(steps, extremes);
                match extremes.of {
                    Extreme::Min => Samples::Min(marked, values),
                    Extreme::Max => Samples::Max(marked, values),
                }
            }
        };
        Self { width: window.width, oldest, samples }
    }
}

impl From<Encoded> for SlidingWindow {
    fn from(encoded: Encoded) -> Self {
        let Encoded { width, oldest, samples } = encoded;
        let (times, kept) = match samples {
            Samples::Count(marked) => {
                let counts: VecDeque<bool> = marked.iter().map(|step| step & 1 == 1).collect();
                let counted = counts.iter().filter(|counts| **counts).count();
                let steps = marked.iter().map(|step| step >> 1);
                (times(oldest, steps), Kept::Truths { counts, counted })
            }
            Samples::Sum(steps, values) => decode_values(Total::Sum, oldest, &steps, values),
            Samples::Avg(steps, values) => decode_values(Total::Mean, oldest, &steps, values),
            Samples::Min(marked, values) => decode_extremes(Extreme::Min, oldest, &marked, &values),
            Samples::Max(marked, values) => decode_extremes(Extreme::Max, oldest, &marked, &values),
        };
        Self { width, times, kept }
    }
}

fn marked(step: u64, mark: bool) -> u64 {
    (step << 1) | u64::from(mark)
}

fn times(oldest: Timestamp, steps: impl Iterator<Item = u64>) -> VecDeque<Timestamp> {
    steps
        .scan(oldest, |ts, step| {
            *ts = ts.plus(Span::from_millis(i64::try_from(step).unwrap_or(i64::MAX)));
            Some(*ts)
        })
        .collect()
}

fn decode_values(
    of: Total,
    oldest: Timestamp,
    steps: &[u64],
    values: Vec<f64>,
) -> (VecDeque<Timestamp>, Kept) {
    let mut values = VecDeque::from(values);
    values.truncate(steps.len());
    let times = times(oldest, steps.iter().take(values.len()).copied());
    let mut sum = ExactSum::default();
    for value in &values {
        sum.add(*value);
    }
    (times, Kept::Values { of, values, sum })
}

fn encode_extremes(steps: impl Iterator<Item = u64>, extremes: &Extremes) -> (Vec<u64>, Vec<f64>) {
    let mut candidates = extremes.candidates().peekable();
    let mut values = Vec::new();
    let marked = (0..)
        .zip(steps)
        .map(|(position, step)| {
            let candidate = candidates.next_if(|(at, _)| *at == position);
            values.extend(candidate.map(|(_, value)| value));
            marked(step, candidate.is_some())
        })
        .collect();
    (marked, values)
}

fn decode_extremes(
    of: Extreme,
    oldest: Timestamp,
    marked: &[u64],
    values: &[f64],
) -> (VecDeque<Timestamp>, Kept) {
    let mut extremes = Extremes::new(of);
    let mut values = values.iter();
    for step in marked {
        match (step & 1 == 1).then(|| values.next()).flatten() {
            Some(value) => extremes.push_candidate(*value),
            None => extremes.push_outdone(),
        }
    }
    (times(oldest, marked.iter().map(|step| step >> 1)), Kept::Extremes(extremes))
}
