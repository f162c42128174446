//! The readings, in the order in which they arrive.

use std::fmt::Write as _;

use crate::noise::{Use, draw};

/// Devices of the whole stream.
pub const DEVICES: u32 = 1_000;
/// Event time of the first second.
pub const START_MS: i64 = 1_700_000_000_000;
/// Seconds of the stream as it is measured.
pub const SECONDS: u32 = 600;
/// Lines in a batch.
pub const BATCH: usize = 1_000;

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Number of the device.
    pub device: u32,
    /// Event time.
    pub ts: i64,
    /// Temperature in hundredths of a degree.
    pub temp_centi: i32,
    /// Humidity in tenths of a per cent.
    pub humidity_deci: u32,
    /// Vibration in thousandths.
    pub vibration_milli: u32,
    /// Whether something moves.
    pub motion: bool,
    /// Whether the door is open.
    pub door_open: bool,
}

impl Event {
    /// The temperature as a reader of the JSON gets it: the double nearest to the text.
    #[must_use]
    pub fn temp(&self) -> f64 {
        f64::from(self.temp_centi) / 100.0
    }

    /// Appends the reading as a line of NDJSON.
    pub fn write(&self, text: &mut String) {
        let Self { device, ts, motion, door_open, .. } = self;
        let temp = Fixed::<2>(self.temp_centi.unsigned_abs());
        let humidity = Fixed::<1>(self.humidity_deci);
        let vibration = Fixed::<3>(self.vibration_milli);
        let _ = writeln!(
            text,
            r#"{{"deviceId":"{}","ts":{ts},"temp":{temp},"humidity":{humidity},"vibration":{vibration},"motion":{motion},"door_open":{door_open}}}"#,
            device_id(*device)
        );
    }
}

/// The name of device `device`.
#[must_use]
pub fn device_id(device: u32) -> String {
    format!("dev-{device:06}")
}

/// The first `devices` devices' readings of `seconds` seconds.
///
/// About one reading in a hundred arrives up to five seconds late.
#[must_use]
pub fn events(devices: u32, seconds: u32) -> Vec<Event> {
    let mut arriving: Vec<(i64, Event)> = Vec::new();
    for device in 0..devices {
        let base = 2_000 + (draw(Use::Base, device, 0) % 500).cast_signed();
        let (mut level, mut excursion_end, mut amplitude) = (base, 0, 0);
        for t in 0..seconds {
            level += (base - level) / 32 + (draw(Use::Walk, device, t) % 61).cast_signed() - 30;
            if draw(Use::Excursion, device, t).is_multiple_of(1_800) {
                excursion_end = t + 90;
                amplitude = 800 + (draw(Use::Amplitude, device, t) % 1_800).cast_signed();
            }
            let temp_centi = level + if t < excursion_end { amplitude } else { 0 };
            let jitter = 1_000 * device / DEVICES + draw(Use::Jitter, device, t) % 50;
            let ts = START_MS + 1_000 * i64::from(t) + i64::from(jitter);
            let is_delayed = draw(Use::Delayed, device, t).is_multiple_of(100);
            let delay = if is_delayed { 1 + draw(Use::Delay, device, t) % 5_000 } else { 0 };
            let event = Event {
                device,
                ts,
                temp_centi,
                humidity_deci: 300 + draw(Use::Humidity, device, t / 60) % 400,
                vibration_milli: draw(Use::Vibration, device, t) % 2_000,
                motion: draw(Use::Motion, device, t) % 100 < 2,
                door_open: draw(Use::Door, device, t) % 100 < 10,
            };
            arriving.push((ts + i64::from(delay), event));
        }
    }
    // One device's ticks do not collide in time, so device and time of arrival are enough.
    arriving.sort_by_key(|(at, event)| (*at, event.device, event.ts));
    arriving.into_iter().map(|(_, event)| event).collect()
}

/// The readings as bodies of [`BATCH`] lines of NDJSON.
#[must_use]
pub fn bodies(events: &[Event]) -> Vec<String> {
    let body = |batch: &[Event]| {
        let mut text = String::with_capacity(130 * batch.len());
        for event in batch {
            event.write(&mut text);
        }
        text
    };
    events.chunks(BATCH).map(body).collect()
}

/// A number with `DIGITS` decimals, given without its point.
struct Fixed<const DIGITS: u32>(u32);

impl<const DIGITS: u32> std::fmt::Display for Fixed<DIGITS> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = 10_u32.pow(DIGITS);
        write!(f, "{}.{:0width$}", self.0 / unit, self.0 % unit, width = DIGITS as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_decimals_fixed() {
        let event = Event {
            device: 17,
            ts: START_MS,
            temp_centi: 2_406,
            humidity_deci: 698,
            vibration_milli: 84,
            motion: false,
            door_open: true,
        };
        let mut text = String::new();
        event.write(&mut text);

        assert_eq!(
            text,
            "{\"deviceId\":\"dev-000017\",\"ts\":1700000000000,\"temp\":24.06,\"humidity\":69.8,\
             \"vibration\":0.084,\"motion\":false,\"door_open\":true}\n"
        );
    }

    #[test]
    fn each_device_reports_once_a_second_and_some_of_it_comes_late() {
        let events = events(10, 600);

        assert_eq!(events.len(), 6_000);
        let mut newest = [0; 10];
        let mut late = 0;
        for event in &events {
            let newest = &mut newest[event.device as usize];
            late += usize::from(event.ts < *newest);
            *newest = event.ts.max(*newest);
        }
        assert!((30..90).contains(&late), "{late} of 6,000 are late");
    }
}
