use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Datum;
use crate::{Span, Timestamp};

/// The event times of samples, as they are stored: for each how much longer
/// the step to it is than the step before, in ms. The variable length
/// encoding makes one byte of that where a device reports regularly.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Times {
    /// Of the oldest sample; 0 of none.
    oldest: Timestamp,
    changes: Vec<i64>,
}

/// Samples, as they are stored; mostly all of one type, which is then not
/// said of each.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Column {
    /// Numbers with so many decimals, in units of the last of those, each as
    /// the difference to the one before.
    Decimals(u8, Vec<i64>),
    Numbers(Vec<f64>),
    Bools(Vec<bool>),
    Mixed(Vec<Datum>),
}

/// A divisor for each number of decimals that is tried: what a sensor sends
/// has a few, and what is computed seldom ends within any.
pub(super) const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// 2^51: adding and taking away 1.5 · 2^52 rounds a smaller number to a whole one.
const WHOLE_MAX: f64 = 2_251_799_813_685_248.0;
const ROUNDING: f64 = 6_755_399_441_055_744.0;

impl Times {
    pub(super) fn of(samples: impl Clone + Iterator<Item = (Timestamp, Datum)>) -> Self {
        let oldest = samples.clone().next().map(|(ts, _)| ts).unwrap_or_default();
        let changes = samples.scan((oldest, 0), |(before, step_before), (ts, _)| {
            let step = ts.since(*before).as_millis();
            let change = step - *step_before;
            (*before, *step_before) = (ts, step);
            Some(change)
        });
        Self { oldest, changes: changes.collect() }
    }

    /// The times from `earliest` on; those of no series of ours come out in
    /// order too.
    pub(super) fn decoded(self, earliest: Option<Timestamp>) -> impl Iterator<Item = Timestamp> {
        let oldest = earliest.map_or(self.oldest, |earliest| earliest.max(self.oldest));
        self.changes.into_iter().scan((oldest, 0_i64), |(ts, step), change| {
            *step = step.saturating_add(change).max(0);
            *ts = ts.plus(Span::from_millis(*step));
            Some(*ts)
        })
    }
}

impl Column {
    /// The column of these samples: in decimals if all are numbers with few
    /// of those.
    pub(super) fn of(
        samples: &(impl Clone + Iterator<Item = (Timestamp, Datum)>),
        named: impl FnMut(Datum) -> Datum,
    ) -> Self {
        let data = || samples.clone().map(|(_, datum)| datum);
        if data().all(|datum| matches!(datum, Datum::Number(_))) {
            let numbers = data().filter_map(|datum| match datum {
                Datum::Number(number) => Some(number),
                _ => None,
            });
            return (0_u8..)
                .zip(POWERS)
                .find_map(|(digits, power)| {
                    decimals(numbers.clone(), power).map(|units| Self::Decimals(digits, units))
                })
                .unwrap_or_else(|| Self::Numbers(numbers.collect()));
        }
        if data().all(|datum| matches!(datum, Datum::Bool(_))) {
            return Self::Bools(data().map(|datum| datum == Datum::Bool(true)).collect());
        }
        Self::Mixed(data().map(named).collect())
    }

    pub(super) fn decoded(self) -> Vec<Datum> {
        match self {
            Self::Decimals(digits, changes) => {
                let Some(power) = POWERS.get(usize::from(digits)) else { return Vec::new() };
                let units = changes.into_iter().scan(0_i64, |units, change| {
                    *units = units.saturating_add(change);
                    Some(*units)
                });
                units.map(|units| Datum::Number(units as f64 / power)).collect()
            }
            Self::Numbers(numbers) => numbers.into_iter().map(Datum::Number).collect(),
            Self::Bools(bools) => bools.into_iter().map(Datum::Bool).collect(),
            Self::Mixed(data) => data,
        }
    }
}

/// The numbers times `power`, each as the difference to the one before; `None`
/// unless dividing gives every one of them back exactly.
#[allow(clippy::cast_possible_truncation, reason = "whole and below 2^51")]
fn decimals(numbers: impl Iterator<Item = f64>, power: f64) -> Option<Vec<i64>> {
    let mut before = 0;
    numbers
        .map(|number| {
            let units = scaled(number, power)? as i64;
            let change = units - before;
            before = units;
            Some(change)
        })
        .collect()
}

/// The number times `power`, if that is whole, below 2^51, and divided by
/// `power` the number again.
#[allow(clippy::float_cmp, reason = "to the last digit")]
pub(super) fn scaled(number: f64, power: f64) -> Option<f64> {
    let scaled = number * power;
    let whole = (scaled + ROUNDING) - ROUNDING;
    (scaled.abs() < WHOLE_MAX && whole / power == number).then_some(whole)
}
