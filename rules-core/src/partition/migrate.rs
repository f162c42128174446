//! Reading cells of encoding version 1.
//!
//! Version 1 kept a window for each aggregate and width, without the text of
//! what it samples; version 2 keeps one series for each input. So old windows
//! wait beside the device until the rules, whose texts named them, say which
//! series they belong to, which is in the same step that loaded them.

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};

use serde::Deserialize;

use super::{
    condition::WindowUse,
    dedup::Recent,
    device::{Device, LastKnown},
    plan::{Plan, Selection},
};
use crate::{
    Span, Timestamp,
    codec::{self, Stored},
    expr::Aggregate,
    hash::fnv1a_64,
    lifecycle::Alert,
    window::{Sample, Series},
};

/// A device's cell in encoding version 1.
#[derive(Deserialize)]
struct DeviceV1 {
    newest: Option<Timestamp>,
    watched_since: Option<Timestamp>,
    settled: Option<Timestamp>,
    rules_version: u64,
    fields: BTreeMap<String, LastKnown>,
    windows: BTreeMap<u64, OldWindow>,
    alerts: BTreeMap<String, Alert>,
    recent: Recent,
    /// The longest `absent` of each condition that was judged since `newest`.
    silence_judged: BTreeMap<u64, Span>,
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

impl Stored for Device {
    const VERSION: u8 = 2;

    fn migrate(version: u8, body: &[u8]) -> Option<Result<Self, codec::Broken>> {
        (version == 1).then(|| codec::read::<DeviceV1>(body).map(Self::from))
    }
}

impl From<DeviceV1> for Device {
    fn from(old: DeviceV1) -> Self {
        let newest = old.newest;
        let judged = old
            .silence_judged
            .into_iter()
            .filter_map(|(key, span)| Some((key, newest.or(old.watched_since)?.plus(span))));
        Self {
            newest,
            last: newest,
            watched_since: old.watched_since,
            settled: old.settled,
            rules_version: old.rules_version,
            fields: old.fields,
            alerts: old.alerts,
            recent: old.recent,
            judged: judged.collect(),
            old_windows: old.windows,
            ..Self::default()
        }
    }
}

impl Device {
    /// Makes series of the windows of version 1, as far as `plan` still reads them.
    pub(super) fn adopt_old_windows(&mut self, plan: &Plan, selection: &Selection) {
        let old = core::mem::take(&mut self.old_windows);
        if old.is_empty() {
            return;
        }
        let uses = plan.conditions.iter().flat_map(|condition| &condition.windows);
        let mut inputs: BTreeMap<u64, Vec<Kept>> = BTreeMap::new();
        let mut seen = Vec::new();
        for window in uses {
            let name = fnv1a_64(alloc::format!("{}", window.call).as_bytes());
            if let Some(samples) = old.get(&name).filter(|_| !seen.contains(&name)) {
                seen.push(name);
                let kept = Kept { rank: rank(window), samples: samples.to_samples() };
                inputs.entry(window.series).or_default().push(kept);
            }
        }
        for (key, kept) in inputs {
            let Some(views) = selection.series.get(&key) else { continue };
            let mut series = Box::new(Series::new(views));
            for (ts, sample) in merged(kept) {
                let _ = series.push(ts, sample);
            }
            self.series.insert(key, *series);
        }
    }
}

/// What one old window tells of its input.
struct Kept {
    /// How much it kept of each sample: those that kept more come first.
    rank: u8,
    samples: Vec<(Timestamp, Option<Sample>)>,
}

fn rank(window: &WindowUse) -> u8 {
    match window.call.aggregate {
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
    kept.sort_by_key(|kept| kept.rank);
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
