//! JSON numbers, each read as the nearest f64.

use rules_core::number;

use super::Scanner;

/// Up to here every whole number is an f64.
const EXACT_MAX: u64 = 1 << 53;
/// Digits that surely fit a `u64`.
const DIGITS_MAX: usize = 19;
/// The powers of ten that are an f64.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

impl Scanner<'_> {
    /// Takes a number that is finite as an f64.
    ///
    /// A mantissa and a power of ten that are both exact give the nearest f64
    /// in one rounding; all others are left to [`number`].
    ///
    /// Source: Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.
    #[inline]
    pub(in crate::wire::readings) fn number(&mut self) -> Option<f64> {
        let begin = self.at;
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
            let size = mantissa as f64 / ten;
            return Some(if is_negative { -size } else { size });
        }
        let number = number::read(self.text.get(begin..self.at)?)?;
        number.is_finite().then_some(number)
    }

    /// Takes digits, appends them to `mantissa` (which wraps if they are too
    /// many) and counts them.
    #[inline]
    fn digits(&mut self, mantissa: &mut u64) -> usize {
        let begin = self.at;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            self.at += 1;
        }
        self.at - begin
    }

    /// Takes the exponent, of which only the form matters here.
    fn exponent(&mut self) -> Option<()> {
        self.at += 1;
        if let Some(b'+' | b'-') = self.peek() {
            self.at += 1;
        }
        (self.digits(&mut 0) > 0).then_some(())
    }
}
