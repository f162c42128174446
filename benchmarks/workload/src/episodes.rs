//! What Tripline's own semantics make of the stream, by brute force.
//!
//! They differ from W1's in two points that no engine with event time can do
//! without: a reading behind its device's newest is late and changes nothing,
//! and what repeats within five minutes is one alert, which ends once it has
//! not matched for five minutes.

use crate::{
    rule::{REST_MS, Rule, Seen},
    stream::Event,
};

/// Something an alert did.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Change {
    /// When, in event time.
    pub at: i64,
    /// On which device.
    pub device: u32,
    /// The rule.
    pub rule: u32,
    /// What became of it.
    pub to: Fate,
}

/// What became of an alert.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fate {
    /// It fires.
    Firing,
    /// It is over.
    Resolved,
}

/// Every change, sorted, with deadlines up to the newest reading of all.
#[must_use]
pub fn brute_force(events: &[Event], rules: &[Rule], window_ms: i64) -> Vec<Change> {
    let mut devices: Vec<Device> = Vec::new();
    let mut changes = Vec::new();
    for event in events {
        while devices.len() <= event.device as usize {
            devices.push(Device::new(devices.len(), rules));
        }
        devices[event.device as usize].see(event, window_ms, &mut changes);
    }
    let end = events.iter().map(|event| event.ts).max().unwrap_or_default();
    for device in &mut devices {
        device.end_quiet(|over_at| over_at <= end, &mut changes);
    }
    changes.sort_unstable();
    changes
}

struct Device {
    number: u32,
    newest: i64,
    samples: Vec<(i64, f64)>,
    rules: Vec<(Rule, Alert)>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Alert {
    None,
    Firing,
    /// It has not matched since then.
    Quiet(i64),
}

impl Device {
    fn new(number: usize, rules: &[Rule]) -> Self {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let watching = rules.iter().filter(|rule| rule.watches(number));
        let rules = watching.map(|rule| (*rule, Alert::None)).collect();
        Self { number, newest: i64::MIN, samples: Vec::new(), rules }
    }

    fn see(&mut self, event: &Event, window_ms: i64, changes: &mut Vec<Change>) {
        let at = event.ts;
        if at < self.newest {
            return;
        }
        self.newest = at;
        self.end_quiet(|over_at| over_at < at, changes);
        self.samples.push((at, event.temp()));
        self.samples.retain(|(ts, _)| *ts > at - window_ms);
        let seen = Seen::of_samples(event, self.samples.iter().map(|(_, temp)| *temp));
        for (rule, alert) in &mut self.rules {
            let change = |to| Change { at, device: self.number, rule: rule.number, to };
            *alert = match (*alert, rule.matches(&seen)) {
                (Alert::None, true) => {
                    changes.push(change(Fate::Firing));
                    Alert::Firing
                }
                (Alert::Firing | Alert::Quiet(_), true) => Alert::Firing,
                (Alert::Firing, false) => Alert::Quiet(at),
                (Alert::Quiet(since), false) if at - since >= REST_MS => {
                    changes.push(change(Fate::Resolved));
                    Alert::None
                }
                (unchanged, false) => unchanged,
            };
        }
    }

    /// Ends the alerts that were quiet long enough at a time that is `due`.
    fn end_quiet(&mut self, due: impl Fn(i64) -> bool, changes: &mut Vec<Change>) {
        for (rule, alert) in &mut self.rules {
            let Alert::Quiet(since) = *alert else { continue };
            let at = since + REST_MS;
            if due(at) {
                let to = Fate::Resolved;
                changes.push(Change { at, device: self.number, rule: rule.number, to });
                *alert = Alert::None;
            }
        }
    }
}
