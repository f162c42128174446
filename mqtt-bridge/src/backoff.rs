//! Pauses that grow with each failure and are never in step with somebody else's.

use std::time::Duration;

/// How long to wait after the n-th failure in a row.
///
/// The pause doubles from `first` to `longest`; its second half is drawn by
/// lot ("equal jitter"), so that bridges which lost the same service do not
/// come back in the same instant.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Pauses from `first` to `longest`.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// Counts a failure and says how long to wait now.
    pub fn fail(&mut self, dice: &mut Dice) -> Duration {
        let doubled =
            self.first.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = (self.failures + 1).min(31);
        let pause = doubled.min(self.longest);
        pause / 2 + (pause / 2).mul_f64(dice.fraction())
    }

    /// It worked: the next failure is the first one again.
    pub const fn succeed(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

/// A row of random numbers that is the same for the same seed.
///
/// Source: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number
/// Generators" (2014), the finaliser known as `splitmix64`.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The row that belongs to `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, at least 0 and less than 1.
    pub fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the lot, a pause lies between half and whole of its
        /// doubled value, and never above the longest.
        #[test]
        fn pauses_double_within_bounds(seed: u64) {
            let (first, longest) = (Duration::from_millis(250), Duration::from_secs(30));
            let mut backoff = Backoff::new(first, longest);
            let mut dice = Dice::new(seed);

            for failure in 0..40_u32 {
                let whole = first.mul_f64(2_f64.powi(failure.min(20).cast_signed())).min(longest);
                let pause = backoff.fail(&mut dice);
                prop_assert!(pause >= whole / 2 && pause <= whole, "{pause:?} of {whole:?}");
            }

            backoff.succeed();
            prop_assert!(backoff.fail(&mut dice) <= first);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses() {
        let pauses = |seed| {
            let mut dice = Dice::new(seed);
            let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
            [(); 8].map(|()| backoff.fail(&mut dice))
        };

        assert_eq!(pauses(7), pauses(7));
        assert_ne!(pauses(7), pauses(8));
    }
}
