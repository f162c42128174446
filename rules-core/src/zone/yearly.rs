use super::calendar::{DAY_SECS, month_begin, month_days, weekday_of, year_of};

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
        let Some(summer) = self.summer else { return self.standard };
        // No zone changes its clocks so near to New Year that another year's rule counted.
        let [begins, ends] = self.changes(summer, year_of(secs.div_euclid(DAY_SECS)));
        let is_summer = if begins < ends {
            (begins..ends).contains(&secs)
        } else {
            !(ends..begins).contains(&secs)
        };
        if is_summer { summer.offset } else { self.standard }
    }

    pub(super) fn next_change(&self, after: i64) -> Option<i64> {
        let summer = self.summer?;
        let year = year_of(after.div_euclid(DAY_SECS));
        let next = |year| self.changes(summer, year).into_iter().filter(|at| *at > after).min();
        next(year).or_else(|| next(year + 1))
    }

    /// When summer time begins and ends in a year.
    fn changes(&self, summer: Summer, year: i64) -> [i64; 2] {
        [summer.begins.at(year, self.standard), summer.ends.at(year, summer.offset)]
    }
}

impl Switch {
    /// Seconds since 1970; `offset` is that of the clock before the change.
    fn at(self, year: i64, offset: i32) -> i64 {
        let first = month_begin(year, self.month);
        let sunday_based = (weekday_of(first) + 1) % 7;
        let mut day = (self.weekday - sunday_based).rem_euclid(7) + (self.week - 1) * 7;
        if day >= month_days(year, self.month) {
            day -= 7;
        }
        (first + day) * DAY_SECS + self.seconds - i64::from(offset)
    }
}
