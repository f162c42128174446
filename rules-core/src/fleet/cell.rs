use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};
use sorted::{SortedMap, SortedSet};

use super::samples::{self, Keep, Samples};
use crate::{Span, Timestamp, Value, codec::Stored, lifecycle::Alert};

/// Most devices of one group. A cell is written as a whole when one of them
/// has something to say; who has more groups them by one tag more.
pub const MEMBERS_MAX: usize = 4_096;

/// Most bytes that the devices of one group take in its cell, with what they
/// have told and the samples of its windows. The largest row of the smallest
/// host, a Durable Object, is 2 MB; the rest is for alerts.
/// Source: <https://developers.cloudflare.com/durable-objects/platform/limits>.
pub const MEMBERS_BYTES_MAX: usize = 1_200_000;

/// Most bytes that the alerts of one group take in its cell, whatever the number
/// and the labels of its rules; a further one is not begun.
pub const ALERTS_BYTES_MAX: usize = 600_000;

const _: () = assert!(MEMBERS_BYTES_MAX + ALERTS_BYTES_MAX < 2_000_000);

/// What is known of one group.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Cell {
    /// The time that judging has reached: a fact that lies before it counts from it.
    pub(super) reached: Option<Timestamp>,
    /// The latest deadline that has run.
    pub(super) settled: Option<Timestamp>,
    /// Version of the rule set that judged last.
    pub(super) rules_version: u64,
    /// What the rules want of devices, and which conditions with a schedule they
    /// have, each with the version of the rule set that first had it.
    pub(super) asked: SortedMap<u64, u64>,
    /// The devices, by id.
    pub(super) members: SortedMap<String, Member>,
    /// Pending and firing alerts.
    pub(super) alerts: SortedMap<AlertKey, Alert>,
}

/// Names an alert of a group.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) struct AlertKey {
    pub(super) rule: String,
    /// Of a `match` rule the roles, by their names, and the device in each.
    pub(super) cast: Cast,
}

/// Roles and the device in each, in the order of the roles; none of a `per` rule.
pub(super) type Cast = Vec<(String, String)>;

/// A device of the group.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Member {
    /// Sorted by name.
    pub(super) tags: Vec<(String, String)>,
    /// The newest rule set by which its partition has told something.
    pub(super) rules_version: u64,
    /// By [`crate::Want::key`]; `None` is missing or unknown, and was told.
    pub(super) told: SortedMap<u64, Option<Value>>,
    /// By [`crate::Want::key`].
    pub(super) samples: SortedMap<u64, Samples>,
}

impl Stored for Cell {}

impl AlertKey {
    /// About how many bytes `alert` takes with this key when it is stored, rather too many.
    pub(super) fn bytes(&self, alert: &Alert) -> usize {
        let cast = self.cast.iter().map(|(role, device)| role.len() + device.len() + 6);
        let value = alert.value.as_ref().map_or(0, samples::value_bytes);
        self.rule.len() + cast.sum::<usize>() + value + alert.told.bytes()
    }
}

impl Cell {
    /// Up to when all deadlines have run: those of the time that facts have
    /// reached come after these.
    pub(super) fn handled(&self) -> Option<Timestamp> {
        let before = self.reached?.minus(Span::from_millis(1));
        Some(self.settled.map_or(before, |settled| settled.max(before)))
    }

    /// Whether there is nothing to keep.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.alerts.is_empty()
    }

    /// About how many bytes the members take when they are stored.
    pub(super) fn members_bytes(&self) -> usize {
        self.members.iter().map(|(device, member)| member.bytes(device)).sum()
    }

    /// Forgets the samples that no window sees any more at `t`.
    pub(super) fn forget_samples(&mut self, t: Timestamp, keep: &SortedMap<u64, Keep>) {
        for member in self.members.values_mut() {
            for (want, samples) in &mut member.samples {
                if let Some(keep) = keep.get(want) {
                    samples.forget(t, *keep);
                }
            }
            member.samples.retain(|_, samples| !samples.is_empty());
        }
    }

    /// Forgets a sixteenth of the samples, the oldest of each list; whether there were any.
    pub(super) fn give_up_oldest(&mut self) -> bool {
        let mut gave_up = false;
        for member in self.members.values_mut() {
            for samples in member.samples.values_mut() {
                samples.give_up();
                gave_up = true;
            }
            member.samples.retain(|_, samples| !samples.is_empty());
        }
        gave_up
    }
}

impl Member {
    /// Forgets what `wanted` does not name.
    pub(super) fn forget_unwanted(&mut self, wanted: &SortedSet<u64>) {
        self.told.retain(|want, _| wanted.contains(want));
        self.samples.retain(|want, _| wanted.contains(want));
    }

    /// About how many bytes it takes when it is stored, rather too many.
    pub(super) fn bytes(&self, device: &str) -> usize {
        const OTHER_BYTES: usize = 24;
        let tags = self.tags.iter().map(|(name, value)| name.len() + value.len() + 6);
        let told = self.told.values().map(|value| told_bytes(value.as_ref()));
        let samples = self.samples.values().map(Samples::all_bytes);
        device.len()
            + OTHER_BYTES
            + tags.sum::<usize>()
            + told.sum::<usize>()
            + samples.sum::<usize>()
    }
}

/// Of a told value with its name.
pub(super) fn told_bytes(value: Option<&Value>) -> usize {
    11 + value.map_or(0, samples::value_bytes)
}
