use alloc::{borrow::Cow, boxed::Box};

use super::WideSum;
use crate::codec::{Reader, Writer};

/// A sum of finite numbers that is rounded only when it is read.
///
/// Adding a number and later its negative leaves exactly what was there
/// before, so a window's sum cannot drift, and neither the order nor the
/// number of the samples that have left it shows.
///
/// What a sensor sends is a whole number of [`UNIT`]s, and so are its sums:
/// adding is adding integers. What is too large or too fine for that is
/// summed by itself. The integer is held as its halves, since wasm has none
/// of 128 bits, and calls a function for most of what is done with one.
#[derive(Clone, Debug, Default)]
pub(super) struct ExactSum {
    /// In units: the lower half of an integer of 128 bits.
    lower: u64,
    upper: i64,
    /// Of the numbers that are not whole in units.
    others: Option<Box<WideSum>>,
}

/// 2^−72: numbers of 2^−20 (10^−6) or more are whole in it.
const UNIT: f64 = f64::from_bits((1_023 - 72) << 52);
/// 2^−8: so many is one of the upper half.
const UPPER_UNIT: f64 = f64::from_bits((1_023 - 8) << 52);
/// 2^62: upper halves do not reach it, so that adding two of them does not overflow.
const UPPER_MAX: i64 = 1 << 62;
/// Digits of an f64 that are stored: all but the first.
const DIGITS: u32 = 52;
/// Of the shift that takes a number's digits, read as an integer, to units.
const BIAS: u64 = 1_023 + 52 - 72;
/// Of numbers below 2^36.
const SHIFT_MAX: u64 = 36 - 1 + 72 - 52;

impl ExactSum {
    /// Adds a finite number.
    pub(super) fn add(&mut self, number: f64) {
        let bits = number.to_bits();
        let shift = ((bits >> DIGITS) & 0x7ff).wrapping_sub(BIAS);
        if shift > SHIFT_MAX {
            self.add_unusual(number);
            return;
        }
        let digits = if number < 0.0 { -digits(bits) } else { digits(bits) };
        self.add_halves((digits << shift).cast_unsigned(), digits >> 1 >> (63 - shift));
    }

    /// Adds 0, or a number that is large or small.
    #[cold]
    fn add_unusual(&mut self, number: f64) {
        match small_units(number) {
            Some(units) => self.add_units(units.into()),
            None => self.others_mut().add(number),
        }
    }

    /// Adds what the other sum holds.
    pub(super) fn add_sum(&mut self, other: &Self) {
        self.add_units(other.units());
        if let Some(others) = other.others() {
            self.others_mut().add_sum(others);
        }
    }

    /// Takes away what the other sum holds.
    pub(super) fn subtract_sum(&mut self, other: &Self) {
        self.add_units(-other.units());
        if let Some(others) = other.others() {
            self.others_mut().subtract_sum(others);
        }
    }

    /// The f64 nearest to the sum; infinite if it is too large for one.
    pub(super) fn rounded(&self) -> f64 {
        if self.others().is_some() {
            return self.wide_rounded();
        }
        self.nearest().0
    }

    #[cold]
    fn wide_rounded(&self) -> f64 {
        self.wide().rounded()
    }

    /// The sum divided by `count`, below 2^26: within one rounding of the
    /// exact quotient, and the exact quotient if that is an f64.
    pub(super) fn divided_by(&self, count: u64) -> f64 {
        if self.others().is_some() {
            return self.wide_divided_by(count);
        }
        let (sum, rest) = self.nearest();
        super::wide_sum::quotient(sum, rest, count)
    }

    #[cold]
    fn wide_divided_by(&self, count: u64) -> f64 {
        self.wide().divided_by(count)
    }

    /// The f64 nearest to what is held in units, and the one nearest to what that leaves out.
    fn nearest(&self) -> (f64, f64) {
        /// Digits that an f64 of 64 has no place for.
        const SPARE: u32 = u64::BITS - f64::MANTISSA_DIGITS;
        let beyond = self.upper >> DIGITS;
        if self.lower.trailing_zeros() < SPARE || (beyond != 0 && beyond != -1) {
            return self.nearest_of_many_digits();
        }
        // Either half is an f64, and the upper one is larger, or 0.
        let upper = self.upper as f64 * UPPER_UNIT;
        let lower = (self.lower >> SPARE).cast_signed() as f64 * (UNIT * f64::from(1 << SPARE));
        let sum = upper + lower;
        (sum, lower - (sum - upper))
    }

    #[cold]
    fn nearest_of_many_digits(&self) -> (f64, f64) {
        let [sum, rest, _] = halves(self.units());
        (sum, rest)
    }

    /// Equal sums have equal bytes, however they are held.
    pub(super) fn write(&self, to: &mut Writer) {
        self.wide().write(to);
    }

    /// Reads back what was written; of other bytes it makes some finite sum.
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let wide = WideSum::read(from);
        let mut sum = Self::default();
        if wide.is_huge() {
            sum.others = Some(Box::new(wide));
        } else {
            wide.parts().iter().for_each(|part| sum.add(*part));
        }
        sum
    }

    /// The same sum in parts.
    pub(super) fn wide(&self) -> Cow<'_, WideSum> {
        let units = self.units();
        match self.others() {
            Some(others) if units == 0 => Cow::Borrowed(others),
            others => {
                let mut wide = others.cloned().unwrap_or_default();
                for part in halves(units) {
                    wide.add(part);
                }
                Cow::Owned(wide)
            }
        }
    }

    fn units(&self) -> i128 {
        i128::from(self.upper) << 64 | i128::from(self.lower)
    }

    #[allow(clippy::cast_possible_truncation, reason = "two halves")]
    fn add_units(&mut self, more: i128) {
        self.add_halves(more.cast_unsigned() as u64, (more >> 64) as i64);
    }

    fn add_halves(&mut self, lower: u64, upper: i64) {
        let carry;
        (self.lower, carry) = self.lower.overflowing_add(lower);
        self.upper += upper + i64::from(carry);
        if !(-UPPER_MAX..UPPER_MAX).contains(&self.upper) {
            self.move_to_others();
        }
    }

    /// Begins anew in units, with what is there among the others.
    #[cold]
    fn move_to_others(&mut self) {
        for part in halves(self.units()) {
            self.others_mut().add(part);
        }
        (self.lower, self.upper) = (0, 0);
    }

    fn others(&self) -> Option<&WideSum> {
        self.others.as_deref().filter(|others| !others.is_empty())
    }

    fn others_mut(&mut self) -> &mut WideSum {
        self.others.get_or_insert_default()
    }
}

/// Equal if the sums are, however they are held.
impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.wide() == other.wide()
    }
}

/// 0, or a number below 2^−20, in units; `None` of one that is not whole in them.
fn small_units(number: f64) -> Option<i64> {
    let bits = number.to_bits();
    let exponent = (bits >> DIGITS) & 0x7ff;
    let size = digits(bits);
    let is_whole = exponent < BIAS && u64::from(size.trailing_zeros()) + exponent >= BIAS;
    if !is_whole {
        return (number == 0.0).then_some(0);
    }
    let size = size >> (BIAS - exponent);
    Some(if number < 0.0 { -size } else { size })
}

/// The digits of a number of these bits, read as an integer.
const fn digits(bits: u64) -> i64 {
    ((bits & ((1 << DIGITS) - 1)) | (1 << DIGITS)).cast_signed()
}

/// The f64 nearest to so many units, the one nearest to what that leaves out,
/// and the rest: together they are exact.
#[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^127")]
fn halves(units: i128) -> [f64; 3] {
    let sum = units as f64;
    let left_out = units - sum as i128;
    let rest = left_out as f64;
    let last = (left_out - rest as i128) as f64;
    [sum * UNIT, rest * UNIT, last * UNIT]
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = f64> {
        prop_oneof![
            6 => (-5_000_000_i32..5_000_000).prop_map(|number| f64::from(number) / 1_000.0),
            3 => (any::<i32>(), -110_i32..60).prop_map(|(digits, exponent)| f64::from(digits) * 2_f64.powi(exponent)),
            1 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL,
            1 => Just(0.0),
        ]
    }

    proptest! {
        /// However its numbers are held, a sum says what the sum in parts says.
        #[test]
        fn units_say_what_parts_say(numbers in prop::collection::vec(numbers(), 1..40), gone in 0_usize..40) {
            let (mut sum, mut parts) = (ExactSum::default(), WideSum::default());
            for (place, number) in numbers.iter().enumerate() {
                sum.add(*number);
                parts.add(*number);
                if let Some(number) = numbers.get(place.wrapping_sub(gone)) {
                    sum.add(-number);
                    parts.add(-number);
                }
                prop_assert_eq!(sum.rounded().to_bits(), (parts.rounded() + 0.0).to_bits());
                prop_assert_eq!(sum.divided_by(7).to_bits(), (parts.divided_by(7) + 0.0).to_bits());
            }
            let mut writer = Writer::default();
            sum.write(&mut writer);
            let bytes = writer.take();
            parts.write(&mut writer);
            prop_assert_eq!(&bytes, &writer.take());
            prop_assert_eq!(&ExactSum::read(&mut Reader::new(&bytes)), &sum);
            let mut twice = sum.clone();
            twice.add_sum(&sum);
            twice.subtract_sum(&sum);
            prop_assert_eq!(twice, sum);
        }
    }

    #[test]
    fn sums_that_outgrow_the_units_stay_exact() {
        let mut sum = ExactSum::default();
        let large = ((1_u64 << 36) - 1) as f64;
        sum.add(large);
        let mut all = Vec::from([1_u64]);
        for _ in 0..30 {
            let same = sum.clone();
            sum.add_sum(&same);
            all.push(all.last().unwrap() * 2);
        }
        sum.add(0.1);
        sum.add(-0.1);
        assert_eq!(sum.rounded().to_bits(), (large * *all.last().unwrap() as f64).to_bits());
    }
}
