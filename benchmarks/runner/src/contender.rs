//! Whatever takes in the stream and can be measured.

use std::{collections::BTreeMap, time::Duration};

use bench_workload::found::Found;

/// A program under measurement, with its rules and its part of the stream.
pub(crate) trait Contender {
    /// Runs once over its part of the stream, from an empty state.
    fn run(&mut self) -> Result<Measured, String>;
}

/// What one run took and gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// Processor time, without preparations.
    pub(crate) cpu: Duration,
    /// What it gave; nothing if it only reads.
    pub(crate) found: Option<Found>,
    /// Shares of the time, by stage, where the program tells.
    pub(crate) stages: BTreeMap<&'static str, Duration>,
}
