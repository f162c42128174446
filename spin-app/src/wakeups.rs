use std::cell::Cell;

use rules_core::Timestamp;
use rules_service::{
    drive::AGGREGATOR_SCOPE,
    ports::{Unavailable, WakeUps},
};

/// [`WakeUps`] of a host without timers: remembers for a request when the
/// aggregator wants to send, so that what is due at once is sent right after
/// the answer.
///
/// Everything else waits for `POST /v1/tick`, and so does what a process that
/// stopped had still to send.
#[derive(Debug, Default)]
pub(crate) struct AfterAnswer {
    send_at: Cell<Option<Timestamp>>,
}

impl AfterAnswer {
    /// Whether notifications are due at `now`.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.send_at.get().is_some_and(|at| at <= now)
    }
}

impl WakeUps for AfterAnswer {
    async fn wake_at(&self, scope: &str, at: Option<Timestamp>) -> Result<(), Unavailable> {
        if scope == AGGREGATOR_SCOPE {
            self.send_at.set(at);
        }
        Ok(())
    }
}
