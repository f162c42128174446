use serde::{Deserialize, Serialize};

use crate::{
    Span,
    expr::{Aggregate, Frame, Rank},
};

/// One aggregate over one frame, as it looks at a series.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct View {
    /// What is computed.
    pub aggregate: Aggregate,
    /// Over which samples.
    pub frame: Frame,
}

/// A view as it is stored: the place of its aggregate in [`Aggregate::ALL`],
/// its rank's bits (of a quantile), the kind of frame and its two lengths.
#[derive(Deserialize, Serialize)]
struct Stored(u8, Option<f64>, u8, u64, u64);

impl From<View> for Stored {
    fn from(view: View) -> Self {
        let plain = match view.aggregate {
            Aggregate::Quantile(_) => Aggregate::Quantile(Rank::MEDIAN),
            other => other,
        };
        let place = (0_u8..).zip(Aggregate::ALL).find(|(_, known)| *known == plain);
        let rank = match view.aggregate {
            Aggregate::Quantile(rank) => Some(rank.get()),
            _ => None,
        };
        let millis = |span: Span| span.as_millis().unsigned_abs();
        let (kind, first, second) = match view.frame {
            Frame::Sliding(width) => (0, millis(width), 0),
            Frame::Samples(count) => (1, u64::from(count), 0),
            Frame::Hopping { width, every } => (2, millis(width), millis(every)),
            Frame::Session { gap, max: None } => (3, millis(gap), 0),
            Frame::Session { gap, max: Some(max) } => (4, millis(gap), millis(max)),
        };
        Self(place.map_or(0, |(place, _)| place), rank, kind, first, second)
    }
}

impl TryFrom<Stored> for View {
    type Error = &'static str;

    fn try_from(Stored(place, rank, kind, first, second): Stored) -> Result<Self, Self::Error> {
        let aggregate = match (Aggregate::ALL.get(usize::from(place)), rank) {
            (Some(Aggregate::Quantile(_)), Some(rank)) => Rank::new(rank).map(Aggregate::Quantile),
            (Some(Aggregate::Quantile(_)), None) => None,
            (other, _) => other.copied(),
        };
        let span = |millis| i64::try_from(millis).ok().map(Span::from_millis);
        let frame = match kind {
            0 => span(first).map(Frame::Sliding),
            1 => u32::try_from(first).ok().map(Frame::Samples),
            2 => {
                span(first).zip(span(second)).map(|(width, every)| Frame::Hopping { width, every })
            }
            3 => span(first).map(|gap| Frame::Session { gap, max: None }),
            4 => span(first)
                .zip(span(second))
                .map(|(gap, max)| Frame::Session { gap, max: Some(max) }),
            _ => None,
        };
        match (aggregate, frame) {
            (Some(aggregate), Some(frame)) => Ok(Self { aggregate, frame }),
            _ => Err("a view is none that this code knows"),
        }
    }
}
