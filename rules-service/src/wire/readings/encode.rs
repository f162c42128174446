use rules_core::{Reading, Timestamp, Value, json::to_text};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::wire::{time, value::ValueJson};

/// Readings in canonical form, one a line, each line ended;
/// [`super::decode`] gives them back unchanged.
#[must_use]
pub fn encode<'a>(readings: impl IntoIterator<Item = &'a Reading>) -> String {
    let mut lines = String::new();
    for reading in readings {
        // A struct of texts and finite numbers always has a JSON form.
        lines.push_str(&to_text(&Line::of(reading)));
        lines.push('\n');
    }
    lines
}

#[derive(Serialize)]
struct Line<'a> {
    device: &'a str,
    ts: Ts,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    values: Values<'a>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    tags: Tags<'a>,
}

impl<'a> Line<'a> {
    fn of(reading: &'a Reading) -> Self {
        Self {
            device: &reading.device,
            ts: Ts(reading.ts),
            id: reading.id.as_deref(),
            values: Values(&reading.values),
            tags: Tags(&reading.tags),
        }
    }
}

/// Milliseconds, or RFC 3339 where a reader would take the number for seconds.
struct Ts(Timestamp);

impl Serialize for Ts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_millis() {
            millis if millis >= 100_000_000_000 => serializer.serialize_i64(millis),
            _ => serializer.serialize_str(&time::rfc3339(self.0)),
        }
    }
}

struct Tags<'a>(&'a [(String, String)]);

impl Tags<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

struct Values<'a>(&'a [(String, Value)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, &ValueJson(value))?;
        }
        map.end()
    }
}
