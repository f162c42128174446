use rules_core::{
    Reading, Transition,
    json::{Fault, Piece, Reader},
    partition::Described,
};
use serde::Serialize;
use sorted::SortedMap;

use super::{TransitionJson, time, value::ValueJson};

/// What is known of a device.
#[derive(Debug, Serialize)]
pub struct DeviceJson<'a> {
    device: &'a str,
    tags: SortedMap<&'a str, &'a str>,
    last: Option<String>,
    values: SortedMap<&'a str, LastJson<'a>>,
    samples: usize,
    alerts: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    transitions: Option<Vec<TransitionJson<'a>>>,
}

/// A value with the event time of the reading that brought it.
#[derive(Debug, Serialize)]
struct LastJson<'a> {
    value: ValueJson<'a>,
    at: String,
}

impl<'a> DeviceJson<'a> {
    /// The form of what is known of `device`.
    #[must_use]
    pub fn new(device: &'a str, described: &'a Described) -> Self {
        let values = described.values.iter().map(|(name, value, at)| {
            (name.as_str(), LastJson { value: ValueJson(value), at: time::rfc3339(*at) })
        });
        Self {
            device,
            tags: described.tags.iter().map(|(tag, text)| (tag.as_str(), text.as_str())).collect(),
            last: described.last.map(time::rfc3339),
            values: values.collect(),
            samples: described.samples,
            alerts: &described.alerts,
            transitions: None,
        }
    }

    /// With what happened to alerts.
    #[must_use]
    pub fn with_transitions(self, transitions: &'a [Transition]) -> Self {
        let transitions = transitions.iter().map(TransitionJson::new).collect();
        Self { transitions: Some(transitions), ..self }
    }
}

/// Why a body describes no device.
#[derive(Debug, thiserror::Error)]
pub enum NotADevice {
    /// It has another form.
    #[error("{0}: allowed is {{\"tags\": {{\"name\": \"text\"}}}}")]
    Form(#[from] Fault),
    /// It has too many tags.
    #[error("the device has {0} tags: allowed are {most}", most = Reading::TAGS_MAX)]
    TooMany(usize),
    /// A tag has no name, or a long one.
    #[error("the name of a tag has {0} bytes: allowed are 1 to {most}", most = Reading::TAG_BYTES_MAX)]
    Name(usize),
    /// A tag has a long text.
    #[error("the text of tag {0:?} has {1} bytes: allowed are {most}", most = Reading::TAG_BYTES_MAX)]
    Text(String, usize),
}

/// Reads the tags of a device, sorted, from `{"tags": {…}}`. A tag with an
/// empty text is none, as in readings.
///
/// # Errors
/// The first thing that is wrong.
pub fn read_tags(body: &[u8]) -> Result<Vec<(String, String)>, NotADevice> {
    let mut reader = Reader::new(body);
    let tags = tags(&mut reader)?;
    reader.end()?;
    let tags: Vec<(String, String)> =
        tags.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    if tags.len() > Reading::TAGS_MAX {
        return Err(NotADevice::TooMany(tags.len()));
    }
    for (name, text) in &tags {
        if !(1..=Reading::TAG_BYTES_MAX).contains(&name.len()) {
            return Err(NotADevice::Name(name.len()));
        }
        if text.len() > Reading::TAG_BYTES_MAX {
            return Err(NotADevice::Text(name.clone(), text.len()));
        }
    }
    Ok(tags)
}

fn tags(reader: &mut Reader<'_>) -> Result<SortedMap<String, String>, Fault> {
    let mut tags: Option<SortedMap<String, String>> = None;
    open(reader)?;
    while let Some(key) = reader.key()? {
        if key != "tags" {
            return Err(reader.here(format!("unknown field `{key}`, expected `tags`")));
        }
        if tags.is_some() {
            return Err(reader.here("duplicate field `tags`"));
        }
        open(reader)?;
        let tags = tags.get_or_insert_default();
        while let Some(name) = reader.key()? {
            match reader.value()? {
                Piece::Text(text) => tags.insert(name.into_owned(), text.into_owned()),
                other => return Err(reader.here(other.unlike("a string"))),
            };
        }
    }
    tags.ok_or_else(|| reader.here("missing field `tags`"))
}

fn open(reader: &mut Reader<'_>) -> Result<(), Fault> {
    match reader.value()? {
        Piece::Object => Ok(()),
        other => Err(reader.here(other.unlike("an object"))),
    }
}
