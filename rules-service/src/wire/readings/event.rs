//! `CloudEvents` 1.0 in JSON: the reading is the event's `data`.

use std::borrow::Cow;

use rules_core::{Batch, hash::fnv1a_128};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Defaults, Place, Refusal, body::object_into, object};
use crate::wire::time;

/// The attributes that matter here; others are passed over.
#[derive(Deserialize)]
#[serde(expecting = "an event")]
struct Event<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow)]
    time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_base64: Option<IgnoredAny>,
}

/// Reads one event. What `data` does not say comes from the envelope: the
/// device from `subject`, else `source`; the event time from `time`; the
/// reading's id from `source` and `id`, which together name the event.
pub(super) fn read(
    text: &[u8],
    place: Place,
    into: (&mut Batch, u32),
    path: &mut String,
) -> Result<(), Refusal> {
    let event: Event<'_> = serde_json::from_slice(text).map_err(|why| match why.classify() {
        serde_json::error::Category::Data => {
            let why = object::without_place(&why);
            Refusal::new("bad_event", format!("this is no CloudEvent: {why}"))
        }
        _ => object::not_json(&why, text, place),
    })?;
    if event.specversion != "1.0" {
        let found = &event.specversion;
        let message = format!("specversion is {found:?}: allowed is \"1.0\"");
        return Err(Refusal::new("bad_event", message));
    }
    let Some(data) = event.data else {
        let found = if event.data_base64.is_some() { "data_base64" } else { "no data" };
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
    let offset = (data.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let place = place.after(text.get(..offset).unwrap_or_default());
    // Hashed: a source is a URI of any length, and an id has a bound.
    let id = format!("{:032x}", fnv1a_128(&[event.source.as_bytes(), event.id.as_bytes()]));
    let device = event.subject.as_deref().unwrap_or(&event.source);
    let defaults = Defaults { device: Some(device), ts, id: Some(&id) };
    object_into(data.get().as_bytes(), place, defaults, into, path)
}
