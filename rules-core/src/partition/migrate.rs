//! Reading cells of older encodings.
//!
//! Version 1 kept a window for each aggregate and width, without the text of
//! what it samples; version 2 keeps one series for each input. So old windows
//! wait beside the device until the rules, whose texts named them, say which
//! series they belong to, which is in the same step that loaded them.

use alloc::vec::Vec;

use sorted::{Gather, SortedMap};

use super::{
    alert,
    dedup::Recent,
    plan::{Plan, Selection, at},
    stored::{self, StoredDevice},
};
use crate::{
    Span, Timestamp,
    codec::Reader,
    expr::{Aggregate, WindowCall},
    hash::fnv1a_64,
    window::{Sample, Series, View},
};

/// A window in encoding version 1.
#[derive(Clone, Debug)]
pub(super) struct OldWindow {
    oldest: Timestamp,
    samples: OldSamples,
}

/// Steps in ms lead to the first sample (0), then from each to the next; in
/// *marked* lists they are doubled, and one more where something holds.
#[derive(Clone, Debug)]
enum OldSamples {
    /// Marked: whether it counts.
    Count(Vec<u64>),
    Sum(Vec<u64>, Vec<f64>),
    Avg(Vec<u64>, Vec<f64>),
    /// Marked: whether its value is kept, since it may still become the extreme.
    Min(Vec<u64>, Vec<f64>),
    Max(Vec<u64>, Vec<f64>),
}

/// Reads encoding version 1.
pub(super) fn version_1(from: &mut Reader<'_>) -> StoredDevice {
    let newest = from.option(Reader::time);
    let mut device = StoredDevice {
        newest,
        last: newest,
        watched_since: from.option(Reader::time),
        settled: from.option(Reader::time),
        rules_version: from.unsigned(),
        fields: stored::read_fields(from),
        old_windows: stored::read_map(from, OldWindow::read),
        alerts: from.list(|from| (from.text().into(), alert::read(from))).into_iter().collect(),
        recent: Recent::read(from, 1),
        ..StoredDevice::default()
    };
    // How long each silence had lasted when it was judged last.
    let judged = from.list(|from| (from.unsigned(), Span::from_millis(from.signed())));
    let since = newest.or(device.watched_since);
    let looked = judged.into_iter().filter_map(|(key, span)| Some((key, since?.plus(span))));
    device.looked = looked.collect();
    device
}

/// Makes series of the windows of version 1, as far as `plan` still reads them.
pub(super) fn adopt_old_windows(
    old: &SortedMap<u64, OldWindow>,
    plan: &Plan,
    selection: &Selection,
    stored: &mut SortedMap<u64, Series>,
) {
    if old.is_empty() {
        return;
    }
    for selected in &selection.series {
        let Some(planned) = at(&plan.series, selected.series) else { continue };
        let kept = selected.views.iter().filter_map(|view| {
            let View { aggregate, frame } = *view;
            let call = WindowCall { aggregate, input: planned.input.clone(), frame };
            let samples = old.get(&fnv1a_64(alloc::format!("{call}").as_bytes()))?;
            Some(Kept { rank: rank(aggregate), samples: samples.to_samples() })
        });
        let kept: Vec<Kept> = kept.gather();
        if kept.is_empty() {
            continue;
        }
        let mut series = Series::new(&selected.views);
        for (ts, sample) in merged(kept) {
            let _ = series.push(ts, sample);
        }
        stored.insert(selected.key, series);
    }
}

/// What one old window tells of its input.
struct Kept {
    /// How much it kept of each sample: those that kept more come first.
    rank: u8,
    samples: Vec<(Timestamp, Option<Sample>)>,
}

fn rank(aggregate: Aggregate) -> u8 {
    match aggregate {
        Aggregate::Sum | Aggregate::Avg => 0,
        Aggregate::Min | Aggregate::Max => 1,
        _ => 2,
    }
}

/// The samples of windows over one input as one list. Of each sample the
/// window that kept most of it is heard. A sample whose value was kept by
/// none, since a later one outdoes it, gets the value of that later one: so
/// counts and extremes are what they were.
fn merged(mut kept: Vec<Kept>) -> Vec<(Timestamp, Sample)> {
    sorted::sort_by(&mut kept, |a, b| a.rank.cmp(&b.rank));
    let longest = kept
        .iter()
        .enumerate()
        .max_by_key(|(index, kept)| (kept.samples.len(), core::cmp::Reverse(*index)));
    let Some((longest, _)) = longest else { return Vec::new() };
    let count = kept.get(longest).map_or(0, |kept| kept.samples.len());
    let mut all = Vec::with_capacity(count);
    let mut later = None;
    // All lists end with the same sample, so they are laid over each other from there.
    for back in 1..=count {
        let at = |kept: &Kept| {
            kept.samples.len().checked_sub(back).map(|index| kept.samples.get(index).cloned())
        };
        let known = kept.iter().filter_map(|kept| at(kept).flatten());
        let mut ts = None;
        let mut sample = None;
        for (when, value) in known {
            ts = ts.or(Some(when));
            sample = sample.or(value);
        }
        let sample = sample.or_else(|| later.clone()).unwrap_or(Sample::Number(0.0));
        later = Some(sample.clone());
        all.extend(ts.map(|ts| (ts, sample)));
    }
    all.reverse();
    all
}

impl OldWindow {
    fn read(from: &mut Reader<'_>) -> Self {
        // How wide it is; the rule says it again.
        let _ = from.signed();
        let oldest = from.time();
        let kind = from.byte();
        let marked = from.list(Reader::unsigned);
        let samples = match kind {
            0 => OldSamples::Count(marked),
            1 => OldSamples::Sum(marked, from.list(Reader::float)),
            2 => OldSamples::Avg(marked, from.list(Reader::float)),
            3 => OldSamples::Min(marked, from.list(Reader::float)),
            4 => OldSamples::Max(marked, from.list(Reader::float)),
            _ => {
                from.refuse();
                OldSamples::Count(marked)
            }
        };
        Self { oldest, samples }
    }

    fn to_samples(&self) -> Vec<(Timestamp, Option<Sample>)> {
        let mut ts = self.oldest;
        let mut step = |step: u64| {
            ts = ts.plus(Span::from_millis(i64::try_from(step).unwrap_or(i64::MAX)));
            ts
        };
        match &self.samples {
            // Of what is no truth every sample counts; then its value does not matter.
            OldSamples::Count(marked) => marked
                .iter()
                .map(|mark| (step(mark >> 1), Some(Sample::Bool(mark & 1 == 1))))
                .gather(),
            OldSamples::Sum(steps, values) | OldSamples::Avg(steps, values) => steps
                .iter()
                .zip(values)
                .map(|(gap, value)| (step(*gap), Some(Sample::Number(*value))))
                .gather(),
            OldSamples::Min(marked, values) | OldSamples::Max(marked, values) => {
                let mut values = values.iter();
                marked
                    .iter()
                    .map(|mark| {
                        let value = if mark & 1 == 1 { values.next() } else { None };
                        (step(mark >> 1), value.map(|value| Sample::Number(*value)))
                    })
                    .gather()
            }
        }
    }
}
