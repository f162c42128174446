#![allow(clippy::disallowed_methods, reason = "the one place where the bridge looks at a clock")]

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::moment::Moment;

/// What time it is, in the bridge's own way and in everybody's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }

    pub(crate) fn now(self) -> Moment {
        Moment::new(self.started.elapsed())
    }

    /// When `moment` is, for a timer.
    pub(crate) fn instant(self, moment: Moment) -> Instant {
        self.started + moment.since_start()
    }

    /// Milliseconds since 1970.
    pub(crate) fn wall_ms() -> i64 {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }
}
