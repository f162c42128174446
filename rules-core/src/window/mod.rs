//! Aggregates over sliding windows of event time.

use serde::{Deserialize, Serialize};

use crate::{Span, Timestamp, expr::Aggregate};

/// The samples of one window on one device, and its aggregate kept up to date.
///
/// Samples come in event-time order (equal times allowed): the partition
/// releases readings in order, so none is ever inserted behind another.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SlidingWindow {}

impl SlidingWindow {
    /// An empty window.
    #[must_use]
    pub fn new(aggregate: Aggregate, width: Span) -> Self {
        let _ = (aggregate, width);
        todo!()
    }

    /// Takes in a sample at `ts`, not older than the newest one before.
    /// Over a boolean input, true is 1 and false is 0.
    pub fn push(&mut self, ts: Timestamp, sample: f64) {
        let _ = (ts, sample);
        todo!()
    }

    /// Forgets every sample that (t − W, t] leaves out at `t` and later.
    pub fn advance(&mut self, t: Timestamp) {
        let _ = t;
        todo!()
    }

    /// The aggregate of the samples in (t − W, t] as of the last `advance`;
    /// `None` with fewer than `min_samples` of them, or if it is not finite.
    #[must_use]
    pub fn value(&self, min_samples: u32) -> Option<f64> {
        let _ = min_samples;
        todo!()
    }
}
