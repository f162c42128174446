//! The frozen table `zones.txt`, a line for all zones whose clocks agree.
//!
//! A line has three parts with `;` between them:
//!
//! 1. the names, with blanks between them;
//! 2. if the clocks changed other than by the yearly rule since 1970: the offset at
//!    the beginning of 1970, then each change as the time since the one before (the
//!    first: since 1970), and after a `:` the new offset, which is left out where it is
//!    the one before the last (clocks go to and fro);
//! 3. the yearly rule from the last of these on: the offset, or standard offset, summer
//!    offset, and when summer time begins and ends, as in POSIX: `M3.5.0/2` is 2:00
//!    on the last Sunday of March.
//!
//! Offsets are `h[:mm[:ss]]` east of UTC. Times are in base 36, counted in quarters of
//! an hour, with `'` behind them in minutes, with `"` in seconds. A test of this module makes
//! the table from the IANA data and compares.

use alloc::vec::Vec;

use super::yearly::{Summer, Switch, Yearly};

const TABLE: &str = include_str!("zones.txt");

/// What the table says of a zone.
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// Seconds east of UTC before the first change.
    pub(super) first: i32,
    pub(super) changes: Vec<Change>,
    pub(super) then: Yearly,
}

/// From here on the clocks show another offset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Change {
    /// Seconds since 1970. The last one on record lies in 2087, and 32 bits
    /// last until 2106.
    pub(super) at: u32,
    /// Seconds east of UTC.
    pub(super) offset: i32,
}

/// Every name, in the order of the table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    lines().filter_map(|line| line.split(';').next()).flat_map(|names| names.split(' '))
}

pub(super) fn find(name: &str) -> Option<Entry> {
    lines().find_map(|line| {
        let (names, rest) = line.split_once(';')?;
        let name = names.split(' ').find(|known| *known == name)?;
        let (history, rule) = rest.split_once(';')?;
        let then = yearly(rule)?;
        let (first, changes) = match history {
            "" => (then.standard, Vec::new()),
            _ => recorded(history)?,
        };
        Some(Entry { name, first, changes, then })
    })
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

fn recorded(text: &str) -> Option<(i32, Vec<Change>)> {
    let mut words = text.split(' ');
    let first = seconds(words.next()?)?;
    let mut changes = Vec::new();
    let (mut at, mut before, mut current) = (0_u32, first, first);
    for word in words {
        let (time, next) = match word.split_once(':') {
            Some((time, offset)) => (time, seconds(offset)?),
            None => (word, before),
        };
        at = at.checked_add(elapsed(time)?)?;
        (before, current) = (current, next);
        changes.push(Change { at, offset: current });
    }
    Some((first, changes))
}

fn elapsed(text: &str) -> Option<u32> {
    let (digits, unit) = match (text.strip_suffix('\''), text.strip_suffix('"')) {
        (Some(digits), _) => (digits, 60),
        (_, Some(digits)) => (digits, 1),
        _ => (text, 900),
    };
    u32::from_str_radix(digits, 36).ok()?.checked_mul(unit)
}

pub(super) fn yearly(text: &str) -> Option<Yearly> {
    let mut words = text.split(' ');
    let standard = seconds(words.next()?)?;
    let summer = match words.next() {
        None => None,
        Some(offset) => Some(Summer {
            offset: seconds(offset)?,
            begins: switch(words.next()?)?,
            ends: switch(words.next()?)?,
        }),
    };
    Some(Yearly { standard, summer })
}

/// `M3.5.0/2`.
fn switch(text: &str) -> Option<Switch> {
    let (date, time) = text.strip_prefix('M')?.split_once('/')?;
    let mut numbers = date.split('.').map(|number| number.parse().ok());
    Some(Switch {
        month: numbers.next()??,
        week: numbers.next()??,
        weekday: numbers.next()??,
        seconds: seconds(time)?.into(),
    })
}

/// `-3:30` is -12,600.
fn seconds(text: &str) -> Option<i32> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let mut sum = 0;
    let mut unit = 3_600;
    for number in digits.split(':') {
        sum += number.parse::<i32>().ok()?.checked_mul(unit)?;
        unit /= 60;
    }
    Some(sign * sum)
}
