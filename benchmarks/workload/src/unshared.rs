//! The same windows as in [`crate::bound`], but each rule is looked at: what
//! one writes first.

use rustc_hash::FxHashMap;

use crate::{
    Window,
    alerts::Alert,
    line::Line,
    rule::{REST_MS, Rule, Seen},
    stream::{DEVICES, device_id},
};

/// The program's state.
#[derive(Debug)]
pub struct Unshared {
    window_ms: i64,
    names: FxHashMap<String, u32>,
    devices: Vec<Device>,
    seen: u32,
    /// What fired.
    pub alerts: Vec<Alert>,
}

#[derive(Debug)]
struct Device {
    newest: i64,
    window: Window,
    rules: Vec<(Rule, i64)>,
}

impl Unshared {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(rules: &[Rule], window_ms: i64) -> Self {
        let names = (0..DEVICES).map(|number| (device_id(number), number)).collect();
        let device = |number| Device {
            newest: i64::MIN,
            window: Window::default(),
            rules: rules
                .iter()
                .filter(|rule| rule.watches(number))
                .map(|rule| (*rule, i64::MIN / 2))
                .collect(),
        };
        let devices = (0..DEVICES).map(device).collect();
        Self { window_ms, names, devices, seen: 0, alerts: Vec::new() }
    }

    /// Takes in one reading.
    pub fn see(&mut self, line: &Line<'_>) {
        let event = self.seen;
        self.seen += 1;
        let Some(number) = self.names.get(line.device) else { return };
        let device = &mut self.devices[*number as usize];
        if line.ts > device.newest {
            device.newest = line.ts;
            device.window.push(line.ts, line.temp);
        } else if line.ts > device.newest - self.window_ms {
            device.window.insert(line.ts, line.temp);
        }
        let newest = device.newest;
        device.window.forget(newest - self.window_ms);
        let seen = Seen {
            temp: line.temp,
            motion: line.motion && !line.door_open,
            mean: device.window.mean(),
            max: device.window.max(),
            count: device.window.count(),
        };
        for (rule, fired) in &mut device.rules {
            if rule.matches(&seen) && newest - *fired >= REST_MS {
                *fired = newest;
                self.alerts.push(Alert { event, rule: rule.number });
            }
        }
    }
}
