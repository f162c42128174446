use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{CellKey, Timestamp, Transition};

/// Something a receiver is to be told now.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Notification {
    /// Stable over retries, hosts and replays: `<episode>-<kind>`, and
    /// `<episode>-<kind>-<n>` where the same episode is told of an n-th time.
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

impl NotifyReason {
    /// The kind of notification that has this reason: the word in its id and
    /// on every wire.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::FirstNotification => "firing",
            Self::Resolved => "resolved",
            Self::HoldLengthened => "hold_lengthened",
        }
    }

    /// The lower-case word used on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstNotification => "first_notification",
            Self::Resolved => "resolved",
            Self::HoldLengthened => "hold_lengthened",
        }
    }
}
