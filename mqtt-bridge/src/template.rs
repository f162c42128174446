//! `plant-{1}-{params.unit}`: a text made from a topic's levels and a payload's fields.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::value::RawValue;

/// Text with holes: `{1}` is what the first wildcard of the filter stood
/// for, `{name}` or `{outer.inner}` a field of the payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    /// The n-th wildcard, from 1.
    Wildcard(usize),
    Field(FieldPath),
}

/// Where a field stands in a JSON object: the names on the way to it.
///
/// Written with dots; a name that holds dots or braces itself stands in
/// backticks: ``params.`temperature:0`.tC``.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldPath {
    names: Vec<String>,
}

/// Why a template cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TemplateError {
    /// It says nothing.
    #[error("{0:?} is empty")]
    Empty(String),
    /// A brace without its other half.
    #[error("{0:?}: a brace is not closed, or closes nothing")]
    Brace(String),
    /// A field without a name, or an open backtick.
    #[error("{0:?} is no path of a field: allowed are names joined by dots, odd ones in backticks")]
    Path(String),
    /// A hole for a wildcard that the filter does not have.
    #[error("{text:?} asks for wildcard {wanted}, and the filter has {there}")]
    NoSuchWildcard {
        /// The template.
        text: String,
        /// What it asks for.
        wanted: usize,
        /// How many there are.
        there: usize,
    },
}

/// Why a template gave no text for one message.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unfilled {
    /// The payload has no such field.
    #[error("the payload has no field {0}")]
    Missing(String),
    /// The field is null, an object or an array.
    #[error("field {0} is {1}: allowed are a text, a number or a bool")]
    NoText(String, &'static str),
}

impl Template {
    /// Reads a template for a filter with so many wildcards.
    pub fn parse(text: &str, wildcards: usize) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            let brace = || TemplateError::Brace(text.to_owned());
            let hole = from.strip_prefix('{').ok_or_else(brace)?;
            let (inside, after) = hole.split_once('}').ok_or_else(brace)?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::hole(inside, text, wildcards)?);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        if pieces.is_empty() {
            return Err(TemplateError::Empty(text.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The text for a message: `captures` as [`crate::filter::Filter::captures`]
    /// gives them, `payload` if it is a JSON object.
    pub fn fill(&self, captures: &[&str], payload: Option<&RawValue>) -> Result<String, Unfilled> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Wildcard(number) => {
                    filled.push_str(captures.get(number - 1).copied().unwrap_or_default());
                }
                Piece::Field(path) => filled.push_str(&path.text(payload)?),
            }
        }
        Ok(filled)
    }

    /// The fields of the payload that it asks for.
    pub fn fields(&self) -> impl Iterator<Item = &FieldPath> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Field(path) => Some(path),
            Piece::Text(_) | Piece::Wildcard(_) => None,
        })
    }

    /// The field, if it is nothing but one.
    #[must_use]
    pub fn as_field(&self) -> Option<&FieldPath> {
        match self.pieces.as_slice() {
            [Piece::Field(path)] => Some(path),
            _ => None,
        }
    }
}

impl Piece {
    fn hole(inside: &str, template: &str, wildcards: usize) -> Result<Self, TemplateError> {
        let Ok(wanted) = inside.parse::<usize>() else {
            return FieldPath::parse(inside).map(Self::Field);
        };
        if (1..=wildcards).contains(&wanted) {
            return Ok(Self::Wildcard(wanted));
        }
        let text = template.to_owned();
        Err(TemplateError::NoSuchWildcard { text, wanted, there: wildcards })
    }
}

impl FieldPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let wrong = || TemplateError::Path(text.to_owned());
        let mut names = Vec::new();
        let mut rest = text;
        loop {
            let (name, after) = match rest.strip_prefix('`') {
                Some(quoted) => quoted.split_once('`').ok_or_else(wrong)?,
                None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
            };
            if name.is_empty() || (!rest.starts_with('`') && name.contains('`')) {
                return Err(wrong());
            }
            names.push(name.to_owned());
            if after.is_empty() {
                return Ok(Self { names });
            }
            rest = after.strip_prefix('.').ok_or_else(wrong)?;
        }
    }

    /// The path of a field of the outermost object.
    #[must_use]
    pub fn top(name: &str) -> Self {
        Self { names: vec![name.to_owned()] }
    }

    /// The field's JSON text, if `payload` is an object that has it.
    #[must_use]
    pub fn find<'p>(&self, payload: &'p RawValue) -> Option<&'p RawValue> {
        let mut found = payload;
        for name in &self.names {
            let members: BTreeMap<String, &'p RawValue> = serde_json::from_str(found.get()).ok()?;
            found = members.get(name)?;
        }
        Some(found)
    }

    /// The name under which a reading carries the field when its values are
    /// those of the object at `outer`; none if it lies outside.
    #[must_use]
    pub fn name_in(&self, outer: Option<&Self>) -> Option<String> {
        let outer = outer.map_or(&[][..], |outer| &outer.names);
        self.names.strip_prefix(outer).map(|names| names.join("."))
    }

    fn text(&self, payload: Option<&RawValue>) -> Result<String, Unfilled> {
        let found = payload.and_then(|payload| self.find(payload));
        let raw = found.ok_or_else(|| Unfilled::Missing(self.to_string()))?.get();
        match raw.as_bytes().first() {
            Some(b'"') => {
                serde_json::from_str(raw).map_err(|_| Unfilled::NoText(self.to_string(), "no text"))
            }
            Some(b'{') => Err(Unfilled::NoText(self.to_string(), "an object")),
            Some(b'[') => Err(Unfilled::NoText(self.to_string(), "an array")),
            Some(b'n') => Err(Unfilled::NoText(self.to_string(), "null")),
            _ => Ok(raw.to_owned()),
        }
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            if index > 0 {
                formatter.write_char('.')?;
            }
            let is_plain = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
            if name.chars().all(is_plain) {
                formatter.write_str(name)?;
            } else {
                write!(formatter, "`{name}`")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, captures: &[&str], payload: &str) -> Result<String, String> {
        let template = Template::parse(template, captures.len()).map_err(|why| why.to_string())?;
        let payload: &RawValue = serde_json::from_str(payload).unwrap();
        template.fill(captures, Some(payload)).map_err(|why| why.to_string())
    }

    #[test]
    fn holes_are_filled_from_the_topic_and_the_payload() {
        let payload = r#"{"src":"shelly-1","params":{"temperature:0":{"id":0}},"on":true}"#;
        for (template, expected) in [
            ("{1}", "boiler-1"),
            ("plant-{2}/{1}", "plant-east/boiler-1"),
            ("{src}", "shelly-1"),
            ("{src}-{params.`temperature:0`.id}-{on}", "shelly-1-0-true"),
        ] {
            let filled = fill(template, &["boiler-1", "east"], payload);
            assert_eq!(filled.as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_cannot_be_filled_says_why() {
        for (template, expected) in [
            ("{name}", "the payload has no field name"),
            ("{a.b}", "the payload has no field a.b"),
            ("{n}", "field n is null: allowed are a text, a number or a bool"),
            ("{`o.o`}", "field `o.o` is an object: allowed are a text, a number or a bool"),
        ] {
            let filled = fill(template, &[], r#"{"n":null,"o.o":{},"a":3}"#);
            assert_eq!(filled, Err(expected.to_owned()), "{template}");
        }
    }

    #[test]
    fn wrong_templates_are_refused() {
        for wrong in ["", "{", "a}", "{}", "{a..b}", "{`a}", "{a`b}", "{2}", "{0}", "{`a`b}"] {
            assert!(Template::parse(wrong, 1).is_err(), "{wrong:?}");
        }
    }
}
