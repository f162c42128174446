use alloc::{format, string::String};
use core::{
    cmp::Ordering,
    fmt::{self, Write},
};

use super::big::Big;

/// A number in full, as `81.5`, `-0` and `1000`: the shortest digits that read
/// back as it.
#[derive(Clone, Copy, Debug)]
pub struct Plain(pub f64);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shortest::of(f, self.0, Tie::Up, |f, shortest| shortest.write_plain(f))
    }
}

/// A number with an exponent, as `8.15e1` and `1e-7`: the shortest digits that
/// read back as it.
#[derive(Clone, Copy, Debug)]
pub struct Scientific(pub f64);

impl fmt::Display for Scientific {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shortest::of(f, self.0, Tie::Up, |f, shortest| shortest.write_scientific(f, ""))
    }
}

/// A finite number as `serde_json` writes it: `81.5`, `100.0`, `1e+20`, `1e-7`.
#[derive(Clone, Copy, Debug)]
pub struct Json(pub f64);

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shortest::of(f, self.0, Tie::Even, |f, shortest| {
            if !(-4..=16).contains(&shortest.point) {
                return shortest.write_scientific(f, "+");
            }
            shortest.write_plain(f)?;
            let is_whole = shortest.digits.len() <= usize::try_from(shortest.point).unwrap_or(0);
            f.write_str(if is_whole { ".0" } else { "" })
        })
    }
}

/// What becomes of a number halfway between two last digits that both read
/// back as it: the standard library and `serde_json` differ there.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Tie {
    Up,
    Even,
}

/// The digits of a number not negative: it is 0.`digits` times 10 to the power
/// `point`.
struct Shortest {
    digits: String,
    point: i32,
}

impl Shortest {
    /// Writes the sign of `number`, and the rest by `write`.
    fn of(
        f: &mut fmt::Formatter<'_>,
        number: f64,
        tie: Tie,
        write: impl FnOnce(&mut fmt::Formatter<'_>, &Self) -> fmt::Result,
    ) -> fmt::Result {
        if number.is_nan() {
            return f.write_str("NaN");
        }
        f.write_str(if number.is_sign_negative() { "-" } else { "" })?;
        if number.is_infinite() {
            return f.write_str("inf");
        }
        write(f, &Self::of_size(number.abs(), tie))
    }

    /// Digits as long as more than one f64 could be meant.
    ///
    /// Source: Steele & White, "How to Print Floating-Point Numbers
    /// Accurately", PLDI 1990.
    fn of_size(size: f64, tie: Tie) -> Self {
        let bits = size.to_bits();
        let (fraction, field) = (bits & ((1 << 52) - 1), bits >> 52);
        if bits == 0 {
            return Self { digits: String::from("0"), point: 1 };
        }
        let mantissa = if field == 0 { fraction } else { fraction | (1 << 52) };
        let exponent = i32::try_from(field.max(1)).unwrap_or_default() - 1075;
        // The next f64 below a power of two is half as far away as the one above.
        let is_lopsided = fraction == 0 && field > 1;
        let mut below = Big::new(1);
        let mut above = Big::new(1 + u64::from(is_lopsided));
        let mut number = Big::new(mantissa << (1 + u64::from(is_lopsided)));
        let mut one = Big::new(2 << u64::from(is_lopsided));
        if exponent >= 0 {
            for scaled in [&mut number, &mut above, &mut below] {
                scaled.shift(exponent.unsigned_abs());
            }
        } else {
            one.shift(exponent.unsigned_abs());
        }
        let bounds = Bounds { below, above, is_inclusive: mantissa.is_multiple_of(2), tie };
        Self::digits(number, one, bounds)
    }

    /// The digits of `number` / `one`, or of another number within `bounds`.
    fn digits(mut number: Big, mut one: Big, mut bounds: Bounds) -> Self {
        // log10(2) is 0.30103; too small by one at most.
        let mut point = (number.bits() - one.bits()) * 30_103 / 100_000 - 1;
        if point >= 0 {
            one.times_ten_to(point.unsigned_abs());
        } else {
            for scaled in [&mut number, &mut bounds.above, &mut bounds.below] {
                scaled.times_ten_to(point.unsigned_abs());
            }
        }
        while bounds.may_rise(&number, &one) {
            one.times(10);
            point += 1;
        }
        let mut digits = String::new();
        loop {
            for scaled in [&mut number, &mut bounds.above, &mut bounds.below] {
                scaled.times(10);
            }
            let mut digit = b'0';
            while number >= one {
                number.subtract(&one);
                digit += 1;
            }
            let may_stay = bounds.may_stay(&number);
            let may_rise = bounds.may_rise(&number, &one);
            let is_nearer = match sum(&number, &number).cmp(&one) {
                Ordering::Less => false,
                Ordering::Equal => bounds.tie == Tie::Up || digit % 2 == 1,
                Ordering::Greater => true,
            };
            digits.push(char::from(digit + u8::from(may_rise && (is_nearer || !may_stay))));
            if may_stay || may_rise {
                return Self { digits, point };
            }
        }
    }

    fn write_plain(&self, f: &mut dyn Write) -> fmt::Result {
        let whole = usize::try_from(self.point).unwrap_or_default();
        let zeros = |f: &mut dyn Write, count| (0..count).try_for_each(|_| f.write_str("0"));
        match self.digits.split_at_checked(whole) {
            Some(("", fraction)) => {
                f.write_str("0.")?;
                zeros(f, self.point.unsigned_abs() as usize)?;
                f.write_str(fraction)
            }
            Some((whole, fraction)) => {
                f.write_str(whole)?;
                f.write_str(if fraction.is_empty() { "" } else { "." })?;
                f.write_str(fraction)
            }
            None => {
                f.write_str(&self.digits)?;
                zeros(f, whole - self.digits.len())
            }
        }
    }

    /// With `sign` before an exponent that is not negative.
    fn write_scientific(&self, f: &mut dyn Write, sign: &str) -> fmt::Result {
        let (first, rest) = self.digits.split_at_checked(1).unwrap_or_default();
        f.write_str(first)?;
        f.write_str(if rest.is_empty() { "" } else { "." })?;
        f.write_str(rest)?;
        let exponent = self.point - 1;
        f.write_str("e")?;
        f.write_str(if exponent < 0 { "" } else { sign })?;
        write!(f, "{exponent}")
    }
}

/// How far from a number those are that still read back as it.
struct Bounds {
    below: Big,
    above: Big,
    /// Whether those just as far do.
    is_inclusive: bool,
    tie: Tie,
}

impl Bounds {
    /// Whether the number is meant without its `rest`.
    fn may_stay(&self, rest: &Big) -> bool {
        self.is_past(&self.below, rest)
    }

    /// Whether the number is meant with `one` instead of its `rest`.
    fn may_rise(&self, rest: &Big, one: &Big) -> bool {
        self.is_past(&sum(rest, &self.above), one)
    }

    fn is_past(&self, more: &Big, less: &Big) -> bool {
        more > less || (self.is_inclusive && more == less)
    }
}

fn sum(one: &Big, other: &Big) -> Big {
    let mut sum = one.clone();
    sum.add(other);
    sum
}

/// `number`, whose size is below 10^15 and which is 0 or at least 10^-12, with
/// `decimals` of at most 6 decimals, of two equally near the even one.
#[must_use]
pub fn fixed(number: f64, decimals: u32) -> String {
    let bits = number.abs().to_bits();
    let mantissa = (bits & ((1 << 52) - 1)) | if number == 0.0 { 0 } else { 1 << 52 };
    let ten = 10_u64.pow(decimals.min(6));
    let dropped = 1075_u64.saturating_sub(bits >> 52).clamp(1, 127);
    let whole = mantissa.checked_shr(u32::try_from(dropped).unwrap_or(64)).unwrap_or_default();
    let half = 1_u128 << (dropped - 1);
    let mask = half | (half - 1);
    let behind = (u128::from(mantissa) & mask) * u128::from(ten);
    let kept = u64::try_from(behind >> dropped).unwrap_or_default();
    let is_odd = whole.wrapping_mul(ten).wrapping_add(kept) & 1 == 1;
    let lost = behind & mask;
    let is_up = lost > half || (lost == half && is_odd);
    let kept = kept + u64::from(is_up);
    let (whole, kept) = (whole + kept / ten, kept % ten);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    let width = decimals as usize;
    format!("{sign}{whole}.{kept:0width$}")
}

#[cfg(test)]
mod tests {
    use std::{format, string::ToString};

    use proptest::prelude::*;

    use super::*;

    /// What the standard library and `serde_json` write is the oracle.
    fn check(number: f64) {
        assert_eq!(Plain(number).to_string(), number.to_string());
        assert_eq!(Scientific(number).to_string(), format!("{number:e}"));
        if number.is_finite() {
            assert_eq!(Json(number).to_string(), serde_json::to_string(&number).unwrap());
        }
    }

    #[test]
    fn numbers_at_the_edges_are_written_as_the_standard_library_writes_them() {
        let edges = [0.0, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NAN, 0.1, 1e23];
        for number in edges {
            check(number);
            check(-number);
        }
        for power in -1074..1024 {
            check(2_f64.powi(power));
            check(2_f64.powi(power).next_down());
        }
        for power in -323..309 {
            let number: f64 = format!("1e{power}").parse().unwrap();
            check(number);
            check(number.next_up());
            check(number.next_down());
        }
    }

    proptest! {
        #[test]
        fn every_f64_is_written_as_the_standard_library_writes_it(bits: u64) {
            check(f64::from_bits(bits));
        }

        #[test]
        fn everyday_numbers_are_written_as_the_standard_library_writes_them(
            number in -2_000_000_i64..2_000_000, places in 0..8,
        ) {
            check(number as f64 / 10_f64.powi(places));
        }

        #[test]
        fn decimals_are_rounded_as_the_standard_library_rounds_them(
            size in 1e-4..1e15_f64, power in 0..40, quarters in 0..4_000_i32, decimals in 0..7_u32,
        ) {
            let width = decimals as usize;
            let halves = f64::from(quarters) / 4.0;
            for number in [size, size / 2_f64.powi(power), halves, -halves, halves / 1e3, -size] {
                prop_assert_eq!(fixed(number, decimals), format!("{number:.width$}"));
            }
        }
    }
}
