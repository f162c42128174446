use crate::{
    codec::{Reader, Writer},
    window::{ExactSum, WideSum},
};

/// 2^440: the square of a number below it, and the product of any sum of such
/// squares with their count, is far from overflowing.
const SQUARABLE: f64 = f64::from_bits((1_023 + 440) << 52);

/// The exact sum of the squares of numbers.
///
/// A number of 2^440 (3 · 10^132) or more has no place in it: while one is in
/// a window, its standard deviation is missing. Of numbers below 10^−146 the
/// squares lose digits, so a deviation as small as that is not to be trusted.
#[derive(Clone, Debug, Default)]
pub(super) struct Squares {
    sum: WideSum,
    /// How many numbers are too large to be squared.
    pub(super) beyond: u64,
}

impl Squares {
    pub(super) fn write(&self, to: &mut Writer) {
        self.sum.write(to);
        to.unsigned(self.beyond);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        Self { sum: WideSum::read(from), beyond: from.unsigned() }
    }

    pub(super) fn add(&mut self, number: f64) {
        if number.abs() < SQUARABLE {
            self.sum.add_product(number, number);
        } else {
            self.beyond += 1;
        }
    }

    pub(super) fn subtract(&mut self, number: f64) {
        if number.abs() < SQUARABLE {
            self.sum.add_product(-number, number);
        } else {
            self.beyond = self.beyond.saturating_sub(1);
        }
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.sum.add_sum(&other.sum);
        self.beyond += other.beyond;
    }

    pub(super) fn subtract_all(&mut self, other: &Self) {
        self.sum.subtract_sum(&other.sum);
        self.beyond = self.beyond.saturating_sub(other.beyond);
    }

    /// The population standard deviation of `count` numbers with this sum and
    /// these squares: √(n·Σx² − (Σx)²) / n.
    ///
    /// The difference is exact before it is rounded once, so numbers that
    /// differ little from a large mean lose nothing, and equal numbers
    /// deviate by exactly 0.
    pub(super) fn deviation(&self, sum: &ExactSum, count: u64) -> Option<f64> {
        if self.beyond > 0 || count == 0 {
            return None;
        }
        let count = count as f64;
        let mut difference = WideSum::default();
        for part in self.sum.parts().iter() {
            difference.add_product(*part, count);
        }
        let sum = sum.wide();
        let parts = sum.parts();
        for (place, part) in parts.iter().enumerate() {
            difference.add_product(-part, *part);
            for other in parts.iter().take(place) {
                difference.add_product(-2.0 * part, *other);
            }
        }
        Some(libm::sqrt(difference.rounded().max(0.0)) / count)
    }
}
