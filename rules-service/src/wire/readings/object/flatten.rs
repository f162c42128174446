//! A JSON object, read in one pass into flat names: `{"a":{"b":[1]}}` → `a.b.0`.

use std::fmt;

use rules_core::{Reading, Value};
use serde::{
    Deserializer as _,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

use super::{Fields, numbers::Numbers, too_many_values};
use crate::wire::readings::{DEPTH_MAX, Refusal};

/// An object's members, flattened. `values` and `payload` are kept apart, and
/// named from their inside, if they are objects.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) values: Option<Fields>,
    pub(super) payload: Option<Fields>,
    pub(super) rest: Fields,
}

/// Why an object could not be read.
pub(super) enum Error {
    /// It is JSON, but more or longer than is allowed.
    Refused(Refusal),
    /// It is no JSON object.
    Json(serde_json::Error),
}

impl Members {
    /// Reads the object that `text` is.
    pub(super) fn read(text: &[u8]) -> Result<Self, Error> {
        let mut collector = Collector { numbers: Numbers::of(text), ..Collector::default() };
        let mut json = serde_json::Deserializer::from_slice(text);
        let read = json.deserialize_any(Object(&mut collector)).and_then(|()| json.end());
        match (collector.refusal, read) {
            (Some(refusal), _) => Err(Error::Refused(refusal)),
            (None, Err(why)) => Err(Error::Json(why)),
            (None, Ok(())) => Ok(collector.members),
        }
    }
}

#[derive(Default)]
struct Collector<'t> {
    members: Members,
    /// Those that are still to come.
    numbers: Numbers<'t>,
    /// Where the value that is being read will go.
    part: Part,
    /// Its name.
    path: String,
    count: usize,
    /// The first thing that is not allowed. It ends the reading; serde's own
    /// error cannot carry it.
    refusal: Option<Refusal>,
}

/// The three places of [`Members`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Rest,
    Values,
    Payload,
}

impl Collector<'_> {
    fn refuse<E: de::Error>(&mut self, code: &'static str, message: String) -> E {
        self.refusal = Some(Refusal::new(code, message));
        E::custom(code)
    }

    fn push<E: de::Error>(&mut self, value: Value) -> Result<(), E> {
        self.count += 1;
        // Bounds the work only: what is a value and what is a tag is not known yet.
        if self.count > 2 * Reading::VALUES_MAX {
            self.refusal = Some(too_many_values());
            return Err(E::custom("too_many_values"));
        }
        let fields = match self.part {
            Part::Rest => &mut self.members.rest,
            Part::Values => self.members.values.get_or_insert_default(),
            Part::Payload => self.members.payload.get_or_insert_default(),
        };
        fields.push((self.path.clone(), value));
        Ok(())
    }

    /// Pushes the number that `serde_json` reads as `roughly`.
    fn push_number<E: de::Error>(&mut self, roughly: f64) -> Result<(), E> {
        let number = self.numbers.next().filter(|number| number.is_finite());
        self.push(Value::Number(number.unwrap_or(roughly)))
    }

    fn push_text<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        if text.len() > Reading::TEXT_BYTES_MAX {
            let (name, length, most) = (&self.path, text.len(), Reading::TEXT_BYTES_MAX);
            let message = format!("{name} is a text of {length} bytes: allowed are {most}");
            return Err(self.refuse("text_too_long", message));
        }
        self.push(Value::Text(text.to_owned()))
    }

    /// Reads the next member of `map` under the name `path[..base]` + `.` + key.
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        base: usize,
        depth: usize,
    ) -> Result<bool, A::Error> {
        self.begin_name(base);
        if map.next_key_seed(AppendKey(&mut self.path))?.is_none() {
            return Ok(false);
        }
        self.check_name()?;
        map.next_value_seed(Flatten { into: self, depth })?;
        Ok(true)
    }

    fn begin_name(&mut self, base: usize) {
        self.path.truncate(base);
        if base > 0 {
            self.path.push('.');
        }
    }

    fn check_name<E: de::Error>(&mut self) -> Result<(), E> {
        let (length, most) = (self.path.len(), Reading::NAME_BYTES_MAX);
        if length <= most {
            return Ok(());
        }
        let begin: String = self.path.chars().take(32).collect();
        let message = format!("the name {begin}… has {length} bytes: allowed are {most}");
        Err(self.refuse("name_too_long", message))
    }

    fn check_depth<E: de::Error>(&mut self, depth: usize) -> Result<(), E> {
        if depth <= DEPTH_MAX {
            return Ok(());
        }
        let begin: String = self.path.chars().take(32).collect();
        let message = format!("{begin} is nested too deep: allowed are {DEPTH_MAX} levels");
        Err(self.refuse("too_deep", message))
    }
}

/// The reading itself: must be an object.
struct Object<'a, 't>(&'a mut Collector<'t>);

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reading")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while self.0.member(&mut map, 0, 1)? {}
        Ok(())
    }
}

/// Any value, which goes under the collector's path.
struct Flatten<'a, 't> {
    into: &'a mut Collector<'t>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Flatten<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flatten<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.into.push(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<(), E> {
        self.into.push(Value::Bool(truth))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.into.push_number(number as f64)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.into.push_number(number as f64)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        self.into.push_number(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.into.push_text(text)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.into.check_depth(self.depth + 1)?;
        let part = match self.into.path.as_str() {
            "values" if self.depth == 1 => Part::Values,
            "payload" if self.depth == 1 => Part::Payload,
            _ => {
                let base = self.into.path.len();
                while self.into.member(&mut map, base, self.depth + 1)? {}
                return Ok(());
            }
        };
        let members = &mut self.into.members;
        let place = if part == Part::Values { &mut members.values } else { &mut members.payload };
        if place.replace(Fields::new()).is_some() {
            let message = format!("{} is there twice: allowed is once", self.into.path);
            return Err(self.into.refuse("duplicate_name", message));
        }
        self.into.part = part;
        while self.into.member(&mut map, 0, self.depth + 1)? {}
        self.into.part = Part::Rest;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.into.check_depth(self.depth + 1)?;
        let base = self.into.path.len();
        for index in 0_usize.. {
            self.into.begin_name(base);
            self.into.path.push_str(&index.to_string());
            self.into.check_name()?;
            let element = Flatten { into: &mut *self.into, depth: self.depth + 1 };
            if seq.next_element_seed(element)?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Appends a key to the path: no text of its own for each key.
struct AppendKey<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for AppendKey<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for AppendKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        self.0.push_str(key);
        Ok(())
    }
}
