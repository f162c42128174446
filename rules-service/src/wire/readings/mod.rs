//! Readings as JSON: every form that is accepted, decoded item by item.
//!
//! Each item of a body is read on its own, so one bad item never costs the
//! others: it comes back as an [`ItemError`] in its place. The forms, the
//! meaning of `ts` and all codes are described in `docs/http-api.md`.
//!
//! Nearly every item is read in one pass over its text ([`plain`]), straight
//! into a [`Batch`]. One in which that finds anything odd is cut out of the
//! body ([`split`]) and read piece by piece ([`object`]), which alone decides
//! what is refused and how that is told. `CloudEvents` are opened ([`event`]),
//! and what is in them is read in the same way.

pub use rules_core::{Batch, Reading, Timestamp};

mod body;
use body::Body;
mod encode;
pub use encode::encode;
mod event;
mod event_time;
mod items;
pub use items::Items;
mod keys;
mod object;
mod plain;
mod scanner;
mod split;

/// Most items in one body: what a shard can step through within the shortest
/// time limit of a host.
pub const ITEMS_MAX: usize = 10_000;
/// Deepest nesting of objects and arrays in one reading.
pub const DEPTH_MAX: usize = 16;

/// Which envelope a body is in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// One reading, an array of them, or one a line: seen from the body.
    #[default]
    Auto,
    /// One reading a line, whatever the body looks like.
    Lines,
    /// One `CloudEvent` around a reading.
    CloudEvent,
    /// An array of `CloudEvents`.
    CloudEventBatch,
}

impl Format {
    /// What the header `content-type` says; of any other type the body is looked at.
    #[must_use]
    pub fn from_content_type(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines" => Self::Lines,
            "application/cloudevents+json" => Self::CloudEvent,
            "application/cloudevents-batch+json" => Self::CloudEventBatch,
            _ => Self::Auto,
        }
    }
}

/// Why one item of a batch was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ItemError {
    /// Place in the batch, from 0.
    pub index: u32,
    /// A stable word for programs.
    pub code: &'static str,
    /// For people: what was found and what is allowed.
    pub message: String,
}

/// More items in one body than [`ITEMS_MAX`]; nothing of it was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the batch has more than {ITEMS_MAX} items: send it in parts")]
pub struct TooManyItems;

/// What stands in for what a reading does not say itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Defaults<'a> {
    /// The device, say from an MQTT topic.
    pub device: Option<&'a str>,
    /// The event time, say that of arrival.
    pub ts: Option<Timestamp>,
    /// The reading's id.
    pub id: Option<&'a str>,
}

/// Reads the items of a body into `batch`, each under its place in the body,
/// and gives those that were refused. What `batch` held before is gone, the
/// room it took is used again.
///
/// # Errors
/// There are more than [`ITEMS_MAX`] items; `batch` is empty.
pub fn decode_into(
    body: &[u8],
    format: Format,
    batch: &mut Batch,
) -> Result<Vec<ItemError>, TooManyItems> {
    batch.clear();
    let decoded = Body::of(body, format).decode(batch);
    if decoded.is_err() {
        batch.clear();
    }
    decoded
}

/// The items of a body, in order.
///
/// # Errors
/// There are more than [`ITEMS_MAX`] of them.
pub fn decode(
    body: &[u8],
    format: Format,
) -> Result<Vec<Result<Reading, ItemError>>, TooManyItems> {
    let mut batch = Batch::default();
    let mut errors = decode_into(body, format, &mut batch)?.into_iter().peekable();
    let mut readings = batch.iter().peekable();
    let items = (0..).map_while(|index| {
        if let Some((_, reading)) = readings.next_if(|(at, _)| *at == index) {
            return Some(Ok(reading.to_reading()));
        }
        errors.next().map(Err)
    });
    Ok(items.collect())
}

/// Reads one reading, an object in any of the three forms, and appends it to
/// `batch` under `index`, which is also carried into the error.
///
/// # Errors
/// It is none; places in the message count from the beginning of `text`.
/// `batch` is as it was.
pub fn decode_one_into(
    text: &[u8],
    index: u32,
    defaults: Defaults<'_>,
    batch: &mut Batch,
) -> Result<(), ItemError> {
    let read = body::object_into(text, Place::START, defaults, (batch, index));
    read.map_err(|refusal| refusal.of_item(index))
}

/// One reading: an object in any of the three forms. `index` is only carried into the error.
///
/// # Errors
/// It is none; places in the message count from the beginning of `text`.
pub fn decode_one(text: &[u8], index: u32, defaults: Defaults<'_>) -> Result<Reading, ItemError> {
    object::read(text, Place::START, defaults).map_err(|refusal| refusal.of_item(index))
}

/// A refusal that does not know yet which item of a batch it is about.
#[derive(Debug)]
struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    fn invalid_json(why: &str, place: Place) -> Self {
        Self::new("invalid_json", format!("line {}, column {}: {why}", place.line, place.column))
    }

    fn of_item(self, index: u32) -> ItemError {
        ItemError { index, code: self.code, message: self.message }
    }
}

/// Where in the body something stands: line from 1, column from 1 in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    const START: Self = Self { line: 1, column: 1 };

    /// The place just behind `text`, which begins here.
    fn after(self, text: &[u8]) -> Self {
        let lines = text.split(|byte| *byte == b'\n').count() - 1;
        let last = text.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len);
        let column = if lines == 0 { self.column + last } else { last + 1 };
        Self { line: self.line + lines, column }
    }

    /// The place that is `line`, `column` (both from 1) in a text that begins here.
    fn within(self, line: usize, column: usize) -> Self {
        let before = if line <= 1 { self.column } else { 1 };
        Self { line: self.line + line.saturating_sub(1), column: before + column.saturating_sub(1) }
    }
}

#[cfg(test)]
mod tests;
