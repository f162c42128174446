use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{CellKey, Span, Transition};

/// Who is told, and how failures are retried.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// Names of the receivers, each told of every alert of a live rule.
    pub receivers: Vec<String>,
    /// Pause after the first failure; each further one doubles it.
    pub retry_first: Span,
    /// Longest pause, but for the jitter of a tenth.
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

/// What reaches the aggregator.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Input {
    /// The outbox of a partition, in order; what was seen before is skipped.
    Transitions {
        /// The partition. Their number is the service's `shards`, which its
        /// configuration bounds.
        sender: String,
        /// Sequence number and transition.
        items: Vec<(u64, Transition)>,
    },
    /// A notification reached its receiver, or did not.
    Outcome {
        /// [`super::Notification::cell`].
        cell: CellKey,
        /// [`super::Notification::id`].
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
    /// It did not take it; try again later. Holds what it said, which is for
    /// the host's log: hosts word it differently, so it is no part of state.
    Failed(String),
}
