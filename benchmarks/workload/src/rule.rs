//! The rules, for the programs here and as documents for Tripline.

use crate::{
    noise::{Use, draw},
    stream::{DEVICES, Event, device_id},
};

/// What a rule looks at.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// The reading's temperature.
    Temp,
    /// Something moves and the door is shut.
    Motion,
    /// The temperature's mean over the window.
    Mean,
    /// The temperature's maximum over the window.
    Max,
    /// How many readings the window has.
    Count,
}

/// All kinds.
pub const KINDS: [Kind; 5] = [Kind::Temp, Kind::Motion, Kind::Mean, Kind::Max, Kind::Count];

/// Fires where what it looks at is above its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Its number.
    pub number: u32,
    /// What it looks at.
    pub kind: Kind,
    /// What that has to exceed; for [`Kind::Motion`] half of true.
    pub threshold: f64,
    /// The only device it watches, if it does not watch all.
    pub device: Option<u32>,
}

/// A rule that has fired rests so long.
pub const REST_MS: i64 = 300_000;
/// Window of W1.
pub const W1_WINDOW_MS: i64 = 60_000;
/// Window of W2.
pub const W2_WINDOW_MS: i64 = 3_600_000;

/// The first `count` rules.
#[must_use]
pub fn rules(count: u32) -> Vec<Rule> {
    (0..count).map(Rule::new).collect()
}

impl Rule {
    fn new(number: u32) -> Self {
        let drawn = draw(Use::Threshold, number, 0);
        let centi = 2_700 + drawn % 2_300;
        let (kind, threshold) = match number % 10 {
            0..=4 => (Kind::Temp, degrees(centi)),
            5 => (Kind::Motion, 0.5),
            6 | 7 => (Kind::Mean, degrees(centi)),
            8 => (Kind::Max, degrees(centi)),
            _ => (Kind::Count, f64::from(60 + drawn % 50) + 0.5),
        };
        let is_bound = (number / 10) % 2 == 1;
        let device = is_bound.then(|| draw(Use::Device, number, 0) % DEVICES);
        Self { number, kind, threshold, device }
    }

    /// Whether it watches `device`.
    #[must_use]
    pub fn watches(&self, device: u32) -> bool {
        self.device.is_none_or(|only| only == device)
    }

    /// Whether it matches, given what each kind of rule looks at.
    #[must_use]
    pub fn matches(&self, seen: &Seen) -> bool {
        seen.of(self.kind) > self.threshold
    }

    /// The name under which Tripline knows it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("r{:05}", self.number)
    }

    /// The condition in Tripline's language.
    #[must_use]
    pub fn condition(&self, window_ms: i64) -> String {
        let threshold = self.threshold;
        let seconds = window_ms / 1_000;
        match self.kind {
            Kind::Temp => format!("temp > {threshold}"),
            Kind::Motion => "motion && !door_open".to_owned(),
            Kind::Mean => format!("avg(temp, {seconds}s) > {threshold}"),
            Kind::Max => format!("max(temp, {seconds}s) > {threshold}"),
            Kind::Count => format!("count(temp, {seconds}s) > {threshold}"),
        }
    }

    /// The rule as Tripline takes it. "Fires if it matches and five minutes
    /// have passed" is an alert that ends after five quiet minutes.
    #[must_use]
    pub fn document(&self, window_ms: i64) -> String {
        let id = self.id();
        let condition = self.condition(window_ms);
        let devices = self.device.map_or(String::new(), |device| {
            format!(r#""devices": {{"id": "{}"}}, "#, device_id(device))
        });
        format!(r#"{{"id": "{id}", {devices}"when": "{condition}", "keep_firing_for": "5m"}}"#)
    }
}

/// A threshold between two readings' resolution, so that no way of summing can tie with it.
fn degrees(centi: u32) -> f64 {
    let text = format!("{}.{:02}3701", centi / 100, centi % 100);
    text.parse().unwrap_or(f64::NAN)
}

/// What rules look at, at one reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The reading's temperature.
    pub temp: f64,
    /// Whether something moves.
    pub motion: bool,
    /// Whether the door is open.
    pub door_open: bool,
    /// The window's mean.
    pub mean: f64,
    /// The window's maximum.
    pub max: f64,
    /// The window's readings.
    pub count: f64,
}

impl Seen {
    /// What `event` and the temperatures in its window say.
    #[must_use]
    pub fn of_samples(event: &Event, temps: impl Iterator<Item = f64> + Clone) -> Self {
        let count = temps.clone().count() as f64;
        Self {
            temp: event.temp(),
            motion: event.motion,
            door_open: event.door_open,
            mean: temps.clone().sum::<f64>() / count,
            max: temps.fold(f64::NEG_INFINITY, f64::max),
            count,
        }
    }

    /// What rules of this kind compare with their threshold.
    #[must_use]
    pub fn of(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Temp => self.temp,
            Kind::Motion => f64::from(u8::from(self.motion && !self.door_open)),
            Kind::Mean => self.mean,
            Kind::Max => self.max,
            Kind::Count => self.count,
        }
    }
}
