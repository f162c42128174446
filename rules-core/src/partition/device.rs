use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};

use rete_lite::Place;
use sorted::SortedMap;

use super::{
    Settings, alert::Told, dedup::Recent, episodes::Episodes, fields::Fields, held::Held,
    membership::Membership, seldom::Seldom,
};
use crate::{
    ReadingRef, Span, Timestamp,
    lifecycle::Verdict,
    window::{DEVICE_SAMPLES_MAX, Series},
};

/// Most names of values remembered for one device: four times what the widest
/// device known to us sends.
pub(super) const FIELDS_MAX: usize = 512;

/// One device under the rule set that judges it. What is stored of it is
/// [`super::stored::StoredDevice`]; this is the same, laid along the places of
/// its selection.
#[derive(Debug)]
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
    pub(super) fields: Fields,
    /// Samples of windows, one for each series of the selection.
    pub(super) series: Box<[Series]>,
    /// One for each quantity of the selection.
    pub(super) judged: Box<[Judged]>,
    /// Where the quantities stand in each threshold index of the selection.
    pub(super) spots: Box<[Spot]>,
    /// Pending and firing alerts.
    pub(super) episodes: Episodes,
    /// What receivers were told of alerts whose rule says something else by
    /// now, by index of the rule.
    pub(super) told_apart: Seldom<SortedMap<u32, Arc<Told>>>,
    /// For recognising repeats.
    pub(super) recent: Recent,
    /// When each condition that time alone can change was judged last, by key.
    pub(super) looked: Seldom<SortedMap<u64, Timestamp>>,
    /// What the first conditions of the selection said last, those that read
    /// nothing but values, until one of these becomes another; found anew after
    /// loading.
    pub(super) said: Box<[Option<Verdict>]>,
    /// Whether, and until when, the conditions of `since` held, by key.
    pub(super) since: Seldom<SortedMap<u64, Since>>,
    /// Readings that are accepted and not judged yet.
    pub(super) held: Seldom<Held>,
    /// The next deadline, as of the end of the last step.
    pub(super) next: Option<Timestamp>,
    /// What it is, sorted by name.
    pub(super) tags: Seldom<Vec<(String, String)>>,
    /// One for each fleet of the selection.
    pub(super) groups: Box<[Option<Membership>]>,
}

/// A quantity at its last judgement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    /// NaN if it was missing, or no number.
    number: f64,
    /// Whether the next judgement looks at every threshold that is met, not
    /// at changes alone: of new rules, and where an alert ended although its
    /// condition is true.
    pub(super) rescan: bool,
}

impl Judged {
    pub(super) fn new(value: Option<f64>, rescan: bool) -> Self {
        Self { number: value.unwrap_or(f64::NAN), rescan }
    }

    /// `None` if it was missing, or no number.
    pub(super) fn value(self) -> Option<f64> {
        (!self.number.is_nan()).then_some(self.number)
    }

    /// Whether nothing has to be stored of it.
    pub(super) fn is_default(self) -> bool {
        self.value().is_none() && !self.rescan
    }
}

impl Default for Judged {
    fn default() -> Self {
        Self::new(None, false)
    }
}

/// Where a quantity stands among the thresholds of one index.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    pub(super) place: Place,
    /// The numbers between which it passes none of them: a reading that stays
    /// there needs no look at the index.
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Most conditions of a device of which it is kept what they said last.
pub(super) const SAID_MAX: usize = 64;

/// What is known of the condition of a `since`; nothing before it first held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Since {
    /// It holds.
    Holds,
    /// It was found not to hold any more at this time.
    Ended(Timestamp),
}

impl Since {
    /// How long ago, at `t`, the condition last held.
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
    pub(super) fn has_room_for(&self, reading: ReadingRef<'_>) -> bool {
        let count = reading.values().len() + self.fields.len();
        if count <= FIELDS_MAX && self.held.iter().next().is_none() {
            return true;
        }
        let is_new = |name: &str| self.fields.get(name).is_none();
        if !reading.values().any(|(name, _)| is_new(name)) {
            return true;
        }
        let room = FIELDS_MAX.saturating_sub(self.fields.len());
        let waiting = self.held.iter().flat_map(|held| &held.values);
        let waiting = waiting.map(|(name, _)| name.as_str());
        let names = reading.values().map(|(name, _)| name).chain(waiting);
        let mut new: Vec<&str> = names.filter(|name| is_new(name)).collect();
        if new.len() <= room {
            return true;
        }
        sorted::sort(&mut new);
        new.dedup();
        new.len() <= room
    }

    /// The series at a place of the selection.
    pub(super) fn series_at(&self, place: u32) -> Option<&Series> {
        self.series.get(place as usize)
    }

    /// The series at a place of the selection.
    pub(super) fn series_at_mut(&mut self, place: u32) -> Option<&mut Series> {
        self.series.get_mut(place as usize)
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

/// Gives up the exactness, or the age, of the fullest series of a device until
/// all of them together hold no more than a cell has room for; how often.
pub(super) fn make_room(series: &mut [Series]) -> u64 {
    let mut given_up = 0;
    while series.iter().map(Series::samples).sum::<usize>() > DEVICE_SAMPLES_MAX {
        let fullest = series.iter_mut().max_by_key(|series| series.samples());
        if !fullest.is_some_and(Series::coarsen) {
            break;
        }
        given_up += 1;
    }
    given_up
}
