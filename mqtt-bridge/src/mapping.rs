//! One MQTT message → one reading, or the reason why it is none.

use rules_service::wire::readings::{self, Defaults, ItemError, Reading, Timestamp};
use serde_json::value::RawValue;

use crate::{
    filter::Filter,
    template::{FieldPath, Template, Unfilled},
};

/// Largest payload that is looked at. Larger ones are refused one by one: a
/// limit of the MQTT connection would break it, and the broker would send
/// the same message again for ever.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;

/// The field in which a reading says its time, where nothing else was agreed.
const DEFAULT_FIELD: &str = "ts";

/// How the messages of some topics become readings.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The topics, as the broker is asked for them.
    pub filter: Filter,
    /// How the broker is asked to deliver.
    pub quality: Quality,
    /// What a payload is.
    pub form: Form,
    /// Where the event time comes from.
    pub time: Time,
    /// What to do with a message that the broker had kept.
    pub retained: Retained,
}

/// How sure the delivery from the broker is. There is no "exactly once": the
/// service counts a reading that comes twice once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Quality {
    /// `QoS` 0: what is under way when something fails is lost.
    AtMostOnce,
    /// `QoS` 1: acknowledged when the service has stored it.
    #[default]
    AtLeastOnce,
}

/// What a payload is.
#[derive(Clone, Debug)]
pub enum Form {
    /// A whole reading, as `POST /v1/readings` takes it.
    Reading,
    /// An object whose fields are the values.
    Object(ObjectForm),
    /// One value, bare: `47.69`, `true`, `"on"`, `on`.
    Bare {
        /// Who reports.
        device: Template,
        /// The name of the value.
        value: Template,
    },
}

/// How an object becomes a reading.
#[derive(Clone, Debug)]
pub struct ObjectForm {
    /// Who reports.
    pub device: Template,
    /// The inner object that holds the values, where it is not all of it.
    pub values: Option<FieldPath>,
    /// The sender's own name for the reading.
    pub id: Option<Template>,
}

/// Where the event time comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Time {
    /// The field `ts` of the payload if there is one, else the time of arrival.
    Either,
    /// The time of arrival, whatever the payload says.
    Arrival,
    /// This field; a payload without it is no reading.
    Field(FieldPath),
}

/// What to do with a message that the broker had kept and hands out again at
/// every subscription.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Retained {
    /// Leave it: it may be days old, and would look as if it had just come.
    #[default]
    Skip,
    /// Take it, because the payload says its own time.
    Take,
}

/// A message, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// Its topic.
    pub topic: &'m str,
    /// What it says.
    pub payload: &'m [u8],
    /// The broker had kept it.
    pub retained: bool,
    /// When it arrived, in milliseconds since 1970.
    pub arrived_ms: i64,
}

/// A reading, ready to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mapped {
    /// Who reported.
    pub device: String,
    /// The reading in canonical form: one line of JSON, ended.
    pub line: String,
}

/// Why a message is no reading.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Malformed {
    /// A stable word for counting.
    pub code: &'static str,
    /// For people: what was found and what is allowed.
    pub message: String,
}

/// What a message is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// A reading.
    Reading(Mapped),
    /// Nothing to take: the broker had kept it.
    Skipped,
    /// No reading.
    Malformed(Malformed),
}

/// What `message` is, by the first of `mappings` whose filter matches.
#[must_use]
pub fn read(mappings: &[Mapping], message: Message<'_>) -> Verdict {
    let matching = mappings
        .iter()
        .find_map(|mapping| Some((mapping, mapping.filter.captures(message.topic)?)));
    let Some((mapping, captures)) = matching else {
        let why = "no [[topics]] of the configuration matches the topic".to_owned();
        return Verdict::Malformed(Malformed { code: "unknown_topic", message: why });
    };
    if message.retained && mapping.retained == Retained::Skip {
        return Verdict::Skipped;
    }
    match mapping.read(&captures, message) {
        Ok(mapped) => Verdict::Reading(mapped),
        Err(malformed) => Verdict::Malformed(malformed),
    }
}

impl Mapping {
    fn read(&self, captures: &[&str], message: Message<'_>) -> Result<Mapped, Malformed> {
        if message.payload.len() > PAYLOAD_BYTES_MAX {
            let length = message.payload.len();
            let why = format!("{length} bytes: allowed are {PAYLOAD_BYTES_MAX}");
            return Err(Malformed { code: "payload_too_large", message: why });
        }
        let reading = match &self.form {
            Form::Reading => self.whole(message)?,
            Form::Object(object) => object.read(&self.time, captures, message)?,
            Form::Bare { device, value } => {
                let device = device.fill(captures, None)?;
                let value = format!(
                    "{{{}:{}}}",
                    json(&value.fill(captures, None)?),
                    bare(message.payload)?
                );
                canonical(&device, &message.arrived_ms.to_string(), None, &value)?
            }
        };
        Ok(Mapped { line: readings::encode([&reading]), device: reading.device })
    }

    /// A payload that is a reading by itself.
    fn whole(&self, message: Message<'_>) -> Result<Reading, Malformed> {
        let arrived = Timestamp::from_millis(message.arrived_ms);
        let defaults = Defaults { ts: Some(arrived), ..Defaults::default() };
        let mut reading = readings::decode_one(message.payload, 0, defaults)?;
        if self.time == Time::Arrival {
            reading.ts = arrived;
        }
        Ok(reading)
    }
}

impl ObjectForm {
    fn read(
        &self,
        time: &Time,
        captures: &[&str],
        message: Message<'_>,
    ) -> Result<Reading, Malformed> {
        let payload: &RawValue = serde_json::from_slice(message.payload)
            .map_err(|why| Malformed { code: "invalid_json", message: why.to_string() })?;
        let device = self.device.fill(captures, Some(payload))?;
        let id = self.id.as_ref().map(|id| id.fill(captures, Some(payload))).transpose()?;
        let ts = time.of(payload, message.arrived_ms)?;
        let values = match &self.values {
            Some(path) => path.find(payload).ok_or_else(|| no_field(path))?,
            None => payload,
        };
        if !values.get().starts_with('{') {
            let found =
                self.values.as_ref().map_or_else(|| "payload".to_owned(), ToString::to_string);
            let why = format!("{found} is no object: allowed is a JSON object of values");
            return Err(Malformed { code: "not_an_object", message: why });
        }
        let mut reading = canonical(&device, &ts, id.as_deref(), values.get())?;
        // What said who and when is not a value besides.
        let used = self.device.fields().chain(self.id.iter().flat_map(Template::fields));
        let used = used.chain(time.field()).filter_map(|path| path.name_in(self.values.as_ref()));
        let used: Vec<_> = used.collect();
        let is_default_time = |name: &str| self.values.is_none() && time.is_default_field(name);
        reading.values.retain(|(name, _)| !used.contains(name) && !is_default_time(name));
        Ok(reading)
    }
}

impl Time {
    /// The JSON text of the event time.
    fn of(&self, payload: &RawValue, arrived_ms: i64) -> Result<String, Malformed> {
        match self {
            Self::Arrival => Ok(arrived_ms.to_string()),
            Self::Field(path) => {
                let found = path.find(payload).ok_or_else(|| no_field(path))?;
                Ok(found.get().to_owned())
            }
            Self::Either => {
                let ts = FieldPath::top(DEFAULT_FIELD).find(payload);
                let ts = ts.map(RawValue::get).filter(|ts| *ts != "null");
                Ok(ts.map_or_else(|| arrived_ms.to_string(), str::to_owned))
            }
        }
    }

    const fn field(&self) -> Option<&FieldPath> {
        match self {
            Self::Field(path) => Some(path),
            Self::Either | Self::Arrival => None,
        }
    }

    fn is_default_field(&self, name: &str) -> bool {
        *self == Self::Either && name == DEFAULT_FIELD
    }
}

/// The reading of a device, from parts that are JSON already.
fn canonical(device: &str, ts: &str, id: Option<&str>, values: &str) -> Result<Reading, Malformed> {
    let id = id.map_or_else(|| "null".to_owned(), json);
    let device = json(device);
    let text = format!("{{\"device\":{device},\"ts\":{ts},\"id\":{id},\"values\":{values}}}");
    Ok(readings::decode_one(text.as_bytes(), 0, Defaults::default())?)
}

/// A bare payload as JSON: what is no JSON is a text; what `ESPHome` calls
/// `nan`, a sensor without a value, is null.
fn bare(payload: &[u8]) -> Result<String, Malformed> {
    let text = str::from_utf8(payload).map_err(|_| Malformed {
        code: "not_utf8",
        message: "the payload is no UTF-8 text".to_owned(),
    })?;
    let text = text.trim();
    if text.eq_ignore_ascii_case("nan") {
        return Ok("null".to_owned());
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(value) => Ok(value.get().to_owned()),
        Err(_) => Ok(json(text)),
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn no_field(path: &FieldPath) -> Malformed {
    Malformed { code: "missing_field", message: format!("the payload has no field {path}") }
}

impl From<Unfilled> for Malformed {
    fn from(why: Unfilled) -> Self {
        Self { code: "missing_field", message: why.to_string() }
    }
}

impl From<ItemError> for Malformed {
    fn from(why: ItemError) -> Self {
        Self { code: why.code, message: why.message }
    }
}

#[cfg(test)]
mod tests;
