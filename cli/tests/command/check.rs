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
        hot: 158 B a device at one reading a second, at most 2.1 kB; 4 steps a reading
          fields: temp
          windows: none
          timers: none
        steady: 1.0 kB a device at one reading a second, at most 1.4 MB; 15 steps a reading
          fields: off, temp
          windows: avg(temp, 1m) (60 samples in 720 B)
          timers: for 30s
        2 rules for the busiest device: 2.2 kB a device at one reading a second, at most 1.4 MB; 19 steps a reading
        steady.json:1:1: warning: when a device falls silent, this alert stays as it is for ever; `fresh` or `absent` in the rule, or `missing: clear` over windows, ends it
        exit 0
    "#]]);
    folder.check("check --json hot.json", "", &expect![[r#"
        {"interval":"1s","quota":{"bytes_per_device":10000000,"steps_per_reading":50000},"total":{"bytes_per_device":1276,"bytes_per_device_max":19658,"steps_per_reading":4},"rules":[{"file":"hot.json","line":1,"column":1,"rule":"hot","fields":["temp"],"windows":[],"timers":[],"bytes_per_device":158,"bytes_per_device_max":2186,"steps_per_reading":4,"warning":null}],"mistakes":[]}
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
        rules.json:2:35: unknown key `fro`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary` (did you mean `for`?)
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
        {"interval":"1s","quota":null,"total":null,"rules":[],"mistakes":[{"file":"rules.json","code":"bad_id","message":"found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit","line":2,"column":12,"suggestion":null},{"file":"rules.json","code":"syntax","message":"the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected","line":2,"column":32,"suggestion":null},{"file":"rules.json","code":"unknown_key","message":"unknown key `fro`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary`","line":2,"column":35,"suggestion":"for"},{"file":"rules.json","code":"type_mismatch","message":"a condition is true or false; this is a number: compare it, as in `temp > 80`","line":3,"column":26,"suggestion":null},{"file":"rules.json","code":"reads_no_field","message":"the condition reads no field, so no reading could change it","line":3,"column":26,"suggestion":null}]}
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
        rules.json:4:24: found the number 5, expected a duration such as `5m` or a count such as `5 samples`
        rules.json:5:12: found text "10 minutes", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small
        rules.json:6:27: `>` compares values of one type; found a number on the left and a text on the right
        rules.json:6:52: unknown key `severty`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary` (did you mean `severity`?)
        rules.json:7:35: found `Flow`, expected an operator or the end
        rules.json:8:35: this `(` is not closed
        rules.json:8:53: found text "ignore", expected "hold" or "clear"
        rules.json:9:39: the key `when` stands here twice
        rules.json:9:71: there is nothing called `devise` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }} (did you mean `device`?)
        exit 1
    "#]]);
    folder.check("check rules.yaml", "", &expect![[r#"
        rules.yaml:2:11: found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit
        rules.yaml:7:18: found the number 5, expected a duration such as `5m` or a count such as `5 samples`
        rules.yaml:8:8: found text "10 minutes", expected a duration such as "5m": whole numbers with the units d, h, m, s and ms, from large to small
        rules.yaml:10:10: `>` compares values of one type; found a number on the left and a text on the right
        rules.yaml:11:3: unknown key `severty`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary` (did you mean `severity`?)
        rules.yaml:13:16: found `Flow`, expected an operator or the end
        rules.yaml:15:16: this `(` is not closed
        rules.yaml:16:12: found text "ignore", expected "hold" or "clear"
        rules.yaml:21:3: the key `when` stands here twice
        rules.yaml:22:13: there is nothing called `devise` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }} (did you mean `device`?)
        exit 1
    "#]]);
}

#[test]
fn check_tells_costs_at_the_interval_given_and_refuses_what_is_over_the_quota() {
    let rules = "\
id: a
when: avg(temp, 30d) > 8 || absent(5m)
---
id: b
when: max(load, 1h) > 8 && absent(5m) == false
keep_firing_for: 1m
devices: [pump-*]
";
    let folder = Folder::new("check_cost", &[("r.yaml", rules)]);
    folder.check("check r.yaml", "", &expect![[r#"
        a: 1.4 MB a device at one reading a second, at most 1.4 MB; 11 steps a reading
          fields: temp
          windows: avg(temp, 30d) (86400 samples and older ones in panes of 30m, 1.4 MB)
          timers: absent 5m
        b: 43 kB a device at one reading a second, at most 1.4 MB; 14 steps a reading
          fields: load
          windows: max(load, 1h) (3600 samples in 43 kB)
          timers: absent 5m, keep_firing_for 1m
        2 rules for the busiest device: 1.4 MB a device at one reading a second, at most 2.2 MB; 25 steps a reading
        exit 0
    "#]]);
    folder.check("check r.yaml --interval 1m", "", &expect![[r#"
        a: 518 kB a device at a reading each 1m, at most 1.4 MB; 11 steps a reading
          fields: temp
          windows: avg(temp, 30d) (43200 samples in 518 kB)
          timers: absent 5m
        b: 972 B a device at a reading each 1m, at most 1.4 MB; 14 steps a reading
          fields: load
          windows: max(load, 1h) (60 samples in 720 B)
          timers: absent 5m, keep_firing_for 1m
        2 rules for the busiest device: 519 kB a device at a reading each 1m, at most 2.2 MB; 25 steps a reading
        exit 0
    "#]]);
    folder.check("check r.yaml --quota-bytes-per-device 500000", "", &expect![[r#"
        a: 1.4 MB a device at one reading a second, at most 1.4 MB; 11 steps a reading
          fields: temp
          windows: avg(temp, 30d) (86400 samples and older ones in panes of 30m, 1.4 MB)
          timers: absent 5m
        b: 43 kB a device at one reading a second, at most 1.4 MB; 14 steps a reading
          fields: load
          windows: max(load, 1h) (3600 samples in 43 kB)
          timers: absent 5m, keep_firing_for 1m
        2 rules for the busiest device: 1.4 MB a device at one reading a second, at most 2.2 MB; 25 steps a reading
        r.yaml:1:1: the rules take 1.4 MB a device at a reading each 1s, where 500 kB are allowed; rule a takes most
        exit 1
    "#]]);
    folder.check("check r.yaml --json --quota-steps-per-reading 5", "", &expect![[r#"
        {"interval":"1s","quota":{"bytes_per_device":10000000,"steps_per_reading":5},"total":{"bytes_per_device":1496342,"bytes_per_device_max":2251472,"steps_per_reading":25},"rules":[{"file":"r.yaml","line":1,"column":1,"rule":"a","fields":["temp"],"windows":[{"window":"avg(temp, 30d)","samples":86400,"bytes":1451520,"resolution":"30m"}],"timers":["absent 5m"],"bytes_per_device":1451772,"bytes_per_device_max":1453800,"steps_per_reading":11,"warning":null},{"file":"r.yaml","line":4,"column":1,"rule":"b","fields":["load"],"windows":[{"window":"max(load, 1h)","samples":3600,"bytes":43200,"resolution":null}],"timers":["absent 5m","keep_firing_for 1m"],"bytes_per_device":43452,"bytes_per_device_max":1453800,"steps_per_reading":14,"warning":null}],"mistakes":[{"file":"r.yaml","code":"over_quota","message":"the rules take 25 steps a reading, where 5 are allowed; rule a takes most","line":1,"column":1,"suggestion":null}]}
        exit 1
    "#]]);
    folder.check(
        "check r.yaml --interval 0",
        "",
        &expect![[r#"
        error: invalid value '0' for '--interval <DURATION>': at least 1ms is wanted

        For more information, try '--help'.
        exit 2
    "#]],
    );
}
