//! What was found, in a few bytes that can be compared.

use crate::{
    alerts::Alert,
    episodes::{Change, Fate},
    stream::START_MS,
};

/// A number and a sum over alerts: equal where the alerts are, in whatever order they came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// How many.
    pub count: u64,
    /// Sum of a digest of each, modulo 2^32.
    pub sum: u32,
}

impl Found {
    /// Of W1's alerts.
    #[must_use]
    pub fn alerts(alerts: &[Alert]) -> Self {
        let mut found = Self::default();
        for alert in alerts {
            found.add(&[alert.event, alert.rule]);
        }
        found
    }

    /// Of the changes of Tripline's alerts.
    #[must_use]
    pub fn changes(changes: impl IntoIterator<Item = Change>) -> Self {
        let mut found = Self::default();
        found.add_changes(changes);
        found
    }

    /// Adds changes of Tripline's alerts.
    pub fn add_changes(&mut self, changes: impl IntoIterator<Item = Change>) {
        for Change { at, device, rule, to } in changes {
            // Event times of the stream lie within 2^32 ms of its beginning.
            let at = u32::try_from(at - START_MS).unwrap_or(u32::MAX);
            self.add(&[at, device, rule, u32::from(to == Fate::Resolved)]);
        }
    }

    /// Adds one more, described by `words`.
    fn add(&mut self, words: &[u32]) {
        let digest = words
            .iter()
            .fold(0_u32, |digest, word| (digest.rotate_left(13) ^ word).wrapping_mul(0x9E37_79B1));
        self.count += 1;
        self.sum = self.sum.wrapping_add(digest);
    }
}
