use std::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use proptest::prelude::*;
use serde_json::{Value, value::RawValue};

use super::{Fault, Piece, Reader};

fn whole(text: &[u8]) -> Result<Value, Fault> {
    let mut reader = Reader::new(text);
    let value = tree(&mut reader)?;
    reader.end()?;
    Ok(value)
}

fn tree(reader: &mut Reader<'_>) -> Result<Value, Fault> {
    Ok(match reader.value()? {
        Piece::Null => Value::Null,
        Piece::Bool(truth) => truth.into(),
        // Numbers themselves are for `number` to read, and have their own oracle.
        Piece::Number(raw) => serde_json::from_str(raw).unwrap(),
        Piece::Text(text) => text.into(),
        Piece::List => {
            let mut items = Vec::new();
            while reader.item()? {
                items.push(tree(reader)?);
            }
            items.into()
        }
        Piece::Object => {
            let mut members = serde_json::Map::new();
            while let Some(key) = reader.key()? {
                let value = tree(reader)?;
                members.insert(key.into_owned(), value);
            }
            members.into()
        }
    })
}

/// What `serde_json` reads is the oracle, to the words and places of its errors.
fn check(text: &[u8]) {
    let shown = || String::from_utf8_lossy(text).into_owned();
    match (whole(text), serde_json::from_slice::<Value>(text)) {
        (Ok(read), Ok(oracle)) => assert_eq!(read, oracle, "{}", shown()),
        (read, oracle) => {
            let read = read.map_err(|fault| fault.to_string());
            assert_eq!(read, oracle.map_err(|error| error.to_string()), "{}", shown());
        }
    }
    let mut reader = Reader::new(text);
    let skipped = reader.skip().ok().filter(|_| reader.end().is_ok());
    let oracle = serde_json::from_slice::<&RawValue>(text).ok().map(RawValue::get);
    assert_eq!(skipped, oracle, "{}", shown());
}

#[test]
fn texts_that_end_or_turn_bad_anywhere_are_told_as_serde_json_tells_them() {
    let text = r#" {"a\n\u00e9" : [-0.5e+7, 10, true,false , null,[],{}],
        "b":{"":"\"\\\/\b\f\r\t é"} } "#;
    for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        let (begin, rest) = text.split_at(cut);
        check(begin.as_bytes());
        let rest = rest.get(1..).unwrap_or_default();
        for byte in ["", "x", "\"", "\\", ",", "]", "}", "{", "0", "-", "\n", "\u{1}"] {
            check(format!("{begin}{byte}{rest}").as_bytes());
        }
    }
}

#[test]
fn what_is_no_text_is_no_json() {
    for text in [&b"\"a\xff\""[..], b"{\"\xc3\":1}", b"\"\\ud83d\"", b"\"\\ud83dx\"", b"\xff"] {
        assert!(whole(text).is_err(), "{text:?}");
    }
    check(br#""\ud83d\ude00""#);
    assert_eq!(Reader::new(b"[1e999]").skip().unwrap(), "[1e999]");
}

#[test]
fn any_depth_is_passed_over() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(Reader::new(deep.as_bytes()).skip().unwrap(), deep);
}

#[test]
fn what_is_unlike_is_told_in_the_words_of_serde() {
    for text in ["null", "true", "-7", "18446744073709551616", "0.5", r#""x\"""#, "[]", "{}"] {
        let unlike = Reader::new(text.as_bytes()).value().unwrap().unlike("a unit");
        let oracle = match text {
            "null" => "invalid type: null, expected a unit".to_string(),
            _ => {
                serde_json::from_str::<()>(text).unwrap_err().to_string().replace("unit", "a unit")
            }
        };
        assert_eq!(Some(&*unlike), oracle.split(" at line ").next());
    }
}

proptest! {
    #[test]
    fn pieces_in_any_order_are_read_as_serde_json_reads_them(
        pieces in prop::collection::vec(
            prop::sample::select(&[
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00e9", "null", "true", "fals", "0", "-",
                "1", ".", "e", "+", "\"a\"", "\"\\n\"", " ", "\n", "é", "\"a\":", "[1,", "{}",
            ][..]),
            0..12,
        ),
    ) {
        check(pieces.concat().as_bytes());
    }
}
