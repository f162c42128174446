use super::{Zone, calendar};
use crate::Timestamp;

const DAY_MILLIS: i64 = 86_400_000;

/// What a clock and a calendar on the wall show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LocalTime {
    /// Days since 1970-01-01 by the local calendar.
    pub day: i64,
    /// The day of the week that `day` is.
    pub weekday: Weekday,
    /// Milliseconds since `day`'s 00:00 by the local clock: below 86,400,000.
    pub millis: i64,
}

impl LocalTime {
    /// From milliseconds since 1970-01-01T00:00 by the local clock.
    pub(super) fn from_millis(local: i64) -> Self {
        let day = local.div_euclid(DAY_MILLIS);
        Self { day, weekday: Weekday::of(day), millis: local.rem_euclid(DAY_MILLIS) }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All seven, as ISO 8601 orders them.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// `mon` to `sun`.
    #[must_use]
    pub const fn short_name(self) -> &'static str {
        match self {
            Self::Monday => "mon",
            Self::Tuesday => "tue",
            Self::Wednesday => "wed",
            Self::Thursday => "thu",
            Self::Friday => "fri",
            Self::Saturday => "sat",
            Self::Sunday => "sun",
        }
    }

    fn of(day: i64) -> Self {
        match calendar::weekday_of(day) {
            0 => Self::Monday,
            1 => Self::Tuesday,
            2 => Self::Wednesday,
            3 => Self::Thursday,
            4 => Self::Friday,
            5 => Self::Saturday,
            _ => Self::Sunday,
        }
    }
}

/// The instants at which a clock on the wall shows a given date and time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resolved {
    /// As nearly always.
    Once(Timestamp),
    /// Never: the clock was put forward over it.
    Skipped {
        /// The first instant after the gap.
        after: Timestamp,
        /// The instant at which it would have been, had the clock not been put forward.
        moved: Timestamp,
    },
    /// Twice: the clock was put back over it.
    Twice {
        /// Before the clock was put back.
        earlier: Timestamp,
        /// Afterwards.
        later: Timestamp,
    },
}

impl Resolved {
    /// Walks through the stretches of equal offset that `local` (milliseconds since
    /// 1970-01-01T00:00 by the zone's clock) can lie in.
    pub(super) fn of(zone: &Zone, local: i64) -> Self {
        // No clock was ever further from UTC than 16 hours, nor put forward by
        // more than a day.
        const REACH: i64 = 2 * DAY_MILLIS;
        let at = |stretch: Timestamp| {
            let offset = i64::from(zone.offset_at(stretch)) * 1_000;
            Timestamp::from_millis(local.saturating_sub(offset))
        };
        let mut begin = Timestamp::from_millis(local.saturating_sub(REACH));
        let mut found = None;
        let mut skipped = None;
        loop {
            let instant = at(begin);
            let end = zone
                .next_change(begin)
                .filter(|end| end.as_millis().saturating_sub(local) <= REACH);
            let ended = end.is_some_and(|end| instant >= end);
            if instant >= begin && !ended {
                match found {
                    None => found = Some(instant),
                    Some(earlier) => return Self::Twice { earlier, later: instant },
                }
            }
            let Some(end) = end else { break };
            if ended && at(end) < end {
                skipped = Some(Self::Skipped { after: end, moved: instant });
            }
            begin = end;
        }
        match (found, skipped) {
            (Some(instant), _) => Self::Once(instant),
            (None, Some(skipped)) => skipped,
            (None, None) => Self::Once(at(Timestamp::from_millis(local))),
        }
    }
}
