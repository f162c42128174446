//! Days and hours in a time zone, outside which a rule does not fire.

use alloc::{vec, vec::Vec};
use core::{fmt, ops::Range};

use sorted::Gather;

use crate::{
    Timestamp,
    zone::{Weekday, Zone},
};

#[cfg(test)]
mod tests;

/// Most zones that the search for a boundary is handed on between: a schedule of several zones
/// can be open because one opens before the other closes, day after day. More than
/// ten years of days; after these it counts as open for ever.
const HANDOVERS_MAX: usize = 4_096;

const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MINUTES: u16 = 7 * DAY_MINUTES;
const MINUTE_MILLIS: i64 = 60_000;
const WEEK_MILLIS: i64 = WEEK_MINUTES as i64 * MINUTE_MILLIS;

/// When a rule may fire: the periods of its `schedule`, of which one has to be open.
///
/// A period is told by the clock and the calendar on the wall of its zone. Where clocks
/// are put forward, the hours skipped do not happen; where they are put back, those
/// repeated are open both times. Beginnings count as open, ends as closed.
///
/// Two schedules are equal if they name the same zones and are open in the same
/// hours of the week, however that was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Schedule {
    /// One a zone, by its name.
    weeks: Vec<Week>,
}

/// One object of a `schedule`, read and checked.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    pub(crate) zone: Zone,
    pub(crate) days: Vec<Weekday>,
    /// Each belongs to the day it begins on.
    pub(crate) hours: Vec<Hours>,
}

/// A part of a day by the clock on the wall; past 24:00 if it ends on the next day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Hours {
    begin: u16,
    end: u16,
}

impl Hours {
    pub(crate) const WHOLE_DAY: Self = Self { begin: 0, end: DAY_MINUTES };

    /// From and to a minute of the day, `end` being 24:00 at most. Where `end` is before
    /// `begin`, the next day's is meant; `None` if they are equal or too large.
    pub(crate) const fn new(begin: u16, end: u16) -> Option<Self> {
        if begin >= DAY_MINUTES || end > DAY_MINUTES || begin == end {
            return None;
        }
        Some(Self { begin, end: if end < begin { end + DAY_MINUTES } else { end } })
    }
}

impl Schedule {
    /// Open while one of `periods` is.
    pub(crate) fn new(periods: &[Period]) -> Self {
        let mut zones: Vec<&Zone> = Vec::new();
        for Period { zone, .. } in periods {
            // There are few, and a sort would add 5 kB to a wasm.
            let place = zones.binary_search_by_key(&zone.name(), |known| known.name());
            if let Err(place) = place {
                zones.insert(place, zone);
            }
        }
        let week = |zone: &Zone| {
            let of_zone = periods.iter().filter(|period| period.zone == *zone);
            Week::new(zone.clone(), of_zone.flat_map(Period::ranges).gather())
        };
        Self { weeks: zones.into_iter().map(week).gather() }
    }

    /// Whether the rule may fire at `t`.
    #[must_use]
    pub fn open_at(&self, t: Timestamp) -> bool {
        self.weeks.iter().any(|week| week.open_at(t))
    }

    /// The first instant after `after` at which [`Self::open_at`] changes; `None` if it
    /// never does, because the schedule is always open.
    ///
    /// Only with several zones can the answer be `None` for a schedule that does
    /// close: if that is thousands of openings away.
    #[must_use]
    pub fn next_boundary(&self, after: Timestamp) -> Option<Timestamp> {
        if self.weeks.iter().any(Week::is_always_open) {
            return None;
        }
        if !self.open_at(after) {
            return self.weeks.iter().filter_map(|week| week.next_flip(after)).min();
        }
        let mut open_until = after;
        for _ in 0..HANDOVERS_MAX {
            let open = self.weeks.iter().filter(|week| week.open_at(open_until));
            match open.filter_map(|week| week.next_flip(open_until)).max() {
                Some(later) => open_until = later,
                None => return Some(open_until).filter(|until| *until > after),
            }
        }
        None
    }
}

impl Period {
    /// Minutes of the week; those past Sunday's end run on into the next week.
    fn ranges(&self) -> impl Iterator<Item = Range<u16>> {
        self.days.iter().flat_map(|day| {
            let midnight = *day as u16 * DAY_MINUTES;
            self.hours.iter().map(move |hours| midnight + hours.begin..midnight + hours.end)
        })
    }
}

/// The open hours of a zone, the same each week by the clock on the wall.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Week {
    zone: Zone,
    /// Minutes since Monday 00:00, in order, at which it opens or closes; an even number of
    /// them, since the next week begins as this one ends.
    flips: Vec<u16>,
    /// Before the first flip, and after the last.
    open_outside: bool,
}

impl Week {
    fn new(zone: Zone, ranges: Vec<Range<u16>>) -> Self {
        let mut open = vec![false; usize::from(WEEK_MINUTES)];
        for minute in ranges.into_iter().flatten() {
            if let Some(open) = open.get_mut(usize::from(minute % WEEK_MINUTES)) {
                *open = true;
            }
        }
        let open_outside = open.last().copied().unwrap_or_default();
        let mut before = open_outside;
        let flips = (0..WEEK_MINUTES)
            .zip(open)
            .filter(|(_, open)| core::mem::replace(&mut before, *open) != *open)
            .map(|(minute, _)| minute)
            .gather();
        Self { zone, flips, open_outside }
    }

    const fn is_always_open(&self) -> bool {
        self.flips.is_empty() && self.open_outside
    }

    fn open_at(&self, t: Timestamp) -> bool {
        self.open_at_place(place_in_week(self.wall(t)))
    }

    /// The first instant after `t` at which this zone opens or closes.
    fn next_flip(&self, t: Timestamp) -> Option<Timestamp> {
        let state = self.open_at(t);
        let mut from = t;
        // Until the clocks change, the wall's time runs as time does.
        loop {
            let wall = self.wall(from);
            let place = place_in_week(wall);
            let ahead = self.place_of_flip_after(place)? - place;
            let flip = Timestamp::from_millis(from.as_millis().checked_add(ahead)?);
            let Some(change) = self.zone.next_change(from).filter(|change| *change <= flip) else {
                return Some(flip);
            };
            if self.open_at(change) != state {
                return Some(change);
            }
            from = change;
        }
    }

    /// Milliseconds since 1970-01-01T00:00 by the zone's clock.
    fn wall(&self, t: Timestamp) -> i64 {
        t.as_millis().saturating_add(i64::from(self.zone.offset_at(t)) * 1_000)
    }

    fn open_at_place(&self, place: i64) -> bool {
        let passed = self.flips.partition_point(|flip| millis(*flip) <= place);
        self.open_outside != (passed % 2 == 1)
    }

    /// In milliseconds since the Monday 00:00 that `place` counts from.
    fn place_of_flip_after(&self, place: i64) -> Option<i64> {
        let passed = self.flips.partition_point(|flip| millis(*flip) <= place);
        let this_week = self.flips.get(passed).map(|flip| millis(*flip));
        this_week.or_else(|| self.flips.first().map(|flip| millis(*flip) + WEEK_MILLIS))
    }
}

fn millis(minute: u16) -> i64 {
    i64::from(minute) * MINUTE_MILLIS
}

/// Milliseconds since Monday 00:00.
fn place_in_week(wall: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    wall.saturating_add(3 * millis(DAY_MINUTES)).rem_euclid(WEEK_MILLIS)
}

/// Zone by zone the hours of a week that are open: `UTC: mon 08:00-17:00, fri 22:00-sat 06:00`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, week) in self.weeks.iter().enumerate() {
            f.write_str(if index > 0 { "; " } else { "" })?;
            write!(f, "{week}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.zone.name())?;
        if self.is_always_open() {
            return f.write_str("always");
        }
        // From the first that opens; if the week begins open, its first flip closes.
        let mut flips = self.flips.iter().cycle().skip(usize::from(self.open_outside)).copied();
        for range in 0..self.flips.len() / 2 {
            let (Some(begin), Some(end)) = (flips.next(), flips.next()) else { break };
            f.write_str(if range > 0 { ", " } else { "" })?;
            write!(f, "{} {}-", day(begin), clock(begin % DAY_MINUTES))?;
            match (end + WEEK_MINUTES - begin) % WEEK_MINUTES {
                length if begin % DAY_MINUTES + length <= DAY_MINUTES => {
                    f.write_str(&clock(begin % DAY_MINUTES + length))?;
                }
                _ => write!(f, "{} {}", day(end), clock(end % DAY_MINUTES))?,
            }
        }
        Ok(())
    }
}

fn day(minute: u16) -> &'static str {
    let day = Weekday::ALL.get(usize::from(minute / DAY_MINUTES));
    day.map_or("", |day| day.short_name())
}

fn clock(minute: u16) -> alloc::string::String {
    alloc::format!("{:02}:{:02}", minute / 60, minute % 60)
}
