use alloc::sync::Arc;
use core::fmt;

use super::{
    local::{LocalTime, Resolved},
    table::{self, Change},
    yearly::Yearly,
};
use crate::{Timestamp, expr::spelling::Nearest};

/// A time zone of the IANA database, frozen at [`super::TZDATA_RELEASE`].
///
/// Before 1970 its clocks stand as they stood when 1970 began; after the last change
/// on record they follow the zone's present rule for ever.
#[derive(Clone, Eq, PartialEq)]
pub struct Zone {
    name: &'static str,
    first: i32,
    /// Shared, since rules are cloned.
    changes: Arc<[Change]>,
    then: Yearly,
}

/// Longer than any name, and than what somebody writes who means one.
const GUESSED_BYTES_MAX: usize = 64;

impl Zone {
    /// The zone of this name, links (`Asia/Calcutta`) included; `None` if the database
    /// has none. Names are compared letter by letter: `europe/berlin` is not one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let table::Entry { name, first, changes, then } = table::find(name)?;
        Some(Self { name, first, changes: changes.into(), then })
    }

    /// The name that somebody may have meant who wrote `found`: one that is spelled
    /// nearly so, or whose last part it is (`Berlin`). Abbreviations are too short to be
    /// near each other: `EST` is none for `CEST`.
    #[must_use]
    pub fn nearest_name(found: &str) -> Option<&'static str> {
        if found.len() > GUESSED_BYTES_MAX {
            return None;
        }
        let place = found.replace(' ', "_");
        let (mut of_place, mut nearest) = (None, Nearest::to(&place));
        for name in table::names() {
            if name.eq_ignore_ascii_case(&place) {
                return Some(name);
            }
            if let Some((_, last)) = name.rsplit_once('/') {
                if of_place.is_none() && last.eq_ignore_ascii_case(&place) {
                    of_place = Some(name);
                }
                nearest.consider(name);
            }
        }
        of_place.or(nearest.name())
    }

    /// Every name of the database, links included, in no particular order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        table::names()
    }

    /// The name it was asked for by.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How far its clocks are ahead of UTC at `t`, in seconds; west of Greenwich negative.
    #[must_use]
    pub fn offset_at(&self, t: Timestamp) -> i32 {
        let secs = t.as_millis().div_euclid(1_000);
        let passed = self.changes.partition_point(|change| i64::from(change.at) <= secs);
        if passed == self.changes.len() {
            return self.then.offset_at(secs);
        }
        let last = passed.checked_sub(1).and_then(|last| self.changes.get(last));
        last.map_or(self.first, |change| change.offset)
    }

    /// The first instant after `after` at which its clocks are put forward or back;
    /// `None` if the present rule never does.
    #[must_use]
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let secs = after.as_millis().div_euclid(1_000);
        let passed = self.changes.partition_point(|change| i64::from(change.at) <= secs);
        let next = match self.changes.get(passed) {
            Some(change) => i64::from(change.at),
            None => self.then.next_change(secs)?,
        };
        next.checked_mul(1_000).map(Timestamp::from_millis)
    }

    /// What its clocks and calendars show at `t`.
    #[must_use]
    pub fn local(&self, t: Timestamp) -> LocalTime {
        let offset = i64::from(self.offset_at(t)) * 1_000;
        LocalTime::from_millis(t.as_millis().saturating_add(offset))
    }

    /// When its clocks and calendars show `day` (since 1970-01-01) and `millis` of that day.
    #[must_use]
    pub fn resolve(&self, day: i64, millis: i64) -> Resolved {
        Resolved::of(self, day.saturating_mul(86_400_000).saturating_add(millis))
    }
}

/// By its name: the changes of its clocks would fill a page.
impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name).finish()
    }
}
