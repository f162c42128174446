//! Days since 1970-01-01 in the proleptic Gregorian calendar.
//!
//! Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
//! <https://howardhinnant.github.io/date_algorithms.html>.

/// Seconds of a day.
pub(super) const DAY_SECS: i64 = 86_400;

/// The day on which a month begins; `month` is 1 to 12.
pub(super) const fn month_begin(year: i64, month: i64) -> i64 {
    // Years that begin in March put the leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The days that a month has; `month` is 1 to 12.
pub(super) const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The year that a day lies in.
pub(super) const fn year_of(day: i64) -> i64 {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let begins_in_march = year_of_era + era * 400;
    // January is the 306th day after the first of March.
    if day_of_year >= 306 { begins_in_march + 1 } else { begins_in_march }
}

/// The day of the week: 0 is Monday.
pub(super) const fn weekday_of(day: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_and_last_day_of_a_month_for_four_centuries_is_where_it_belongs() {
        let mut day = month_begin(1900, 1);
        assert_eq!((day, weekday_of(day)), (-25_567, 0));
        for year in 1900..=2300 {
            let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let february = if leap { 29 } else { 28 };
            let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                assert_eq!(month_begin(year, month), day, "{year}-{month}");
                assert_eq!(month_days(year, month), length, "{year}-{month}");
                assert_eq!(year_of(day), year);
                day += length;
                assert_eq!(year_of(day - 1), year);
            }
        }
    }
}
