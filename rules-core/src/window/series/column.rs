//! Samples as they are stored.

use super::{
    Datum, Items, Samples,
    encoding::Named,
    samples::{Shorts, TEXT_LAST},
};
use crate::{
    Span, Timestamp,
    codec::{Reader, Writer},
    window::WINDOW_SAMPLES_MAX,
};

/// A divisor for each number of decimals that is tried: what a sensor sends
/// has a few, and what is computed seldom ends within any.
pub(super) const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// 2^51: adding and taking away 1.5 · 2^52 rounds a smaller number to a whole one.
const WHOLE_MAX: f64 = 2_251_799_813_685_248.0;
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// What a list of samples begins with: numbers with so many decimals, in
/// units of the last of those, each as the difference to the one before.
const DECIMALS: u8 = 0;
/// Or other numbers, truths, or what is not all of one type.
const NUMBERS: u8 = 1;
const BOOLS: u8 = 2;
const MIXED: u8 = 3;

impl Samples {
    /// Writes the times, for each how much longer the step to it is than the
    /// step before, in ms: one byte where a device reports regularly. Then the
    /// samples, mostly all of one type, which is then not said of each.
    pub(super) fn write(&self, to: &mut Writer, named: &Named<'_>) {
        let mut before = self.ts(0).unwrap_or_default();
        to.time(before);
        to.count(self.len());
        let mut step_before = 0;
        for ts in (0..self.len()).map_while(|place| self.ts(place)) {
            let step = ts.since(before).as_millis();
            to.signed(step - step_before);
            (before, step_before) = (ts, step);
        }
        let data = || self.iter().map(|(_, datum)| datum);
        if let Self::Tiny(shorts) = self {
            shorts.write_units(to);
        } else if let Self::Short(shorts) = self
            && shorts.list.iter().all(|short| short.code() > TEXT_LAST)
        {
            shorts.write_units(to);
        } else if data().all(|datum| matches!(datum, Datum::Number(_))) {
            self.write_numbers(to);
        } else if data().all(|datum| matches!(datum, Datum::Bool(_))) {
            to.byte(BOOLS);
            to.count(self.len());
            data().for_each(|datum| to.truth(datum == Datum::Bool(true)));
        } else {
            to.byte(MIXED);
            to.count(self.len());
            data().for_each(|datum| datum.write(to, named));
        }
    }

    fn write_numbers(&self, to: &mut Writer) {
        let numbers = || {
            self.iter().filter_map(|(_, datum)| match datum {
                Datum::Number(number) => Some(number),
                _ => None,
            })
        };
        for (decimals, power) in (0_u8..).zip(POWERS) {
            if numbers().all(|number| scaled(number, power).is_some()) {
                #[allow(clippy::cast_possible_truncation, reason = "whole and below 2^51")]
                let units = numbers().filter_map(|number| Some(scaled(number, power)? as i64));
                write_decimals(to, decimals, self.len(), units);
                return;
            }
        }
        to.byte(NUMBERS);
        to.count(self.len());
        numbers().for_each(|number| to.float(number));
    }
}

impl<C: Copy + Into<i32>> Shorts<C> {
    /// Writes numbers with as few decimals as they all have.
    fn write_units(&self, to: &mut Writer) {
        let mut spare = if self.list.is_empty() { self.decimals } else { u8::MAX };
        for short in &self.list {
            let mut power = 1;
            let mut zeros = 0;
            while zeros < self.decimals.min(spare) && short.code() % (power * 10) == 0 {
                (power, zeros) = (power * 10, zeros + 1);
            }
            spare = spare.min(zeros);
            if spare == 0 {
                break;
            }
        }
        let power = 10_i32.pow(u32::from(spare));
        let units = self.list.iter().map(|short| i64::from(short.code() / power));
        write_decimals(to, self.decimals - spare, self.list.len(), units);
    }
}

fn write_decimals(to: &mut Writer, decimals: u8, count: usize, all: impl Iterator<Item = i64>) {
    to.byte(DECIMALS);
    to.byte(decimals);
    to.count(count);
    let mut before = 0;
    for units in all {
        to.signed(units - before);
        before = units;
    }
}

impl Items {
    /// Appends the samples that were written. Those of no series of ours come
    /// in the order of their times, too, and what makes no sense is left out.
    pub(super) fn read_samples(
        &mut self,
        from: &mut Reader<'_>,
        known: impl Fn(Datum) -> Option<Datum>,
    ) {
        let oldest = from.time();
        let oldest = self.newest().map_or(oldest, |earliest| earliest.max(oldest));
        let count = from.count();
        let mut steps = from.clone();
        for _ in 0..count {
            from.signed();
        }
        let kind = from.byte();
        let decimals = if kind == DECIMALS { from.byte() } else { 0 };
        let samples = from.count();
        let power = POWERS.get(usize::from(decimals)).copied();
        let (mut ts, mut step, mut units) = (oldest, 0_i64, 0_i64);
        for place in 0..samples {
            let datum = match kind {
                DECIMALS => {
                    units = units.saturating_add(from.signed());
                    None
                }
                NUMBERS => Some(Datum::Number(from.float())),
                BOOLS => Some(Datum::Bool(from.truth())),
                MIXED => Some(Datum::read(from)),
                _ => {
                    from.refuse();
                    None
                }
            };
            if from.is_broken() {
                return;
            }
            if place >= count.min(WINDOW_SAMPLES_MAX) {
                continue;
            }
            step = step.saturating_add(steps.signed()).max(0);
            ts = ts.plus(Span::from_millis(step));
            match (datum.map(&known), power) {
                (Some(Some(datum)), _) => self.push(ts, datum),
                (None, Some(power)) => self.push_units(ts, units, (decimals, power)),
                _ => {}
            }
        }
    }

    fn push_units(&mut self, ts: Timestamp, units: i64, (decimals, power): (u8, f64)) {
        if !self.samples.push_units(ts, units, decimals) {
            self.push(ts, Datum::Number(units as f64 / power));
        }
    }
}

/// The number times `power`, if that is whole, below 2^51, and divided by
/// `power` the number again.
#[allow(clippy::float_cmp, reason = "to the last digit")]
pub(super) fn scaled(number: f64, power: f64) -> Option<f64> {
    let scaled = number * power;
    let whole = (scaled + ROUNDING) - ROUNDING;
    (scaled.abs() < WHOLE_MAX && whole / power == number).then_some(whole)
}

/// A whole number below 2^31 as an integer, of which nothing has to be cut off.
#[allow(clippy::cast_possible_truncation, reason = "the lower digits are the number")]
pub(super) fn small_whole(number: f64) -> i32 {
    (number + ROUNDING).to_bits() as i32
}
