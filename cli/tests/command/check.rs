//! `tripline check`.

use expect_test::expect;

use crate::{HOT, folder::Folder};

const STEADY: &str = r#"{
  "id": "steady",
  "when": "avg(temp, 1m) > 80 && !off",
  "clear": "avg(temp, 1m) < 75",
  "for": "30s"
}"#;

#[test]
fn check_says_what_each_rule_reads_and_keeps() {
    let folder = Folder::new("check_says", &[("hot.json", HOT), ("steady.json", STEADY)]);
    folder.check("check hot.json steady.json", "", &expect![[r#"
        hot: ok; fields: temp; windows: none; timers: none
        steady: ok; fields: off, temp; windows: avg(temp, 1m); timers: for 30s
        steady.json:1:1: warning: when a device falls silent, this alert stays as it is for ever; a rule with `absent`, or `"missing": "clear"` over windows, ends it
        exit 0
    "#]]);
    folder.check("check --json hot.json", "", &expect![[r#"
        {"mistakes":[],"rules":[{"fields":["temp"],"file":"hot.json","rule":"hot","timers":[],"warning":null,"windows":[]}]}
        exit 0
    "#]]);
}

#[test]
fn check_names_every_mistake_with_its_place() {
    let rules = "[\n  {\"id\": \"a b\", \"when\": \"temp >\", \"fro\": \"1m\"},\n  {\"id\": \"hot\", \"when\": \"3\"}\n]";
    let folder = Folder::new("check_names", &[("rules.json", rules), ("hot.json", HOT)]);
    folder.check("check rules.json", "", &expect![[r#"
        rules.json:2:12: found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit
        rules.json:2:32: the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected
        rules.json:2:35: unknown key `fro`; there are `id`, `devices`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `missing`, `mode`, `severity`, `labels`, `summary` (did you mean `for`?)
        rules.json:3:26: a condition is true or false; this is a number: compare it, as in `temp > 80`
        rules.json:3:26: the condition reads no field, so no reading could change it
        exit 1
    "#]]);
    folder.check(
        "check hot.json hot.json missing.json",
        "",
        &expect![[r#"
        hot.json:1:1: rule hot is also in hot.json: ids are unique
        missing.json:1:1: No such file or directory (os error 2)
        exit 1
    "#]],
    );
    folder.check("check --json rules.json", "", &expect![[r#"
        {"mistakes":[{"code":"bad_id","column":12,"file":"rules.json","line":2,"message":"found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit","suggestion":null},{"code":"syntax","column":32,"file":"rules.json","line":2,"message":"the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected","suggestion":null},{"code":"unknown_key","column":35,"file":"rules.json","line":2,"message":"unknown key `fro`; there are `id`, `devices`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `missing`, `mode`, `severity`, `labels`, `summary`","suggestion":"for"},{"code":"type_mismatch","column":26,"file":"rules.json","line":3,"message":"a condition is true or false; this is a number: compare it, as in `temp > 80`","suggestion":null},{"code":"reads_no_field","column":26,"file":"rules.json","line":3,"message":"the condition reads no field, so no reading could change it","suggestion":null}],"rules":[]}
        exit 1
    "#]]);
}

#[test]
fn check_of_a_list_that_is_no_json_says_where_it_breaks() {
    let folder = Folder::new("check_list", &[("rules.json", "[{\"id\": \"a\",}]")]);
    folder.check(
        "check rules.json",
        "",
        &expect![[r#"
            rules.json:1:13: no list of rules: key must be a string
            exit 1
        "#]],
    );
}

/// Ten mistakes, each of another kind.
const TEN: &str = r#"[
  { "id": "cold room", "when": "temp > 8" },
  { "id": "warm",
    "when": "avg(temp, 5) > 8 && dor_open == true",
    "for": "10 minutes" },
  { "id": "hot", "when": "max(temp, 1h) > \"90\"", "severty": "critical" },
  { "id": "flow", "when": "Volume Flow < 3" },
  { "id": "quiet", "when": "absent(10m", "missing": "ignore" },
  { "id": "fan", "when": "temp > 90", "when": "fan == 0", "summary": "{{ devise }} is hot" }
]"#;

/// The same ten, as YAML has them.
const TEN_YAML: &str = r#"# Rules of the cold store.
- id: cold room
  when: temp > 8
- id: warm
  when: >-
    temp > 8
    && avg(temp, 5) > 8
  for: 10 minutes
- id: hot
  when: 'max(temp, 1h) > "90"'
  severty: critical
- id: flow
  when: Volume Flow < 3
- id: quiet
  when: "absent(10m"
  missing: ignore
- id: fan
  when: |
    temp > 90
      && fan == 0
  when: fan == 0
  summary: "{{ devise }} is hot"
"#;

#[test]
fn ten_mistakes_are_ten_messages_a_person_can_act_on() {
    let folder = Folder::new("check_ten", &[("rules.json", TEN), ("rules.yaml", TEN_YAML)]);
    folder.check("check rules.json", "", &expect![[r#"
        rules.json:2:16: found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit
        rules.json:4:24: found the number 5, expected a duration such as `5m`
        rules.json:5:12: found text "10 minutes", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small
        rules.json:6:27: `>` compares values of one type; found a number on the left and a text on the right
        rules.json:6:52: unknown key `severty`; there are `id`, `devices`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `missing`, `mode`, `severity`, `labels`, `summary` (did you mean `severity`?)
        rules.json:7:35: found `Flow`, expected an operator or the end
        rules.json:8:35: this `(` is not closed
        rules.json:8:53: found text "ignore", expected "hold" or "clear"
        rules.json:9:39: the key `when` stands here twice
        rules.json:9:71: there is nothing called `devise` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }} (did you mean `device`?)
        exit 1
    "#]]);
    folder.check("check rules.yaml", "", &expect![[r#"
        rules.yaml:2:11: found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit
        rules.yaml:7:18: found the number 5, expected a duration such as `5m`
        rules.yaml:8:8: found text "10 minutes", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small
        rules.yaml:10:10: `>` compares values of one type; found a number on the left and a text on the right
        rules.yaml:11:3: unknown key `severty`; there are `id`, `devices`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `missing`, `mode`, `severity`, `labels`, `summary` (did you mean `severity`?)
        rules.yaml:13:16: found `Flow`, expected an operator or the end
        rules.yaml:15:16: this `(` is not closed
        rules.yaml:16:12: found text "ignore", expected "hold" or "clear"
        rules.yaml:21:3: the key `when` stands here twice
        rules.yaml:22:13: there is nothing called `devise` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }} (did you mean `device`?)
        exit 1
    "#]]);
}
