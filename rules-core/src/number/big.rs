use alloc::{vec, vec::Vec};
use core::cmp::Ordering;

/// A whole number of any size: digits of 32 bits, the lowest first, none of
/// them 0 at the end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Big(Vec<u32>);

impl Big {
    pub(super) fn new(number: u64) -> Self {
        let mut big = Self(vec![low(number), low(number >> 32)]);
        big.trim();
        big
    }

    /// The number that these decimal digits, each 0 to 9, stand for.
    pub(super) fn of_digits(digits: impl Iterator<Item = u8>) -> Self {
        let mut big = Self(Vec::new());
        for digit in digits {
            big.times_plus(10, u32::from(digit));
        }
        big
    }

    pub(super) fn times(&mut self, factor: u32) {
        self.times_plus(factor, 0);
    }

    pub(super) fn times_ten_to(&mut self, power: u32) {
        for _ in 0..power / 9 {
            self.times(1_000_000_000);
        }
        self.times(10_u32.pow(power % 9));
    }

    fn times_plus(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = low(carry);
            carry >>= 32;
        }
        self.0.push(low(carry));
        self.trim();
    }

    /// Times 2 to the power `bits`.
    pub(super) fn shift(&mut self, bits: u32) {
        self.times(1 << (bits % 32));
        if !self.is_zero() {
            self.0.splice(0..0, (0..bits / 32).map(|_| 0));
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let length = self.0.len().max(other.0.len());
        self.0.resize(length + 1, 0);
        let mut carry = 0;
        for (digit, other) in self.0.iter_mut().zip(other.0.iter().chain(core::iter::repeat(&0))) {
            carry += u64::from(*digit) + u64::from(*other);
            *digit = low(carry);
            carry >>= 32;
        }
        self.trim();
    }

    /// Takes off `other`, which is not larger.
    pub(super) fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (digit, other) in self.0.iter_mut().zip(other.0.iter().chain(core::iter::repeat(&0))) {
            let (less, below) = digit.overflowing_sub(*other);
            let (less, below_that) = less.overflowing_sub(u32::from(borrow));
            *digit = less;
            borrow = below | below_that;
        }
        self.trim();
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bits it has without leading zeros.
    pub(super) fn bits(&self) -> i32 {
        let Some(highest) = self.0.last() else { return 0 };
        let bits = self.0.len() * 32 - highest.leading_zeros() as usize;
        i32::try_from(bits).unwrap_or(i32::MAX)
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        let digits = || self.0.iter().rev().cmp(other.0.iter().rev());
        self.0.len().cmp(&other.0.len()).then_with(digits)
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the rest is carried")]
fn low(number: u64) -> u32 {
    number as u32
}
