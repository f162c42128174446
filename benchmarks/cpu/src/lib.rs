//! The time a processor worked for a process, whatever else the machine did meanwhile.

use std::{fs, time::Duration};

use rustix::{
    param::clock_ticks_per_second,
    time::{ClockId, clock_gettime},
};

/// Processor time of the whole process so far.
#[must_use]
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds)
        + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

/// Processor time of process `id` so far, its ended threads included, in steps
/// of a hundredth of a second. Linux only.
///
/// # Errors
/// There is no such process.
pub fn of_process(id: u32) -> Result<Duration, String> {
    let path = format!("/proc/{id}/stat");
    let text = fs::read_to_string(&path).map_err(|why| format!("{path}: {why}"))?;
    let ticks = ticks(&text).ok_or_else(|| format!("{path}: {text}"))?;
    Ok(Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64))
}

/// `utime` and `stime`, the 14th and 15th field; the second is a name that may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut field = || fields.next()?.parse::<u64>().ok();
    Some(field()? + field()?)
}

/// Adds up the processor time of what it is told to run.
#[derive(Debug, Default)]
pub struct Watch {
    /// So far.
    pub spent: Duration,
}

impl Watch {
    /// Runs `work` and counts its time.
    pub fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = now();
        let result = work();
        self.spent += now().saturating_sub(begun);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_found_behind_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 30 12 0 0 20 0 1 0 5 1000 50";

        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a) S"), None);
    }
}
