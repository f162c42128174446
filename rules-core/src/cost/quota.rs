use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use sorted::Gather;

use super::{Bytes, Cost};
use crate::{Rule, Span};

/// How much a rule set may cost for the device it costs most for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Quota {
    /// Most bytes of state a device at one reading a second.
    pub bytes_per_device: u64,
    /// Most steps a reading.
    pub steps_per_reading: u64,
}

impl Quota {
    /// Some nine windows of a day over different inputs.
    ///
    /// It is no bound of a row's size: the engine keeps each cell within the
    /// 2 MB of a Durable Object's row by merging samples, and most devices
    /// report less often than the cost assumes. It refuses rule sets that would
    /// have to be merged on most devices.
    pub const BYTES_PER_DEVICE: u64 = 10_000_000;
    /// A millisecond or so a reading. A full rule set of 1,000 rules with a
    /// window and a comparison each takes about 10,000.
    pub const STEPS_PER_READING: u64 = 50_000;

    /// What `rules` cost, if that is allowed.
    ///
    /// # Errors
    /// Each figure that is over its limit.
    pub fn admit(&self, rules: &[Rule], interval: Span) -> Result<Cost, OverQuota> {
        let cost = Cost::of_busiest_device(rules, interval);
        let measured = [
            (Measure::BytesPerDevice, cost.bytes_per_device, self.bytes_per_device),
            (Measure::StepsPerReading, cost.steps_per_reading, self.steps_per_reading),
        ];
        let over: Vec<_> = measured
            .into_iter()
            .filter(|(_, found, allowed)| found > allowed)
            .map(|(measure, found, allowed)| Excess { measure, found, allowed })
            .gather();
        if over.is_empty() { Ok(cost) } else { Err(OverQuota { interval, over }) }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            bytes_per_device: Self::BYTES_PER_DEVICE,
            steps_per_reading: Self::STEPS_PER_READING,
        }
    }
}

/// Rules cost more than is allowed: what was found, and what is allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OverQuota {
    interval: Span,
    over: Vec<Excess>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Excess {
    measure: Measure,
    found: u64,
    allowed: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Measure {
    BytesPerDevice,
    StepsPerReading,
}

impl fmt::Display for OverQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rules take ")?;
        for (index, Excess { measure, found, allowed }) in self.over.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", and " })?;
            match measure {
                Measure::BytesPerDevice => write!(
                    f,
                    "{} a device at a reading each {}, where {} are allowed",
                    Bytes(*found),
                    self.interval,
                    Bytes(*allowed)
                )?,
                Measure::StepsPerReading => {
                    write!(f, "{found} steps a reading, where {allowed} are allowed")?;
                }
            }
        }
        Ok(())
    }
}

impl core::error::Error for OverQuota {}
