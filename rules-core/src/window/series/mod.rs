//! The samples of one input on one device, and every view on them.

use alloc::{collections::VecDeque, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::WINDOW_SAMPLES_MAX;
use crate::{Span, Timestamp, Value, expr::Frame};

mod compute;
mod view;
pub use view::View;

/// Most samples that a count window may ask for: they are never merged, so
/// they have to fit into what a series keeps exact.
pub const COUNT_SAMPLES_MAX: u32 = 10_000;

/// Most panes that a window's length is cut into.
pub const PANES_PER_WINDOW_MAX: i64 = 1_440;

const _: () = assert!(COUNT_SAMPLES_MAX as usize <= WINDOW_SAMPLES_MAX / 2);

/// What a reading contributes to the windows over one input.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Sample {
    /// A number, as of `avg(temp, 5m)`.
    Number(f64),
    /// A truth, as of `count(temp > 80, 5m)`.
    Bool(bool),
    /// A text, as of `changes(state, 5m)`.
    Text(String),
}

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
/// Samples come in event-time order, equal times in order of arrival.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Series {
    lenses: Vec<Lens>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Lens {
    view: View,
    /// The hopping end that is due next.
    next: Option<Timestamp>,
    closed: Option<(u64, Option<Value>)>,
    samples: VecDeque<(Timestamp, Sample)>,
}

/// The pane width that a window over this frame may fall back to when its
/// samples are too many; `None` for a frame whose samples are never merged.
#[must_use]
pub fn resolution(frame: Frame) -> Option<Span> {
    let length = match frame {
        Frame::Samples(_) => return None,
        Frame::Sliding(width) | Frame::Hopping { width, .. } => width,
        Frame::Session { max, .. } => max.unwrap_or(Span::from_secs(86_400)),
    };
    Some(Span::from_millis((length.as_millis() / PANES_PER_WINDOW_MAX).max(1)))
}

impl Series {
    /// An empty series, seen through `views`.
    #[must_use]
    pub fn new(views: &[View]) -> Self {
        let mut series = Self::default();
        series.lay_views(views);
        series
    }

    /// Makes `views` the views on the series, after decoding or when rules
    /// changed: keeps what some view can still see, and what views that
    /// remain have closed. A new view starts with the samples that are there.
    pub fn lay_views(&mut self, views: &[View]) {
        let mut views = views.to_vec();
        views.sort_unstable();
        views.dedup();
        let mut old = core::mem::take(&mut self.lenses);
        let fullest = old.iter().max_by_key(|lens| lens.samples.len()).cloned();
        for view in views {
            let known = old.iter().position(|lens| lens.view == view);
            if let Some(place) = known {
                self.lenses.push(old.swap_remove(place));
                continue;
            }
            let mut lens = Lens { view, next: None, closed: None, samples: VecDeque::new() };
            for (ts, sample) in fullest.iter().flat_map(|lens| &lens.samples) {
                lens.push(*ts, sample);
            }
            lens.closed = None;
            self.lenses.push(lens);
        }
    }

    /// Takes in a sample at `ts`, not older than the newest one before. A
    /// number that is not finite is no sample.
    ///
    /// Whatever closes strictly before `ts` is closed first, and sliding views
    /// forget what (ts − W, ts] leaves out.
    pub fn push(&mut self, ts: Timestamp, sample: Sample) -> Pushed {
        let mut pushed = Pushed::default();
        let sample = match sample {
            Sample::Number(number) if !number.is_finite() => return pushed,
            // Adding zero makes of −0.0 the 0.0 that it equals.
            Sample::Number(number) => Sample::Number(number + 0.0),
            other => other,
        };
        for lens in &mut self.lenses {
            if lens.view.takes(&sample) {
                lens.push(ts, &sample);
            } else {
                pushed.type_errors += 1;
            }
            if lens.samples.len() > WINDOW_SAMPLES_MAX {
                lens.samples.pop_front();
                pushed.coarsened = true;
            }
        }
        pushed
    }

    /// Sliding views forget what (t − W, t] leaves out.
    pub fn advance(&mut self, t: Timestamp) {
        self.lenses.iter_mut().for_each(|lens| lens.advance(t));
    }

    /// Closes every hopping window whose end, and every session whose
    /// closing, is at or before `t`, in order.
    pub fn close(&mut self, t: Timestamp) {
        self.lenses.iter_mut().for_each(|lens| lens.close(t));
    }

    /// What `view` says as of the last `advance` or `close`; `None` with
    /// fewer samples than `min_samples` (at least 1), or if it is not finite,
    /// or of a view that was not laid.
    #[must_use]
    pub fn value(&self, view: &View, min_samples: u32) -> Option<Value> {
        let lens = self.lens(view)?;
        let (samples, value) = match view.frame {
            Frame::Sliding(_) | Frame::Samples(_) => lens.current(),
            _ => lens.closed.clone()?,
        };
        (samples >= u64::from(min_samples.max(1))).then_some(value)?
    }

    /// The earliest coming end or closing of all hopping and session views.
    #[must_use]
    pub fn closes_at(&self) -> Option<Timestamp> {
        self.lenses.iter().filter_map(Lens::closes_at).min()
    }

    /// The coming end or closing of one hopping or session view.
    #[must_use]
    pub fn view_closes_at(&self, view: &View) -> Option<Timestamp> {
        self.lens(view)?.closes_at()
    }

    /// When a sliding view will have fewer than `min_samples` samples if no
    /// reading comes; `None` if it has fewer already, or for other frames.
    #[must_use]
    pub fn missing_at(&self, view: &View, min_samples: u32) -> Option<Timestamp> {
        let Frame::Sliding(width) = view.frame else { return None };
        let lens = self.lens(view)?;
        let needed = usize::try_from(min_samples.max(1)).ok()?;
        let decisive = lens.samples.len().checked_sub(needed)?;
        lens.samples.get(decisive).map(|(ts, _)| ts.plus(width))
    }

    /// How many samples are kept.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.lenses.iter().map(|lens| lens.samples.len()).max().unwrap_or(0)
    }

    /// Whether there is nothing to store: no sample, and nothing closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lenses.iter().all(|lens| lens.samples.is_empty() && lens.closed.is_none())
    }

    /// Makes room: merges the oldest half of the exact samples, or gives
    /// something up if that is not possible. Whether it did something.
    pub fn coarsen(&mut self) -> bool {
        let mut did = false;
        for lens in &mut self.lenses {
            let half = lens.samples.len().div_ceil(2);
            did |= half > 0;
            lens.samples.drain(..half);
        }
        did
    }

    /// About how many bytes the encoded series takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.samples() * super::SAMPLE_BYTES
    }

    fn lens(&self, view: &View) -> Option<&Lens> {
        let place = self.lenses.binary_search_by_key(view, |lens| lens.view).ok()?;
        self.lenses.get(place)
    }
}

impl Lens {
    fn push(&mut self, ts: Timestamp, sample: &Sample) {
        self.close(ts.minus(Span::from_millis(1)));
        self.samples.push_back((ts, sample.clone()));
        self.advance(ts);
        match self.view.frame {
            Frame::Samples(most) => {
                while self.samples.len() > usize::try_from(most).unwrap_or(usize::MAX) {
                    self.samples.pop_front();
                }
            }
            Frame::Hopping { width, every } if self.next.is_none() => {
                self.next = covering_end(ts, width, every);
            }
            _ => {}
        }
    }

    fn advance(&mut self, t: Timestamp) {
        if let Frame::Sliding(width) = self.view.frame {
            let cutoff = t.minus(width);
            while self.samples.front().is_some_and(|(ts, _)| *ts <= cutoff) {
                self.samples.pop_front();
            }
        }
    }

    fn close(&mut self, t: Timestamp) {
        while let Some(at) = self.closes_at().filter(|at| *at <= t) {
            let Frame::Hopping { width, every } = self.view.frame else {
                self.closed = Some(self.current());
                self.samples.clear();
                continue;
            };
            let start = at.minus(width);
            self.samples.retain(|(ts, _)| *ts >= start);
            let inside: Vec<_> = self.samples.iter().filter(|(ts, _)| *ts < at).collect();
            let value = compute::compute(self.view.aggregate, &inside);
            self.closed = (!inside.is_empty()).then_some((inside.len() as u64, value));
            self.next = if self.closed.is_some() {
                Some(at.plus(every))
            } else {
                self.samples.back().and_then(|(ts, _)| covering_end(*ts, width, every))
            };
            if self.next.is_none() {
                self.samples.clear();
            }
        }
    }

    fn closes_at(&self) -> Option<Timestamp> {
        match self.view.frame {
            Frame::Hopping { .. } => self.next,
            Frame::Session { gap, max } => {
                let by_gap = self.samples.back()?.0.plus(gap);
                let first = self.samples.front()?.0;
                Some(max.map_or(by_gap, |max| by_gap.min(first.plus(max))))
            }
            _ => None,
        }
    }

    fn current(&self) -> (u64, Option<Value>) {
        let all: Vec<_> = self.samples.iter().collect();
        (all.len() as u64, compute::compute(self.view.aggregate, &all))
    }
}

/// The first multiple of `every` after `ts`, if the window that ends there holds `ts`.
fn covering_end(ts: Timestamp, width: Span, every: Span) -> Option<Timestamp> {
    let every = every.as_millis().max(1);
    let end = ts.as_millis().div_euclid(every).saturating_add(1).saturating_mul(every);
    let end = Timestamp::from_millis(end);
    (end.minus(width) <= ts).then_some(end)
}

impl Sample {
    fn to_value(&self) -> Value {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Text(text) => Value::Text(text.clone()),
        }
    }

    fn key(&self) -> (u8, u64, &str) {
        match self {
            Self::Number(number) => (0, number.to_bits(), ""),
            Self::Bool(truth) => (1, u64::from(*truth), ""),
            Self::Text(text) => (2, 0, text.as_str()),
        }
    }
}

#[cfg(test)]
mod tests;
