//! How many samples a frame holds.

use crate::{
    Span,
    expr::{Aggregate, Frame, Type, WindowCall},
    window::{SAMPLE_BYTES, WINDOW_SAMPLES_MAX},
};

/// Panes into which a window is cut that would hold too many samples.
const PANES: i64 = 1_440;
/// Bytes of a stored pane: its start, count, sum, squares, extremes, first and last.
const PANE_BYTES: u64 = 72;

/// What one frame of an input makes the engine keep.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Held {
    /// Samples or panes at the assumed interval.
    pub(super) samples: u64,
    /// Bytes of these.
    pub(super) bytes: u64,
    /// Bytes with every limit reached.
    pub(super) bytes_max: u64,
    /// Length of a pane, if there are panes.
    pub(super) resolution: Option<Span>,
}

impl Held {
    pub(super) fn by(call: &WindowCall, interval: Span) -> Self {
        let limit = to_u64(WINDOW_SAMPLES_MAX);
        let bytes_max = match call.frame {
            Frame::Samples(count) => u64::from(count).min(limit) * sample_bytes(call),
            _ => limit * sample_bytes(call),
        };
        let samples = samples(call.frame, interval);
        if samples <= limit {
            let bytes = samples * sample_bytes(call);
            return Self { samples, bytes, bytes_max, resolution: None };
        }
        let (Frame::Sliding(width) | Frame::Hopping { width, .. }) = call.frame else {
            return Self { samples: limit, bytes: bytes_max, bytes_max, resolution: None };
        };
        let pane = Span::from_millis((width.as_millis() / PANES).max(1));
        let panes = per(width, pane) + 1;
        Self { samples: panes, bytes: panes * PANE_BYTES, bytes_max, resolution: Some(pane) }
    }

    /// What both keep that share one series of samples: the larger of each.
    pub(super) fn shared(self, other: Self) -> Self {
        Self {
            samples: self.samples.max(other.samples),
            bytes: self.bytes.max(other.bytes),
            bytes_max: self.bytes_max.max(other.bytes_max),
            resolution: self.resolution.max(other.resolution),
        }
    }
}

/// Samples inside the frame at one in the interval.
fn samples(frame: Frame, interval: Span) -> u64 {
    match frame {
        Frame::Sliding(width) => per(width, interval),
        Frame::Samples(count) => u64::from(count),
        // Those of the next end, and those since the end before.
        Frame::Hopping { width, every } => per(width, interval) + per(every.min(width), interval),
        // No session goes on over a longer pause than its gap.
        Frame::Session { gap, .. } if gap < interval => 1,
        Frame::Session { max: Some(max), .. } => per(max, interval),
        Frame::Session { max: None, .. } => u64::MAX,
    }
}

/// How many intervals fit into `span`, the last one counted if it is begun.
fn per(span: Span, interval: Span) -> u64 {
    let interval = interval.as_millis().max(1).unsigned_abs();
    span.as_millis().unsigned_abs().div_ceil(interval).max(1)
}

/// Bytes of one sample: its time and its value, which may be a short text.
fn sample_bytes(call: &WindowCall) -> u64 {
    let any_type = matches!(
        call.aggregate,
        Aggregate::First | Aggregate::Last | Aggregate::Changes | Aggregate::Distinct
    );
    let may_be_text = any_type && matches!(call.input.kind(), Type::Any | Type::Text);
    to_u64(SAMPLE_BYTES) + if may_be_text { super::tally::SHORT_TEXT_BYTES } else { 0 }
}

pub(super) fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
