//! Parts of the stream: its first devices over the whole time, so that windows
//! fill and run out in a short run as they do in a long one.

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use bench_workload::{
    alerts::PUBLISHED,
    bound::Bound,
    episodes,
    found::Found,
    line,
    rule::Rule,
    stream::{DEVICES, Event, SECONDS, bodies, events},
};

/// The readings of the first devices.
#[derive(Debug)]
pub(crate) struct Part {
    /// How many devices.
    pub(crate) devices: u32,
    /// In order of arrival.
    pub(crate) events: Vec<Event>,
    /// The same as NDJSON.
    pub(crate) bodies: Vec<String>,
}

impl Part {
    pub(crate) fn new(devices: u32) -> Rc<Self> {
        let events = events(devices, SECONDS);
        let bodies = bodies(&events);
        Rc::new(Self { devices, events, bodies })
    }

    /// How many readings.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// A file with it, in `folder`, for contenders that are processes.
    pub(crate) fn file(&self, folder: &Path) -> Result<PathBuf, String> {
        let path = folder.join(format!("{}-devices.ndjson", self.devices));
        fs::write(&path, self.bodies.concat())
            .map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(path)
    }

    /// W1's alerts on this part, by the bound.
    pub(crate) fn alerts(&self, rules: &[Rule], window_ms: i64) -> Found {
        let mut bound = Bound::new(rules, window_ms);
        for body in &self.bodies {
            line::each(body.as_bytes(), |line| bound.see(line));
        }
        Found::alerts(&bound.alerts)
    }

    /// The changes that Tripline's semantics ask for, by brute force.
    pub(crate) fn changes(&self, rules: &[Rule], window_ms: i64) -> Found {
        Found::changes(episodes::brute_force(&self.events, rules, window_ms))
    }

    /// How many alerts of W1 were published for this part.
    pub(crate) fn published(&self, rules: usize) -> Option<u64> {
        let (_, ten, all) = PUBLISHED.into_iter().find(|(count, ..)| *count as usize == rules)?;
        let count = match self.devices {
            10 => ten,
            DEVICES => all,
            _ => return None,
        };
        Some(count as u64)
    }
}
