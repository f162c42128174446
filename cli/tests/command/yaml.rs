//! Rules as YAML, with its traps.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::folder::Folder;

fn check(test: &str, yaml: &str, expected: &Expect) {
    let folder = Folder::new(&format!("yaml_{test}"), &[("r.yaml", yaml)]);
    folder.check("check r.yaml", "", expected);
}

#[test]
fn a_rule_may_be_a_document_or_stand_in_a_list() {
    let documents = "id: a\nwhen: temp > 8\nmissing: clear\n---\n- {id: b, when: has(x), missing: clear}\n- id: c\n  when: \"absent(5m)\"\n---\n";
    check(
        "documents",
        documents,
        &expect![[r#"
            a: 156 B a device at one reading a second, at most 2.1 kB; 4 steps a reading
              fields: temp
              windows: none
              timers: none
            b: 153 B a device at one reading a second, at most 2.1 kB; 2 steps a reading
              fields: x
              windows: none
              timers: none
            c: 108 B a device at one reading a second, at most 1.1 kB; 3 steps a reading
              fields: none
              windows: none
              timers: absent 5m
            3 rules for the busiest device: 1.5 kB a device at one reading a second, at most 22 kB; 9 steps a reading
            exit 0
        "#]],
    );
    check(
        "nothing",
        "# nothing yet\n",
        &expect![[r#"
        r.yaml:1:1: there is no rule in the file
        exit 1
    "#]],
    );
    check(
        "text",
        "temp > 8\n",
        &expect![[r#"
        r.yaml:1:1: found text "temp > 8", expected an object: a rule
        exit 1
    "#]],
    );
}

#[test]
fn words_that_were_truths_once_are_texts_and_numbers_stay_numbers() {
    let words = "id: on\nwhen: state == 'on'\nmissing: clear\nseverity: no\nlabels: {y: yes, n: off}\nmin_samples: 0x3\n";
    check(
        "words",
        words,
        &expect![[r#"
            on: 169 B a device at one reading a second, at most 2.1 kB; 4 steps a reading
              fields: state
              windows: none
              timers: none
            1 rule for the busiest device: 1.2 kB a device at one reading a second, at most 19 kB; 4 steps a reading
            exit 0
        "#]],
    );
    let wrong = "id: 007\nwhen: true\nmissing: no\nfor: 5\nmin_samples: 3.0\nseverity: ~\nlabels:\n  team: true\n";
    check(
        "no_words",
        wrong,
        &expect![[r#"
        r.yaml:1:5: found number 7, expected a name such as "cold-room-warm"
        r.yaml:2:7: found true, expected a condition such as "temp > 80"
        r.yaml:3:10: found text "no", expected "hold" or "clear"
        r.yaml:4:6: found number 5, expected a duration such as "5m"
        r.yaml:5:14: found number 3.0, expected a whole number from 1 to 86400
        r.yaml:6:11: found null, expected a text such as "critical"
        r.yaml:8:9: found true, expected a text
        exit 1
    "#]],
    );
}

#[test]
fn a_key_stands_once() {
    let doubled = "id: a\nwhen: temp > 8\n'id': b\nlabels:\n  team: x\n  team: y\n";
    check(
        "doubled",
        doubled,
        &expect![[r#"
        r.yaml:3:1: the key `id` stands here twice
        r.yaml:6:3: the key `team` stands here twice
        exit 1
    "#]],
    );
}

#[test]
fn aliases_are_filled_in_up_to_the_length_of_a_rule() {
    let alias = "- id: a\n  when: &w temp > 8\n  labels: &ours {team: ops}\n  missing: clear\n- id: b\n  when: *w\n  labels: *ours\n  missing: clear\n";
    check(
        "alias",
        alias,
        &expect![[r#"
            a: 167 B a device at one reading a second, at most 2.1 kB; 4 steps a reading
              fields: temp
              windows: none
              timers: none
            b: 167 B a device at one reading a second, at most 2.1 kB; 4 steps a reading
              fields: temp
              windows: none
              timers: none
            2 rules for the busiest device: 1.3 kB a device at one reading a second, at most 20 kB; 5 steps a reading
            exit 0
        "#]],
    );
    let mistake = "- id: a\n  when: &w |\n    temp >\n  for: 1m\n- id: b\n  when: *w\n";
    check(
        "alias_mistake",
        mistake,
        &expect![[r#"
        r.yaml:3:11: the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected
        exit 1
    "#]],
    );
    let mut bomb = String::from("labels: &l0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let alias = format!("*l{}, ", level - 1).repeat(9);
        let _ = writeln!(bomb, "l{level}: &l{level} [{alias}]");
    }
    check(
        "bomb",
        &bomb,
        &expect![[r#"
        r.yaml:1:1: the rule, its aliases filled in, is longer than the 65536 bytes that are read
        exit 1
    "#]],
    );
    check(
        "itself",
        "id: a\nwhen: temp > 8\nlabels: &l {a: *l}\n",
        &expect![[r#"
        r.yaml:3:16: this alias stands inside what it repeats
        exit 1
    "#]],
    );
    check(
        "unknown",
        "id: a\nwhen: *w\n",
        &expect![[r#"
        r.yaml:2:7: the file is not YAML: while parsing node, found unknown anchor; if the value of `when` is meant as a text, put it in quotes as a whole: when: '…'
        exit 1
    "#]],
    );
    check(
        "merge",
        "id: a\nwhen: temp > 8\n<<: {for: 1m}\n",
        &expect![[r#"
        r.yaml:3:1: a merge (`<<`) is not part of YAML 1.2; repeat single values with an alias: labels: *ours
        exit 1
    "#]],
    );
}

#[test]
fn what_yaml_takes_for_something_else_is_told_with_the_remedy() {
    check(
        "tag",
        "id: a\nwhen: !door_open\nlabels: !!map {a: !!str 5}\n",
        &expect![[r#"
        r.yaml:2:7: YAML takes `!door_open` for a tag; a value that begins with `!` stands in quotes: '!door_open …'
        exit 1
    "#]],
    );
    check(
        "backtick",
        "id: a\nwhen: `Volume Flow` > 3\n",
        &expect![[r#"
        r.yaml:2:7: the file is not YAML: unexpected character: ``'; if the value of `when` is meant as a text, put it in quotes as a whole: when: '…'
        exit 1
    "#]],
    );
    check(
        "quoted",
        "id: a\nwhen: \"Volume Flow\" > 3\n",
        &expect![[r#"
        r.yaml:2:21: the file is not YAML: invalid trailing content after double-quoted scalar; if the value of `when` is meant as a text, put it in quotes as a whole: when: '…'
        exit 1
    "#]],
    );
    check(
        "braces",
        "id: a\nwhen: temp > 8\nsummary: {{ device }}\n",
        &expect![[r#"
        r.yaml:3:11: found a list or a map as a key; a text that begins with `[` or `{` stands in quotes
        exit 1
    "#]],
    );
    check(
        "braces_more",
        "id: a\nwhen: temp > 8\nsummary: {{ device }} is hot\n",
        &expect![[r#"
        r.yaml:3:11: found a list or a map as a key; a text that begins with `[` or `{` stands in quotes
        r.yaml:3:23: the file is not YAML: while parsing a block mapping, did not find expected key; if the value of `summary` is meant as a text, put it in quotes as a whole: summary: '…'
        exit 1
    "#]],
    );
    check(
        "colon",
        "id: a\nwhen: state == 'a: b'\n",
        &expect![[r#"
        r.yaml:2:18: the file is not YAML: mapping values are not allowed in this context; if the value of `when` is meant as a text, put it in quotes as a whole: when: '…'
        exit 1
    "#]],
    );
    check(
        "tab",
        "- id: a\n  when: temp >\n-\tid: b\n\twhen: x\n",
        &expect![[r#"
        r.yaml:2:15: the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected
        r.yaml:3:7: the file is not YAML: while scanning a plain scalar, found a tab; if the value of `id` is meant as a text, put it in quotes as a whole: id: '…'
        exit 1
    "#]],
    );
    check(
        "comment",
        "id: a\nwhen: temp > # eight\n",
        &expect![[r#"
        r.yaml:2:13: the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected
        exit 1
    "#]],
    );
}

#[test]
fn the_place_of_a_mistake_is_that_of_the_file_in_every_style() {
    check(
        "plain",
        "id: a\nwhen: temp > 8 &&\n  state ~ 3\n",
        &expect![[r#"
        r.yaml:3:9: found `~`, which begins nothing here
        exit 1
    "#]],
    );
    check(
        "single",
        "id: a\nwhen: 'x == ''é'' && y ~ 3'\n",
        &expect![[r#"
        r.yaml:2:24: found `~`, which begins nothing here
        exit 1
    "#]],
    );
    check(
        "double",
        "id: a\nwhen: \"x == \\\"\\u00e9\\\" &&\\\n   y ~ 3\"\n",
        &expect![[r#"
        r.yaml:3:6: found `~`, which begins nothing here
        exit 1
    "#]],
    );
    check(
        "literal",
        "id: a\nwhen: |\n\n    x == 1 &&\n      y ~ 3\n",
        &expect![[r#"
        r.yaml:5:9: found `~`, which begins nothing here
        exit 1
    "#]],
    );
    check(
        "folded",
        "id: a\nwhen: >2-\n    x == 1 &&\n\n  y ~ 3\n",
        &expect![[r#"
        r.yaml:5:5: found `~`, which begins nothing here
        exit 1
    "#]],
    );
    check(
        "windows",
        "id: a\r\nwhen: |\r\n  x == 1 &&\r\n  y ~ 3\r\n",
        &expect![[r#"
        r.yaml:4:5: found `~`, which begins nothing here
        exit 1
    "#]],
    );
    check(
        "mark",
        "\u{feff}id: a b\nwhen: x ~ 1\n",
        &expect![[r#"
        r.yaml:1:6: found ' ' in the id; it is made of letters, digits, `-` and `_`, and begins with a letter or digit
        r.yaml:2:9: found `~`, which begins nothing here
        exit 1
    "#]],
    );
}
