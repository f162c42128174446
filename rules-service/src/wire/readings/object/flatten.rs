//! A JSON object, read in one pass into flat names: `{"a":{"b":[1]}}` → `a.b.0`.

use rules_core::{
    Reading, Value,
    json::{Fault, Piece, Reader},
};

use super::{Fields, too_many_values};
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
    /// It is JSON, but more or longer than is allowed, or no object.
    Refused(Refusal),
    /// It is no JSON.
    Json(Fault),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Json(fault)
    }
}

type Read = Result<(), Error>;

impl Members {
    /// Reads the object that `text` is.
    pub(super) fn read(text: &[u8]) -> Result<Self, Error> {
        let mut json = Reader::new(text);
        let mut collector = Collector::default();
        match json.value()? {
            Piece::Object => collector.object(&mut json, 0, 1)?,
            other => {
                let message = format!("{}: allowed is a JSON object", other.unlike("a reading"));
                return refuse("not_an_object", message);
            }
        }
        json.end()?;
        Ok(collector.members)
    }
}

fn refuse<T>(code: &'static str, message: String) -> Result<T, Error> {
    Err(Error::Refused(Refusal::new(code, message)))
}

#[derive(Default)]
struct Collector {
    members: Members,
    /// Where the value that is being read will go.
    part: Part,
    /// Its name.
    path: String,
    count: usize,
}

/// The three places of [`Members`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Rest,
    Values,
    Payload,
}

impl Collector {
    /// Reads the members of an object at `depth`; their names begin with the first `base` bytes of the path.
    fn object(&mut self, json: &mut Reader<'_>, base: usize, depth: usize) -> Read {
        while let Some(key) = json.key()? {
            self.begin_name(base, &key)?;
            self.value(json, depth)?;
        }
        Ok(())
    }

    /// Reads any value, which goes under the path.
    fn value(&mut self, json: &mut Reader<'_>, depth: usize) -> Read {
        match json.value()? {
            Piece::Null => self.push(Value::Null),
            Piece::Bool(truth) => self.push(Value::Bool(truth)),
            Piece::Number(raw) => self.push(Value::Number(json.finite(raw)?)),
            Piece::Text(text) => self.push_text(text.into_owned()),
            Piece::List => self.list(json, depth + 1),
            Piece::Object => self.nested(json, depth + 1),
        }
    }

    fn list(&mut self, json: &mut Reader<'_>, depth: usize) -> Read {
        self.check_depth(depth)?;
        let base = self.path.len();
        let mut index = 0_usize;
        while json.item()? {
            self.begin_name(base, &index.to_string())?;
            self.value(json, depth)?;
            index += 1;
        }
        Ok(())
    }

    fn nested(&mut self, json: &mut Reader<'_>, depth: usize) -> Read {
        self.check_depth(depth)?;
        let (part, place) = match self.path.as_str() {
            "values" if depth == 2 => (Part::Values, &mut self.members.values),
            "payload" if depth == 2 => (Part::Payload, &mut self.members.payload),
            path => return self.object(json, path.len(), depth),
        };
        if place.replace(Fields::new()).is_some() {
            return refuse(
                "duplicate_name",
                format!("{} is there twice: allowed is once", self.path),
            );
        }
        self.part = part;
        self.object(json, 0, depth)?;
        self.part = Part::Rest;
        Ok(())
    }

    fn push(&mut self, value: Value) -> Read {
        self.count += 1;
        // Bounds the work only: what is a value and what is a tag is not known yet.
        if self.count > 2 * Reading::VALUES_MAX {
            return Err(Error::Refused(too_many_values()));
        }
        let fields = match self.part {
            Part::Rest => &mut self.members.rest,
            Part::Values => self.members.values.get_or_insert_default(),
            Part::Payload => self.members.payload.get_or_insert_default(),
        };
        fields.push((self.path.clone(), value));
        Ok(())
    }

    fn push_text(&mut self, text: String) -> Read {
        if text.len() > Reading::TEXT_BYTES_MAX {
            let (name, length, most) = (&self.path, text.len(), Reading::TEXT_BYTES_MAX);
            let message = format!("{name} is a text of {length} bytes: allowed are {most}");
            return refuse("text_too_long", message);
        }
        self.push(Value::Text(text))
    }

    /// The path becomes its first `base` bytes, `.` and `name`.
    fn begin_name(&mut self, base: usize, name: &str) -> Read {
        self.path.truncate(base);
        if base > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let (length, most) = (self.path.len(), Reading::NAME_BYTES_MAX);
        if length <= most {
            return Ok(());
        }
        let begin: String = self.path.chars().take(32).collect();
        let message = format!("the name {begin}… has {length} bytes: allowed are {most}");
        refuse("name_too_long", message)
    }

    fn check_depth(&self, depth: usize) -> Read {
        if depth <= DEPTH_MAX {
            return Ok(());
        }
        let begin: String = self.path.chars().take(32).collect();
        let message = format!("{begin} is nested too deep: allowed are {DEPTH_MAX} levels");
        refuse("too_deep", message)
    }
}
