use alloc::{borrow::Cow, boxed::Box, vec::Vec};

use super::parts::Parts;
use crate::codec::{Reader, Writer};

/// An exact sum of finite numbers of any size.
///
/// The sum is held as a few f64 *parts* that do not overlap. Adding costs one
/// pass over them: two or three for samples of like size, never more than
/// forty, since f64 spans 2,098 binary digits and each part covers 53.
///
/// Source: Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast
/// Robust Geometric Predicates", Discrete & Computational Geometry 18 (1997);
/// the rounding is that of Python's `math.fsum` (Hettinger, 2005).
#[derive(Clone, Debug, Default)]
pub(super) struct WideSum {
    /// Of the numbers below [`HUGE`] in size, ascending.
    parts: Parts,
    /// Of the others, each times [`SCALE`], ascending: so no sum on the way
    /// to the result overflows, even where the result does.
    huge: Option<Box<Parts>>,
}

/// 2^900. Fewer than 2^17 numbers below it sum up to less than 2^917.
const HUGE: f64 = f64::from_bits((1_023 + 900) << 52);
/// 2^−200: takes 2^1024 down to 2^824, and keeps every digit of what is at least [`HUGE`].
const SCALE: f64 = f64::from_bits((1_023 - 200) << 52);

/// Most parts that f64's 2,098 binary digits are cut into, generously.
const PARTS_MAX: usize = 64;
/// 2^1000: no part of a sum of up to 2^76 numbers is larger.
const PART_MAX: f64 = f64::from_bits((1_023 + 1_000) << 52);

const _: () = assert!(super::WINDOW_SAMPLES_MAX < 1 << 17);

impl WideSum {
    /// Adds a finite number.
    pub(super) fn add(&mut self, number: f64) {
        if number.abs() < HUGE {
            add_to(&mut self.parts, number);
        } else {
            add_to(self.huge_mut(), number * SCALE);
        }
    }

    /// Adds `a · b`, exactly as long as the product neither overflows nor
    /// lies below 2^−969, where its last digits have no f64. Both factors are
    /// below 2^996 in size.
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        let (product, error) = two_product(a, b);
        self.add(product);
        self.add(error);
    }

    /// Adds what the other sum holds.
    pub(super) fn add_sum(&mut self, other: &Self) {
        other.parts.iter().for_each(|part| add_to(&mut self.parts, *part));
        other.huge().iter().for_each(|part| add_to(self.huge_mut(), *part));
    }

    /// Takes away what the other sum holds.
    pub(super) fn subtract_sum(&mut self, other: &Self) {
        other.parts.iter().for_each(|part| add_to(&mut self.parts, -part));
        other.huge().iter().for_each(|part| add_to(self.huge_mut(), -part));
    }

    /// The parts of a sum of numbers below [`HUGE`], ascending: together they
    /// are the sum. Equal sums that reach below 2^−400, where products of
    /// parts may lose digits, have equal parts.
    pub(super) fn parts(&self) -> Cow<'_, [f64]> {
        /// 2^−400.
        const TINY: f64 = f64::from_bits((1_023 - 400) << 52);
        if self.parts.first().is_some_and(|part| part.abs() < TINY) {
            return Cow::Owned(canonical(&self.parts));
        }
        Cow::Borrowed(&self.parts)
    }

    /// Whether it is the sum of nothing, or 0.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.huge().is_empty()
    }

    /// Whether it holds numbers that are not among its [`WideSum::parts`].
    pub(super) fn is_huge(&self) -> bool {
        !self.huge().is_empty()
    }

    /// The f64 nearest to the sum; infinite if it is too large for one.
    pub(super) fn rounded(&self) -> f64 {
        let (parts, unit) = self.combined();
        round(&parts).0 / unit
    }

    /// The sum divided by `count`, below 2^26: within one rounding of the
    /// exact quotient, and the exact quotient if that is an f64.
    pub(super) fn divided_by(&self, count: u64) -> f64 {
        let (parts, unit) = self.combined();
        let (sum, rest) = halves(&parts);
        quotient(sum, rest, count) / unit
    }

    /// Equal sums have equal bytes, however their parts are cut.
    pub(super) fn write(&self, to: &mut Writer) {
        for parts in [canonical(&self.parts), canonical(self.huge())] {
            to.count(parts.len());
            for part in parts {
                to.float(part);
            }
        }
    }

    /// Reads back what was written; of other bytes it makes some finite sum.
    pub(super) fn read(from: &mut Reader<'_>) -> Self {
        let (parts, huge) = (from.list(Reader::float), from.list(Reader::float));
        let mut sum = Self::default();
        let sane = |part: &f64| part.abs() < PART_MAX;
        parts.into_iter().filter(sane).take(PARTS_MAX).for_each(|p| add_to(&mut sum.parts, p));
        huge.into_iter().filter(sane).take(PARTS_MAX).for_each(|p| add_to(sum.huge_mut(), p));
        sum
    }

    /// All parts times a unit, and that unit.
    fn combined(&self) -> (Cow<'_, [f64]>, f64) {
        let Some(huge) = self.huge.as_ref().filter(|huge| !huge.is_empty()) else {
            return (Cow::Borrowed(&self.parts), 1.0);
        };
        // A sum of huge numbers that is not 0 is at least 2^848, so the digits
        // which this takes from the small ones are out of its reach.
        let mut all = (**huge).clone();
        for part in self.parts.iter() {
            add_to(&mut all, part * SCALE);
        }
        (Cow::Owned(all.to_vec()), SCALE)
    }

    fn huge(&self) -> &[f64] {
        self.huge.as_ref().map_or(&[], |huge| huge)
    }

    fn huge_mut(&mut self) -> &mut Parts {
        self.huge.get_or_insert_default()
    }
}

/// Equal if the sums are: parts of equal sums may be cut differently.
impl PartialEq for WideSum {
    fn eq(&self, other: &Self) -> bool {
        let mut difference = self.clone();
        for part in other.parts.iter() {
            add_to(&mut difference.parts, -part);
        }
        for part in other.huge() {
            add_to(difference.huge_mut(), -part);
        }
        difference.parts.is_empty() && difference.huge().is_empty()
    }
}

/// `sum + rest` divided by `count`, see [`WideSum::divided_by`].
pub(super) fn quotient(sum: f64, rest: f64, count: u64) -> f64 {
    let count = count.cast_signed() as f64;
    let quotient = sum / count;
    // What the division left over, exactly: either half of the quotient
    // has at most 27 binary digits and `count` at most 26, so neither
    // product is rounded.
    let upper = f64::from_bits((quotient.to_bits() >> 27) << 27);
    let left_over = sum - upper * count - (quotient - upper) * count + rest;
    quotient + left_over / count
}

/// Adds `number` to the sum held in `parts`; neither loses a digit.
fn add_to(parts: &mut Parts, number: f64) {
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

/// The parts of the sum that each say as much of it as an f64 can, ascending.
fn canonical(parts: &[f64]) -> Vec<f64> {
    let mut rest = Parts::from(parts);
    let mut cut = Vec::new();
    while cut.len() < PARTS_MAX {
        let (part, _) = round(&rest);
        if part == 0.0 {
            break;
        }
        cut.push(part);
        add_to(&mut rest, -part);
    }
    cut.reverse();
    cut
}

/// `a · b` rounded, and what the rounding left out, exactly.
///
/// Without a fused multiply-add, which not every host has: Veltkamp's split
/// into halves of 26 digits. Source: Dekker, "A floating-point technique for
/// extending the available precision", Numerische Mathematik 18 (1971).
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let product = a * b;
    let error = a_low * b_low - (product - a_high * b_high - a_low * b_high - a_high * b_low);
    (product, error)
}

/// The upper 26 digits of a number, and the others.
fn split(number: f64) -> (f64, f64) {
    // 2^27 + 1.
    let scaled = number * 134_217_729.0;
    let high = scaled - (scaled - number);
    (high, number - high)
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

/// The f64 nearest to the sum of `parts`, and the f64 nearest to what that
/// leaves out: the same two of equal sums, however their parts are cut.
fn halves(parts: &[f64]) -> (f64, f64) {
    let (sum, rest) = round(parts);
    if parts.len() <= 2 {
        return (sum, rest);
    }
    let mut left_out = Parts::from(parts);
    add_to(&mut left_out, -sum);
    (sum, round(&left_out).0)
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
