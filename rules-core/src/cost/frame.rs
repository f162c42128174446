//! What the windows over one input make the engine keep.

use crate::{
    Span,
    expr::{Aggregate, Frame, Type, WindowCall},
    window::{
        COUNT_SAMPLES_MAX, PANE_DISTINCT_MAX, PANE_RANKS_MAX, SAMPLE_BYTES, SERIES_PANES_MAX,
        SERIES_TEXT_BYTES_MAX, WINDOW_SAMPLES_MAX, resolution,
    },
};

/// Bytes of a stored pane: two times, two ends, four counts, and of its
/// numbers the count, the parts of an exact sum, extremes and ends.
const PANE_BYTES: u64 = 144;
/// Bytes of the sum of a pane's squares.
const SQUARES_BYTES: u64 = 40;
/// Bytes of a sample that may be of any type, which is then said of each.
pub(super) const MIXED_SAMPLE_BYTES: u64 = 14;
/// Bytes of the different texts that a series usually has: some twenty words.
const TEXTS_BYTES: u64 = 400;

/// How long a session is taken to last that has no `max`. A device that never
/// pauses never ends one, but nobody asks for sessions of such a device; what
/// they cost at worst is in the most that is told.
const SESSION: Span = Span::from_secs(3_600);

/// The samples of one input at the assumed interval, and at worst.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Held {
    /// Samples that are kept one by one.
    pub(super) samples: u64,
    samples_max: u64,
    sample_bytes: u64,
    /// Length of a pane, if there are panes.
    pub(super) resolution: Option<Span>,
    facets: Facets,
    texts: Texts,
}

/// What panes keep for some aggregates only, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Facets {
    squares: u64,
    ranks: u64,
    distinct: u64,
}

#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
enum Texts {
    #[default]
    None,
    Possible,
}

impl Held {
    pub(super) fn by(call: &WindowCall, interval: Span) -> Self {
        let limit = to_u64(WINDOW_SAMPLES_MAX);
        let samples = samples(call.frame, interval);
        let texts = texts(call);
        Self {
            samples: samples.min(limit),
            samples_max: match call.frame {
                Frame::Samples(count) => u64::from(count.min(COUNT_SAMPLES_MAX)),
                _ => limit,
            },
            sample_bytes: match texts {
                Texts::None => to_u64(SAMPLE_BYTES),
                Texts::Possible => MIXED_SAMPLE_BYTES,
            },
            resolution: resolution(call.frame).filter(|_| samples > limit),
            facets: Facets::of(call.aggregate),
            texts,
        }
    }

    /// What both keep that share one series of samples: the larger of each.
    pub(super) fn shared(self, other: Self) -> Self {
        Self {
            samples: self.samples.max(other.samples),
            samples_max: self.samples_max.max(other.samples_max),
            sample_bytes: self.sample_bytes.max(other.sample_bytes),
            resolution: self.resolution.max(other.resolution),
            facets: self.facets.shared(other.facets),
            texts: self.texts.max(other.texts),
        }
    }

    /// Bytes at the assumed interval.
    pub(super) fn bytes(self) -> u64 {
        let panes = if self.resolution.is_some() { self.panes_bytes() } else { 0 };
        let texts = if self.texts == Texts::Possible { TEXTS_BYTES } else { 0 };
        self.samples * self.sample_bytes + panes + texts
    }

    /// Bytes of the samples with every limit of the series reached.
    pub(super) fn samples_bytes_max(self) -> u64 {
        self.samples_max * self.sample_bytes
    }

    /// Bytes of all else with every limit of the series reached.
    pub(super) fn other_bytes_max(self) -> u64 {
        // Samples that are only counted are never merged.
        let merged = self.samples_max > u64::from(COUNT_SAMPLES_MAX);
        let panes = if merged { self.panes_bytes() } else { 0 };
        let texts = if self.texts == Texts::Possible { to_u64(SERIES_TEXT_BYTES_MAX) } else { 0 };
        panes + texts
    }

    fn panes_bytes(self) -> u64 {
        let Facets { squares, ranks, distinct } = self.facets;
        to_u64(SERIES_PANES_MAX) * (PANE_BYTES + squares + ranks + distinct)
    }
}

impl Facets {
    fn of(aggregate: Aggregate) -> Self {
        let mut facets = Self::default();
        match aggregate {
            Aggregate::StdDev => facets.squares = SQUARES_BYTES,
            Aggregate::Quantile(_) => facets.ranks = 8 * to_u64(PANE_RANKS_MAX),
            Aggregate::Distinct => facets.distinct = 9 * to_u64(PANE_DISTINCT_MAX),
            _ => {}
        }
        facets
    }

    fn shared(self, other: Self) -> Self {
        Self {
            squares: self.squares.max(other.squares),
            ranks: self.ranks.max(other.ranks),
            distinct: self.distinct.max(other.distinct),
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
        Frame::Session { gap, max: None } => per(SESSION.max(gap), interval),
    }
}

/// How many intervals fit into `span`, the last one counted if it is begun.
fn per(span: Span, interval: Span) -> u64 {
    let interval = interval.as_millis().max(1).unsigned_abs();
    span.as_millis().unsigned_abs().div_ceil(interval).max(1)
}

/// Whether samples may be texts: the aggregate takes them, and the input may yield them.
fn texts(call: &WindowCall) -> Texts {
    let takes = matches!(
        call.aggregate,
        Aggregate::Count
            | Aggregate::First
            | Aggregate::Last
            | Aggregate::Changes
            | Aggregate::Distinct
    );
    let yields = matches!(call.input.kind(), Type::Any | Type::Text);
    if takes && yields { Texts::Possible } else { Texts::None }
}

pub(super) fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
