//! The machine that decides who is told: transitions in, notifications out.
//!
//! It owns dedup (by sender and sequence), order (a receiver hears of one
//! alert in the order it happened) and the list of alerts. State is a header
//! and cells, stored as a partition's are: one cell an alert, and one for each
//! receiver that still has to be told of an alert.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{CellKey, Changes, DecodeError, EpisodeId, Span, Timestamp, Transition};

/// Who is told, and how failures are retried.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// Names of the receivers, each told of every alert of a live rule.
    pub receivers: Vec<String>,
    /// Pause after the first failure; each further one doubles it.
    pub retry_first: Span,
    /// Longest pause.
    pub retry_max: Span,
    /// How long a resolved alert stays listed.
    pub resolved_kept: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            receivers: Vec::new(),
            retry_first: Span::from_secs(1),
            retry_max: Span::from_secs(300),
            resolved_kept: Span::from_secs(86_400),
        }
    }
}

/// The machine; immutable.
#[derive(Debug)]
pub struct Aggregator {
    settings: Settings,
}

/// What reaches the aggregator.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Input {
    /// The outbox of a partition, in order; what was seen before is skipped.
    Transitions {
        /// The partition.
        sender: String,
        /// Sequence number and transition.
        items: Vec<(u64, Transition)>,
    },
    /// A notification reached its receiver, or did not.
    Outcome {
        /// [`Notification::cell`].
        cell: CellKey,
        /// [`Notification::id`].
        id: String,
        /// Whether the receiver took it.
        outcome: Outcome,
    },
    /// Time has passed.
    Tick,
}

/// What a receiver answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Outcome {
    /// It has it.
    Delivered,
    /// It did not take it; try again later. Holds what it said.
    Failed(String),
}

/// Something a receiver is to be told now.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Notification {
    /// Stable over retries, hosts and replays: episode and kind.
    pub id: String,
    /// The cell that holds it until its outcome is known.
    pub cell: CellKey,
    /// Whom to tell.
    pub receiver: String,
    /// Why.
    pub reason: NotifyReason,
    /// What happened.
    pub transition: Transition,
    /// When the episode began to fire.
    pub fired_at: Option<Timestamp>,
    /// How many times it was tried before.
    pub attempts: u32,
}

/// Why a receiver is told.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyReason {
    /// The episode began to fire.
    FirstNotification,
    /// The episode is over.
    Resolved,
    /// `for` was lengthened: the episode is pending again.
    HoldLengthened,
}

/// One line of the list of alerts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AlertRecord {
    /// The alert's last transition.
    pub last: Transition,
    /// When the episode began to fire, if it did.
    pub fired_at: Option<Timestamp>,
}

/// The loaded part of the aggregator's state.
#[derive(Debug, Default)]
pub struct AggregatorState {}

impl Aggregator {
    /// A machine that tells `settings.receivers`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The cells that `input` needs loaded. Empty for a tick: its cells are
    /// those the host finds due.
    #[must_use]
    pub fn cells_for(&self, input: &Input) -> BTreeSet<CellKey> {
        let _ = (&self.settings, input);
        todo!()
    }

    /// Moves `state` forward by one input at `now`, and gives the
    /// notifications of the loaded cells that are due; each must be answered
    /// by an [`Input::Outcome`]. Never fails and never panics.
    #[must_use = "the host has to send the notifications"]
    pub fn step(
        &self,
        state: &mut AggregatorState,
        input: &Input,
        now: Timestamp,
    ) -> Vec<Notification> {
        let _ = (state, input, now);
        todo!()
    }

    /// Reads a cell `alert/…` for the list of alerts.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn alert(bytes: &[u8]) -> Result<AlertRecord, DecodeError> {
        let _ = bytes;
        todo!()
    }
}

impl AggregatorState {
    /// State from what a host loaded, as `Partition::decode`.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn decode(
        header: Option<&[u8]>,
        cells: impl IntoIterator<Item = (CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self, DecodeError> {
        let _ = (header, cells.into_iter().count());
        todo!()
    }

    /// What changed since `decode` or the last call; `None` if nothing did.
    pub fn take_changes(&mut self) -> Option<Changes> {
        todo!()
    }

    /// Counts since the beginning; *transitions = sent + muted + pending + dead*.
    #[must_use]
    pub fn counters(&self) -> Counters {
        todo!()
    }
}

/// Counts since the aggregator's beginning, one for each transition and
/// receiver (one in all where no receiver is to be told).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counters {
    /// All that came.
    pub transitions: u64,
    /// Told.
    pub sent: u64,
    /// Not to be told: pending, inactive, shadow, or no receiver.
    pub muted: u64,
    /// Still to be told.
    pub pending: u64,
    /// Given up.
    pub dead: u64,
}

/// Names an alert over all its episodes: rule and group.
#[must_use]
pub fn fingerprint(transition: &Transition) -> u128 {
    let _ = EpisodeId::parse;
    crate::hash::fnv1a_128(&[transition.rule.as_bytes(), transition.group.name().as_bytes()])
}
