/// A row of random numbers that is the same for the same seed.
///
/// Source: Steele, Lea & Flood, "Fast Splittable Pseudorandom Number
/// Generators" (2014), the finaliser known as `splitmix64`.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The row that belongs to `seed` and `stream`; other streams are independent of it.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed);
        let offset = dice.next() ^ stream.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(offset)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least 0 and less than 1.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0, at most `most` away from it.
    pub(super) fn noise(&mut self, most: f64) -> f64 {
        (self.fraction() + self.fraction() - 1.0) * most
    }

    /// True once in `times` on average.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.fraction() * f64::from(times) < 1.0
    }
}
