//! W1's alerts by brute force: every window is summed anew at every reading.

use crate::{
    rule::{REST_MS, Rule, Seen},
    stream::Event,
};

/// A rule fired at a reading.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Alert {
    /// Place of the reading in the stream.
    pub event: u32,
    /// Number of the rule.
    pub rule: u32,
}

/// Published counts: rules, alerts of the stream's first ten devices, alerts of the whole stream.
pub const PUBLISHED: [(u32, usize, usize); 3] =
    [(100, 147, 16_773), (1_000, 1_551, 173_413), (10_000, 15_099, 1_681_979)];

/// Every alert, by reading and rule.
///
/// With M the newest time seen of a device: a reading is a sample if it lies
/// after M − window; the window is the samples there; a rule that matches
/// fires unless it did within [`REST_MS`] before M.
#[must_use]
pub fn brute_force(events: &[Event], rules: &[Rule], window_ms: i64) -> Vec<Alert> {
    let mut devices: Vec<Device> = Vec::new();
    let mut alerts = Vec::new();
    for (index, event) in (0..).zip(events) {
        let number = event.device as usize;
        while devices.len() <= number {
            devices.push(Device::new(devices.len(), rules));
        }
        let device = &mut devices[number];
        device.newest = device.newest.max(event.ts);
        let newest = device.newest;
        if event.ts > newest - window_ms {
            device.samples.push((event.ts, event.temp()));
        }
        device.samples.retain(|(ts, _)| *ts > newest - window_ms);
        let seen = Seen::of_samples(event, device.samples.iter().map(|(_, temp)| *temp));
        for (rule, fired) in &mut device.rules {
            if rule.matches(&seen) && fired.is_none_or(|fired| newest - fired >= REST_MS) {
                *fired = Some(newest);
                alerts.push(Alert { event: index, rule: rule.number });
            }
        }
    }
    alerts
}

struct Device {
    newest: i64,
    samples: Vec<(i64, f64)>,
    /// The rules that watch it, and when each fired last.
    rules: Vec<(Rule, Option<i64>)>,
}

impl Device {
    fn new(number: usize, rules: &[Rule]) -> Self {
        let watches = |rule: &&Rule| rule.watches(u32::try_from(number).unwrap_or(u32::MAX));
        let rules = rules.iter().filter(watches).map(|rule| (*rule, None)).collect();
        Self { newest: i64::MIN, samples: Vec::new(), rules }
    }
}
