//! Aggregates over sliding windows of event time.
//!
//! A window keeps the samples it needs and its aggregate beside them, so a
//! reading costs amortised constant time whatever the window's length. What
//! an aggregate says depends on the samples inside the window alone, never
//! on those that have left it: sums are exact until they are rounded once,
//! and a window's encoding holds nothing that its samples imply.

use alloc::collections::VecDeque;

use serde::Deserialize;

use crate::{Span, Timestamp, expr::Aggregate};

mod encoding;
use encoding::Encoded;
mod exact_sum;
use exact_sum::ExactSum;
mod extremes;
use extremes::{Extreme, Extremes};
pub mod series;

/// Most samples that one window keeps: a day of one a second.
pub const WINDOW_SAMPLES_MAX: usize = 86_400;

/// Most samples that the windows of one device keep together.
///
/// They live in one cell, and a cell in one row. The largest row of the
/// smallest host, a Durable Object, is 2 MB, of which this leaves a third to
/// everything else in the cell.
/// Source: <https://developers.cloudflare.com/durable-objects/platform/limits>.
pub const DEVICE_SAMPLES_MAX: usize = 100_000;

/// Most bytes that a sample takes in an encoded window while samples lie less
/// than 37 hours apart: four for its time and eight for its value.
pub const SAMPLE_BYTES: usize = 12;

const _: () = assert!(WINDOW_SAMPLES_MAX <= DEVICE_SAMPLES_MAX);
const _: () = assert!(DEVICE_SAMPLES_MAX * SAMPLE_BYTES < 2_000_000 / 3 * 2);

/// What a reading contributes to a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// A number, as of `avg(temp, 5m)`.
    Number(f64),
    /// A truth, as of `count(temp > 80, 5m)`. For every aggregate but
    /// `count`, true is 1 and false is 0.
    Bool(bool),
}

/// The event time of a sample that a full window no longer holds, although it
/// is not older than the window is wide.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a sample that was given up has to be counted"]
pub struct GivenUp(pub Timestamp);

/// The samples of one window on one device, and its aggregate kept up to date.
///
/// Samples come in event-time order (equal times allowed): the partition
/// releases readings in order, so none is ever inserted behind another.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(from = "Encoded")]
pub struct SlidingWindow {
    width: Span,
    /// When each sample was taken, oldest first.
    times: VecDeque<Timestamp>,
    kept: Kept,
}

/// What an aggregate keeps of the samples beside their times.
#[derive(Clone, Debug, PartialEq)]
enum Kept {
    /// Count: whether each counts, and how many do.
    Truths { counts: VecDeque<bool>, counted: usize },
    /// Sum and mean: each value, and their sum.
    Values { of: Total, values: VecDeque<f64>, sum: ExactSum },
    /// Minimum and maximum: the samples that may still become it.
    Extremes(Extremes),
}

/// What is made of a sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Total {
    Sum,
    Mean,
}

impl SlidingWindow {
    /// An empty window.
    #[must_use]
    pub fn new(aggregate: Aggregate, width: Span) -> Self {
        let values = |of| Kept::Values { of, values: VecDeque::new(), sum: ExactSum::default() };
        let kept = match aggregate {
            Aggregate::Count => Kept::Truths { counts: VecDeque::new(), counted: 0 },
            Aggregate::Avg => values(Total::Mean),
            Aggregate::Min => Kept::Extremes(Extremes::new(Extreme::Min)),
            Aggregate::Max => Kept::Extremes(Extremes::new(Extreme::Max)),
            _ => values(Total::Sum),
        };
        Self { width, times: VecDeque::new(), kept }
    }

    /// Takes in a sample at `ts`, not older than the newest one before, and
    /// forgets those that (`ts` − W, `ts`] leaves out.
    ///
    /// A full window gives up its oldest sample and says so: from then on it
    /// speaks of the last [`WINDOW_SAMPLES_MAX`] samples only. A number that is
    /// not finite is no sample; arithmetic has made it missing before.
    pub fn push(&mut self, ts: Timestamp, sample: Sample) -> Option<GivenUp> {
        let (number, counts) = match sample {
            Sample::Number(number) => (number, true),
            Sample::Bool(truth) => (f64::from(u8::from(truth)), truth),
        };
        if !number.is_finite() {
            return None;
        }
        self.advance(ts);
        let full = self.times.len() >= WINDOW_SAMPLES_MAX;
        let given_up = if full { self.give_up_oldest() } else { None };
        self.times.push_back(self.times.back().map_or(ts, |newest| ts.max(*newest)));
        match &mut self.kept {
            Kept::Truths { counts: all, counted } => {
                all.push_back(counts);
                *counted += usize::from(counts);
            }
            Kept::Values { values, sum, .. } => {
                values.push_back(number);
                sum.add(number);
            }
            Kept::Extremes(extremes) => extremes.push(number),
        }
        given_up
    }

    /// Forgets the oldest sample to make room, although it is inside the window.
    pub fn give_up_oldest(&mut self) -> Option<GivenUp> {
        self.evict().map(GivenUp)
    }

    /// Forgets every sample that (t − W, t] leaves out at `t` and later.
    pub fn advance(&mut self, t: Timestamp) {
        let cutoff = t.minus(self.width);
        while self.times.front().is_some_and(|oldest| *oldest <= cutoff) {
            self.evict();
        }
    }

    /// The aggregate of the samples in (t − W, t] as of the last `advance`;
    /// `None` with fewer than `min_samples` of them, or if it is not finite.
    ///
    /// Sum and mean are the exact ones, rounded at the end: the mean of equal
    /// samples is that sample.
    #[must_use]
    pub fn value(&self, min_samples: u32) -> Option<f64> {
        let samples = self.times.len();
        if samples < needed(min_samples) {
            return None;
        }
        let value = match &self.kept {
            Kept::Truths { counted, .. } => *counted as f64,
            Kept::Values { of: Total::Sum, sum, .. } => sum.rounded(),
            Kept::Values { of: Total::Mean, sum, .. } => sum.divided_by(samples as u64),
            Kept::Extremes(extremes) => extremes.value()?,
        };
        value.is_finite().then_some(value)
    }

    /// How many samples it holds as of the last `advance`.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.times.len()
    }

    /// When the window will have fewer than `min_samples` samples if no
    /// reading comes; `None` if it has fewer already.
    #[must_use]
    pub fn missing_at(&self, min_samples: u32) -> Option<Timestamp> {
        let spare = self.times.len().checked_sub(needed(min_samples))?;
        self.times.get(spare).map(|decisive| decisive.plus(self.width))
    }

    /// Forgets the oldest sample.
    fn evict(&mut self) -> Option<Timestamp> {
        let oldest = self.times.pop_front()?;
        match &mut self.kept {
            Kept::Truths { counts, counted } => {
                *counted -= usize::from(counts.pop_front().unwrap_or(false));
            }
            Kept::Values { values, sum, .. } => {
                if let Some(value) = values.pop_front() {
                    sum.add(-value);
                }
            }
            Kept::Extremes(extremes) => extremes.evict(),
        }
        Some(oldest)
    }
}

/// How many samples a value takes: an empty window is missing for every aggregate.
fn needed(min_samples: u32) -> usize {
    usize::try_from(min_samples).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests;
