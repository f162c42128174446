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

/// Says whether rules match: by itself, or by asking an engine.
pub trait Judge {
    /// Makes ready for a reading.
    fn see(&mut self, seen: &Seen);
    /// Whether the rule matches what was seen last.
    fn matches(&mut self, rule: &Rule) -> bool;
}

/// Compares in Rust.
#[derive(Debug, Default)]
pub struct Plain(Option<Seen>);

impl Judge for Plain {
    #[inline]
    fn see(&mut self, seen: &Seen) {
        self.0 = Some(*seen);
    }

    #[inline]
    fn matches(&mut self, rule: &Rule) -> bool {
        self.0.is_some_and(|seen| rule.matches(&seen))
    }
}

/// The program's state.
#[derive(Debug)]
pub struct Unshared<J> {
    judge: J,
    windows: Windows,
    /// For each device the rules that watch it, and when each fired last.
    rules: Vec<Vec<(Rule, i64)>>,
    seen: u32,
    /// What fired.
    pub alerts: Vec<Alert>,
}

impl<J: Judge> Unshared<J> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(judge: J, rules: &[Rule], window_ms: i64) -> Self {
        let watching = |number| {
            let watching = rules.iter().filter(move |rule| rule.watches(number));
            watching.map(|rule| (*rule, i64::MIN / 2)).collect()
        };
        let rules = (0..DEVICES).map(watching).collect();
        Self { judge, windows: Windows::new(window_ms), rules, seen: 0, alerts: Vec::new() }
    }

    /// Takes in one reading.
    #[inline]
    pub fn see(&mut self, line: &Line<'_>) {
        let event = self.seen;
        self.seen += 1;
        let Some((number, newest, seen)) = self.windows.see(line) else { return };
        self.judge.see(&seen);
        for (rule, fired) in &mut self.rules[number] {
            if self.judge.matches(rule) && newest - *fired >= REST_MS {
                *fired = newest;
                self.alerts.push(Alert { event, rule: rule.number });
            }
        }
    }
}

/// A window for each device.
#[derive(Debug)]
struct Windows {
    window_ms: i64,
    names: FxHashMap<String, usize>,
    /// The newest time seen, and the window.
    devices: Vec<(i64, Window)>,
}

impl Windows {
    fn new(window_ms: i64) -> Self {
        let names: FxHashMap<_, _> = (0..DEVICES).map(device_id).zip(0..).collect();
        let devices = vec![(i64::MIN, Window::default()); names.len()];
        Self { window_ms, names, devices }
    }

    /// The device's number, its newest time, and what rules look at.
    #[inline]
    fn see(&mut self, line: &Line<'_>) -> Option<(usize, i64, Seen)> {
        let number = *self.names.get(line.device)?;
        let (newest, window) = &mut self.devices[number];
        if line.ts > *newest {
            *newest = line.ts;
            window.push(line.ts, line.temp);
        } else if line.ts > *newest - self.window_ms {
            window.insert(line.ts, line.temp);
        }
        window.forget(*newest - self.window_ms);
        let seen = Seen {
            temp: line.temp,
            motion: line.motion,
            door_open: line.door_open,
            mean: window.mean(),
            max: window.max(),
            count: window.count(),
        };
        Some((number, *newest, seen))
    }
}
