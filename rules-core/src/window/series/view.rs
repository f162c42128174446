use alloc::vec::Vec;
use core::ops::Deref;

use super::{
    item,
    sample::{Kind, Kinds},
};
use crate::{
    Span,
    codec::{Reader, Writer},
    expr::{Aggregate, Frame, Rank},
};

/// One aggregate over one frame, as it looks at a series.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct View {
    /// What is computed.
    pub aggregate: Aggregate,
    /// Over which samples.
    pub frame: Frame,
}

impl View {
    /// Whether its windows close by themselves, as hopping ones and sessions do.
    pub(super) const fn closes(&self) -> bool {
        matches!(self.frame, Frame::Hopping { .. } | Frame::Session { .. })
    }

    /// Whether both views see the same of samples of these `kinds`, at any time.
    pub(super) fn is_like(&self, other: &Self, kinds: Kinds, in_panes: bool) -> bool {
        let takes = |view: &Self| kinds.both(item::kinds(view.aggregate));
        // Panes may lack what these need.
        let needs = |view: &Self| match view.aggregate {
            Aggregate::Distinct => 1,
            Aggregate::StdDev => 2,
            Aggregate::Quantile(_) => 3,
            _ => 0,
        };
        self.frame == other.frame
            && !self.closes()
            && takes(self) == takes(other)
            && (!in_panes || needs(self) == needs(other))
    }
}

/// The views on a series, each once and in order. Series of devices that are
/// looked at alike share them.
#[derive(Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Views {
    list: Vec<View>,
    /// Of each kind of sample, how many views do not take it.
    refusing: [u32; 3],
    pub(super) closes: bool,
}

impl Views {
    /// These views.
    #[must_use]
    pub fn new(views: &[View]) -> Self {
        let mut list = views.to_vec();
        sorted::sort(&mut list);
        list.dedup();
        let refusing = [Kind::Number, Kind::Bool, Kind::Text].map(|kind| {
            let refuse = |view: &&View| !item::kinds(view.aggregate).contain(kind);
            u32::try_from(list.iter().filter(refuse).count()).unwrap_or(u32::MAX)
        });
        let closes = list.iter().any(View::closes);
        Self { list, refusing, closes }
    }

    /// How many of them do not take samples of this kind.
    pub(super) fn refusing(&self, kind: Kind) -> u32 {
        self.refusing.get(kind as usize).copied().unwrap_or_default()
    }
}

impl Deref for Views {
    type Target = [View];

    fn deref(&self) -> &[View] {
        &self.list
    }
}

/// A view is stored as the place of its aggregate in [`Aggregate::ALL`], its
/// rank (of a quantile), the kind of frame and its two lengths.
impl View {
    pub(super) fn write(&self, to: &mut Writer) {
        let plain = match self.aggregate {
            Aggregate::Quantile(_) => Aggregate::Quantile(Rank::MEDIAN),
            other => other,
        };
        let place = (0_u8..).zip(Aggregate::ALL).find(|(_, known)| *known == plain);
        to.byte(place.map_or(0, |(place, _)| place));
        let rank = match self.aggregate {
            Aggregate::Quantile(rank) => Some(rank.get()),
            _ => None,
        };
        to.option(rank, Writer::float);
        let millis = |span: Span| span.as_millis().unsigned_abs();
        let (kind, first, second) = match self.frame {
            Frame::Sliding(width) => (0, millis(width), 0),
            Frame::Samples(count) => (1, u64::from(count), 0),
            Frame::Hopping { width, every } => (2, millis(width), millis(every)),
            Frame::Session { gap, max: None } => (3, millis(gap), 0),
            Frame::Session { gap, max: Some(max) } => (4, millis(gap), millis(max)),
        };
        to.byte(kind);
        to.unsigned(first);
        to.unsigned(second);
    }

    /// `None`, and the bytes are refused, of a view that this code does not know.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (place, rank) = (from.byte(), from.option(Reader::float));
        let (kind, first, second) = (from.byte(), from.unsigned(), from.unsigned());
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
        let view = aggregate.zip(frame).map(|(aggregate, frame)| Self { aggregate, frame });
        if view.is_none() {
            from.refuse();
        }
        view
    }
}
