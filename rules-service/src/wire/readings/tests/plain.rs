//! The one pass over plain items says what `serde_json` says.

use proptest::prelude::*;
use rules_core::ValueRef;

use super::super::{scanner::Scanner, *};

/// What `body` decodes to if every item goes to `serde_json`.
fn slowly(body: &[u8], format: Format) -> (Batch, Vec<ItemError>) {
    let mut batch = Batch::default();
    let errors = Body::of(body, format).without_plain().decode(&mut batch).unwrap();
    (batch, errors)
}

fn exactly(batch: &Batch) -> Vec<(u32, Reading, Vec<u64>)> {
    let bits = |(_, value): (&str, ValueRef<'_>)| match value {
        ValueRef::Number(number) => Some(number.to_bits()),
        _ => None,
    };
    let exact = |(index, reading): (u32, rules_core::ReadingRef<'_>)| {
        let mut bits: Vec<u64> = reading.values().filter_map(bits).collect();
        bits.sort_unstable();
        (index, reading.to_reading(), bits)
    };
    batch.iter().map(exact).collect()
}

fn judge(body: &str) -> Result<(), TestCaseError> {
    let mut batch = Batch::default();
    for format in [Format::Auto, Format::Lines, Format::CloudEvent, Format::CloudEventBatch] {
        let errors = decode_into(body.as_bytes(), format, &mut batch).unwrap();
        let (expected, refused) = slowly(body.as_bytes(), format);
        prop_assert_eq!(&errors, &refused, "{}", body);
        prop_assert_eq!(exactly(&batch), exactly(&expected), "{}", body);
    }
    for defaults in [
        Defaults::default(),
        Defaults { device: Some("topic"), ts: Some(Timestamp::MAX), id: Some("packet") },
        Defaults { device: Some("\u{7f}"), ts: Some(Timestamp::from_millis(-1)), id: None },
    ] {
        batch.clear();
        let result = decode_one_into(body.as_bytes(), 7, defaults, &mut batch);
        let result = result.map(|()| exactly(&batch).remove(0).1);
        prop_assert_eq!(result, decode_one(body.as_bytes(), 7, defaults), "{}", body);
    }
    Ok(())
}

fn blank() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just(""), 1 => prop::sample::select(vec![" ", "\t", "\r", "\n", "  ", "\u{c}"])]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "device", "deviceId", "ts", "id", "values", "payload", "tags", "temp", "a", "b", "a.b",
        ]).prop_map(|name| format!("\"{name}\"")),
        1 => prop::sample::select(vec!["", "tags.a", "é", "\\u0061", "tag", "x\\\"y", "a.0"])
            .prop_map(|name| format!("\"{name}\"")),
        1 => (120_usize..260).prop_map(|length| format!("\"{}\"", "n".repeat(length))),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "\"[ -!#-\\[\\]-~é\u{7f}\u{85}]{0,20}\"",
        1 => prop::sample::select(vec![
            "\"2024-02-29T23:59:60.5+01:00\"", "\"1969-12-31T23:59:59Z\"", "\"\\n\"", "\"\t\"", "\"",
        ]).prop_map(String::from),
        1 => prop::sample::select(vec![128_usize, 129, 256, 257, 1_024, 1_025])
            .prop_map(|length| format!("\"{}\"", "t".repeat(length))),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => number(),
        4 => text(),
        2 => prop::sample::select(vec!["true", "false", "null", "1700000000000", "1700000000.5"])
            .prop_map(String::from),
        1 => prop::sample::select(vec!["nul", "truex", "NaN", "-", "", "01", "1.", ".5", "1e", "+1"])
            .prop_map(String::from),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,5})?",
        1 => "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
    ]
}

/// A value of any depth, with its names.
fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 24, 5, |inner| prop_oneof![object(inner.clone()), array(inner)])
}

fn object(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let member = (blank(), name(), blank(), blank(), inner, blank())
        .prop_map(|(a, name, b, c, value, d)| format!("{a}{name}{b}:{c}{value}{d}"));
    prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn array(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec((blank(), inner, blank()), 0..4).prop_map(|elements| {
        let elements: Vec<_> =
            elements.into_iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
        format!("[{}]", elements.join(","))
    })
}

/// An object that is a reading unless something in it is odd.
fn item() -> impl Strategy<Value = String> {
    let begin = prop::sample::select(vec![
        "\"device\":\"a\",\"ts\":1700000000000",
        "\"deviceId\":\"b\",\"ts\":1.5",
        "\"device\":\"a\",\"ts\":\"2024-01-01T00:00:00Z\",\"values\":{}",
        "\"ts\":5",
    ]);
    prop_oneof![
        4 => (begin, object(value())).prop_map(|(begin, object)| match &object[1..] {
            "}" => format!("{{{begin}}}"),
            rest => format!("{{{begin},{rest}"),
        }),
        1 => value(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// One item: the same reading to the bit, or the same refusal.
    #[test]
    fn one_item_is_read_as_serde_json_reads_it((before, item, after) in (blank(), item(), blank())) {
        judge(&format!("{before}{item}{after}"))?;
    }
}

proptest! {
    /// Items in lines and arrays, whole and cut: the same readings and
    /// refusals at the same places.
    #[test]
    fn many_items_are_read_as_serde_json_reads_them(
        items in prop::collection::vec((blank(), item(), blank()), 0..6),
        shape in prop::sample::select(vec![("", "\n", ""), ("[", ",", "]"), ("\u{feff}[", ",\n", "] x"), ("[", ",", "")]),
        cut in prop::option::of(0_usize..2_000),
    ) {
        let items: Vec<_> = items.into_iter().map(|(a, item, b)| format!("{a}{item}{b}")).collect();
        let mut body = format!("{}{}{}", shape.0, items.join(shape.1), shape.2);
        if let Some(cut) = cut.filter(|cut| body.is_char_boundary(*cut)) {
            body.truncate(cut);
        }
        judge(&body)?;
    }

    /// A number is taken where `serde_json` reads one, and is the nearest f64.
    #[test]
    fn numbers_are_the_nearest_f64(text in number()) {
        let mut scan = Scanner::new(&text);
        let is_number = serde_json::from_str::<f64>(&text).is_ok();
        match scan.number() {
            Some(number) => {
                prop_assert!(is_number);
                prop_assert_eq!(number.to_bits(), text.parse::<f64>().unwrap().to_bits());
            }
            None => prop_assert!(!is_number),
        }
    }

    #[test]
    fn shortest_numbers_come_back(number in prop::num::f64::ANY) {
        prop_assume!(number.is_finite());
        for text in [format!("{number}"), format!("{number:e}"), format!("{number:.3}")] {
            let read = Scanner::new(&text).number().map(f64::to_bits);
            prop_assert_eq!(read, text.parse().ok().map(f64::to_bits));
        }
    }
}

#[test]
fn plain_items_do_not_need_the_slow_reader() {
    for text in [
        r#"{"deviceId":"dev-000017","ts":1700000000123,"temp":24.06,"motion":false}"#,
        r#" { "device" : "a" , "ts" : "2024-01-01T00:00:00Z" , "values" : { "t" : -1e3 } } "#,
        r#"{"device":"a","ts":1.5,"values":{"x":[1,[true],{"y":null}]},"tags":{"site":"é"},"id":"7"}"#,
        r#"{"deviceId":"a","payload":{"temp":81,"ts":1700000000,"door":{"open":true}}}"#,
        r#"{"ts":1,"id":7}"#,
    ] {
        let mut scan = Scanner::new(text);
        scan.begin(0);
        let mut batch = Batch::default();
        let defaults = Defaults { device: Some("d"), ..Defaults::default() };
        let mut draft = batch.draft(0);
        let read = plain::read(
            &mut scan,
            &mut plain::Room::new(keys::Keys::of_one()),
            &mut draft,
            defaults,
        );
        assert!(read.is_some(), "{text}");
    }
}

#[test]
fn at_every_limit_both_readers_agree() {
    let with = |members: &str| format!(r#"{{"device":"a","ts":1,"values":{{}},{members}}}"#);
    let listed = |count: usize, member: &dyn Fn(usize) -> String| {
        (0..count).map(member).collect::<Vec<_>>().join(",")
    };
    let mut items = Vec::new();
    for length in 250..260 {
        let name = "n".repeat(length);
        items.push(with(&format!(r#""{name}":{{}}"#)));
        items.push(with(&format!(r#""{name}":[]"#)));
        items.push(with(&format!(r#""{name}":[[]]"#)));
        items.push(with(&format!(r#""{name}":{{"a":1}}"#)));
        items.push(with(&format!(r#""{name}":[{}]"#, listed(10, &|number| number.to_string()))));
        let count = length;
        items.push(with(&listed(count, &|number| format!(r#""v{number}":{number}"#))));
        items.push(with(&format!(r#""v":[{}]"#, listed(count, &|number| number.to_string()))));
        items.push(with(&format!(r#""v":[{}]"#, listed(count, &|_| "[]".to_owned()))));
    }
    for depth in 12..19 {
        items.push(with(&format!(r#""t":{}{}"#, "[".repeat(depth), "]".repeat(depth))));
        items.push(with(&format!(r#""t":{}1{}"#, r#"{"a":"#.repeat(depth), "}".repeat(depth))));
        let payload = format!(r#"{}1{}"#, r#"{"a":"#.repeat(depth), "}".repeat(depth));
        items.push(format!(r#"{{"deviceId":"a","ts":1,"payload":{payload}}}"#));
    }
    for count in 31..34 {
        items.push(with(&format!(
            r#""tags":{{{}}}"#,
            listed(count, &|number| format!(r#""t{number}":"""#))
        )));
    }
    for item in &items {
        judge(item).unwrap();
    }
    judge(&items.join("\n")).unwrap();
}

/// Lines of the same shape, and what may come between them.
fn alike() -> Vec<String> {
    let keys = [
        "t",
        "temper",
        "tempera",
        "temperat",
        "temperatu",
        "temperature_in",
        "temperature_of_the_oil",
    ];
    let line = |begin: &str, sep: &str, colon: &str, values: &[&str]| {
        let members: Vec<_> = keys
            .iter()
            .zip(values)
            .map(|(key, value)| format!("\"{key}\"{colon}{value}"))
            .collect();
        format!("{{{begin}{sep}{}}}", members.join(sep))
    };
    let flat = r#""deviceId":"dev-1","ts":1700000000123"#;
    let plain = ["1", "-2.5", "true", "0.125", "1e5", "\"text\"", "null"];
    let odd =
        ["1234567", "12345678", "false", "-0", "01", "9007199254740993", "1.7976931348623157e308"];
    let deep =
        [r#"{"a":1,"b":{"a":2}}"#, "[1,{\"a\":2}]", "{}", "[]", r#"{"b":3}"#, "1.", "\"\\u0041\""];
    let mut lines = Vec::new();
    for values in [plain, plain, odd, plain, deep, deep, plain] {
        lines.push(line(flat, ",", ":", &values));
        lines.push(line(flat, ", ", ": ", &values));
        lines.push(line(flat, " ,", " :", &values));
    }
    for form in [
        r#"{"device":"a","ts":1700000000,"values":{"temp":1,"hum":2.5},"tags":{"site":"x"},"id":"i"}"#,
        r#"{"device":"a","ts":1700000000,"values":{"hum":1,"temp":2.5},"tags":{"site":"y"},"id":"j"}"#,
        r#"{"deviceId":"a","payload":{"temp":1,"ts":5,"values":{"temp":2}},"id":7}"#,
        r#"{"deviceId":"a","payload":{"temp":1,"ts":6,"values":{"temp":3}},"id":8}"#,
        r#"{"deviceId":"a","ts":1,"values":[1,2],"temp":1,"temp":2}"#,
        r#"{"deviceId":"a","ts":1,"values":3,"payload":4,"temp":1}"#,
        r#"{"deviceId":"a","ts":1{"temp":1}}"#,
        r#"{"deviceId":"a","ts":1,"temp":1,,"hum":2}"#,
        r#"{"temp":1,"deviceId":"a","ts":1,"hum":{"temp":1},"a":{"temp":1,"hum":{"temp":2}}}"#,
        r#"{"temp":1,"deviceId":"a","ts":2,"hum":{"temp":1},"a":{"temp":1,"hum":{"temp":3}}}"#,
    ] {
        lines.push(form.to_owned());
    }
    lines
}

#[test]
fn what_came_before_never_changes_what_a_line_says() {
    let lines = alike();
    for (one, other) in lines.iter().flat_map(|one| lines.iter().map(move |other| (one, other))) {
        judge(&[one, other, one, other, one].map(String::as_str).join("\n")).unwrap();
    }
    judge(&lines.join("\n")).unwrap();
    judge(&format!("[{}]", lines.join(","))).unwrap();
}

#[test]
fn a_line_like_those_before_it_may_end_anywhere() {
    let lines = alike();
    for line in &lines {
        for cut in (0..line.len()).filter(|cut| line.is_char_boundary(*cut)) {
            judge(&format!("{line}\n{}\n{line}", &line[..cut])).unwrap();
            judge(&format!("{line}\n{line}\n{}", &line[..cut])).unwrap();
        }
    }
}

#[test]
fn more_keys_than_are_kept_are_read_all_the_same() {
    let line = |first: usize| {
        let members: Vec<_> = (first..first + 90).map(|n| format!("\"key_{n}\":{n}")).collect();
        format!("{{\"deviceId\":\"a\",\"ts\":5,{}}}", members.join(","))
    };
    let lines: Vec<_> = [0, 60, 0, 120, 60, 5_000, 0, 60].map(line).into_iter().collect();
    judge(&lines.join("\n")).unwrap();
}

proptest! {
    /// Lines of few keys in any order: mostly what came before, now and then not.
    #[test]
    fn lines_of_few_keys_are_read_as_serde_json_reads_them(
        lines in prop::collection::vec(
            prop::collection::vec(
                (prop::sample::select(vec!["a", "temp", "tempera", "temperatur", "values", "payload", "ts", "id", "tags"]), value()),
                0..5,
            ),
            1..12,
        ),
        blanks in prop::sample::select(vec![(",", ":"), (", ", ": "), (",", " : ")]),
    ) {
        let line = |members: &Vec<(&str, String)>| {
            let begin = format!("\"deviceId\"{}\"a\"{}\"ts\"{}1700000000000", blanks.1, blanks.0, blanks.1);
            let members = members.iter().map(|(name, value)| format!("\"{name}\"{}{value}", blanks.1));
            let members: Vec<_> = std::iter::once(begin).chain(members).collect();
            format!("{{{}}}", members.join(blanks.0))
        };
        let lines: Vec<_> = lines.iter().chain(&lines).map(line).collect();
        judge(&lines.join("\n"))?;
    }
}
