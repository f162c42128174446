//! A program written for W1 alone, as fast as we know to make it: what a
//! general engine is measured by.
//!
//! Devices are numbers; a device has a ring, a running sum and a deque of
//! peaks; thresholds on one quantity are sorted, so that those below a value
//! are a prefix. Most readings end at one comparison a quantity: it is not
//! above the first threshold that could bring news ([`Device::ceilings`]),
//! and no rule below that has rested yet ([`Device::quiet_until`]).

use rustc_hash::FxHashMap;

use crate::{
    Window,
    alerts::Alert,
    line::Line,
    rule::{KINDS, Kind, Rule},
    stream::{DEVICES, device_id},
};

mod standing;
mod thresholds;
use standing::Standing;
use thresholds::Thresholds;

/// The program's state.
#[derive(Debug)]
pub struct Bound {
    window_ms: i64,
    names: FxHashMap<Box<str>, u32>,
    /// Of rules that watch every device, by kind.
    fleet: [Thresholds; KINDS.len()],
    devices: Vec<Device>,
    seen: u32,
    /// What fired.
    pub alerts: Vec<Alert>,
}

#[derive(Debug)]
struct Device {
    newest: i64,
    /// Until then no rule below the ceilings can fire.
    quiet_until: i64,
    /// By kind, the least threshold whose rule is not known to rest.
    ceilings: [f64; KINDS.len()],
    window: Window,
    /// Of the fleet's rules, by kind.
    fleet: [Standing; KINDS.len()],
    /// Rules of this device alone, by kind.
    own: Vec<(usize, Thresholds, Standing)>,
}

impl Bound {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(rules: &[Rule], window_ms: i64) -> Self {
        let names = (0..DEVICES).map(|number| (device_id(number).into(), number)).collect();
        let of = |device: Option<u32>, kind: Kind| {
            Thresholds::new(rules.iter().filter(|rule| rule.device == device && rule.kind == kind))
        };
        let fleet = KINDS.map(|kind| of(None, kind));
        let device = |number| Device::new(&fleet, KINDS.map(|kind| of(Some(number), kind)));
        let devices = (0..DEVICES).map(device).collect();
        Self { window_ms, names, fleet, devices, seen: 0, alerts: Vec::new() }
    }

    /// Takes in one reading.
    #[inline]
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
        device.window.forget(device.newest - self.window_ms);
        let values = [
            line.temp,
            f64::from(u8::from(line.motion && !line.door_open)),
            device.window.mean(),
            device.window.max(),
            device.window.count(),
        ];
        let is_below = values.iter().zip(&device.ceilings).all(|(value, limit)| value <= limit);
        if !is_below || device.newest >= device.quiet_until {
            device.look(&values, &self.fleet, event, &mut self.alerts);
        }
    }
}

impl Device {
    fn new(fleet: &[Thresholds; KINDS.len()], own: [Thresholds; KINDS.len()]) -> Self {
        let own = own.into_iter().enumerate().filter(|(_, thresholds)| !thresholds.is_empty());
        let mut device = Self {
            newest: i64::MIN / 2,
            quiet_until: i64::MAX,
            ceilings: [f64::INFINITY; KINDS.len()],
            window: Window::default(),
            fleet: [(); KINDS.len()].map(|()| Standing::default()),
            own: own.map(|(kind, thresholds)| (kind, thresholds, Standing::default())).collect(),
        };
        device.note(fleet);
        device
    }

    /// Looks where a rule may fire.
    #[cold]
    fn look(
        &mut self,
        values: &[f64; KINDS.len()],
        fleet: &[Thresholds; KINDS.len()],
        event: u32,
        alerts: &mut Vec<Alert>,
    ) {
        let newest = self.newest;
        let mut fire = |rule: u32| alerts.push(Alert { event, rule });
        for ((value, thresholds), standing) in values.iter().zip(fleet).zip(&mut self.fleet) {
            standing.look(*value, thresholds, newest, &mut fire);
        }
        for (kind, thresholds, standing) in &mut self.own {
            standing.look(values[*kind], thresholds, newest, &mut fire);
        }
        self.note(fleet);
    }

    /// Notes up to where and until when there is nothing to look for.
    fn note(&mut self, fleet: &[Thresholds; KINDS.len()]) {
        self.quiet_until = i64::MAX;
        for ((thresholds, standing), ceiling) in
            fleet.iter().zip(&self.fleet).zip(&mut self.ceilings)
        {
            *ceiling = standing.ceiling(thresholds);
            self.quiet_until = self.quiet_until.min(standing.quiet_until);
        }
        for (kind, thresholds, standing) in &self.own {
            self.ceilings[*kind] = self.ceilings[*kind].min(standing.ceiling(thresholds));
            self.quiet_until = self.quiet_until.min(standing.quiet_until);
        }
    }
}
