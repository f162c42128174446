//! Whatever takes in the stream and can be measured.

use std::{collections::BTreeMap, time::Duration};

use bench_workload::{
    alerts::Alert,
    episodes::{Change, Fate},
};

/// A program under measurement, with its rules and its part of the stream.
pub(crate) trait Contender {
    /// Runs once over its part of the stream, from an empty state.
    fn run(&mut self) -> Result<Measured, String>;
}

/// What one run took and gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// Processor time, without preparations.
    pub(crate) cpu: Duration,
    /// What it gave; nothing if it only reads.
    pub(crate) found: Option<Found>,
    /// Shares of the time, by stage, where the program tells.
    pub(crate) stages: BTreeMap<&'static str, Duration>,
}

/// A number and a sum over alerts: equal where the alerts are, in whatever order they came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Found {
    /// How many.
    pub(crate) count: u64,
    /// Sum of a digest of each, modulo 2^32.
    pub(crate) sum: u32,
}

impl Found {
    /// Of W1's alerts.
    pub(crate) fn alerts(alerts: &[Alert]) -> Self {
        alerts.iter().fold(Self::default(), |found, alert| found.with(&[alert.event, alert.rule]))
    }

    /// Of the changes of Tripline's alerts.
    pub(crate) fn changes(changes: impl IntoIterator<Item = Change>) -> Self {
        changes.into_iter().fold(Self::default(), |found, change| {
            let Change { at, device, rule, to } = change;
            // Event times of the stream lie within 2^32 ms of its beginning.
            let at = u32::try_from(at - bench_workload::stream::START_MS).unwrap_or(u32::MAX);
            found.with(&[at, device, rule, u32::from(to == Fate::Resolved)])
        })
    }

    /// With one more, described by `words`.
    fn with(self, words: &[u32]) -> Self {
        let digest = words
            .iter()
            .fold(0_u32, |digest, word| (digest.rotate_left(13) ^ word).wrapping_mul(0x9E37_79B1));
        Self { count: self.count + 1, sum: self.sum.wrapping_add(digest) }
    }
}
