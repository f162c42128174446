//! The time a processor worked for this process, whatever else the machine did meanwhile.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of the whole process so far.
pub(crate) fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds)
        + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

/// Adds up the processor time of what it is told to run.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// So far.
    pub(crate) spent: Duration,
}

impl Watch {
    /// Runs `work` and counts its time.
    pub(crate) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = now();
        let result = work();
        self.spent += now().saturating_sub(begun);
        result
    }
}
