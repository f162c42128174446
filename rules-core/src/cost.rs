//! What rules cost before they run: bytes of state a device, and work a reading.
//!
//! Bytes are those of the device's cell as it is stored. They bound the real
//! ones from above for a device that sends the fields its rules read, as
//! numbers, truths or texts of up to 20 bytes, once in the assumed interval;
//! other fields that it sends come on top. A *step* is one operator
//! evaluated, one sample taken into or out of an accumulator, one comparison
//! in an ordered set, or one deadline looked at: some tens of nanoseconds on
//! a small machine.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{Rule, Span};

mod busiest;
mod frame;
mod quota;
pub use quota::{OverQuota, Quota};
mod tally;
use tally::Tally;
#[cfg(test)]
mod tests;

/// What one rule, or a set of rules, costs for each device it watches.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// Bytes of state a device once all windows are full, at one reading in
    /// the assumed interval. Every sample counts, even where all windows of
    /// a device together are more than its cell keeps and would get coarser.
    pub bytes_per_device: u64,
    /// Bytes of state a device with every limit reached, however fast it sends.
    pub bytes_per_device_max: u64,
    /// Steps that one reading takes at worst: one that carries every field.
    pub steps_per_reading: u64,
    /// Each different window, in the order of its text.
    pub windows: Vec<WindowCost>,
}

/// What one window costs. Windows over the same input share their samples, so
/// the cost of a rule may be less than the sum of its windows'.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WindowCost {
    /// The window as it is written canonically: `avg(temp, 5m)`.
    pub text: String,
    /// Samples that it holds one by one once it is full.
    pub samples: u64,
    /// Bytes that these take, and the panes before them.
    pub bytes: u64,
    /// How long a pane is, where there are too many samples to keep each and
    /// the older ones are merged into panes: the window's old edge is exact to
    /// this. `None` where every sample is kept.
    pub resolution: Option<Span>,
}

impl Cost {
    /// The time between two readings of a device unless something else is said.
    pub const INTERVAL: Span = Span::from_secs(1);

    /// What `rule` adds to a device that sends a reading each `interval`
    /// (at least a millisecond).
    #[must_use]
    pub fn of(rule: &Rule, interval: Span) -> Self {
        let mut tally = Tally::new(interval);
        tally.rule(rule);
        tally.cost()
    }

    /// What a device costs that all of `rules` watch: what they share counts
    /// once, and with it what every device costs.
    #[must_use]
    pub fn of_all<'a>(rules: impl IntoIterator<Item = &'a Rule>, interval: Span) -> Self {
        let mut tally = Tally::new(interval);
        tally.device();
        rules.into_iter().for_each(|rule| tally.rule(rule));
        tally.cost()
    }

    /// What the device costs that `rules` cost most for, whatever it is called.
    ///
    /// Rules for different names, or for patterns that begin differently, do
    /// not add up. Never less than what a device may cost, but more where two
    /// patterns begin alike and yet no name fits both; and of more than
    /// [`Cost::NAMES_MAX`] names and patterns, what all rules cost together.
    #[must_use]
    pub fn of_busiest_device(rules: &[Rule], interval: Span) -> Self {
        busiest::cost(rules, interval)
    }

    /// Most names and patterns of devices that [`Cost::of_busiest_device`]
    /// tells apart: each is held against every rule, which takes about a
    /// second for 1,000 rules.
    pub const NAMES_MAX: usize = 10_000;
}

/// A number of bytes for people: `640 B`, `12 kB`, `1.3 MB`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ 0..1_000 => write!(f, "{bytes} B"),
            bytes @ 1_000..10_000 => tenths(f, bytes, 1_000, "kB"),
            bytes @ 10_000..1_000_000 => write!(f, "{} kB", bytes / 1_000),
            bytes => tenths(f, bytes, 1_000_000, "MB"),
        }
    }
}

/// `bytes` in `unit`s with one decimal, rounded down.
fn tenths(f: &mut fmt::Formatter<'_>, bytes: u64, unit: u64, name: &str) -> fmt::Result {
    write!(f, "{}.{} {name}", bytes / unit, bytes % unit / (unit / 10))
}
