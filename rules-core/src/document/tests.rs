#![allow(clippy::needless_raw_string_hashes, reason = "UPDATE_EXPECT=1 writes them")]

use alloc::{format, string::String};
use std::string::ToString;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// Reads documents, and shows the rule, or every mistake with line and column.
fn check(texts: &[&str], expected: &Expect) {
    let shown = texts.iter().map(|text| match read(text) {
        Ok(rule) => shown(&rule),
        Err(mistakes) => mistakes.iter().map(line).collect::<String>(),
    });
    expected.assert_eq(&shown.collect::<String>());
}

/// Reads `key` with each value beside an `id` and a `when`; places count from the value.
fn check_key(key: &str, values: &[&str], expected: &Expect) {
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

fn shown(rule: &Rule) -> String {
    let Rule { id, devices, when, clear, hold, keep_firing, min_samples, .. } = rule;
    let Rule { missing, mode, severity, labels, summary, .. } = rule;
    let clear = clear.as_ref().map_or(String::from("-"), ToString::to_string);
    format!(
        "{id}: {when}\ndevices {:?}, clear {clear}, for {hold}, keep {keep_firing}, {min_samples} \
         samples, {missing:?}, {mode:?}, {severity:?} {labels:?} {summary:?}\n",
        devices.ids
    )
}

fn line(mistake: &Mistake) -> String {
    format!("{mistake} [{}]\n", mistake.code)
}

#[test]
fn a_rule_with_every_key_and_one_with_the_fewest_are_read() {
    check(
        &[
            r#"{ "id": "cold-room-warm",
  "devices": { "id": "fridge-*" },
  "when":  "avg(temp, 5m) > 8 && !door_open",
  "clear": "avg(temp, 5m) < 6",
  "for": "10m", "keep_firing_for": "1m", "min_samples": 3,
  "severity": "critical", "labels": { "team": "ops" },
  "summary": "{{ device }} is {{ value }} °C",
  "missing": "hold", "mode": "live" }"#,
            r#"{"id": "x", "when": "motion"}"#,
        ],
        &expect![[r#"
            cold-room-warm: avg(temp, 5m) > 8 && !door_open
            devices ["fridge-*"], clear avg(temp, 5m) < 6, for 10m, keep 1m, 3 samples, Hold, Live, "critical" {"team": "ops"} Some(Summary([Device, Text(" is "), Value, Text(" °C")]))
            x: motion
            devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
        "#]],
    );
}

#[test]
fn the_examples_are_rules() {
    check(
        &[
            include_str!("../../../examples/rules/boiler-hot.json"),
            include_str!("../../../examples/rules/motion-behind-closed-door.json"),
        ],
        &expect![[r#"
            boiler-hot: avg(temp, 1m) > 80
            devices ["boiler-*"], clear avg(temp, 1m) < 75, for 0s, keep 0s, 1 samples, Hold, Live, "critical" {"team": "heating"} Some(Summary([Device, Text(" has averaged "), Value, Text(" °C over a minute")]))
            motion-behind-closed-door: motion && !door_open
            devices ["room-*"], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {"team": "security"} Some(Summary([Text("something moves in "), Device, Text(" behind a closed door")]))
        "#]],
    );
}

#[test]
fn what_is_no_json_has_a_place() {
    check(
        &[
            "",
            "   ",
            "{\"id\": \"x\",\n \"when\": }",
            "{\"id\": \"ü\"\n \"when\": 5}",
            "{\"id\": \"x\", \"when\": \"temp > 5\"",
            "{\"id\": \"x\"} {}",
            "{\"é\": nul}",
            "{'id': 1}",
            "[]",
            "\"temp > 5\"",
            "null",
        ],
        &expect![[r#"
            1:1: the document is not JSON: EOF while parsing a value [json_syntax]
            1:3: the document is not JSON: EOF while parsing a value [json_syntax]
            2:10: the document is not JSON: expected value [json_syntax]
            2:2: the document is not JSON: expected `,` or `}` [json_syntax]
            1:30: the document is not JSON: EOF while parsing an object [json_syntax]
            1:13: the document is not JSON: trailing characters [json_syntax]
            1:10: the document is not JSON: expected ident [json_syntax]
            1:2: the document is not JSON: key must be a string [json_syntax]
            1:1: found a list, expected an object: a rule [wrong_type]
            1:1: found text "temp > 5", expected an object: a rule [wrong_type]
            1:1: found null, expected an object: a rule [wrong_type]
        "#]],
    );
}

#[test]
fn all_mistakes_come_at_once_in_the_order_of_their_places() {
    check(
        &[
            r#"{ "id": "Hot!",
  "when": "avg(temp, 5m) > 80 && !5",
  "clear": "agv(temp, 5m) < 6",
  "sevrity": "bad", "for": 5,
  "per": ["site"] }"#,
            "{}",
            r#"{"id": 5, "when": true, "for": null, "id": "y", "labels": {"a": "1", "a": "2"}}"#,
            r#"{"\u0069d": "x", "when": "a", "id": "y", "": 1}"#,
        ],
        &expect![[r#"
            1:13: found '!' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit [bad_id]
            2:35: `!` takes true or false; found the number `5` [type_mismatch]
            3:13: there is no function `agv`; there are `count`, `sum`, `avg`, `min`, `max`, `has`, `absent`; did you mean `avg`? [unknown_function]
            4:3: unknown key `sevrity`; there are `id`, `devices`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `missing`, `mode`, `severity`, `labels`, `summary`; did you mean `severity`? [unknown_key]
            4:28: found number 5, expected a duration such as "5m" [wrong_type]
            5:3: `per` is not supported yet; a rule watches each device by itself [not_supported]
            1:1: the rule has no `id` [missing_key]
            1:1: the rule has no `when` [missing_key]
            1:8: found number 5, expected a name such as "cold-room-warm" [wrong_type]
            1:19: found true, expected a condition such as "temp > 80" [wrong_type]
            1:32: found null, expected a duration such as "5m" [wrong_type]
            1:38: the key `id` stands here twice [doubled_key]
            1:70: the key `a` stands here twice [doubled_key]
            1:31: the key `id` stands here twice [doubled_key]
            1:42: unknown key ``; there are `id`, `devices`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `missing`, `mode`, `severity`, `labels`, `summary` [unknown_key]
        "#]],
    );
}

#[test]
fn a_mistake_behind_escapes_has_its_own_column() {
    check(
        &[
            r#"{"id": "x", "when": "name == \"\u00e9\ud83d\ude00\" && !5"}"#,
            r#"{"id": "x", "when": "name == \"é😀\" &&\n\t!5 && temp + true"}"#,
            r#"{"id": "x", "summary": "\"\u00e9\": {{ valeu }}", "when": "\ud800"}"#,
        ],
        &expect![[r#"
            1:57: `!` takes true or false; found the number `5` [type_mismatch]
            1:44: `!` takes true or false; found the number `5` [type_mismatch]
            1:56: `+` takes a number; found `true` [type_mismatch]
            1:37: there is nothing called `valeu` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }}; did you mean `value`? [unknown_hole]
            1:60: this escape is half a pair; it names no character [json_syntax]
        "#]],
    );
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
                1:2: `devices.tags` is not supported yet; select devices by `id` [not_supported]
            {"id": "a", "idd": "b"}
                1:13: unknown key `idd`; there are `id`; did you mean `id`? [unknown_key]
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

#[test]
fn keys_that_rules_will_have_are_refused_by_name() {
    for key in ["per", "match", "on", "schedule"] {
        let text = format!("{{\"id\": \"x\", \"when\": \"a\", \"{key}\": []}}");
        let codes: Vec<_> =
            read(&text).unwrap_err().into_iter().map(|mistake| mistake.code).collect();
        assert_eq!(codes, ["not_supported"], "{key}");
    }
}

#[test]
fn suggestions_are_there_for_programs_too() {
    let mistakes = read(r#"{"id": "x", "when": "agv(a, 5m) > 1", "sumary": ""}"#).unwrap_err();
    let suggestions: Vec<_> =
        mistakes.iter().map(|mistake| mistake.suggestion.as_deref()).collect();
    assert_eq!(suggestions, [Some("avg"), Some("summary")]);
}

#[test]
fn a_document_past_the_limit_is_not_read() {
    check(
        &[&" ".repeat(BYTES_MAX + 1)],
        &expect![[r#"
            1:1: the document has 65537 bytes; at most 65536 are read [too_long]
        "#]],
    );
}

#[test]
fn mistakes_past_the_limit_are_counted() {
    let keys = (0..60).map(|key| format!("\"k{key}\": 0")).collect::<Vec<_>>().join(", ");

    let mistakes = read(&format!("{{\"id\": \"x\", \"when\": \"a\", {keys}}}")).unwrap_err();

    assert_eq!(mistakes.len(), MISTAKES_MAX + 1);
    assert_eq!(mistakes.last().unwrap().message, "10 more mistakes are not listed");
}

#[test]
fn deeply_nested_json_is_no_danger() {
    let nested = "[".repeat(30_000) + &"]".repeat(30_000);
    let text = format!("{{\"id\": \"x\", \"when\": \"a\", \"labels\": {nested}}}");
    assert_eq!(read(&text).unwrap_err().first().unwrap().code, "wrong_type");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[\\[\\]{}\",:a-z0-9\\\\ \\n]{0,60}") {
        let _ = read(&text);
    }

    /// Whatever stands before the `5` in a condition, and however JSON escapes
    /// it, the column is that of the `5`.
    #[test]
    fn columns_count_characters_of_the_document(text in "[ -~é😀\\t]{0,20}", escape in any::<bool>()) {
        let condition = format!("name == '{}' && !5", text.replace(['\'', '\\'], ""));
        let json = if escape {
            let units = condition.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            units.collect::<Vec<_>>().concat()
        } else {
            serde_json::to_string(&condition).unwrap().trim_matches('"').to_string()
        };
        let before = format!("{{\"id\": \"x\", \"when\": \"{json}");

        let mistakes = read(&format!("{before}\"}}")).unwrap_err();

        let last = if escape { "\\u0035" } else { "5" };
        let column = before.strip_suffix(last).unwrap().chars().count() + 1;
        prop_assert_eq!(mistakes.len(), 1);
        prop_assert_eq!(mistakes.first().map(|mistake| mistake.column as usize), Some(column));
    }
}
