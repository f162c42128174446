use super::big::Big;

/// Digits that surely fit a `u64`.
const DIGITS_MAX: usize = 19;

/// Digits that can matter: no number halfway between two f64 has more than
/// 767, so what follows only says on which side it is.
const DIGITS_THAT_MATTER: usize = 800;

/// The highest power of five that fits a `u64`.
const FIVES_MAX: i64 = 27;

/// The f64 nearest to the decimal number that `text` is, as `str::parse` gives
/// it: of two equally near the even one, infinite where it is too large.
/// `None` where the text is no number in digits: `81`, `-.5`, `2.`, `1.5e-3`.
#[must_use]
pub fn read(text: &str) -> Option<f64> {
    let (is_negative, text) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        text => (false, text),
    };
    let size = Decimal::read(text)?.nearest();
    Some(if is_negative { -size } else { size })
}

/// `whole`.`fraction` times 10 to the power `exponent`.
struct Decimal<'t> {
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i64,
}

impl<'t> Decimal<'t> {
    fn read(text: &'t [u8]) -> Option<Self> {
        let (whole, rest) = digits(text);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            rest => (&[][..], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => exponent(rest)?,
            _ => return None,
        };
        let is_number = !(whole.is_empty() && fraction.is_empty());
        is_number.then_some(Self { whole, fraction, exponent })
    }

    fn nearest(&self) -> f64 {
        let all = || self.whole.iter().chain(self.fraction).map(|digit| digit - b'0');
        let zeros = all().take_while(|digit| *digit == 0).count();
        let count = self.whole.len() + self.fraction.len() - zeros;
        let digits = || all().skip(zeros);
        // The number is 0.d1d2… times 10 to the power `point`.
        let point = length(self.whole.len()) - length(zeros) + self.exponent;
        if count == 0 || point < -330 {
            return 0.0;
        }
        if point > 310 {
            return f64::INFINITY;
        }
        let first = digits().take(DIGITS_MAX).fold(0, |number, d| number * 10 + u64::from(d));
        let power = point - length(count.min(DIGITS_MAX));
        if count <= DIGITS_MAX && power.abs() <= FIVES_MAX {
            return times_ten_to(first, power);
        }
        let behind = digits().skip(DIGITS_THAT_MATTER).find(|digit| *digit > 0);
        let taken = digits().take(DIGITS_THAT_MATTER).chain(behind.map(|_| 1));
        let power = point - length(count.min(DIGITS_THAT_MATTER) + usize::from(behind.is_some()));
        exactly(Big::of_digits(taken), power)
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// An exponent with its sign; one out of any bounds is only large.
fn exponent(text: &[u8]) -> Option<i64> {
    let (sign, text) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        text => (1, text),
    };
    let (digits, rest) = digits(text);
    let number = digits.iter().fold(0_i64, |number, digit| {
        (number * 10 + i64::from(digit - b'0')).min(1_000_000_000_000)
    });
    (rest.is_empty() && !digits.is_empty()).then_some(sign * number)
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// `number`, not 0, times 10 to the power `power`, where 5 to that power fits a `u64`.
fn times_ten_to(number: u64, power: i64) -> f64 {
    let shift = number.leading_zeros();
    let number = u128::from(number << shift);
    let fives = u128::from(5_u64.pow(u32::try_from(power.unsigned_abs()).unwrap_or_default()));
    let exponent = i32::try_from(power).unwrap_or_default() - shift.cast_signed();
    if power >= 0 {
        rounded(number * fives, Rest::Nothing, exponent)
    } else {
        let number = number << 64;
        let rest = if number % fives == 0 { Rest::Nothing } else { Rest::Something };
        rounded(number / fives, rest, exponent - 64)
    }
}

/// `number`, not 0, times 10 to the power `power`: 64 bits by long division.
fn exactly(mut number: Big, power: i64) -> f64 {
    let mut divisor = Big::new(1);
    let tens = u32::try_from(power.unsigned_abs()).unwrap_or_default();
    if power >= 0 { &mut number } else { &mut divisor }.times_ten_to(tens);
    let mut exponent = number.bits() - divisor.bits();
    let shifted = if exponent >= 0 { &mut divisor } else { &mut number };
    shifted.shift(exponent.unsigned_abs());
    if number < divisor {
        number.shift(1);
        exponent -= 1;
    }
    let mut quotient = 0_u64;
    for _ in 0..64 {
        quotient <<= 1;
        if number >= divisor {
            number.subtract(&divisor);
            quotient |= 1;
        }
        number.shift(1);
    }
    let rest = if number.is_zero() { Rest::Nothing } else { Rest::Something };
    rounded(u128::from(quotient), rest, exponent - 63)
}

/// What is behind the last bit.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Rest {
    Nothing,
    /// Less than that bit.
    Something,
}

/// `number`, 64 bits or more, and `rest`, times 2 to the power `exponent`, as
/// the nearest f64.
fn rounded(number: u128, rest: Rest, exponent: i32) -> f64 {
    let bits = 128 - number.leading_zeros().cast_signed();
    let highest = exponent + bits - 1;
    // The power of two that the last bit of the f64 stands for.
    let last = (highest - 52).max(-1074);
    let dropped = last - exponent;
    if highest > 1023 {
        return f64::INFINITY;
    }
    if !(1..128).contains(&dropped) {
        return 0.0;
    }
    let kept = number >> dropped;
    let half = 1_u128 << (dropped - 1);
    let lost = number & (half | (half - 1));
    let is_up = lost > half || (lost == half && (rest == Rest::Something || kept & 1 == 1));
    // With the highest bit, which is not stored, the exponent grows by one.
    let kept = u64::try_from(kept).unwrap_or_default() + u64::from(is_up);
    f64::from_bits((u64::try_from(last + 1074).unwrap_or_default() << 52) + kept)
}

#[cfg(test)]
mod tests {
    use std::{format, string::String};

    use proptest::prelude::*;

    use super::read;

    /// What the standard library reads is the oracle.
    fn check(text: &str) {
        let expected = text.parse::<f64>().ok().map(f64::to_bits);
        assert_eq!(read(text).map(f64::to_bits), expected, "{text}");
    }

    #[test]
    fn numbers_at_the_edges_are_read_as_the_standard_library_reads_them() {
        for text in [
            "",
            "-",
            ".",
            "e5",
            "1e",
            "1e+",
            "1e-",
            "1.2.3",
            "1_0",
            " 1",
            "1 ",
            "0x1",
            "--1",
            "0",
            "-0",
            "+0.0",
            ".5",
            "5.",
            "-.5e1",
            "0e999999999999999999999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "179769313486231580793e288",
            "2.2250738585072011e-308",
            "2.2250738585072012e-308",
            "2.2250738585072014e-308",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.5e-324",
            "1e-324",
            "9007199254740993",
            "9007199254740992.999999",
            "9007199254740993.000000000000000000000000000000000000001",
            "18446744073709551616",
            "99999999999999999999",
            "123456789012345678901234567890",
            "1e23",
            "8.9255095818165665e107",
            "6.631236846766476e-316",
            "3.2378839133029012895883524125015321748630e-319",
        ] {
            check(text);
        }
        let zeros = "0".repeat(1_000);
        check(&format!("0.{zeros}1e1001"));
        check(&format!("1{zeros}e-1000"));
        check(&format!("9007199254740993.{zeros}1"));
        check(&format!("9007199254740993.{zeros}"));
        check(&format!("-{}", "9".repeat(309)));
    }

    proptest! {
        #[test]
        fn every_f64_is_read_back(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            check(&format!("{number:e}"));
            check(&format!("{number}"));
        }

        #[test]
        fn numbers_halfway_between_two_are_read_as_the_standard_library_reads_them(
            half in (1_u64 << 52)..(1 << 53), power in 0..70_u32, behind in "0{0,40}[0-9]",
            exponent in -30..30_i32,
        ) {
            let halfway: u128 = u128::from(2 * half + 1) << power;
            check(&format!("{halfway}"));
            check(&format!("{halfway}.{behind}"));
            check(&format!("{}.9", halfway - 1));
            check(&format!("{halfway}e{exponent}"));
        }

        #[test]
        fn all_digits_and_exponents_are_read_as_the_standard_library_reads_them(
            text in "[+-]?[0-9]{0,30}(\\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?",
        ) {
            check(&text);
        }

        #[test]
        fn any_text_is_read_as_the_standard_library_reads_it(text in "[-+.eE0-9 ]{0,12}") {
            check(&text);
        }

        #[test]
        fn long_numbers_are_read_as_the_standard_library_reads_them(
            digits in "[0-9]{1,1200}", point in 0..1_200_usize, exponent in -700..700_i32,
        ) {
            let (whole, fraction) = digits.split_at(point.min(digits.len()));
            let text: String = format!("{whole}.{fraction}e{exponent}");
            check(&text);
        }
    }
}
