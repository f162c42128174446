use alloc::{boxed::Box, string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use sorted::SortedMap;

use super::{
    Closed, Column, Datum, Items, Lens, Pane, SERIES_PANES_MAX, Series, Times, View,
    lens::covering_end,
};
use crate::{Span, Timestamp, expr::Frame, window::WINDOW_SAMPLES_MAX};

/// A series as it is stored: what it holds, and nothing that follows from that.
///
/// Equal content gives equal bytes, whatever came and went before. Reading
/// back never fails for what the bytes say: samples that make no sense are
/// left out, and lists that do not fit together are cut to the shortest.
#[derive(Deserialize, Serialize)]
pub(super) struct Encoded {
    /// The different texts, in the order in which panes and samples name them.
    texts: Vec<String>,
    panes: Vec<Pane>,
    times: Times,
    samples: Column,
    /// Of each hopping and session view.
    marks: Vec<(View, Mark)>,
}

/// What a hopping or session view knows beyond the samples.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Mark {
    closed: Option<Closed>,
    /// The coming end of a hopping window.
    next: Option<Timestamp>,
    /// How many samples came since the open session began, it included.
    open: u64,
}

impl Serialize for Series {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Encoded::from(self).serialize(serializer)
    }
}

impl From<&Series> for Encoded {
    fn from(series: &Series) -> Self {
        let items = &series.items;
        let mut texts = Named { items, places: SortedMap::new(), texts: Vec::new() };
        let panes: Vec<Pane> = items.panes().iter().map(|pane| texts.pane(pane)).collect();
        let times = Times::of(items.samples().iter());
        let samples = Column::of(&items.samples().iter(), |datum| texts.datum(datum));
        let mut closing: Vec<&Lens> =
            series.lenses.iter().filter(|lens| lens.view.closes()).collect();
        sorted::sort_by(&mut closing, |a, b| a.view.cmp(&b.view));
        let marks = closing.into_iter().map(|lens| (lens.view, Mark::of(lens, items)));
        let unlaid = series.unlaid.iter().flat_map(|marks| marks.iter().cloned());
        let marks = marks.chain(unlaid).collect();
        Self { texts: texts.texts, panes, times, samples, marks }
    }
}

/// Gives texts their places in the order in which they are named.
struct Named<'a> {
    items: &'a Items,
    places: SortedMap<u16, u16>,
    texts: Vec<String>,
}

impl Named<'_> {
    fn datum(&mut self, datum: Datum) -> Datum {
        let Datum::Text(place) = datum else { return datum };
        let next = u16::try_from(self.places.len()).unwrap_or(u16::MAX);
        let new = *self.places.entry(place).or_insert_with(|| {
            self.texts.push(self.items.texts.text(place).into());
            next
        });
        Datum::Text(new)
    }

    fn pane(&mut self, pane: &Pane) -> Pane {
        let mut pane = pane.clone();
        pane.first = self.datum(pane.first);
        pane.last = self.datum(pane.last);
        if let Some(values) = &mut pane.distinct {
            for datum in values.iter_mut() {
                *datum = self.datum(*datum);
            }
        }
        pane
    }
}

impl From<Encoded> for Series {
    fn from(encoded: Encoded) -> Self {
        let Encoded { texts, panes, times, samples, marks } = encoded;
        let mut items = Items::default();
        let texts: Vec<Option<u16>> = texts
            .iter()
            .map(|text| {
                let place = items.texts.place(text)?;
                items.texts.retain(Datum::Text(place));
                Some(place)
            })
            .collect();
        let known = |datum| known(&texts, datum);
        for pane in panes.into_iter().take(SERIES_PANES_MAX).filter(Pane::is_sound) {
            if let Some(pane) = pane.with_data(known)
                && items.newest().is_none_or(|newest| newest <= pane.first_at)
            {
                items.push_pane(pane);
            }
        }
        let times = times.decoded(items.newest());
        for (ts, datum) in times.zip(samples.decoded()).take(WINDOW_SAMPLES_MAX) {
            if let Some(datum) = known(datum) {
                items.push(ts, datum);
            }
        }
        for place in texts.into_iter().flatten() {
            items.texts.release(Datum::Text(place));
        }
        let unlaid = (!marks.is_empty()).then(|| Box::new(marks));
        Self { items, unlaid, ..Self::default() }
    }
}

/// A datum as it stands in the series, whose texts have these places; `None`
/// of one that makes no sense.
fn known(texts: &[Option<u16>], datum: Datum) -> Option<Datum> {
    match datum {
        Datum::Text(place) => texts.get(usize::from(place)).copied().flatten().map(Datum::Text),
        Datum::Number(number) => number.is_finite().then_some(Datum::Number(number + 0.0)),
        Datum::Bool(_) => Some(datum),
    }
}

impl Mark {
    fn of(lens: &Lens, items: &Items) -> Self {
        let open = match lens.view.frame {
            Frame::Session { .. } if lens.taken() > 0 => {
                items.range(lens.lo, items.end()).map(|(_, item)| item.count()).sum()
            }
            _ => 0,
        };
        Self { closed: lens.closed.clone(), next: lens.next, open }
    }

    /// The lens of a view that was stored with this mark.
    pub(super) fn lens(self, view: View, items: &Items) -> Lens {
        let mut lens = Lens::new(view, items.first());
        match view.frame {
            Frame::Hopping { width, every } => {
                let sound = self.next.filter(|next| {
                    next.as_millis().rem_euclid(every.as_millis().max(1)) == 0
                        && items.newest().is_none_or(|newest| newest <= *next)
                });
                match sound {
                    Some(next) => lens.move_to_end(items, next, width),
                    None => lens.start_at(items.end()),
                }
            }
            Frame::Session { .. } => {
                let mut newer = 0;
                let mut lo = items.end();
                while newer < self.open && lo > items.first() {
                    lo -= 1;
                    newer += items.get(lo).map_or(0, |item| item.count());
                }
                lens.look_anew(items, lo, items.end());
            }
            _ => return fresh_lens(view, items),
        }
        lens.closed = self.closed;
        lens
    }
}

/// The lens of a closing view that was not there before: it sees what it can
/// of the samples, and has closed nothing.
pub(super) fn fresh_lens(view: View, items: &Items) -> Lens {
    let mut lens = Lens::new(view, items.first());
    let Some(newest) = items.newest() else { return lens };
    match view.frame {
        Frame::Sliding(_) | Frame::Samples(_) => {}
        Frame::Hopping { width, every } => {
            if let Some(next) = covering_end(newest, width, every) {
                lens.move_to_end(items, next, width);
            }
            if lens.taken() == 0 {
                lens.next = None;
                lens.start_at(items.end());
            }
        }
        Frame::Session { .. } => {
            for (number, item) in items.range(items.first(), items.end()) {
                lens.close(items, item.first_at().minus(Span::from_millis(1)));
                lens.take_in(items, number + 1);
            }
            lens.closed = None;
        }
    }
    lens
}
