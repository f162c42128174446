use alloc::{borrow::Cow, vec::Vec};

/// A sum of finite numbers that is rounded only when it is read.
///
/// Adding a number and later its negative leaves exactly what was there
/// before, so a window's sum cannot drift, and neither the order nor the
/// number of the samples that have left it shows.
///
/// The sum is held as a few f64 *parts* that do not overlap. Adding costs one
/// pass over them: two or three for samples of like size, never more than
/// forty, since f64 spans 2,098 binary digits and each part covers 53.
///
/// Source: Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast
/// Robust Geometric Predicates", Discrete & Computational Geometry 18 (1997);
/// the rounding is that of Python's `math.fsum` (Hettinger, 2005).
#[derive(Clone, Debug, Default)]
pub(super) struct ExactSum {
    /// Of the numbers below [`HUGE`] in size, ascending.
    parts: Vec<f64>,
    /// Of the others, each times [`SCALE`], ascending: so no sum on the way
    /// to the result overflows, even where the result does.
    huge: Vec<f64>,
}

/// 2^900. Fewer than 2^17 numbers below it sum up to less than 2^917.
const HUGE: f64 = f64::from_bits((1_023 + 900) << 52);
/// 2^−200: takes 2^1024 down to 2^824, and keeps every digit of what is at least [`HUGE`].
const SCALE: f64 = f64::from_bits((1_023 - 200) << 52);

const _: () = assert!(super::WINDOW_SAMPLES_MAX < 1 << 17);

impl ExactSum {
    /// Adds a finite number.
    pub(super) fn add(&mut self, number: f64) {
        if number.abs() < HUGE {
            add_to(&mut self.parts, number);
        } else {
            add_to(&mut self.huge, number * SCALE);
        }
    }

    /// The f64 nearest to the sum; infinite if it is too large for one.
    pub(super) fn rounded(&self) -> f64 {
        let (parts, unit) = self.combined();
        round(&parts).0 / unit
    }

    /// The sum divided by `count`: within one rounding of the exact quotient,
    /// and the exact quotient if that is an f64.
    pub(super) fn divided_by(&self, count: usize) -> f64 {
        let (parts, unit) = self.combined();
        let (sum, rest) = round(&parts);
        let count = count as f64;
        let quotient = sum / count;
        // What the division left over, exactly: either half of the quotient
        // has at most 27 binary digits and `count` at most 17, so neither
        // product is rounded.
        let upper = f64::from_bits((quotient.to_bits() >> 27) << 27);
        let left_over = sum - upper * count - (quotient - upper) * count + rest;
        (quotient + left_over / count) / unit
    }

    /// All parts times a unit, and that unit.
    fn combined(&self) -> (Cow<'_, [f64]>, f64) {
        if self.huge.is_empty() {
            return (Cow::Borrowed(&self.parts), 1.0);
        }
        // A sum of huge numbers that is not 0 is at least 2^848, so the digits
        // which this takes from the small ones are out of its reach.
        let mut all = self.huge.clone();
        for part in &self.parts {
            add_to(&mut all, part * SCALE);
        }
        (Cow::Owned(all), SCALE)
    }
}

/// Equal if the sums are: parts of equal sums may be cut differently.
impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        let mut difference = self.clone();
        for part in &other.parts {
            add_to(&mut difference.parts, -part);
        }
        for part in &other.huge {
            add_to(&mut difference.huge, -part);
        }
        difference.parts.is_empty() && difference.huge.is_empty()
    }
}

/// Adds `number` to the sum held in `parts`; neither loses a digit.
fn add_to(parts: &mut Vec<f64>, number: f64) {
    let mut carried = number;
    let mut kept = 0;
    for index in 0..parts.len() {
        let Some(part) = parts.get_mut(index) else { break };
        let (sum, error) = two_sum(carried, *part);
        carried = sum;
        if error != 0.0
            && let Some(slot) = parts.get_mut(kept)
        {
            *slot = error;
            kept += 1;
        }
    }
    parts.truncate(kept);
    if carried != 0.0 {
        parts.push(carried);
    }
}

/// `a + b` rounded, and what the rounding left out, exactly.
///
/// Source: Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// The f64 nearest to the sum of `parts` (ties to even), and the next part
/// of what that left out.
fn round(parts: &[f64]) -> (f64, f64) {
    let mut smaller = parts.iter().rev().copied();
    let Some(mut sum) = smaller.next() else { return (0.0, 0.0) };
    let mut rest = 0.0;
    for part in smaller.by_ref() {
        let upper = sum;
        sum = upper + part;
        rest = part - (sum - upper);
        if rest != 0.0 {
            break;
        }
    }
    // Half-way cases are decided by the sign of what comes after.
    if let Some(next) = smaller.next()
        && ((rest < 0.0 && next < 0.0) || (rest > 0.0 && next > 0.0))
    {
        let doubled = rest * 2.0;
        let rounded = sum + doubled;
        if rounded - sum - doubled == 0.0 {
            return (rounded, -rest);
        }
    }
    (sum, rest)
}
