//! Reading cells of older encodings.
//!
//! Version 1 kept a window for each aggregate and width, without the text of
//! what it samples; version 2 keeps one series for each input. So old windows
//! wait beside the device until the rules, whose texts named them, say which
//! series they belong to, which is in the same step that loaded them.

use alloc::{collections::VecDeque, string::String, vec::Vec};

use serde::Deserialize;
use sorted::SortedMap;

use super::{
    dedup::OldRecent,
    plan::{Plan, Selection, at},
    stored::{LastKnown, StoredDevice, StoredDeviceV2},
};
use crate::{
    Reading, Span, Timestamp, Value, codec,
    expr::{Aggregate, WindowCall},
    hash::fnv1a_64,
    lifecycle::Alert,
    window::{Sample, Series, View},
};

/// A device's cell in encoding version 1.
#[derive(Deserialize)]
struct DeviceV1 {
    newest: Option<Timestamp>,
    watched_since: Option<Timestamp>,
    settled: Option<Timestamp>,
    rules_version: u64,
    fields: Vec<(String, LastKnown)>,
    windows: SortedMap<u64, OldWindow>,
    alerts: SortedMap<String, Alert>,
    recent: OldRecent,
    /// The longest `absent` of each condition that was judged since `newest`.
    silence_judged: SortedMap<u64, Span>,
}

/// A window in encoding version 1.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OldWindow {
    #[allow(dead_code, reason = "stands in the encoding; the rule says it again")]
    width: Span,
    oldest: Timestamp,
    samples: OldSamples,
}

/// Steps in ms lead to the first sample (0), then from each to the next; in
/// *marked* lists they are doubled, and one more where something holds.
#[derive(Clone, Debug, Deserialize)]
enum OldSamples {
    /// Marked: whether it counts.
    Count(Vec<u64>),
    Sum(Vec<u64>, Vec<f64>),
    Avg(Vec<u64>, Vec<f64>),
    /// Marked: whether its value is kept, since it may still become the extreme.
    Min(Vec<u64>, Vec<f64>),
    Max(Vec<u64>, Vec<f64>),
}

/// A held reading in encoding version 2.
#[derive(Deserialize)]
struct ReadingV2 {
    device: String,
    ts: Timestamp,
    id: Option<String>,
    values: Vec<(String, Value)>,
}

/// Reads encoding version 2.
pub(super) fn version_2(body: &[u8]) -> Result<StoredDevice, codec::Broken> {
    let old = codec::read::<StoredDeviceV2<VecDeque<ReadingV2>, OldRecent>>(body)?;
    let held = old.held.into_iter().map(|reading| {
        let ReadingV2 { device, ts, id, values } = reading;
        Reading { device, ts, id, values, tags: Vec::new() }
    });
    let base = StoredDeviceV2 {
        newest: old.newest,
        last: old.last,
        watched_since: old.watched_since,
        settled: old.settled,
        rules_version: old.rules_version,
        fields: old.fields,
        series: old.series,
        alerts: old.alerts,
        recent: old.recent.into(),
        looked: old.looked,
        since: old.since,
        held: held.collect::<VecDeque<Reading>>().into(),
    };
    Ok(StoredDevice { base, ..StoredDevice::default() })
}

/// Reads encoding version 1.
pub(super) fn version_1(body: &[u8]) -> Result<StoredDevice, codec::Broken> {
    let old = codec::read::<DeviceV1>(body)?;
    let newest = old.newest;
    let looked = old
        .silence_judged
        .into_iter()
        .filter_map(|(key, span)| Some((key, newest.or(old.watched_since)?.plus(span))));
    let base = StoredDeviceV2 {
        newest,
        last: newest,
        watched_since: old.watched_since,
        settled: old.settled,
        rules_version: old.rules_version,
        fields: old.fields,
        alerts: old.alerts,
        recent: old.recent.into(),
        looked: looked.collect(),
        ..StoredDeviceV2::default()
    };
    Ok(StoredDevice { base, old_windows: old.windows, ..StoredDevice::default() })
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
        let kept: Vec<Kept> = kept.collect();
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
                .collect(),
            OldSamples::Sum(steps, values) | OldSamples::Avg(steps, values) => steps
                .iter()
                .zip(values)
                .map(|(gap, value)| (step(*gap), Some(Sample::Number(*value))))
                .collect(),
            OldSamples::Min(marked, values) | OldSamples::Max(marked, values) => {
                let mut values = values.iter();
                marked
                    .iter()
                    .map(|mark| {
                        let value = if mark & 1 == 1 { values.next() } else { None };
                        (step(mark >> 1), value.map(|value| Sample::Number(*value)))
                    })
                    .collect()
            }
        }
    }
}
