//! JSON numbers, each read as the nearest f64.

use rules_core::number;

use super::{ONES, Scanner, TOPS, word};

/// Up to here every whole number is an f64.
const EXACT_MAX: u64 = 1 << 53;
/// Digits that surely fit a `u64`.
const DIGITS_MAX: usize = 19;
/// The powers of ten that are an f64.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// What eight digits or fewer count.
const COUNTS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/// Eight times `0`.
const ZEROS: u64 = ONES * 0x30;
/// The point, and `E` or `e`, among digits without what makes digits of them.
const POINT: u64 = (b'.' ^ b'0') as u64;
const EXPONENT: u64 = (b'e' ^ b'0') as u64;

impl Scanner<'_> {
    /// Takes a number that is finite as an f64.
    ///
    /// A mantissa and a power of ten that are both exact give the nearest f64
    /// in one rounding; all others are left to [`number`].
    ///
    /// Source: Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.
    pub(in crate::wire::readings) fn number(&mut self) -> Option<f64> {
        let begin = self.at();
        let is_negative = self.take(b'-').is_some();
        let first = self.peek()?;
        let mut mantissa = 0;
        let whole = self.digits(&mut mantissa);
        if whole == 0 || (first == b'0' && whole > 1) {
            return None;
        }
        let mut fraction = 0;
        if self.take(b'.').is_some() {
            fraction = self.digits(&mut mantissa);
            if fraction == 0 {
                return None;
            }
        }
        let exponent = match self.peek() {
            Some(b'e' | b'E') => Some(self.exponent()?),
            _ => None,
        };
        if exponent.is_none()
            && mantissa <= EXACT_MAX
            && whole + fraction <= DIGITS_MAX
            && let Some(ten) = TENS.get(fraction)
        {
            let size = mantissa.cast_signed() as f64 / ten;
            return Some(if is_negative { -size } else { size });
        }
        let number = number::read(self.text.get(begin..self.at())?)?;
        number.is_finite().then_some(number)
    }

    /// Takes digits, appends them to `mantissa` (which wraps if they are too
    /// many) and counts them.
    fn digits(&mut self, mantissa: &mut u64) -> usize {
        let before = self.rest.len();
        loop {
            let digits = word(self.rest) ^ ZEROS;
            let length = non_digits(digits).trailing_zeros() & !7;
            let count = length as usize / 8;
            let Some(digits) = digits.checked_shl(64 - length) else { break };
            let places = COUNTS.get(count).copied().unwrap_or_default();
            *mantissa = mantissa.wrapping_mul(places).wrapping_add(value(digits));
            self.rest = self.rest.get(count..).unwrap_or_default();
            if count < 8 {
                break;
            }
        }
        before - self.rest.len()
    }

    /// Takes the exponent, of which only the form matters here.
    fn exponent(&mut self) -> Option<()> {
        if let [_, b'+' | b'-', rest @ ..] | [_, rest @ ..] = self.rest {
            self.rest = rest;
        }
        (self.digits(&mut 0) > 0).then_some(())
    }
}

/// The number with which `rest` begins, if it has no exponent and is shorter
/// than eight bytes, and what comes behind it.
#[inline]
pub(super) fn short(rest: &[u8]) -> Option<(f64, &[u8])> {
    let (is_negative, rest) = match rest {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, rest),
    };
    let word = u64::from_le_bytes(*rest.first_chunk()?) ^ ZEROS;
    let others = non_digits(word);
    // In bits, as all lengths here: the digits before the point, all digits, and the number.
    let whole = others.trailing_zeros() & !7;
    let (mut length, mut end, mut digits) = (whole, whole, word);
    if !(8..64).contains(&whole) || (whole > 8 && word.trailing_zeros() >= 8) {
        return None;
    }
    if word >> whole & 0xff == POINT {
        end = (others & (others - 1)).trailing_zeros() & !7;
        length = end - 8;
        // The digits behind the point move up to those before it.
        let before = (1 << whole) - 1;
        digits = (word & before) | (word >> 8 & !before);
        if end == 64 || length == whole {
            return None;
        }
    }
    if (word >> end) & 0xdf == EXPONENT {
        return None;
    }
    let ten = TENS.get((length - whole) as usize / 8)?;
    let size = value(digits << (64 - length)).cast_signed() as f64 / ten;
    Some((if is_negative { -size } else { size }, rest.get(end as usize / 8..)?))
}

/// Marks the bytes of `word` that are more than 9: the first of them rightly,
/// and the next if the first is ASCII.
#[inline]
fn non_digits(word: u64) -> u64 {
    (word.wrapping_add(ONES * (0x80 - 10)) | word) & TOPS
}

/// The number that eight bytes, 0 to 9 each, are as digits, the lowest first.
#[inline]
fn value(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let upper = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let lower = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    upper.wrapping_add(lower) >> 32
}
