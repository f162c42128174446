//! Readings of chosen devices, taken out of a file and put in order.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::{Reading, Timestamp};

use crate::{
    Fault,
    replay::{complaints::Complaints, input::Input, source::Item},
};

/// What a file has of each device, in the order of event times, at equal
/// times in that of the file.
pub(crate) struct Recording {
    /// By device.
    pub(crate) readings: BTreeMap<String, Vec<Reading>>,
    /// For each device, the places of these in the order in which they came.
    arrivals: BTreeMap<String, Vec<usize>>,
    /// Everybody who reports in the file.
    devices: BTreeSet<String>,
    file: String,
}

impl Recording {
    /// Most devices that a message lists.
    const LISTED_MAX: usize = 10;

    /// Reads `input`, and keeps the readings of the devices that `wanted` names.
    /// What cannot be used is told on standard error.
    pub(crate) fn read(input: &Input, wanted: impl Fn(&str) -> bool) -> Result<Self, Fault> {
        let (source, _) = input.open()?;
        let mut complaints = Complaints::new(&input.readings);
        let mut readings: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
        let mut devices = BTreeSet::new();
        for item in source {
            match item? {
                Item::Reading { reading, .. } => {
                    if !devices.contains(&reading.device) {
                        devices.insert(reading.device.clone());
                    }
                    if wanted(&reading.device) {
                        readings.entry(reading.device.clone()).or_default().push(reading);
                    }
                }
                Item::Refused { line, code, message } => complaints.add(line, code, &message),
            }
        }
        complaints.sum_up();
        let mut arrivals = BTreeMap::new();
        for (device, readings) in &mut readings {
            let mut places: Vec<usize> = (0..readings.len()).collect();
            // Stable, so equal times stay as they were.
            places.sort_by_key(|index| readings.get(*index).map(|reading| reading.ts));
            let mut arrived = vec![0; places.len()];
            for (place, index) in places.into_iter().enumerate() {
                arrived[index] = place;
            }
            readings.sort_by_key(|reading| reading.ts);
            arrivals.insert(device.clone(), arrived);
        }
        let file = if input.readings == "-" { "standard input" } else { &input.readings };
        Ok(Self { readings, arrivals, devices, file: file.to_owned() })
    }

    /// The readings of `device`.
    pub(crate) fn of(&self, device: &str) -> Result<&[Reading], Fault> {
        self.readings.get(device).map(Vec::as_slice).ok_or_else(|| self.no_such(device))
    }

    /// The readings of `device` in the order in which they came.
    pub(crate) fn arrivals(&self, device: &str) -> Result<impl Iterator<Item = &Reading>, Fault> {
        let readings = self.of(device)?;
        let places = self.arrivals.get(device).map(Vec::as_slice).unwrap_or_default();
        Ok(places.iter().filter_map(|place| readings.get(*place)))
    }

    /// The tags that its readings up to and with `at` have given `device`, sorted.
    pub(crate) fn tags(&self, device: &str, at: Timestamp) -> Result<Vec<(String, String)>, Fault> {
        let mut tags = BTreeMap::new();
        for reading in self.of(device)?.iter().filter(|reading| reading.ts <= at) {
            tags.extend(reading.tags.iter().cloned());
        }
        // One with an empty text is taken away.
        tags.retain(|_, text: &mut String| !text.is_empty());
        Ok(tags.into_iter().collect())
    }

    /// The newest event time of `device`.
    pub(crate) fn newest(&self, device: &str) -> Result<Timestamp, Fault> {
        let newest = self.of(device)?.last().map(|reading| reading.ts);
        newest.ok_or_else(|| self.no_such(device))
    }

    /// The newest event time that was kept.
    pub(crate) fn newest_of_all(&self) -> Result<Timestamp, Fault> {
        let newest = self.readings.values().filter_map(|readings| readings.last());
        newest.map(|reading| reading.ts).max().ok_or_else(|| self.nothing())
    }

    fn nothing(&self) -> Fault {
        Fault::Input(format!("{}: there is no reading in it", self.file))
    }

    fn no_such(&self, device: &str) -> Fault {
        let file = &self.file;
        let mut listed: Vec<&str> =
            self.devices.iter().map(String::as_str).take(Self::LISTED_MAX).collect();
        match self.devices.len() {
            0 => return self.nothing(),
            count if count > Self::LISTED_MAX => listed.push("…"),
            _ => {}
        }
        Fault::Input(format!(
            "{file}: no reading of device {device:?}; there are {}",
            listed.join(", ")
        ))
    }
}
