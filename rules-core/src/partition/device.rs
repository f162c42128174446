use alloc::{boxed::Box, collections::BTreeMap, string::String};

use serde::{Deserialize, Serialize};

use super::Settings;
use super::{
    dedup::Recent,
    lifecycle::{self, Alert},
    plan::{Condition, Plan, Selection},
};
use crate::{
    Missing, Reading, Span, Timestamp, Value,
    window::{DEVICE_SAMPLES_MAX, SlidingWindow},
};

/// Most names of values remembered for one device: four times what the widest
/// device known to us sends.
pub(super) const FIELDS_MAX: usize = 512;

/// The cell of one device.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Device {
    /// Newest event time of an accepted reading: *last*.
    pub(super) newest: Option<Timestamp>,
    /// From when a device that a rule lists by name is watched for silence
    /// before its first reading.
    pub(super) watched_since: Option<Timestamp>,
    /// The latest deadline that has run; what comes at or before it is late.
    pub(super) settled: Option<Timestamp>,
    /// Version of the rule set that judged last.
    pub(super) rules_version: u64,
    /// Last known values.
    pub(super) fields: BTreeMap<String, LastKnown>,
    /// Samples, by [`super::plan::Window::key`].
    pub(super) windows: BTreeMap<u64, SlidingWindow>,
    /// Pending and firing alerts, by rule.
    pub(super) alerts: BTreeMap<String, Alert>,
    /// For recognising repeats.
    pub(super) recent: Recent,
    /// For each condition that speaks of silence, by key, the longest of its
    /// spans that was judged since the newest reading.
    pub(super) silence_judged: BTreeMap<u64, Span>,
    /// Which rules concern the device; found anew after loading.
    #[serde(skip)]
    pub(super) selection: Option<Box<Selection>>,
}

/// The last known value of a field.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct LastKnown {
    pub(super) value: Value,
    pub(super) ts: Timestamp,
}

impl Device {
    /// How far a reading at `ts` lies behind the watermark or behind a
    /// deadline that has already run; `None` if it is in time.
    pub(super) fn late_by(&self, ts: Timestamp, settings: &Settings) -> Option<Span> {
        let watermark = self.newest.map(|newest| newest.minus(settings.allowed_lateness));
        let behind_watermark = watermark.filter(|watermark| ts < *watermark);
        let behind_deadline = self.settled.filter(|settled| ts <= *settled);
        behind_watermark.max(behind_deadline).map(|limit| limit.since(ts))
    }

    /// Whether the names in `reading` fit beside those already known.
    pub(super) fn has_room_for(&self, reading: &Reading) -> bool {
        let new = reading.values.iter().filter(|(name, _)| !self.fields.contains_key(name)).count();
        self.fields.len() + new <= FIELDS_MAX
    }

    /// Makes the reading's values the last known ones.
    pub(super) fn learn(&mut self, reading: &Reading) {
        self.newest = self.newest.max(Some(reading.ts));
        self.silence_judged.clear();
        for (name, value) in &reading.values {
            let last = LastKnown { value: value.clone(), ts: reading.ts };
            match self.fields.get_mut(name) {
                Some(known) => *known = last,
                None => {
                    self.fields.insert(name.clone(), last);
                }
            }
        }
    }

    /// Gives up the oldest samples of the fullest windows until all of them
    /// together hold no more than a cell has room for; how many.
    pub(super) fn make_room(&mut self) -> u64 {
        let samples: usize = self.windows.values().map(SlidingWindow::samples).sum();
        let excess = samples.saturating_sub(DEVICE_SAMPLES_MAX);
        let mut given_up = 0;
        for _ in 0..excess {
            let fullest = self.windows.values_mut().max_by_key(|window| window.samples());
            given_up += u64::from(fullest.and_then(SlidingWindow::give_up_oldest).is_some());
        }
        given_up
    }

    /// Since when the device has been silent.
    pub(super) fn silent_since(&self) -> Option<Timestamp> {
        self.newest.or(self.watched_since)
    }

    /// The next time at which time alone changes something.
    pub(super) fn next_deadline(&self, plan: &Plan, selection: &Selection) -> Option<Timestamp> {
        let alerts = self.alerts.iter().filter_map(|(id, alert)| {
            let (_, planned) = plan.rule(id)?;
            let timer = lifecycle::timer(&planned.rule, alert);
            let missing = (planned.rule.missing == Missing::Clear)
                .then(|| plan.conditions.get(planned.when))
                .flatten()
                .and_then(|condition| self.missing_at(condition));
            timer.into_iter().chain(missing).min()
        });
        let silences = selection
            .silences
            .iter()
            .filter_map(|index| plan.conditions.get(*index))
            .filter_map(|condition| self.silence_at(condition));
        alerts.chain(silences).min()
    }

    /// When the first of the condition's windows loses a sample that it needs
    /// to have a value; `None` if none of them has one.
    pub(super) fn missing_at(&self, condition: &Condition) -> Option<Timestamp> {
        let windows = condition.windows.iter().filter_map(|(_, key)| self.windows.get(key));
        windows.filter_map(|window| window.missing_at(condition.min_samples)).min()
    }

    /// When the next of the condition's `absent` that was not judged yet becomes true.
    pub(super) fn silence_at(&self, condition: &Condition) -> Option<Timestamp> {
        let judged = self.silence_judged.get(&condition.key).copied().unwrap_or(Span::ZERO);
        let span = condition.silences.iter().find(|span| **span > judged)?;
        self.silent_since().map(|since| since.plus(*span))
    }
}
