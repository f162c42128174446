#![allow(clippy::needless_raw_string_hashes, reason = "UPDATE_EXPECT=1 writes them")]

use alloc::{format, string::String};
use std::string::ToString;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::expr;

mod fleet;
mod keys;
mod schedule;

/// Reads documents, and shows the rule, or every mistake with line and column.
fn check(texts: &[&str], expected: &Expect) {
    let shown = texts.iter().map(|text| match read(text) {
        Ok(rule) => shown(&rule),
        Err(mistakes) => mistakes.iter().map(line).collect::<String>(),
    });
    expected.assert_eq(&shown.collect::<String>());
}

fn shown(rule: &Rule) -> String {
    let Rule { id, devices, when, clear, hold, keep_firing, min_samples, .. } = rule;
    let Rule { missing, mode, severity, labels, summary, .. } = rule;
    let clear = clear.as_ref().map_or(String::from("-"), ToString::to_string);
    format!(
        "{id}: {when}\ndevices {:?}, clear {clear}, for {hold}, keep {keep_firing}, {min_samples} \
         samples, {missing:?}, {mode:?}, {severity:?} {labels:?} {summary:?}\n",
        devices.ids
    ) + &shown_fleet(rule)
}

fn shown_fleet(rule: &Rule) -> String {
    let tags = &rule.devices.tags;
    let tags = if tags.is_empty() { String::new() } else { format!("tags {tags:?}\n") };
    let Some(fleet) = &rule.fleet else { return tags };
    let roles = fleet.roles.iter().map(|role| {
        let name = role.name.as_deref().unwrap_or("-");
        let wants = role.wants.iter().map(|want| {
            format!("\n  {:?} {} of {} samples", want.telling, want.expr, want.min_samples)
        });
        let mut wants: Vec<String> = wants.collect();
        wants.sort();
        format!("{name} {:?} {:?}{}\n", role.devices.ids, role.devices.tags, wants.concat())
    });
    format!("{tags}by {:?}\n{}", fleet.by, roles.collect::<String>())
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
            include_str!("../../../../examples/rules/boiler-hot.json"),
            include_str!("../../../../examples/rules/door-open-out-of-hours.json"),
            include_str!("../../../../examples/rules/motion-behind-closed-door.json"),
        ],
        &expect![[r#"
            boiler-hot: avg(temp, 1m) > 80
            devices ["boiler-*"], clear avg(temp, 1m) < 75, for 0s, keep 0s, 1 samples, Hold, Live, "critical" {"team": "heating"} Some(Summary([Device, Text(" has averaged "), Value, Text(" °C over a minute")]))
            door-open-out-of-hours: open
            devices ["door-*"], clear -, for 5m, keep 0s, 1 samples, Hold, Live, "warning" {"team": "security"} Some(Summary([Device, Text(" stands open outside business hours")]))
            motion-behind-closed-door: motion && !door_open
            devices ["room-*"], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {"team": "security"} Some(Summary([Text("something moves in "), Device, Text(" behind a closed door")]))
        "#]],
    );
}

/// What stands in the reference between fences of a kind.
fn fenced<'t>(reference: &'t str, kind: &str) -> Vec<&'t str> {
    let opened = format!("```{kind}\n");
    reference.split(&opened).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn what_the_reference_shows_is_read() {
    let reference = include_str!("../../../../docs/rules.md");
    let documents = fenced(reference, "json");
    let conditions = fenced(reference, "rule");
    assert!(documents.len() >= 3 && conditions.len() >= 5);
    for document in documents {
        read(document).unwrap();
    }
    for condition in conditions.concat().lines() {
        expr::parse_condition(condition).unwrap();
    }
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
            3:13: there is no function `agv`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`? [unknown_function]
            3:17: `temp` is a field of one device, and the rule is about a group of them: write `devices(temp > 80) >= 3`, or an aggregate over all of them, as in `avg(temp, 5m)` [several_devices]
            4:3: unknown key `sevrity`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary`; did you mean `severity`? [unknown_key]
            4:28: found number 5, expected a duration such as "5m" [wrong_type]
            1:1: the rule has no `id` [missing_key]
            1:1: the rule has no `when` [missing_key]
            1:8: found number 5, expected a name such as "cold-room-warm" [wrong_type]
            1:19: found true, expected a condition such as "temp > 80" [wrong_type]
            1:32: found null, expected a duration such as "5m" [wrong_type]
            1:38: the key `id` stands here twice [doubled_key]
            1:70: the key `a` stands here twice [doubled_key]
            1:31: the key `id` stands here twice [doubled_key]
            1:42: unknown key ``; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary` [unknown_key]
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
