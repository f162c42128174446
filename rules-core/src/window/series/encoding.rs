use alloc::{boxed::Box, vec::Vec};

use sorted::SortedMap;

use super::{
    Closed, Datum, Items, Lens, Pane, SERIES_PANES_MAX, Series, View, lens::covering_end,
    sample::Kind,
};
use crate::{
    Span, Timestamp,
    codec::{Reader, Writer},
    expr::Frame,
};

/// What a hopping or session view knows beyond the samples.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    closed: Option<Closed>,
    /// The coming end of a hopping window.
    next: Option<Timestamp>,
    /// How many samples came since the open session began, it included.
    open: u64,
}

/// A series is stored as what it holds, and nothing that follows from that.
///
/// Equal content gives equal bytes, whatever came and went before. Reading
/// back never fails for what the bytes say: samples that make no sense are
/// left out, and lists that do not fit together are cut to the shortest.
impl Series {
    pub(crate) fn write(&self, to: &mut Writer) {
        let items = &self.items;
        let named = Named::of(items);
        to.count(named.texts.len());
        named.texts.iter().for_each(|text| to.text(text));
        to.count(items.panes().len());
        items.panes().iter().for_each(|pane| pane.write(to, &named));
        items.samples().write(to, &named);
        let mut closing: Vec<&Lens> =
            self.lenses.iter().filter(|lens| lens.view.closes()).collect();
        sorted::sort_by(&mut closing, |a, b| a.view.cmp(&b.view));
        let unlaid = self.unlaid.as_deref().map_or(&[][..], Vec::as_slice);
        to.count(closing.len() + unlaid.len());
        for lens in closing {
            lens.view.write(to);
            Mark::of(lens, items).write(to);
        }
        for (view, mark) in unlaid {
            view.write(to);
            mark.write(to);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Self {
        let mut items = Items::default();
        let texts = from.list(|from| {
            let place = items.texts.place(from.text())?;
            items.texts.retain(Datum::Text(place));
            Some(place)
        });
        let known = |datum| known(&texts, datum);
        for place in 0..from.count() {
            let pane = Pane::read(from);
            if from.is_broken() {
                break;
            }
            if place < SERIES_PANES_MAX
                && pane.is_sound()
                && let Some(pane) = pane.with_data(known)
                && items.newest().is_none_or(|newest| newest <= pane.first_at)
            {
                items.push_pane(pane);
            }
        }
        items.read_samples(from, known);
        let marks = from.list(|from| (View::read(from), Mark::read(from)));
        let marks: Vec<(View, Mark)> =
            marks.into_iter().filter_map(|(view, mark)| Some((view?, mark))).collect();
        for place in texts.into_iter().flatten() {
            items.texts.release(Datum::Text(place));
        }
        let unlaid = (!marks.is_empty()).then(|| Box::new(marks));
        Self { items, unlaid, ..Self::default() }
    }

    /// The bytes that it is stored as.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.write(&mut writer);
        writer.take()
    }

    /// Reads back what [`Series::to_bytes`] gave; `None` of bytes that are none of its.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let series = Self::read(&mut reader);
        reader.end().is_ok().then_some(series)
    }
}

/// Texts in the order in which panes and samples name them, each with its new place.
#[derive(Default)]
pub(super) struct Named<'a> {
    places: SortedMap<u16, u16>,
    texts: Vec<&'a str>,
}

impl<'a> Named<'a> {
    fn of(items: &'a Items) -> Self {
        let mut named = Self::default();
        if items.texts.bytes() == 0 && !items.kinds().contain(Kind::Text) {
            return named;
        }
        let samples = items.samples().iter().map(|(_, datum)| datum);
        for datum in items.panes().iter().flat_map(Pane::data).chain(samples) {
            if let Datum::Text(place) = datum {
                let next = u16::try_from(named.texts.len()).unwrap_or(u16::MAX);
                named.places.entry(place).or_insert_with(|| {
                    named.texts.push(items.texts.text(place));
                    next
                });
            }
        }
        named
    }

    pub(super) fn place(&self, place: u16) -> u16 {
        self.places.get(&place).copied().unwrap_or_default()
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
    fn write(&self, to: &mut Writer) {
        to.option(self.closed.as_ref(), |to, closed| {
            to.unsigned(closed.samples);
            to.option(closed.value.as_ref(), Writer::value);
        });
        to.option(self.next, Writer::time);
        to.unsigned(self.open);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let closed = from
            .option(|from| Closed { samples: from.unsigned(), value: from.option(Reader::value) });
        Self { closed, next: from.option(Reader::time), open: from.unsigned() }
    }

    fn of(lens: &Lens, items: &Items) -> Self {
        let open = match lens.view.frame {
            Frame::Session { .. } if lens.taken() > 0 => {
                items.range(lens.lo, items.end()).map(|(_, item)| item.count()).sum()
            }
            _ => 0,
        };
        Self { closed: lens.closed.as_deref().cloned(), next: lens.next, open }
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
        lens.closed = self.closed.map(Box::new);
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
