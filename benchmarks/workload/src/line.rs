//! A line of the stream, read by `serde_json` into a type made for it.

use serde::Deserialize;

/// A whole reading.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub struct Line<'a> {
    /// Name of the device.
    #[serde(rename = "deviceId")]
    pub device: &'a str,
    /// Event time.
    pub ts: i64,
    /// Temperature.
    pub temp: f64,
    /// Humidity, which no rule looks at.
    pub humidity: f64,
    /// Vibration, which no rule looks at.
    pub vibration: f64,
    /// Whether something moves.
    pub motion: bool,
    /// Whether the door is open.
    pub door_open: bool,
}

/// The lines of `body`, in order.
///
/// # Panics
/// A line is not of the stream.
pub fn each<'a>(body: &'a [u8], mut see: impl FnMut(&Line<'a>)) {
    let mut begin = 0;
    for end in memchr::memchr_iter(b'\n', body) {
        let line = serde_json::from_slice(&body[begin..end]).expect("a line of the stream");
        see(&line);
        begin = end + 1;
    }
}
