use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Settings;
use super::{dedup::Recent, held::Held, migrate::OldWindow, plan::Selection};
use crate::{
    Reading, Span, Timestamp, Value,
    lifecycle::Alert,
    window::{DEVICE_SAMPLES_MAX, Series, View},
};

/// Most names of values remembered for one device: four times what the widest
/// device known to us sends.
pub(super) const FIELDS_MAX: usize = 512;

/// The cell of one device.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Device {
    /// Newest event time of an accepted reading; the watermark follows it.
    pub(super) newest: Option<Timestamp>,
    /// Event time of the last accepted reading that was judged: *last*.
    pub(super) last: Option<Timestamp>,
    /// From when a device that a rule lists by name is watched for silence
    /// before its first reading.
    pub(super) watched_since: Option<Timestamp>,
    /// The latest deadline that has run; what comes at or before it is late.
    pub(super) settled: Option<Timestamp>,
    /// Version of the rule set that judged last.
    pub(super) rules_version: u64,
    /// Last known values.
    pub(super) fields: BTreeMap<String, LastKnown>,
    /// Samples of windows, by [`super::plan::PlannedSeries::key`].
    pub(super) series: BTreeMap<u64, Series>,
    /// Pending and firing alerts, by rule.
    pub(super) alerts: BTreeMap<String, Alert>,
    /// For recognising repeats.
    pub(super) recent: Recent,
    /// When each condition that time alone can change was judged last, by key.
    pub(super) judged: BTreeMap<u64, Timestamp>,
    /// Whether, and until when, the conditions of `since` held, by key.
    pub(super) since: BTreeMap<u64, Since>,
    /// Readings that are accepted and not judged yet.
    pub(super) held: Held,
    /// Which rules concern the device; found anew after loading.
    #[serde(skip)]
    pub(super) selection: Option<Box<Selection>>,
    /// Windows as encoding version 1 had them, until the rules say what they sample.
    #[serde(skip)]
    pub(super) old_windows: BTreeMap<u64, OldWindow>,
}

/// The last known value of a field.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct LastKnown {
    pub(super) value: Value,
    pub(super) ts: Timestamp,
}

/// What is known of the condition of a `since`; nothing before it first held.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Since {
    /// It holds.
    Holds,
    /// It was first found not to hold any more then.
    Ended(Timestamp),
}

impl Since {
    /// How long ago it held, at `t`.
    pub(super) fn at(self, t: Timestamp) -> Span {
        match self {
            Self::Holds => Span::ZERO,
            Self::Ended(end) => t.since(end),
        }
    }
}

impl Device {
    /// How far a reading at `ts` lies behind the watermark, or behind what
    /// has been judged already; `None` if it is in time.
    pub(super) fn late_by(&self, ts: Timestamp, settings: &Settings) -> Option<Span> {
        let watermark = self.newest.map(|newest| newest.minus(settings.allowed_lateness));
        let behind_reading = watermark.max(self.last).filter(|limit| ts < *limit);
        let behind_deadline = self.settled.filter(|settled| ts <= *settled);
        behind_reading.max(behind_deadline).map(|limit| limit.since(ts))
    }

    /// Whether the names in `reading` fit beside those already known.
    pub(super) fn has_room_for(&self, reading: &Reading) -> bool {
        let is_new = |name: &str| !self.fields.contains_key(name);
        if !reading.values.iter().any(|(name, _)| is_new(name)) {
            return true;
        }
        let room = FIELDS_MAX.saturating_sub(self.fields.len());
        let waiting = self.held.iter().flat_map(|held| &held.values);
        let mut new: Vec<&str> = reading
            .values
            .iter()
            .chain(waiting)
            .map(|(name, _)| name.as_str())
            .filter(|name| is_new(name))
            .collect();
        if new.len() <= room {
            return true;
        }
        new.sort_unstable();
        new.dedup();
        new.len() <= room
    }

    /// Makes the reading's values the last known ones.
    pub(super) fn learn(&mut self, reading: &Reading) {
        self.last = self.last.max(Some(reading.ts));
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

    /// Brings the stored samples and the views that read them together.
    pub(super) fn lay(&mut self, views: &BTreeMap<u64, Vec<View>>) {
        self.series.retain(|key, series| {
            let wanted = views.get(key);
            if let Some(views) = wanted {
                series.lay_views(views);
            }
            wanted.is_some()
        });
    }

    /// Gives up the exactness, or the age, of the fullest series until all of
    /// them together hold no more than a cell has room for; how often.
    pub(super) fn make_room(&mut self) -> u64 {
        let mut given_up = 0;
        while self.series.values().map(Series::samples).sum::<usize>() > DEVICE_SAMPLES_MAX {
            let fullest = self.series.values_mut().max_by_key(|series| series.samples());
            if !fullest.is_some_and(Series::coarsen) {
                break;
            }
            given_up += 1;
        }
        given_up
    }

    /// The last known value of a field, unless it was said to have none.
    pub(super) fn known(&self, field: &str) -> Option<&LastKnown> {
        self.fields.get(field).filter(|last| last.value != Value::Null)
    }

    /// Since when the device has been silent.
    pub(super) fn silent_since(&self) -> Option<Timestamp> {
        self.last.or(self.watched_since)
    }

    /// The moment that judging has reached: no deadline is judged before it.
    pub(super) fn reached(&self) -> Option<Timestamp> {
        self.last.max(self.settled)
    }
}
