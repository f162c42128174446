use alloc::{format, string::String};

use expect_test::{Expect, expect};

use super::{super::*, check, line, shown};

/// Reads `key` with each value beside an `id` and a `when`; places count from the value.
pub(super) fn check_key(key: &str, values: &[&str], expected: &Expect) {
    let shown = values.iter().map(|value| {
        let before = format!("{{\"id\": \"x\", \"when\": \"temp > 80\", \"{key}\":\n");
        let lines = match read(&format!("{before}{value}\n}}")) {
            Ok(rule) => shown(&rule).lines().skip(1).map(indented).collect::<String>(),
            Err(mistakes) => mistakes
                .into_iter()
                .map(|mistake| indented(&line(&Mistake { line: mistake.line - 1, ..mistake })))
                .collect::<String>(),
        };
        format!("{value}\n{lines}")
    });
    expected.assert_eq(&shown.collect::<String>());
}

fn indented(line: &str) -> String {
    format!("    {}\n", line.trim_end())
}

#[test]
fn ids_are_letters_digits_and_joints() {
    let long = format!("{{\"id\": \"{}\", \"when\": \"a\"}}", "x".repeat(ID_BYTES_MAX + 1));
    check(
        &[
            r#"{"id": "A-1_b", "when": "a"}"#,
            r#"{"id": "", "when": "a"}"#,
            r#"{"id": "-a", "when": "a"}"#,
            r#"{"id": "a b", "when": "a"}"#,
            r#"{"id": "a/b", "when": "a"}"#,
            r#"{"id": "é", "when": "a"}"#,
            &long,
        ],
        &expect![[r#"
            A-1_b: a
            devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            1:8: found an empty text; it needs a character [empty]
            1:9: found '-' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit [bad_id]
            1:10: found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit [bad_id]
            1:10: found '/' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit [bad_id]
            1:9: found 'é' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit [bad_id]
            1:8: the text has 129 bytes; at most 128 are allowed [too_long]
        "#]],
    );
}

#[test]
fn devices_are_patterns() {
    check_key(
        "devices",
        &[
            "{}",
            r#"{"id": "boiler-*"}"#,
            r#"{"id": ["boiler-*", "pump-7"]}"#,
            r#"["boiler-*", "pump-7"]"#,
            "[]",
            r#"["a", 5, ""]"#,
            r#""boiler-*""#,
            r#"{"tags": {"site": "plant-1"}}"#,
            r#"{"id": "a", "idd": "b"}"#,
            r#"{"id": 5}"#,
        ],
        &expect![[r#"
            {}
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            {"id": "boiler-*"}
                devices ["boiler-*"], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            {"id": ["boiler-*", "pump-7"]}
                devices ["boiler-*", "pump-7"], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            ["boiler-*", "pump-7"]
                devices ["boiler-*", "pump-7"], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            []
                1:1: found 0 patterns; there are 1 to 256, or no `devices` at all, which selects every device [out_of_range]
            ["a", 5, ""]
                1:7: found number 5, expected a pattern of device ids such as "boiler-*" [wrong_type]
                1:10: found an empty text; it needs a character [empty]
            "boiler-*"
                1:1: found text "boiler-*", expected an object such as {"id": "boiler-*"}, or a list of patterns [wrong_type]
            {"tags": {"site": "plant-1"}}
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
                tags {"site": "plant-1"}
            {"id": "a", "idd": "b"}
                1:13: unknown key `idd`; there are `id`, `tags`; did you mean `id`? [unknown_key]
            {"id": 5}
                1:8: found number 5, expected a pattern of device ids such as "boiler-*" [wrong_type]
        "#]],
    );
}

#[test]
fn durations_are_texts_with_units() {
    check_key(
        "for",
        &[
            "\"1h30m\"",
            "\"0s\"",
            "5",
            "\"5\"",
            "\"5 m\"",
            "\"30s5m\"",
            "\"366d\"",
            "null",
            "[\"5m\"]",
        ],
        &expect![[r#"
            "1h30m"
                devices [], clear -, for 1h30m, keep 0s, 1 samples, Hold, Live, "warning" {} None
            "0s"
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            5
                1:1: found number 5, expected a duration such as "5m" [wrong_type]
            "5"
                1:1: found text "5", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small [bad_duration]
            "5 m"
                1:1: found text "5 m", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small [bad_duration]
            "30s5m"
                1:1: found text "30s5m", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small [bad_duration]
            "366d"
                1:1: found 366d; at most 365d is allowed [out_of_range]
            null
                1:1: found null, expected a duration such as "5m" [wrong_type]
            ["5m"]
                1:1: found a list, expected a duration such as "5m" [wrong_type]
        "#]],
    );
}

#[test]
fn min_samples_is_a_whole_number() {
    check_key(
        "min_samples",
        &["1", "86400", "0", "86401", "-1", "1.5", "\"3\"", "true"],
        &expect![[r#"
            1
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            86400
                devices [], clear -, for 0s, keep 0s, 86400 samples, Hold, Live, "warning" {} None
            0
                1:1: found number 0, expected a whole number from 1 to 86400 [wrong_type]
            86401
                1:1: found number 86401, expected a whole number from 1 to 86400 [wrong_type]
            -1
                1:1: found number -1, expected a whole number from 1 to 86400 [wrong_type]
            1.5
                1:1: found number 1.5, expected a whole number from 1 to 86400 [wrong_type]
            "3"
                1:1: found text "3", expected a whole number from 1 to 86400 [wrong_type]
            true
                1:1: found true, expected a whole number from 1 to 86400 [wrong_type]
        "#]],
    );
}

#[test]
fn words_are_few() {
    check_key(
        "missing",
        &["\"clear\"", "\"hold\"", "\"holds\"", "\"\"", "true"],
        &expect![[r#"
            "clear"
                devices [], clear -, for 0s, keep 0s, 1 samples, Clear, Live, "warning" {} None
            "hold"
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            "holds"
                1:1: found text "holds", expected "hold" or "clear"; did you mean `hold`? [unknown_word]
            ""
                1:1: found text "", expected "hold" or "clear" [unknown_word]
            true
                1:1: found true, expected "hold" or "clear" [wrong_type]
        "#]],
    );
    check_key(
        "mode",
        &["\"shadow\"", "\"live\"", "\"dead\"", "1"],
        &expect![[r#"
            "shadow"
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Shadow, "warning" {} None
            "live"
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            "dead"
                1:1: found text "dead", expected "live" or "shadow" [unknown_word]
            1
                1:1: found number 1, expected "live" or "shadow" [wrong_type]
        "#]],
    );
}

#[test]
fn severity_and_labels_are_the_users_own() {
    let long = format!("\"{}\"", "x".repeat(SEVERITY_BYTES_MAX + 1));
    check_key(
        "severity",
        &["\"page\"", "\"\"", "3", &long],
        &expect![[r#"
            "page"
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "page" {} None
            ""
                1:1: found an empty text; it needs a character [empty]
            3
                1:1: found number 3, expected a text such as "critical" [wrong_type]
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                1:1: the text has 65 bytes; at most 64 are allowed [too_long]
        "#]],
    );
    let many =
        (0..=LABELS_MAX).map(|label| format!("\"{label}\": \"\"")).collect::<Vec<_>>().join(", ");
    let many =
        read(&format!("{{\"id\": \"x\", \"when\": \"a\", \"labels\": {{{many}}}}}")).unwrap_err();
    assert_eq!(many.first().unwrap().message, "found 65 labels; at most 64 are kept");
    check_key(
        "labels",
        &["{}", r#"{"team": "ops", "site": ""}"#, r#"{"team": 5, "": "x"}"#, "[]", "\"ops\""],
        &expect![[r#"
            {}
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            {"team": "ops", "site": ""}
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {"site": "", "team": "ops"} None
            {"team": 5, "": "x"}
                1:10: found number 5, expected a text [wrong_type]
                1:13: the label's name has 0 bytes; it has 1 to 128 [out_of_range]
            []
                1:1: found a list, expected an object of texts such as {"team": "ops"} [wrong_type]
            "ops"
                1:1: found text "ops", expected an object of texts such as {"team": "ops"} [wrong_type]
        "#]],
    );
}

#[test]
fn summaries_have_holes() {
    check_key(
        "summary",
        &[
            "\"\"",
            "\"{{device}}{{ value }} {{  rule }}: {{severity }}\"",
            "\"} {x} }} \"",
            "\"{{ valeu }} and {{ }} and {{ device\"",
            "\"{{ {{ device }}\"",
            "5",
        ],
        &expect![[r#"
            ""
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} Some(Summary([]))
            "{{device}}{{ value }} {{  rule }}: {{severity }}"
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} Some(Summary([Device, Value, Text(" "), Rule, Text(": "), Severity]))
            "} {x} }} "
                devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} Some(Summary([Text("} {x} }} ")]))
            "{{ valeu }} and {{ }} and {{ device"
                1:2: there is nothing called `valeu` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }}; did you mean `value`? [unknown_hole]
                1:18: there is nothing called `` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }} [unknown_hole]
                1:28: this `{{` is not closed by `}}` [bad_summary]
            "{{ {{ device }}"
                1:2: there is nothing called `{{ device` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }}; did you mean `device`? [unknown_hole]
            5
                1:1: found number 5, expected a text such as "{{ device }} is hot" [wrong_type]
        "#]],
    );
}
