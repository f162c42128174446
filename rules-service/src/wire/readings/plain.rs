//! One JSON object → one reading, in the cases that are almost all: no
//! escapes, nothing doubled, everything within its limits.
//!
//! What comes out is what [`super::object`] makes of the same text, which has
//! the last word on everything else: `None` here means "look again there".

use std::fmt::Write as _;

use rules_core::{Draft, Reading, Timestamp, ValueRef};

use super::{DEPTH_MAX, Defaults, scanner::Scanner};
use crate::wire::time;

/// Writes the object at which `scan` stands into `draft`. `path` is room for
/// names of nested values, kept from reading to reading.
pub(super) fn read<'d>(
    scan: &mut Scanner<'_>,
    path: &mut String,
    draft: Draft<'d>,
    defaults: Defaults<'_>,
) -> Option<Draft<'d>> {
    let mut object = Object {
        scan,
        path,
        draft,
        form: Form::Flat,
        device: None,
        device_id: None,
        ts: None,
        inner_ts: None,
        id: None,
    };
    object.members(Object::member)?;
    object.settle(defaults)
}

/// An object that is being read, and what it has said so far.
struct Object<'s, 'a, 'd> {
    scan: &'s mut Scanner<'a>,
    path: &'s mut String,
    draft: Draft<'d>,
    form: Form,
    device: Option<&'a str>,
    device_id: Option<&'a str>,
    ts: Option<Timestamp>,
    /// That in `payload`.
    inner_ts: Option<Timestamp>,
    /// A value, unless the form turns out to be canonical.
    id: Option<ValueRef<'a>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Flat,
    Canonical,
    Payload,
}

impl<'a, 'd> Object<'_, 'a, 'd> {
    /// Takes an object; `member` takes what stands behind each name and its colon.
    #[inline]
    fn members(&mut self, member: impl Fn(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.scan.take(b'{')?;
        self.scan.blanks();
        if self.scan.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.scan.string()?;
            self.scan.blanks();
            self.scan.take(b':')?;
            self.scan.blanks();
            // Names below an empty one have no dot before them.
            if name.is_empty() {
                return None;
            }
            member(self, name)?;
            self.scan.blanks();
            if self.scan.take(b'}').is_some() {
                return Some(());
            }
            self.scan.take(b',')?;
            self.scan.blanks();
        }
    }

    fn member(&mut self, name: &'a str) -> Option<()> {
        let opens_object = self.scan.peek() == Some(b'{');
        match name {
            "device" => once(&mut self.device, self.scan.string()?),
            "deviceId" => once(&mut self.device_id, self.scan.string()?),
            "ts" => once(&mut self.ts, event_time(self.scan.scalar()?)?),
            "id" => once(&mut self.id, self.scan.scalar()?),
            "values" if opens_object => {
                self.takes_form(Form::Canonical)?;
                self.members(|object, name| object.value(name, 2))
            }
            "payload" if opens_object => {
                self.takes_form(Form::Payload)?;
                self.members(|object, name| match name {
                    "ts" => once(&mut object.inner_ts, event_time(object.scan.scalar()?)?),
                    _ => object.value(name, 2),
                })
            }
            "tags" if opens_object => self.members(Self::tag),
            "tags" => None,
            _ if name.starts_with("tags.") => None,
            _ => self.value(name, 1),
        }
    }

    fn takes_form(&mut self, form: Form) -> Option<()> {
        let was = std::mem::replace(&mut self.form, form);
        (was == Form::Flat).then_some(())
    }

    /// Takes the value `name`, which stands in `depth` objects and arrays.
    #[inline]
    fn value(&mut self, name: &str, depth: usize) -> Option<()> {
        if let Some(b'{' | b'[') = self.scan.peek() {
            self.path.clear();
            self.path.push_str(name);
            return self.nested(depth);
        }
        let value = self.scan.scalar()?;
        add(&mut self.draft, name, value)
    }

    /// Takes the object or array that is named `path`.
    fn nested(&mut self, depth: usize) -> Option<()> {
        if depth >= DEPTH_MAX || self.path.len() > Reading::NAME_BYTES_MAX {
            return None;
        }
        if self.scan.peek() == Some(b'[') {
            return self.elements(depth);
        }
        self.members(|object, name| {
            let base = object.path.len();
            object.path.push('.');
            object.path.push_str(name);
            object.at_path(depth + 1)?;
            object.path.truncate(base);
            Some(())
        })
    }

    fn elements(&mut self, depth: usize) -> Option<()> {
        self.scan.take(b'[')?;
        let base = self.path.len();
        for index in 0..=Reading::VALUES_MAX {
            self.path.truncate(base);
            write!(self.path, ".{index}").ok()?;
            // Of the name behind the last one, too: that is where `object` looks.
            if self.path.len() > Reading::NAME_BYTES_MAX {
                return None;
            }
            self.scan.blanks();
            if self.scan.take(b']').is_some() {
                self.path.truncate(base);
                return Some(());
            }
            if index > 0 {
                self.scan.take(b',')?;
                self.scan.blanks();
            }
            self.at_path(depth + 1)?;
        }
        None
    }

    /// Takes the value that is named `path`, and stands in `depth` objects and arrays.
    fn at_path(&mut self, depth: usize) -> Option<()> {
        if let Some(b'{' | b'[') = self.scan.peek() {
            return self.nested(depth);
        }
        let value = self.scan.scalar()?;
        add(&mut self.draft, self.path, value)
    }

    fn tag(&mut self, name: &str) -> Option<()> {
        let text = self.scan.string()?;
        let (before, most) = (self.draft.tags(), Reading::TAG_BYTES_MAX);
        if before == Reading::TAGS_MAX || name.len() > most || text.len() > most {
            return None;
        }
        self.draft.tag(name, text);
        (self.draft.tags() > before).then_some(())
    }

    /// Understands the form, and what is left to the defaults.
    fn settle(mut self, defaults: Defaults<'_>) -> Option<Draft<'d>> {
        if self.form != Form::Canonical {
            if self.draft.tags() > 0 {
                return None;
            }
            if let Some(id) = self.id.take() {
                add(&mut self.draft, "id", id)?;
            }
        }
        match (self.device, self.device_id) {
            (Some(_), Some(_)) => return None,
            (device, other) => self.set_device(device.or(other).or(defaults.device)?)?,
        }
        let default = defaults.ts.filter(|ts| is_within_bounds(*ts));
        self.draft.ts(self.inner_ts.or(self.ts).or(default)?);
        match self.id {
            None | Some(ValueRef::Null) => {
                if let Some(id) = defaults.id {
                    self.draft.id(id);
                }
            }
            Some(ValueRef::Text(id)) if (1..=Reading::ID_BYTES_MAX).contains(&id.len()) => {
                self.draft.id(id);
            }
            Some(_) => return None,
        }
        Some(self.draft)
    }

    fn set_device(&mut self, device: &str) -> Option<()> {
        let fits = (1..=Reading::DEVICE_BYTES_MAX).contains(&device.len());
        let is_graphic = |byte: u8| matches!(byte, b' '..=b'~');
        let is_clean = device.bytes().all(is_graphic) || !device.contains(char::is_control);
        if !(fits && is_clean) {
            return None;
        }
        self.draft.device(device);
        Some(())
    }
}

/// Puts `value` into `place`, where none must be yet.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

#[inline]
fn add(draft: &mut Draft<'_>, name: &str, value: ValueRef<'_>) -> Option<()> {
    let too_long = matches!(value, ValueRef::Text(text) if text.len() > Reading::TEXT_BYTES_MAX);
    if too_long || name.len() > Reading::NAME_BYTES_MAX || draft.values() == Reading::VALUES_MAX {
        return None;
    }
    draft.value(name, value).ok()
}

#[inline]
fn event_time(ts: ValueRef<'_>) -> Option<Timestamp> {
    match ts {
        ValueRef::Number(number) => time::from_number(number),
        ValueRef::Text(text) => time::parse(text).filter(|ts| is_within_bounds(*ts)),
        ValueRef::Null | ValueRef::Bool(_) => None,
    }
}

fn is_within_bounds(ts: Timestamp) -> bool {
    (Timestamp::MIN..=Timestamp::MAX).contains(&ts)
}
