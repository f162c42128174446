//! `CloudEvents` 1.0 in JSON: the reading is the event's `data`.

use std::borrow::Cow;

use rules_core::{
    Batch,
    hash::fnv1a_128,
    json::{Fault, Piece, Reader},
};

use super::{Defaults, Place, Refusal, body::object_into, object};
use crate::wire::time;

/// The attributes that matter here; others are passed over.
#[derive(Default)]
struct Event<'a> {
    specversion: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    subject: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
    data: Option<&'a str>,
    has_base64: bool,
}

/// Why there is no event.
enum NoEvent {
    /// There is no JSON.
    Json(Fault),
    /// It has another form.
    Form(String),
}

impl From<Fault> for NoEvent {
    fn from(fault: Fault) -> Self {
        Self::Json(fault)
    }
}

impl<'a> Event<'a> {
    fn read(text: &'a [u8]) -> Result<Self, NoEvent> {
        let mut event = Self::default();
        let mut reader = Reader::new(text);
        match reader.value()? {
            Piece::Object => {}
            other => return Err(NoEvent::Form(other.unlike("an event"))),
        }
        while let Some(key) = reader.key()? {
            event.member(&key, &mut reader)?;
        }
        reader.end()?;
        Ok(event)
    }

    fn member(&mut self, key: &str, reader: &mut Reader<'a>) -> Result<(), NoEvent> {
        let attribute = match key {
            "specversion" => &mut self.specversion,
            "id" => &mut self.id,
            "source" => &mut self.source,
            "subject" => &mut self.subject,
            "time" => &mut self.time,
            "data" if self.data.is_some() => return Err(twice(key)),
            "data" => {
                self.data = Some(reader.skip()?).filter(|data| *data != "null");
                return Ok(());
            }
            "data_base64" => {
                self.has_base64 = reader.skip()? != "null";
                return Ok(());
            }
            _ => {
                reader.skip()?;
                return Ok(());
            }
        };
        if attribute.is_some() {
            return Err(twice(key));
        }
        *attribute = match reader.value()? {
            Piece::Text(text) => Some(text),
            Piece::Null if matches!(key, "subject" | "time") => None,
            other => return Err(NoEvent::Form(other.unlike("a string"))),
        };
        Ok(())
    }

    /// The attributes that every event has: version, id and source.
    fn required(&self) -> Result<[&str; 3], NoEvent> {
        let missing = |name| NoEvent::Form(format!("missing field `{name}`"));
        Ok([
            self.specversion.as_deref().ok_or_else(|| missing("specversion"))?,
            self.id.as_deref().ok_or_else(|| missing("id"))?,
            self.source.as_deref().ok_or_else(|| missing("source"))?,
        ])
    }
}

fn twice(name: &str) -> NoEvent {
    NoEvent::Form(format!("duplicate field `{name}`"))
}

/// Reads one event. What `data` does not say comes from the envelope: the
/// device from `subject`, else `source`; the event time from `time`; the
/// reading's id from `source` and `id`, which together name the event.
pub(super) fn read(text: &[u8], place: Place, into: (&mut Batch, u32)) -> Result<(), Refusal> {
    let refuse = |why| match why {
        NoEvent::Json(fault) => object::not_json(&fault, text, place),
        NoEvent::Form(why) => Refusal::new("bad_event", format!("this is no CloudEvent: {why}")),
    };
    let event = Event::read(text).map_err(refuse)?;
    let [specversion, id, source] = event.required().map_err(refuse)?;
    if specversion != "1.0" {
        let message = format!("specversion is {specversion:?}: allowed is \"1.0\"");
        return Err(Refusal::new("bad_event", message));
    }
    let Some(data) = event.data else {
        let found = if event.has_base64 { "data_base64" } else { "no data" };
        let message = format!("the event has {found}: allowed is data, a reading as a JSON object");
        return Err(Refusal::new("bad_event", message));
    };
    let ts = match &event.time {
        Some(text) => Some(time::parse(text).ok_or_else(|| {
            let message = format!("time is {text:?}: allowed is an RFC 3339 time with offset");
            Refusal::new("bad_event", message)
        })?),
        None => None,
    };
    // `data` borrows from `text`, so its address says where it stands.
    let offset = (data.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let place = place.after(text.get(..offset).unwrap_or_default());
    // Hashed: a source is a URI of any length, and an id has a bound.
    let id = format!("{:032x}", fnv1a_128(&[source.as_bytes(), id.as_bytes()]));
    let device = event.subject.as_deref().unwrap_or(source);
    let defaults = Defaults { device: Some(device), ts, id: Some(&id) };
    object_into(data.as_bytes(), place, defaults, into)
}
