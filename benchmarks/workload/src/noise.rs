//! Numbers that look random and are the same everywhere.

/// The seed of everything.
const SEED: u32 = 42;

/// What a number is drawn for; each use has numbers of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Use {
    /// Milliseconds by which a reading misses its second.
    Jitter = 1,
    /// Whether a reading is delayed on its way.
    Delayed,
    /// By how much.
    Delay,
    /// Where a device's temperature has its mean.
    Base,
    /// The temperature's steps.
    Walk,
    /// Whether an excursion begins.
    Excursion,
    /// How high it goes.
    Amplitude,
    /// Humidity.
    Humidity,
    /// Vibration.
    Vibration,
    /// A rule's threshold.
    Threshold,
    /// Whether something moves.
    Motion,
    /// Whether the door is open.
    Door,
    /// The device a rule is bound to.
    Device,
}

/// The number for `what` of device or rule `of` at tick `t`.
#[must_use]
pub fn draw(what: Use, of: u32, t: u32) -> u32 {
    let seeded = mix(SEED.wrapping_add(0x9E37_79B9));
    let used = mix(seeded.wrapping_add(what as u32));
    mix(t.wrapping_add(mix(of.wrapping_add(used))))
}

/// Spreads every bit of `x` over all of them.
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}
