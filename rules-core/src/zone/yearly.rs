use super::calendar::{DAY_SECS, month_begin, weekday_of, year_of};

/// What a zone's clocks do each year once its recorded changes are over.
///
/// This is a POSIX `TZ` rule with the extension of RFC 8536 that a time of
/// day may lie outside 0 to 24 hours (Nuuk changes its clocks at -1:00).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Yearly {
    /// Seconds east of UTC.
    pub(super) standard: i32,
    pub(super) summer: Option<Summer>,
}

/// A yearly change of clocks and back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Summer {
    /// Seconds east of UTC.
    pub(super) offset: i32,
    pub(super) begins: Switch,
    pub(super) ends: Switch,
}

/// A moment of each year, on the clock that is about to change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Switch {
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 4: the first to the fourth such weekday of the month; 5: the last.
    pub(super) week: i64,
    /// 0 is Sunday, as POSIX counts.
    pub(super) weekday: i64,
    /// Seconds after that day's midnight.
    pub(super) seconds: i64,
}

impl Yearly {
    pub(super) fn offset_at(&self, secs: i64) -> i32 {
        let before = self.changes_around(secs).filter(|(at, _)| *at <= secs);
        before.max_by_key(|(at, _)| *at).map_or(self.standard, |(_, offset)| offset)
    }

    pub(super) fn next_change(&self, after: i64) -> Option<i64> {
        self.changes_around(after).map(|(at, _)| at).filter(|at| *at > after).min()
    }

    /// The changes of three years, `secs` being in the middle one, each with
    /// the offset that begins there.
    fn changes_around(&self, secs: i64) -> impl Iterator<Item = (i64, i32)> {
        let year = year_of(secs.div_euclid(DAY_SECS));
        let standard = self.standard;
        self.summer.into_iter().flat_map(move |summer| {
            (year - 1..=year + 1).flat_map(move |year| {
                [
                    (summer.begins.at(year, standard), summer.offset),
                    (summer.ends.at(year, summer.offset), standard),
                ]
            })
        })
    }
}

impl Switch {
    /// Seconds since 1970; `offset` is that of the clock before the change.
    fn at(self, year: i64, offset: i32) -> i64 {
        let first = month_begin(year, self.month);
        let sunday_based = (weekday_of(first) + 1) % 7;
        let mut day = first + (self.weekday - sunday_based).rem_euclid(7) + (self.week - 1) * 7;
        let next_month = first + month_days(year, self.month);
        if day >= next_month {
            day -= 7;
        }
        day * DAY_SECS + self.seconds - i64::from(offset)
    }
}

const fn month_days(year: i64, month: i64) -> i64 {
    let next = if month == 12 { month_begin(year + 1, 1) } else { month_begin(year, month + 1) };
    next - month_begin(year, month)
}
