//! The samples of one input on one device, and every view on them.
//!
//! A [`Series`] stores each sample once, however many windows look at it. A
//! *view* is one aggregate over one frame; it holds no samples, only which of
//! them lie in its window and what its aggregate has gathered of those, so a
//! reading costs amortised constant time a view (logarithmic for quantiles
//! and distinct values), whatever the window's length. What the views have
//! gathered follows from the samples and is not stored.
//!
//! Samples are exact up to [`WINDOW_SAMPLES_MAX`] a series. Beyond that the
//! oldest half is merged into *panes*, which keep count, sum, extremes, ends
//! and changes exactly, and quantiles and distinct values nearly; a pane
//! leaves a window with its newest sample, so a window is exact up to one
//! pane ([`resolution`]) at its old edge.
//!
//! Compared with Prometheus' `*_over_time` functions on (t − W, t]: quantile,
//! stddev, sum, avg, min, max, count, last and changes agree. `delta` and
//! `rate` do not: Prometheus extrapolates from the first and last samples to
//! the edges of the range, and takes a falling counter for a restarted one;
//! here they are the newest sample − the oldest, since a device that has
//! reported two values has said nothing about the time around them.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use super::WINDOW_SAMPLES_MAX;
use crate::{Span, Timestamp, Value, ValueRef, expr::Frame};

mod accumulator;
use accumulator::Accumulator;
mod column;
mod compaction;
pub use compaction::SERIES_PANES_MAX;
mod encoding;
use encoding::Mark;
mod item;
use item::Item;
mod items;
use items::Items;
mod lens;
use lens::{Closed, Lens};
mod pane;
use pane::{Facets, Pane};
pub use pane::{PANE_DISTINCT_MAX, PANE_RANKS_MAX};
mod ranks;
use ranks::Ranks;
mod sample;
use sample::{Datum, Kinds, Texts};
pub use sample::{SERIES_TEXT_BYTES_MAX, SERIES_TEXTS_MAX, Sample};
mod samples;
use samples::Samples;
mod squares;
use squares::Squares;
mod view;
pub use view::{View, Views};

/// Most samples that a count window may ask for: they are never merged, so
/// they have to fit into the half that a series keeps exact.
pub const COUNT_SAMPLES_MAX: u32 = 10_000;

/// Most panes that a window's length is cut into: a day cut by the minute.
pub const PANES_PER_WINDOW_MAX: u32 = 1_440;

/// How far sliding views have advanced when nobody knows.
const UNKNOWN: Timestamp = Timestamp::from_millis(i64::MIN);

const _: () = assert!(COUNT_SAMPLES_MAX as usize <= WINDOW_SAMPLES_MAX / 2);

/// What became of a pushed sample.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[must_use = "what a series could not keep has to be counted"]
pub struct Pushed {
    /// How many views do not take samples of this type.
    pub type_errors: u32,
    /// Whether exact samples were merged into panes, or something was given up.
    pub coarsened: bool,
}

/// The samples of one input on one device, and what all views see in them.
///
/// Samples come in event-time order, equal times in order of arrival. A
/// sample of a type that a view does not take is to that view as if it had
/// not come. When it is read back from its bytes, a series has no views until
/// [`Series::lay_views`] lays them; until then it only keeps what it has.
#[derive(Clone, Debug)]
pub struct Series {
    items: Items,
    /// None before they are laid.
    views: Option<Arc<Views>>,
    /// What the views look through.
    lenses: Box<[Lens]>,
    /// Of each view the place of its lens; none if all have the same.
    through: Box<[u16]>,
    /// Of what kinds samples are that the views which share a lens see alike.
    kinds: Kinds,
    /// What was stored of views that have not been laid yet.
    #[allow(clippy::box_collection, reason = "hardly ever there")]
    unlaid: Option<Box<Vec<(View, Mark)>>>,
    /// How far the sliding views have advanced; [`UNKNOWN`] after they were laid.
    advanced: Timestamp,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            items: Items::default(),
            views: None,
            lenses: Box::default(),
            through: Box::default(),
            kinds: Kinds::default(),
            unlaid: None,
            advanced: UNKNOWN,
        }
    }
}

/// The pane width that a window over this frame may fall back to when its
/// samples are too many; `None` for a frame whose samples are never merged.
///
/// A session is cut as if it lasted as long as it may, or a day: no pane
/// reaches across its edges, so that matters for quantiles and distinct
/// values only.
#[must_use]
pub fn resolution(frame: Frame) -> Option<Span> {
    let length = match frame {
        Frame::Samples(_) => return None,
        Frame::Sliding(width) | Frame::Hopping { width, .. } => width,
        Frame::Session { max, .. } => max.unwrap_or(Span::from_secs(86_400)),
    };
    Some(Span::from_millis((length.as_millis() / i64::from(PANES_PER_WINDOW_MAX)).max(1)))
}

impl Series {
    /// An empty series, seen through `views`.
    #[must_use]
    pub fn new(views: &[View]) -> Self {
        let mut series = Self::default();
        series.lay_views(views);
        series
    }

    /// [`Series::lay`], of views that no other series shares.
    pub fn lay_views(&mut self, views: &[View]) {
        self.lay(&Arc::new(Views::new(views)));
    }

    /// Makes `views` the views on the series, after decoding or when rules
    /// changed: keeps what some view can still see, and what views that
    /// remain have closed.
    ///
    /// A new view starts with the samples that are there: a hopping one with
    /// the window that holds the newest of them, a session one with the
    /// session that is open; neither has closed anything yet. After decoding,
    /// sliding views see what they saw at the newest sample: how far they had
    /// advanced is not stored, and memory must not keep less than a store.
    pub fn lay(&mut self, views: &Arc<Views>) {
        self.views = Some(Arc::clone(views));
        self.advanced = UNKNOWN;
        self.kinds = self.items.kinds();
        self.lay_lenses();
        self.unlaid = None;
        self.forget_unseen();
    }

    /// Gives each view its lens.
    fn lay_lenses(&mut self) {
        let Some(views) = self.views.clone() else { return };
        let in_panes = !self.items.panes().is_empty();
        let mut known = core::mem::take(&mut self.lenses).into_vec();
        let mut lenses: Vec<Lens> = Vec::new();
        known.retain(|lens| lens.view.closes());
        let mut through = Vec::with_capacity(views.len());
        for view in views.iter() {
            let is_like = |lens: &Lens| view.is_like(&lens.view, self.kinds, in_panes);
            let place = lenses.iter().position(is_like);
            if let Some(lens) = place.and_then(|place| lenses.get_mut(place)) {
                lens.gather(view.aggregate);
            } else {
                let place = known.iter().position(|lens| lens.view == *view);
                let lens = place.map(|place| known.swap_remove(place));
                let lens = lens.unwrap_or_else(|| self.new_lens(*view));
                lenses.push(lens);
            }
            let place = place.unwrap_or(lenses.len() - 1);
            through.push(u16::try_from(place).unwrap_or(u16::MAX));
        }
        let several = lenses.len() > 1;
        self.through = if several { through.into() } else { Box::default() };
        let t = Some(self.advanced).filter(|t| *t > UNKNOWN).or(self.items.newest());
        for lens in &mut lenses {
            lens.look(&self.items, t);
        }
        self.lenses = lenses.into();
    }

    /// The lens of a view that had none.
    fn new_lens(&mut self, view: View) -> Lens {
        if !view.closes() {
            return Lens::new(view, self.items.first());
        }
        let stored = self.unlaid.as_mut().and_then(|stored| {
            let place = stored.iter().position(|(of, _)| *of == view)?;
            Some(stored.swap_remove(place).1)
        });
        match stored {
            Some(mark) => mark.lens(view, &self.items),
            None => encoding::fresh_lens(view, &self.items),
        }
    }

    /// Takes in a sample at `ts`, not older than the newest one before. A
    /// number that is not finite is no sample.
    ///
    /// Whatever closes strictly before `ts` is closed first, and sliding views
    /// forget what (ts − W, ts] leaves out.
    pub fn push(&mut self, ts: Timestamp, sample: Sample) -> Pushed {
        match sample {
            Sample::Number(number) => self.push_number(ts, number),
            Sample::Bool(truth) => self.push_datum(ts, Datum::Bool(truth), None),
            Sample::Text(text) => self.push_datum(ts, Datum::Text(0), Some(&text)),
        }
    }

    /// [`Series::push`] of a number.
    pub fn push_number(&mut self, ts: Timestamp, number: f64) -> Pushed {
        if !number.is_finite() {
            return Pushed::default();
        }
        // Adding zero makes of −0.0 the 0.0 that it equals.
        self.push_datum(ts, Datum::Number(number + 0.0), None)
    }

    /// Takes in a datum; the one of `text` is yet to be found.
    fn push_datum(&mut self, ts: Timestamp, datum: Datum, text: Option<&str>) -> Pushed {
        let mut pushed = Pushed::default();
        let Some(views) = &self.views else { return pushed };
        pushed.type_errors = views.refusing(datum.kind());
        if pushed.type_errors as usize == views.len() {
            return pushed;
        }
        let ts = self.items.newest().map_or(ts, |newest| newest.max(ts));
        if views.closes {
            self.close(ts.minus(Span::from_millis(1)));
        }
        if self.items.samples().len() >= WINDOW_SAMPLES_MAX {
            pushed.coarsened = self.make_room(ts);
        }
        // Last before it is pushed: until then nothing keeps a text in its place.
        let datum = match text {
            Some(text) => self.text_datum(ts, text, &mut pushed),
            None => Some(datum),
        };
        let Some(datum) = datum else { return pushed };
        if !self.kinds.contain(datum.kind()) {
            self.kinds.insert(datum.kind());
            self.lay_lenses();
        }
        self.items.push(ts, datum);
        for lens in &mut self.lenses {
            lens.arrive(&self.items, ts, datum);
        }
        self.advanced = ts;
        self.forget_unseen();
        pushed
    }

    /// Makes room for one more sample; whether that took merging.
    #[cold]
    fn make_room(&mut self, ts: Timestamp) -> bool {
        self.advance(ts);
        self.items.samples().len() >= WINDOW_SAMPLES_MAX && self.coarsen()
    }

    /// Sliding views forget what (t − W, t] leaves out.
    #[inline]
    pub fn advance(&mut self, t: Timestamp) {
        if t > self.advanced {
            self.advance_to(t);
        }
    }

    fn advance_to(&mut self, t: Timestamp) {
        self.advanced = t;
        for lens in &mut self.lenses {
            lens.advance(&self.items, t);
        }
        self.forget_unseen();
    }

    /// Closes every hopping window whose end, and every session whose
    /// closing, is at or before `t`. Of several windows of one view the last
    /// to close is the one whose value remains.
    pub fn close(&mut self, t: Timestamp) {
        if !self.closes() {
            return;
        }
        for lens in &mut self.lenses {
            lens.close(&self.items, t);
        }
        self.forget_unseen();
    }

    /// Makes room: merges the oldest half of the exact samples into panes,
    /// coarser ones than [`resolution`] says if there are few; where nothing
    /// can be merged it gives up the oldest half. Whether it did something: not
    /// of an empty series, nor before views are laid.
    pub fn coarsen(&mut self) -> bool {
        if self.lenses.is_empty() {
            return false;
        }
        let (first, end) = (self.items.first(), self.items.end());
        let mergeable = compaction::mergeable_end(&self.items, &self.lenses);
        let facets = Facets::of(self.views.iter().flat_map(|views| views.iter().copied()));
        if compaction::is_worthwhile(&self.items, mergeable)
            && compaction::merge(&mut self.items, &mut self.lenses, facets, mergeable)
        {
            self.forget_unseen();
            return true;
        }
        self.give_up(first + (end - first).div_ceil(2));
        first < end
    }

    /// What `view` says as of the last `advance` or `close`; `None` with
    /// fewer samples than `min_samples` (at least 1), or if it is not finite,
    /// or of a view that was not laid.
    ///
    /// A hopping or session view says what the last window or session said
    /// that closed, and nothing if that had too few samples.
    #[must_use]
    pub fn value(&self, view: &View, min_samples: u32) -> Option<Value> {
        self.value_at(self.place(view)?, min_samples).map(ValueRef::to_value)
    }

    /// What the view at `place` of all views in their order says, as [`Series::value`] does.
    #[must_use]
    pub fn value_at(&self, place: usize, min_samples: u32) -> Option<ValueRef<'_>> {
        let view = self.views.as_ref()?.get(place)?;
        let lens = self.lens(place)?;
        let needed = u64::from(min_samples.max(1));
        if view.closes() {
            let closed = lens.closed.as_ref().filter(|closed| closed.samples >= needed)?;
            closed.value.as_ref().map(ValueRef::from)
        } else if lens.taken() >= needed {
            lens.value(&self.items, view.aggregate)
        } else {
            None
        }
    }

    /// The earliest coming end or closing of all hopping and session views.
    #[must_use]
    pub fn closes_at(&self) -> Option<Timestamp> {
        if !self.closes() {
            return None;
        }
        self.lenses.iter().filter_map(|lens| lens.closes_at(&self.items)).min()
    }

    /// The coming end or closing of one hopping or session view.
    #[must_use]
    pub fn view_closes_at(&self, view: &View) -> Option<Timestamp> {
        self.lens(self.place(view)?)?.closes_at(&self.items)
    }

    /// When a sliding view will have fewer than `min_samples` samples if no
    /// reading comes; `None` if it has fewer already, or for other frames.
    #[must_use]
    pub fn missing_at(&self, view: &View, min_samples: u32) -> Option<Timestamp> {
        self.lens(self.place(view)?)?.missing_at(&self.items, u64::from(min_samples.max(1)))
    }

    /// How many exact samples and panes are kept.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.items.samples().len() + self.items.panes().len()
    }

    /// Whether there is nothing to store: no sample, and nothing closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let idle = |lens: &Lens| lens.closed.is_none() && lens.next.is_none();
        self.items.is_empty() && self.unlaid.is_none() && self.lenses.iter().all(idle)
    }

    /// About how many bytes the encoded series takes, rather too many.
    #[must_use]
    pub fn bytes(&self) -> usize {
        /// Of a hopping or session view, and of the lists' lengths.
        const MARK_BYTES: usize = 48;
        MARK_BYTES * (self.views.as_ref().map_or(0, |views| views.len()) + 1) + self.items.bytes()
    }

    /// The datum that stands for a text which comes at `ts`; gives up the
    /// oldest samples where there is no room for another one.
    #[cold]
    fn text_datum(&mut self, ts: Timestamp, text: &str, pushed: &mut Pushed) -> Option<Datum> {
        self.advance(ts);
        if text.len() > SERIES_TEXT_BYTES_MAX {
            pushed.coarsened = true;
            return None;
        }
        loop {
            if let Some(place) = self.items.texts.place(text) {
                return Some(Datum::Text(place));
            }
            pushed.coarsened = true;
            if self.items.is_empty() {
                return None;
            }
            self.give_up(self.items.first() + 1);
        }
    }

    /// Gives up the items below `number`, although some view sees them.
    fn give_up(&mut self, number: u64) {
        for lens in &mut self.lenses {
            lens.give_up(&self.items, number);
        }
        self.items.forget_below(number);
        self.forget_unseen();
    }

    /// Forgets the oldest items as far as no view sees them.
    fn forget_unseen(&mut self) {
        // Before views are laid, nobody can say what is seen.
        if self.views.is_none() {
            return;
        }
        let seen = self.lenses.iter().map(|lens| lens.lo).min();
        self.items.forget_below(seen.unwrap_or(self.items.end()));
    }

    /// Whether a view closes windows or sessions.
    fn closes(&self) -> bool {
        self.views.as_ref().is_some_and(|views| views.closes)
    }

    fn place(&self, view: &View) -> Option<usize> {
        self.views.as_ref()?.binary_search(view).ok()
    }

    /// The lens of the view at `place`.
    fn lens(&self, place: usize) -> Option<&Lens> {
        match self.through.get(place) {
            Some(place) => self.lenses.get(usize::from(*place)),
            None => self.lenses.first().filter(|_| self.through.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests;
