use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Message;
use crate::Transition;

/// What reaches the groups of a scope.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Input {
    /// The outbox of a partition, in order, as far as its messages are for
    /// groups of this scope; what was seen before is skipped.
    Facts {
        /// The partition. Their number is the service's `shards`, which its
        /// configuration bounds.
        sender: String,
        /// Sequence number, and the bytes of a [`Message`].
        items: Vec<(u64, Vec<u8>)>,
    },
    /// Time has passed: run what is due in the loaded cells.
    Tick,
}

impl Input {
    /// The newest rule set that asked for any of the facts. The host loads
    /// that one, or a newer one, before it steps; a machine with an older one
    /// takes the facts in all the same.
    #[must_use]
    pub fn rules_version(&self) -> Option<u64> {
        self.messages().map(|(_, message)| message.rules_version).max()
    }

    /// Its messages with their sequence numbers, as far as they can be read.
    pub(super) fn messages(&self) -> impl Iterator<Item = (u64, Message)> {
        let items = match self {
            Self::Facts { items, .. } => items.as_slice(),
            Self::Tick => &[],
        };
        items
            .iter()
            .filter_map(|(sequence, bytes)| Some((*sequence, Message::from_bytes(bytes).ok()?)))
    }
}

/// What one step brought forth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// In the order they happened; each also stands in the outbox.
    pub transitions: Vec<Transition>,
}

/// Counts since the beginning of a scope of groups.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counters {
    /// Messages that came.
    pub messages: u64,
    /// Those of them that were here before.
    pub duplicate: u64,
    /// Those of them that do not read back.
    pub unreadable: u64,
    /// Facts in all others.
    pub facts: u64,
    /// Transitions brought forth.
    pub transitions: u64,
    /// Operators that met a type they are not made for.
    pub type_errors: u64,
    /// Times a named limit was reached and something was left out for it.
    pub limits_reached: u64,
}
