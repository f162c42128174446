//! Aggregates over windows of event time.
//!
//! The windows of a device over one input share a [`Series`] of samples; a
//! [`View`] is one aggregate over one frame of it. What a view says depends
//! on the samples inside its window alone, never on those that have left it:
//! sums are exact until they are rounded once, and a series' encoding holds
//! nothing that its samples imply.

mod exact_sum;
use exact_sum::ExactSum;
mod parts;
mod series;
pub use series::{
    COUNT_SAMPLES_MAX, PANE_DISTINCT_MAX, PANE_RANKS_MAX, PANES_PER_WINDOW_MAX, Pushed,
    SERIES_PANES_MAX, SERIES_TEXT_BYTES_MAX, SERIES_TEXTS_MAX, Sample, Series, View, Views,
    resolution,
};
mod wide_sum;
use wide_sum::WideSum;

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
