//! JSON text of what serialises, byte for byte as `serde_json` writes it.
//!
//! There is one form here and nothing that can fail, so a module has little
//! of it for each type that is written.

use alloc::string::{String, ToString};
use core::fmt::{self, Write};

use serde::{
    Serialize, Serializer,
    ser::{
        Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use crate::number;

/// The JSON text of `value`; empty where its type says that it has none.
pub fn to_text(value: &(impl Serialize + ?Sized)) -> String {
    let mut json = Json(String::new());
    if value.serialize(&mut json).is_err() {
        json.0.clear();
    }
    json.0
}

/// Writes `text` in quotes behind `json`.
pub fn quote(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\0'..='\x1f' => push(json, format_args!("\\u{:04x}", u32::from(character))),
            other => json.push(other),
        }
    }
    json.push('"');
}

/// A text cannot fail to be written to.
fn push(json: &mut String, what: fmt::Arguments<'_>) {
    let _ = json.write_fmt(what);
}

/// A type that has no JSON form.
#[derive(Clone, Copy, Debug)]
struct NoForm;

impl fmt::Display for NoForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no JSON form")
    }
}

impl core::error::Error for NoForm {}

impl Error for NoForm {
    fn custom<T: fmt::Display>(_why: T) -> Self {
        Self
    }
}

type Written = Result<(), NoForm>;

struct Json(String);

impl Json {
    fn open<'j>(&'j mut self, begin: &str, end: &'static str) -> Parts<'j> {
        self.0.push_str(begin);
        Parts { json: self, separator: "", end }
    }

    fn named(&mut self, variant: &str) {
        self.0.push('{');
        quote(&mut self.0, variant);
        self.0.push(':');
    }
}

/// Numbers and what else has a `Display` in its JSON form.
macro_rules! as_displayed {
    ($($method:ident: $type:ty),+ $(,)?) => {
        $(fn $method(self, value: $type) -> Written {
            push(&mut self.0, format_args!("{value}"));
            Ok(())
        })+
    };
}

/// Small numbers, as the large ones that they are.
macro_rules! as_wider {
    ($($method:ident: $type:ty as $wider:ident),+ $(,)?) => {
        $(fn $method(self, value: $type) -> Written {
            self.$wider(value.into())
        })+
    };
}

impl<'j> Serializer for &'j mut Json {
    type Ok = ();
    type Error = NoForm;
    type SerializeSeq = Parts<'j>;
    type SerializeTuple = Parts<'j>;
    type SerializeTupleStruct = Parts<'j>;
    type SerializeTupleVariant = Parts<'j>;
    type SerializeMap = Parts<'j>;
    type SerializeStruct = Parts<'j>;
    type SerializeStructVariant = Parts<'j>;

    as_displayed! {
        serialize_bool: bool,
        serialize_i64: i64,
        serialize_u64: u64,
    }

    as_wider! {
        serialize_i8: i8 as serialize_i64,
        serialize_i16: i16 as serialize_i64,
        serialize_i32: i32 as serialize_i64,
        serialize_u8: u8 as serialize_u64,
        serialize_u16: u16 as serialize_u64,
        serialize_u32: u32 as serialize_u64,
    }

    /// None of ours; as the f64 it is.
    fn serialize_f32(self, value: f32) -> Written {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Written {
        if !value.is_finite() {
            return self.serialize_unit();
        }
        push(&mut self.0, format_args!("{}", number::Json(value)));
        Ok(())
    }

    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(&value.to_string())
    }

    fn serialize_str(self, value: &str) -> Written {
        quote(&mut self.0, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        self.named(variant);
        value.serialize(&mut *self)?;
        self.0.push('}');
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Parts<'j>, NoForm> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Parts<'j>, NoForm> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'j>, NoForm> {
        Ok(self.open("[", "]"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'j>, NoForm> {
        self.named(variant);
        Ok(self.open("[", "]}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Parts<'j>, NoForm> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'j>, NoForm> {
        Ok(self.open("{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'j>, NoForm> {
        self.named(variant);
        Ok(self.open("{", "}}"))
    }
}

/// A list or an object that is being written.
struct Parts<'j> {
    json: &'j mut Json,
    /// What stands before the next part.
    separator: &'static str,
    end: &'static str,
}

impl Parts<'_> {
    fn next(&mut self) -> &mut Json {
        self.json.0.push_str(self.separator);
        self.separator = ",";
        self.json
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Written {
        item.serialize(self.next())
    }

    /// A key that is no text stands in quotes.
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        let begin = self.next().0.len();
        key.serialize(&mut *self.json)?;
        let json = &mut self.json.0;
        if !json.get(begin..).is_some_and(|key| key.starts_with('"')) {
            json.insert(begin, '"');
            json.push('"');
        }
        json.push(':');
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Written {
        quote(&mut self.next().0, name);
        self.json.0.push(':');
        value.serialize(&mut *self.json)
    }

    fn close(self) {
        self.json.0.push_str(self.end);
    }
}

macro_rules! parts {
    ($($trait:ident: $method:ident),+ $(,)?) => {
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = NoForm;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Written {
                self.item(item)
            }

            fn end(self) -> Written {
                self.close();
                Ok(())
            }
        })+
    };
}

parts! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = NoForm;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.json)
    }

    fn end(self) -> Written {
        self.close();
        Ok(())
    }
}

macro_rules! named_parts {
    ($($trait:ident),+ $(,)?) => {
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = NoForm;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Written {
                self.field(name, value)
            }

            fn end(self) -> Written {
                self.close();
                Ok(())
            }
        })+
    };
}

named_parts! { SerializeStruct, SerializeStructVariant }

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    /// What `serde_json` writes is the oracle.
    fn check(value: &impl Serialize) {
        assert_eq!(to_text(value), serde_json::to_string(value).unwrap());
    }

    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(f64),
        Tuple(i8, char),
        Struct { a: u16, b: () },
    }

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Whom<'a> {
        Group(BTreeMap<&'a str, &'a str>),
    }

    #[derive(Serialize)]
    struct Empty;

    #[derive(Serialize)]
    struct Whole<'a> {
        kinds: Vec<Kind>,
        #[serde(flatten)]
        whom: Whom<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u8>,
        none: Option<u8>,
        nested: Option<BTreeMap<i32, Vec<Empty>>>,
        tuple: (bool, u64, i64, f32),
    }

    #[test]
    fn all_shapes_are_written_as_serde_json_writes_them() {
        check(&Whole {
            kinds: vec![
                Kind::Unit,
                Kind::Newtype(81.5),
                Kind::Newtype(f64::NAN),
                Kind::Tuple(-1, '"'),
                Kind::Struct { a: 1, b: () },
            ],
            whom: Whom::Group([("site", "a"), ("li\"ne", "")].into()),
            left_out: None,
            none: None,
            nested: Some([(-3, vec![]), (4, vec![Empty, Empty])].into()),
            tuple: (true, u64::MAX, i64::MIN, 0.5),
        });
        check(&BTreeMap::<&str, u8>::new());
        check(&Vec::<u8>::new());
    }

    proptest! {
        #[test]
        fn texts_are_written_as_serde_json_writes_them(text in "(\\PC|[\\x00-\\x7f]){0,40}") {
            check(&text);
        }

        #[test]
        fn maps_are_written_as_serde_json_writes_them(
            map in prop::collection::btree_map(".{0,6}", prop::option::of(any::<f64>()), 0..5),
        ) {
            check(&map);
        }
    }
}
