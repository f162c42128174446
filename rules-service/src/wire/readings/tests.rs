use expect_test::{Expect, expect};
use proptest::prelude::*;
use rules_core::Value;

use super::*;

mod items;
mod plain;
mod tags;

/// What a body decodes to: an item a line.
#[allow(clippy::needless_pass_by_value, reason = "reads as a sentence at the call")]
fn check(format: Format, body: &str, expected: Expect) {
    let lines = match decode(body.as_bytes(), format) {
        Ok(items) => items.iter().zip(0_u32..).map(|(item, index)| shown(item, index)).collect(),
        Err(why) => why.to_string(),
    };
    expected.assert_eq(&lines);
}

fn shown(item: &Result<Reading, ItemError>, index: u32) -> String {
    match item {
        Ok(reading) => encode([reading]),
        Err(why) => {
            assert_eq!(why.index, index);
            format!("{}: {}\n", why.code, why.message)
        }
    }
}

#[test]
fn the_three_forms_say_the_same() {
    check(
        Format::Auto,
        r#"[
            {"device":"boiler-1","ts":1700000000000,"values":{"temp":81,"door":{"open":true}},
             "id":"a7","tags":{"site":"plant-1"}},
            {"deviceId":"boiler-1","payload":{"temp":81,"ts":1700000000,"door":{"open":true}}},
            {"deviceId":"boiler-1","ts":"2023-11-14T23:13:20+01:00","temp":81,"door":{"open":true}},
            {"device":"boiler-1","ts":1700000000.0,"temp":81,"door.open":true}
        ]"#,
        expect![[r#"
            {"device":"boiler-1","ts":1700000000000,"id":"a7","values":{"door.open":true,"temp":81.0},"tags":{"site":"plant-1"}}
            {"device":"boiler-1","ts":1700000000000,"values":{"door.open":true,"temp":81.0}}
            {"device":"boiler-1","ts":1700000000000,"values":{"door.open":true,"temp":81.0}}
            {"device":"boiler-1","ts":1700000000000,"values":{"door.open":true,"temp":81.0}}
        "#]],
    );
}

#[test]
fn what_a_form_has_no_word_for_is_a_value() {
    check(
        Format::Auto,
        r#"
            {"device":"a","ts":1700000000000,"values":{"temp":1},"rssi":-70,"payload":{"x":2}}
            {"deviceId":"a","ts":1700000000000,"payload":{"temp":1},"rssi":-70,"id":"seven"}
            {"device":"a","ts":1700000000000,"id":"seven","tags":{"site":"x"},"values":3,"payload":null}
            {"deviceId":"a","device":"thermometer","ts":1700000000000}
        "#,
        expect![[r#"
            {"device":"a","ts":1700000000000,"values":{"payload.x":2.0,"rssi":-70.0,"temp":1.0}}
            {"device":"a","ts":1700000000000,"values":{"id":"seven","rssi":-70.0,"temp":1.0}}
            {"device":"a","ts":1700000000000,"values":{"id":"seven","payload":null,"tags.site":"x","values":3.0}}
            {"device":"a","ts":1700000000000,"values":{"device":"thermometer"}}
        "#]],
    );
}

#[test]
fn messages_as_real_gateways_send_them_are_flat_readings() {
    check(
        Format::Lines,
        concat!(
            r#"{"data":{"co":0.011737819751470924,"light":false,"temp":18.899999618530273},"#,
            r#""device_id":"0e:9c:00:4c:1c:51","ts":1594598424.5023336,"device":"iot-device-01"}"#,
        ),
        expect![[r#"
            {"device":"iot-device-01","ts":1594598424502,"values":{"data.co":0.011737819751470924,"data.light":false,"data.temp":18.899999618530273,"device_id":"0e:9c:00:4c:1c:51"}}
        "#]],
    );
}

#[test]
fn one_reading_may_span_lines_and_be_null_or_nested_or_empty() {
    check(
        Format::Auto,
        "\u{feff}{\n  \"device\": \"a\",\n  \"ts\": 0,\n  \"values\": {\n    \"x\": [1, [true], {\"y\": null}], \"z\": {}\n  }\n}\n",
        expect![[r#"
            {"device":"a","ts":"1970-01-01T00:00:00.000Z","values":{"x.0":1.0,"x.1.0":true,"x.2.y":null}}
        "#]],
    );
    check(Format::Auto, "[]", expect![[""]]);
    check(Format::Lines, "\n\n", expect![[""]]);
}

#[test]
fn event_times_in_every_unit_and_at_the_bounds() {
    let bodies = [
        "99999999999",
        "100000000000",
        "1594598424502.5",
        "1e9",
        "253402300799999",
        "253402300800000",
        "1700000000000000",
        "-1",
        "-0.0001",
        "\"1969-12-31T23:59:59.999Z\"",
        "\"1700000000\"",
        "\"2023-11-14T23:13:20\"",
        "true",
        "null",
        "{}",
    ];
    let lines: Vec<_> =
        bodies.iter().map(|ts| format!("{{\"device\":\"a\",\"ts\":{ts}}}\n")).collect();
    check(
        Format::Auto,
        &lines.concat(),
        expect![[r#"
            {"device":"a","ts":99999999999000,"values":{}}
            {"device":"a","ts":100000000000,"values":{}}
            {"device":"a","ts":1594598424503,"values":{}}
            {"device":"a","ts":1000000000000,"values":{}}
            {"device":"a","ts":253402300799999,"values":{}}
            ts_out_of_bounds: ts is 253402300800000: allowed are times from 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z; numbers from 1e11 on are milliseconds, smaller ones seconds
            ts_out_of_bounds: ts is 1700000000000000: allowed are times from 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z; numbers from 1e11 on are milliseconds, smaller ones seconds
            ts_out_of_bounds: ts is -1: allowed are times from 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z; numbers from 1e11 on are milliseconds, smaller ones seconds
            {"device":"a","ts":"1970-01-01T00:00:00.000Z","values":{}}
            ts_out_of_bounds: ts is "1969-12-31T23:59:59.999Z": allowed are times from 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z; numbers from 1e11 on are milliseconds, smaller ones seconds
            bad_ts: ts is "1700000000": allowed are milliseconds or seconds since 1970 as a number, or an RFC 3339 time with offset as text
            bad_ts: ts is "2023-11-14T23:13:20": allowed are milliseconds or seconds since 1970 as a number, or an RFC 3339 time with offset as text
            bad_ts: ts is true: allowed are milliseconds or seconds since 1970 as a number, or an RFC 3339 time with offset as text
            bad_ts: ts is null: allowed are milliseconds or seconds since 1970 as a number, or an RFC 3339 time with offset as text
            missing_ts: the reading has no ts: allowed is a time as number or RFC 3339 text
        "#]],
    );
}

#[test]
fn an_item_that_is_no_json_spoils_only_itself() {
    let good = r#"{"device":"a","ts":1700000000000,"t":1}"#;
    let bad = r#"{"device":"a","ts":}"#;
    check(
        Format::Auto,
        &format!("{good}\n{bad}\n\n{good}\n"),
        expect![[r#"
        {"device":"a","ts":1700000000000,"values":{"t":1.0}}
        invalid_json: line 2, column 20: expected value
        {"device":"a","ts":1700000000000,"values":{"t":1.0}}
    "#]],
    );
    check(
        Format::Auto,
        &format!("{bad}\n{good}"),
        expect![[r#"
        invalid_json: line 1, column 20: expected value
        {"device":"a","ts":1700000000000,"values":{"t":1.0}}
    "#]],
    );
    check(
        Format::Auto,
        &format!("[{good},\n  {bad}, {good},]"),
        expect![[r#"
            {"device":"a","ts":1700000000000,"values":{"t":1.0}}
            invalid_json: line 2, column 22: expected value
            {"device":"a","ts":1700000000000,"values":{"t":1.0}}
            invalid_json: line 2, column 65: the JSON ends too early
        "#]],
    );
    check(
        Format::Auto,
        &format!("[{good}, {good}] {good}"),
        expect![[r#"
        {"device":"a","ts":1700000000000,"values":{"t":1.0}}
        {"device":"a","ts":1700000000000,"values":{"t":1.0}}
        invalid_json: line 1, column 82: there is text behind the end of the array
    "#]],
    );
    check(
        Format::Auto,
        &format!("[{good}, {}", &good[..20]),
        expect![[r#"
            {"device":"a","ts":1700000000000,"values":{"t":1.0}}
            invalid_json: line 1, column 62: the JSON ends too early
            invalid_json: line 1, column 63: the array has no end: `]` is missing
        "#]],
    );
    check(
        Format::Auto,
        &format!("[{good},"),
        expect![[r#"
        {"device":"a","ts":1700000000000,"values":{"t":1.0}}
        invalid_json: line 1, column 42: the array has no end: `]` is missing
    "#]],
    );
    check(
        Format::Auto,
        r#"[{"device":"]},{","ts":1,"\"[":"\\"}]"#,
        expect![[r#"
        {"device":"]},{","ts":"1970-01-01T00:00:01.000Z","values":{"\"[":"\\"}}
    "#]],
    );
}

#[test]
fn a_body_that_is_no_json_is_one_refused_item() {
    check(
        Format::Auto,
        "",
        expect![[r#"
            invalid_json: line 1, column 1: the JSON ends too early
        "#]],
    );
    check(
        Format::Auto,
        "temp=81\nts=5",
        expect![[r#"
            invalid_json: line 1, column 2: expected a JSON value
        "#]],
    );
    check(
        Format::Auto,
        "{\n  \"device\": \"a\",\n  \"ts\": 5 5\n}",
        expect![[r#"
        invalid_json: line 3, column 11: expected `,` or `}`
    "#]],
    );
    check(
        Format::Auto,
        "\"hello\"",
        expect![[r#"
        not_an_object: invalid type: string "hello", expected a reading: allowed is a JSON object
    "#]],
    );
    check(
        Format::Auto,
        "[1, \"x\", null, [], {}]",
        expect![[r#"
            not_an_object: invalid type: integer `1`, expected a reading: allowed is a JSON object
            not_an_object: invalid type: string "x", expected a reading: allowed is a JSON object
            not_an_object: invalid type: null, expected a reading: allowed is a JSON object
            not_an_object: invalid type: sequence, expected a reading: allowed is a JSON object
            missing_device: the reading has no device: allowed is a text `device` or `deviceId`
        "#]],
    );
}

#[test]
fn numbers_that_are_not_finite_are_refused_as_that() {
    check(
        Format::Auto,
        r#"[
            {"device":"a","ts":1,"t":1e999}, {"device":"a","ts":1,"t":-1e999},
            {"device":"a","ts":1,"t":NaN}, {"device":"a","ts":1,"t":-Infinity},
            {"device":"a","ts":Infinity}, {"device":"a","ts":1,"t":nan},
            {"device":"a","ts":1,"t":1e308}, {"device":"a","ts":1,"t":9007199254740993},
            {"device":"a","ts":1,"t":5e-324}, {"device":"a","ts":1,"t":none}
        ]"#,
        expect![[r#"
            not_finite: line 2, column 42: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            not_finite: line 2, column 76: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            not_finite: line 3, column 38: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            not_finite: line 3, column 70: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            not_finite: line 4, column 32: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            not_finite: line 4, column 69: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            {"device":"a","ts":"1970-01-01T00:00:01.000Z","values":{"t":1e+308}}
            {"device":"a","ts":"1970-01-01T00:00:01.000Z","values":{"t":9007199254740992.0}}
            {"device":"a","ts":"1970-01-01T00:00:01.000Z","values":{"t":5e-324}}
            invalid_json: line 6, column 73: expected a JSON value
        "#]],
    );
}

#[test]
fn devices_ids_tags_and_names_that_are_not_allowed() {
    let long = "x".repeat(257);
    let text = "y".repeat(1_025);
    check(
        Format::Auto,
        &format!(
            r#"[
            {{"ts":1,"t":1}}, {{"device":"","ts":1}}, {{"device":5,"ts":1}}, {{"device":{{"a":1}},"ts":1}},
            {{"device":"a\nb","ts":1}}, {{"device":"{long}","ts":1}}, {{"device":"a","t":1}},
            {{"device":"a","device":"b","ts":1}}, {{"device":"a","ts":1,"t":1,"t":1}},
            {{"device":"a","ts":1,"b":{{"c":1}},"b.c":2}}, {{"device":"a","ts":1,"values":{{}},"values":{{}}}},
            {{"device":"a","ts":1,"{long}":1}}, {{"device":"a","ts":1,"t":"{text}"}},
            {{"device":"a","ts":1,"values":{{}},"id":""}}, {{"device":"a","ts":1,"values":{{}},"id":7}},
            {{"device":"a","ts":1,"values":{{}},"id":"{long}"}},
            {{"device":"a","ts":1,"values":{{}},"tags":{{"site":1}}}}, {{"device":"a","ts":1,"values":{{}},"tags":"x"}}
        ]"#
        ),
        expect![[r#"
            missing_device: the reading has no device: allowed is a text `device` or `deviceId`
            bad_device: device is empty: allowed are 1 to 256 bytes without control characters
            bad_device: device is 5: allowed is a text
            missing_device: the reading has no device: allowed is a text `device` or `deviceId`
            bad_device: device is "a\nb": allowed are 1 to 256 bytes without control characters
            bad_device: device is 257 bytes long: allowed are 1 to 256 bytes without control characters
            missing_ts: the reading has no ts: allowed is a time as number or RFC 3339 text
            duplicate_name: device is there twice: allowed is once
            duplicate_name: t is there twice: allowed is once
            duplicate_name: b.c is there twice: allowed is once
            duplicate_name: values is there twice: allowed is once
            name_too_long: the name xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… has 257 bytes: allowed are 256
            text_too_long: t is a text of 1025 bytes: allowed are 1024
            bad_id: id is 0 bytes long: allowed is a text of 1 to 128 bytes
            bad_id: id is 7: allowed is a text of 1 to 128 bytes
            bad_id: id is 257 bytes long: allowed is a text of 1 to 128 bytes
            bad_tags: tags.site is 1: allowed are texts in an object tags
            bad_tags: tags is "x": allowed are texts in an object tags
        "#]],
    );
}

#[test]
fn readings_too_wide_or_too_deep_are_refused() {
    let wide = |values: usize| {
        let values: Vec<_> = (0..values).map(|n| format!("\"v{n}\":{n}")).collect();
        format!("{{\"device\":\"a\",\"ts\":1,\"values\":{{{}}}}}", values.join(","))
    };
    let deep = |levels: usize| {
        format!("{{\"device\":\"a\",\"ts\":1,\"t\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
    };
    assert!(decode_one(wide(256).as_bytes(), 0, Defaults::default()).is_ok());
    assert!(decode_one(deep(15).as_bytes(), 0, Defaults::default()).is_ok());
    check(
        Format::Lines,
        &[wide(257), wide(5_000), deep(16), deep(100_000)].join("\n"),
        expect![[r#"
            too_many_values: the reading has more than 256 values: allowed are 256
            too_many_values: the reading has more than 256 values: allowed are 256
            too_deep: t.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 is nested too deep: allowed are 16 levels
            too_deep: t.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 is nested too deep: allowed are 16 levels
        "#]],
    );
}

#[test]
fn more_items_than_the_limit_refuse_the_whole_body() {
    let line = "{}\n";
    assert_eq!(
        decode(line.repeat(ITEMS_MAX).as_bytes(), Format::Lines).map(|items| items.len()),
        Ok(ITEMS_MAX)
    );
    assert_eq!(decode(line.repeat(ITEMS_MAX + 1).as_bytes(), Format::Lines), Err(TooManyItems));
    let array = format!("[{}1]", "1,".repeat(ITEMS_MAX));
    assert_eq!(decode(array.as_bytes(), Format::Auto), Err(TooManyItems));
}

#[test]
fn a_cloud_event_lends_its_envelope_to_the_reading() {
    check(
        Format::CloudEventBatch,
        r#"[
            {"specversion":"1.0","id":"1","source":"/gateways/4","type":"reading","subject":"boiler-1",
             "time":"2023-11-14T22:13:20Z","datacontenttype":"application/json","data":{"temp":81}},
            {"specversion":"1.0","id":"2","source":"/gateways/4","type":"reading",
             "time":"2023-11-14T22:13:20Z","data":{"values":{"temp":81},"ts":1700000001000,"id":"own"}},
            {"specversion":"1.0","id":"3","source":"/gateways/4","type":"reading",
             "data":{"deviceId":"b","payload":{"ts":1700000001,"temp":81}}}
        ]"#,
        expect![[r#"
            {"device":"boiler-1","ts":1700000000000,"id":"76d30f1586890defe50c3bc1916586e9","values":{"temp":81.0}}
            {"device":"/gateways/4","ts":1700000001000,"id":"own","values":{"temp":81.0}}
            {"device":"b","ts":1700000001000,"id":"76d30f1584890defe50c3bc191658473","values":{"temp":81.0}}
        "#]],
    );
}

#[test]
fn what_is_no_cloud_event_is_refused() {
    let rest = r#""id":"1","source":"s","type":"t""#;
    check(
        Format::CloudEventBatch,
        &format!(
            r#"[
            {{"specversion":"1.0","source":"s","data":{{}}}}, {{"specversion":"0.3",{rest},"data":{{}}}},
            {{"specversion":"1.0",{rest}}}, {{"specversion":"1.0",{rest},"data_base64":"e30="}},
            {{"specversion":"1.0",{rest},"data":{{"ts":1,"t":1e999}}}}, {{"specversion":"1.0",{rest},"data":{{"t":1}}}},
            {{"specversion":"1.0",{rest},"time":"today","data":{{}}}}, 7, {{"specversion":"1.0",
             "id":1}}, {{]"#
        ),
        expect![[r#"
            bad_event: this is no CloudEvent: missing field `id`
            bad_event: specversion is "0.3": allowed is "1.0"
            bad_event: the event has no data: allowed is data, a reading as a JSON object
            bad_event: the event has data_base64: allowed is data, a reading as a JSON object
            not_finite: line 4, column 90: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            missing_ts: the reading has no ts: allowed is a time as number or RFC 3339 text
            bad_event: time is "today": allowed is an RFC 3339 time with offset
            bad_event: this is no CloudEvent: invalid type: integer `7`, expected an event
            bad_event: this is no CloudEvent: invalid type: integer `1`, expected a string
            invalid_json: line 6, column 24: key must be a string
            invalid_json: line 6, column 25: the array has no end: `]` is missing
        "#]],
    );
    check(
        Format::CloudEvent,
        "nonsense",
        expect![[r#"
            invalid_json: line 1, column 2: expected a JSON value
        "#]],
    );
}

#[test]
fn content_types_name_formats() {
    for (content_type, format) in [
        ("application/json; charset=utf-8", Format::Auto),
        ("Application/X-NDJSON", Format::Lines),
        ("application/cloudevents+json; charset=utf-8", Format::CloudEvent),
        ("application/cloudevents-batch+json", Format::CloudEventBatch),
        ("", Format::Auto),
    ] {
        assert_eq!(Format::from_content_type(content_type), format, "{content_type}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO)
            .prop_map(Value::Number),
        ".{0,20}".prop_map(Value::Text),
    ]
}

prop_compose! {
    fn any_reading()(
        device in "[^\\p{Cc}]{1,40}",
        ts in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
        id in prop::option::of(".{1,20}"),
        values in prop::collection::btree_map(".{0,20}", any_value(), 0..10),
        tags in prop::collection::btree_map(".{1,20}", ".{0,20}", 0..3),
    ) -> Reading {
        Reading {
            device,
            ts: Timestamp::from_millis(ts),
            id,
            values: values.into_iter().collect(),
            tags: tags.into_iter().collect(),
        }
    }
}

proptest! {
    /// The writer's readings come back from the reader, to the bit.
    #[test]
    fn encoded_readings_decode_to_themselves(readings in prop::collection::vec(any_reading(), 1..5)) {
        for format in [Format::Auto, Format::Lines] {
            let items = decode(encode(&readings).as_bytes(), format).unwrap();
            let read: Result<Vec<_>, _> = items.into_iter().collect();
            prop_assert_eq!(read.as_ref(), Ok(&readings));
        }
    }

    /// Whatever comes in: no panic, and every refusal bears its item's index.
    #[test]
    fn no_body_brings_the_decoder_down(body in prop::collection::vec(any::<u8>(), 0..200)) {
        never_panics(&body);
    }

    /// The same for what looks like JSON, cut and spliced anywhere.
    #[test]
    fn no_spliced_json_brings_the_decoder_down(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", " ", "1", "-", "1e999", "NaN", "null",
                "\"device\"", "\"ts\"", "\"values\"", "\"payload\"", "\"data\"", "\"specversion\":\"1.0\"",
                "{\"device\":\"a\",\"ts\":1}", "é", "\u{0}",
            ]),
            0..40,
        )
    ) {
        never_panics(parts.concat().as_bytes());
    }
}

fn never_panics(body: &[u8]) {
    for format in [Format::Auto, Format::Lines, Format::CloudEvent, Format::CloudEventBatch] {
        let items = decode(body, format).unwrap();
        for (item, index) in items.iter().zip(0..) {
            assert!(item.as_ref().map_or_else(|why| why.index == index, |_| true));
        }
    }
}
