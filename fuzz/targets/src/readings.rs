//! The body of a request with readings: each item is decoded or refused in
//! its place, and what is decoded keeps what [`Reading`] promises.

use rules_core::{Batch, Reading, Timestamp, Value};
use rules_service::wire::readings::{
    Defaults, Format, ITEMS_MAX, decode, decode_one, decode_one_into, encode,
};

mod tree;

/// Words of a body.
pub const WORDS: &[&str] = &[
    "\"device\": \"a\"",
    "\"deviceId\": \"b\"",
    "\"ts\": 1700000000",
    "\"ts\": 1700000000.25",
    "\"ts\": \"2024-02-29T23:59:60.5+01:00\"",
    "\"values\": {\"temp\": 81.5}",
    "\"payload\": {\"temp\": 1, \"ts\": 2}",
    "\"id\": \"x\"",
    "\"tags\": {\"site\": \"s\"}",
    "\"specversion\": \"1.0\"",
    "\"data\": {",
    "\"data_base64\": \"e30=\"",
    "\"time\": \"2024-01-01T00:00:00Z\"",
    "\"subject\": \"a\"",
    "\"source\": \"/s\"",
    "\"type\": \"t\"",
    "\"datacontenttype\": \"application/json\"",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ": ",
    "\n",
    "\r\n",
    "null",
    "true",
    "1e308",
    "1e309",
    "-0.0",
    "9007199254740993",
    "\"\\ud83d\\ude00\"",
    "\"\\u0000\"",
    "é",
    "\u{feff}",
];

const FORMATS: [Format; 4] =
    [Format::Auto, Format::Lines, Format::CloudEvent, Format::CloudEventBatch];

/// Decodes `bytes` in every format, and as one reading.
///
/// # Panics
/// Something does not hold.
pub fn run(bytes: &[u8]) {
    for format in FORMATS {
        let Ok(items) = decode(bytes, format) else { continue };
        assert!(items.len() <= ITEMS_MAX);
        for (item, index) in items.iter().zip(0..) {
            match item {
                Ok(reading) => judge(reading),
                Err(error) => {
                    assert_eq!(error.index, index);
                    assert!(!error.code.is_empty() && !error.message.is_empty());
                }
            }
        }
        let good: Vec<Reading> = items.into_iter().flatten().collect();
        let again = decode(encode(&good).as_bytes(), Format::Lines).expect("they are no more");
        let again: Result<Vec<Reading>, _> = again.into_iter().collect();
        assert_eq!(again, Ok(good), "encoded and decoded, they are others");
    }
    let defaults = Defaults {
        device: Some("topic"),
        ts: Some(Timestamp::from_millis(1_700_000_000_000)),
        id: Some("packet"),
    };
    if let Ok(reading) = decode_one(bytes, 7, defaults) {
        judge(&reading);
    }
    compare(bytes);
}

/// One item, and each line as one: taken or refused, and read to the bit, as
/// by walking a tree.
fn compare(bytes: &[u8]) {
    let mut batch = Batch::default();
    for text in bytes.split(|byte| *byte == b'\n').chain([bytes]) {
        let expected = tree::reading(text);
        let slow = decode_one(text, 0, Defaults::default()).ok();
        assert_eq!(slow.as_ref().map(exactly), expected.as_ref().map(exactly));
        batch.clear();
        let quick = decode_one_into(text, 0, Defaults::default(), &mut batch).ok();
        let quick =
            quick.and_then(|()| batch.iter().next()).map(|(_, reading)| reading.to_reading());
        assert_eq!(quick.as_ref().map(exactly), expected.as_ref().map(exactly));
    }
}

/// A reading, and the bits of its numbers: -0 is not 0 here.
fn exactly(reading: &Reading) -> (&Reading, Vec<u64>) {
    let bits = |(_, value): &(String, Value)| value.as_number().map(f64::to_bits);
    (reading, reading.values.iter().filter_map(bits).collect())
}

/// Whether a reading keeps what its documentation says.
fn judge(reading: &Reading) {
    let Reading { device, ts, id, values, tags } = reading;
    assert!((1..=Reading::DEVICE_BYTES_MAX).contains(&device.len()), "{reading:?}");
    assert!(!device.contains(char::is_control), "{reading:?}");
    assert!((Timestamp::MIN..=Timestamp::MAX).contains(ts), "{reading:?}");
    assert!(id.as_ref().is_none_or(|id| id.len() <= Reading::ID_BYTES_MAX), "{reading:?}");
    assert!(values.len() <= Reading::VALUES_MAX, "{reading:?}");
    assert!(values.is_sorted_by(|(a, _), (b, _)| a < b), "{reading:?}");
    assert!(tags.len() <= Reading::TAGS_MAX, "{reading:?}");
    assert!(tags.is_sorted_by(|(a, _), (b, _)| a < b), "{reading:?}");
    for (name, text) in tags {
        let most = Reading::TAG_BYTES_MAX;
        assert!((1..=most).contains(&name.len()) && text.len() <= most, "{reading:?}");
    }
    for (name, value) in values {
        assert!(name.len() <= Reading::NAME_BYTES_MAX, "{reading:?}");
        match value {
            Value::Number(number) => assert!(number.is_finite(), "{reading:?}"),
            Value::Text(text) => assert!(text.len() <= Reading::TEXT_BYTES_MAX, "{reading:?}"),
            Value::Null | Value::Bool(_) => {}
        }
    }
}
