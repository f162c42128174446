//! The reader of plain items: one pass over the text of a reading without
//! escapes, nothing doubled, everything within its limits.
//!
//! What comes out is what [`super::object`] makes of the same text, which has
//! the last word on everything else: `None` here means "look again there".

use std::fmt::Write as _;

use rules_core::{Draft, Reading, Timestamp, ValueRef};

use super::{
    DEPTH_MAX, Defaults,
    keys::{Key, Keys, Place, Role},
    scanner::{self, Scanner, short_scalar},
};
use crate::wire::time;

/// What is kept from reading to reading of a body.
#[derive(Debug)]
pub(super) struct Room<'a> {
    keys: Keys<'a>,
    /// The name of the object or array that is being read.
    path: String,
}

impl<'a> Room<'a> {
    pub(super) fn new(keys: Keys<'a>) -> Self {
        Self { keys, path: String::new() }
    }

    /// Forgets what is no longer true when a draft was dropped.
    pub(super) fn forget(&mut self) {
        self.keys.forget();
    }
}

/// Writes the object at which `scan` stands into `draft`.
pub(super) fn read<'a>(
    scan: &mut Scanner<'a>,
    room: &mut Room<'a>,
    draft: &mut Draft<'_>,
    defaults: Defaults<'_>,
) -> Option<()> {
    room.keys.restart();
    let mut object = Object {
        scan,
        room,
        draft,
        form: Form::Flat,
        device: None,
        device_id: None,
        ts: None,
        inner_ts: None,
        id: None,
    };
    object.members(Level::READING)?;
    object.settle(defaults)
}

/// An object that is being read, and what it has said so far.
struct Object<'s, 'a, 'd> {
    scan: &'s mut Scanner<'a>,
    room: &'s mut Room<'a>,
    draft: &'s mut Draft<'d>,
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

/// The reading, or an object or array in it.
#[derive(Clone, Copy)]
struct Level {
    role: Role,
    place: Place,
    /// The bracket that opens it.
    begin: u8,
    /// How much of `path` names it.
    base: usize,
    /// How many objects and arrays its values stand in.
    depth: usize,
    /// That of the next element.
    index: usize,
}

/// What stands where a key may stand.
enum Next {
    /// One, of which this is the place in [`Keys`].
    Key(u32),
    /// The end of the object or array.
    End,
}

/// What stood behind a key.
enum Taken<'a> {
    /// A value that holds no others, and the number of its name.
    Value(u32, ValueRef<'a>),
    /// Anything else, which is where it belongs.
    Part,
}

impl Level {
    const READING: Self =
        Self { role: Role::Reading, place: Place::START, begin: b'{', base: 0, depth: 1, index: 0 };
}

impl<'a> Object<'_, 'a, '_> {
    /// Takes an object or array.
    fn members(&mut self, mut level: Level) -> Option<()> {
        // A copy of what is to come stays in registers.
        let mut rest = self.scan.rest;
        loop {
            let expected = self.room.keys.expected(level.place, rest);
            let taken = if let Some((key, behind)) = expected
                && let Some(number) = key.number
                && let Some((value, behind)) = short_scalar(behind)
            {
                rest = behind;
                Taken::Value(number, value)
            } else {
                self.scan.rest = expected.map_or(rest, |(_, behind)| behind);
                let at = if expected.is_some() {
                    self.scan.blanks();
                    self.room.keys.last()
                } else {
                    match self.other_key(&mut level)? {
                        Next::Key(at) => at,
                        Next::End => return Some(()),
                    }
                };
                let taken = self.behind_key(level, at)?;
                rest = self.scan.rest;
                taken
            };
            if let Taken::Value(number, value) = taken {
                self.draft.numbered_value(number, value).ok()?;
            }
            level.place = level.place.further();
        }
    }

    /// Takes a key that is not the one expected, and all up to its value; or
    /// the end of the object or array.
    #[inline(never)]
    fn other_key(&mut self, level: &mut Level) -> Option<Next> {
        let (rest, is_first) = (self.scan.rest, level.place.is_first());
        self.scan.blanks();
        if is_first {
            self.scan.take(level.begin)?;
            self.scan.blanks();
        }
        if level.begin == b'[' {
            self.set_index(*level)?;
            level.index += 1;
        }
        // The closing bracket comes two behind the opening one.
        let scan = &mut *self.scan;
        if scan.take(level.begin + 2).is_some() {
            return Some(Next::End);
        }
        if !is_first {
            scan.take(b',')?;
            scan.blanks();
        }
        if level.begin == b'[' {
            let element = Key::new(level.place, &[], "", Role::Value);
            return Some(Next::Key(self.room.keys.add(element)));
        }
        let name = scan.string()?;
        scan.blanks();
        scan.take(b':')?;
        scan.blanks();
        if let Some(at) = self.room.keys.find(level.place, rest) {
            return Some(Next::Key(at));
        }
        // Names below an empty one have no dot before them, and `tags.` is of two kinds.
        if name.is_empty() || (level.role == Role::Reading && name.starts_with("tags.")) {
            return None;
        }
        let text = rest.get(..rest.len() - scan.rest.len()).unwrap_or_default();
        let role = Role::of(level.role, name);
        Some(Next::Key(self.room.keys.add(Key::new(level.place, text, name, role))))
    }

    /// Takes an object or array, which stands behind the key at `at`.
    #[inline(never)]
    fn inner(&mut self, level: Level, at: u32, begin: u8) -> Option<()> {
        let Key { role, name, .. } = *self.room.keys.get(at);
        let (place, depth) = (Place::behind(at), level.depth + 1);
        let below = Level { role, place, begin, base: 0, depth, index: 0 };
        match (role, begin) {
            (Role::Values, b'{') => self.takes_form(Form::Canonical)?,
            (Role::Payload, b'{') => self.takes_form(Form::Payload)?,
            (Role::Tags, b'{') => {}
            (Role::Value | Role::Values | Role::Payload, _) => {
                self.set_path(level, name)?;
                let place = if begin == b'[' { Place::NOWHERE } else { place };
                let base = self.room.path.len();
                let is_too_deep = depth > DEPTH_MAX;
                let below = Level { role: Role::Value, place, base, ..below };
                return if is_too_deep { None } else { self.members(below) };
            }
            _ => return None,
        }
        self.members(below)
    }

    fn takes_form(&mut self, form: Form) -> Option<()> {
        let was = std::mem::replace(&mut self.form, form);
        (was == Form::Flat).then_some(())
    }

    /// Takes what stands behind the key at `at`.
    #[inline]
    fn behind_key(&mut self, level: Level, at: u32) -> Option<Taken<'a>> {
        if let Some(begin @ (b'{' | b'[')) = self.scan.peek() {
            self.inner(level, at, begin)?;
            return Some(Taken::Part);
        }
        let value = self.scan.scalar()?;
        let key = self.room.keys.get(at);
        match (key.role, value) {
            (Role::Value | Role::Values | Role::Payload, _) => {
                let number = match key.number {
                    Some(number) => number,
                    None => self.number(level, at)?,
                };
                return is_short(value).then_some(Taken::Value(number, value));
            }
            (Role::Ts, _) => once(&mut self.ts, event_time(value)?)?,
            (Role::InnerTs, _) => once(&mut self.inner_ts, event_time(value)?)?,
            (Role::Id, _) => once(&mut self.id, value)?,
            (Role::Device, ValueRef::Text(text)) => once(&mut self.device, text)?,
            (Role::DeviceId, ValueRef::Text(text)) => once(&mut self.device_id, text)?,
            (Role::Tag, ValueRef::Text(text)) => {
                let name = key.name;
                self.tag(name, text)?;
            }
            _ => return None,
        }
        Some(Taken::Part)
    }

    /// Finds the number of the name of the key at `at`, and notes it there.
    #[inline(never)]
    fn number(&mut self, level: Level, at: u32) -> Option<u32> {
        if self.draft.values() >= Reading::VALUES_MAX {
            return None;
        }
        self.set_path(level, self.room.keys.get(at).name)?;
        let number = self.draft.name(&self.room.path);
        self.room.keys.set_number(at, number);
        Some(number)
    }

    /// Makes `path` that of the member `name`. That of an element it is already.
    fn set_path(&mut self, level: Level, name: &str) -> Option<()> {
        let path = &mut self.room.path;
        if level.begin == b'{' {
            path.truncate(level.base);
            if level.base > 0 {
                path.push('.');
            }
            path.push_str(name);
        }
        (path.len() <= Reading::NAME_BYTES_MAX).then_some(())
    }

    /// Makes `path` that of an element; of the one behind the last, too: that
    /// is where `object` looks.
    fn set_index(&mut self, level: Level) -> Option<()> {
        let path = &mut self.room.path;
        path.truncate(level.base);
        write!(path, ".{}", level.index).ok()?;
        (path.len() <= Reading::NAME_BYTES_MAX && level.index <= Reading::VALUES_MAX).then_some(())
    }

    fn tag(&mut self, name: &str, text: &str) -> Option<()> {
        let (before, most) = (self.draft.tags(), Reading::TAG_BYTES_MAX);
        if before == Reading::TAGS_MAX || name.len() > most || text.len() > most {
            return None;
        }
        self.draft.tag(name, text);
        (self.draft.tags() > before).then_some(())
    }

    /// Understands the form, and what is left to the defaults.
    fn settle(mut self, defaults: Defaults<'_>) -> Option<()> {
        if self.form != Form::Canonical {
            if self.draft.tags() > 0 {
                return None;
            }
            if let Some(id) = self.id.take() {
                self.draft.value("id", id).ok().filter(|()| is_short(id))?;
            }
        }
        if self.draft.values() > Reading::VALUES_MAX {
            return None;
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
        Some(())
    }

    fn set_device(&mut self, device: &str) -> Option<()> {
        let fits = (1..=Reading::DEVICE_BYTES_MAX).contains(&device.len());
        let is_clean = scanner::is_graphic(device) || !device.contains(char::is_control);
        if !(fits && is_clean) {
            return None;
        }
        self.draft.device(device);
        Some(())
    }
}

fn is_short(value: ValueRef<'_>) -> bool {
    !matches!(value, ValueRef::Text(text) if text.len() > Reading::TEXT_BYTES_MAX)
}

/// Puts `value` into `place`, where none must be yet.
#[inline]
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

#[inline]
fn event_time(value: ValueRef<'_>) -> Option<Timestamp> {
    match value {
        ValueRef::Number(number) => time::from_number(number),
        ValueRef::Text(text) => time::parse(text).filter(|ts| is_within_bounds(*ts)),
        ValueRef::Null | ValueRef::Bool(_) => None,
    }
}

fn is_within_bounds(ts: Timestamp) -> bool {
    (Timestamp::MIN..=Timestamp::MAX).contains(&ts)
}
