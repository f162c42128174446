//! `tripline test`.

use std::{fs, path::Path};

use expect_test::expect;

use crate::folder::Folder;

const HOT: &str = r#"{"id": "hot", "when": "temp > 80"}"#;
const RIGHT: &str = "\
# Right.
rule hot.json

at 0s reading b temp=90
    firing hot{b} since 0s value 90
    notify webhook firing hot{b} \"hot on b\"
at 1s end
    1 reading: 1 accepted
    1 transition: 1 sent
    alert hot{b} firing since 0s
";

#[test]
fn scenarios_that_come_out_as_they_say_are_ok() {
    let folder = Folder::new("test_ok", &[("hot.json", HOT), ("a.scenario", RIGHT)]);
    folder.check(
        "test a.scenario",
        "",
        &expect![[r#"
        a.scenario: ok
        1 scenario: 1 ok
        exit 0
    "#]],
    );
}

#[test]
fn folders_are_walked_and_rules_are_looked_up_beside_the_scenario_first() {
    let cold = HOT.replace("> 80", "> 99");
    let folder = Folder::new(
        "test_walk",
        &[
            ("hot.json", &cold),
            ("deep/hot.json", HOT),
            ("deep/a.scenario", RIGHT),
            ("deep/deeper/b.scenario", &RIGHT.replace("rule hot.json", "rule deep/hot.json")),
            ("deep/notes.txt", "no scenario"),
        ],
    );
    folder.check(
        "test deep",
        "",
        &expect![[r#"
        deep/a.scenario: ok
        deep/deeper/b.scenario: ok
        2 scenarios: 2 ok
        exit 0
    "#]],
    );
}

#[test]
fn what_came_otherwise_is_told_by_line_as_a_difference() {
    let wrong = RIGHT.replace("at 0s reading b temp=90", "at 0s reading b temp=85");
    let wrong = wrong.replace("    1 transition: 1 sent\n", "    2 transitions: 1 sent, 1 muted\n");
    let files = [("hot.json", HOT), ("a.scenario", RIGHT), ("b.scenario", wrong.as_str())];
    let folder = Folder::new("test_differs", &files);
    folder.check(
        "test a.scenario b.scenario",
        "",
        &expect![[r#"
        a.scenario: ok
        b.scenario: FAILED
          --- expected
          +++ got
          @@ line 4 @@ at 0s reading b temp=85
          -    firing hot{b} since 0s value 90
          +    firing hot{b} since 0s value 85
               notify webhook firing hot{b} "hot on b"
          @@ line 7 @@ at 1s end
               1 reading: 1 accepted
          -    2 transitions: 1 sent, 1 muted
          +    1 transition: 1 sent
               alert hot{b} firing since 0s

        2 scenarios: 1 ok, 1 failed
        exit 1
    "#]],
    );
}

#[test]
fn a_rule_with_mistakes_is_told_with_what_is_wrong() {
    let wrong = "rule {\"id\": \"a\", \"when\": \"temp >> 3\"}\nat 0s end\n    0 readings: none\n    0 transitions: none\n";
    let folder = Folder::new("test_wrong_rule", &[("a.scenario", wrong)]);
    folder.check("test a.scenario", "", &expect![[r#"
        a.scenario: FAILED
          --- expected
          +++ got
          @@ line 1 @@ rule {"id": "a", "when": "temp >> 3"}
          +    answer 400 invalid_rule
          +    line 1, column 28: syntax
          note: line 1, column 28: found `>`, expected a number, a text, a field, a function, `!`, `-` or `(`

        1 scenario: 1 failed
        exit 1
    "#]]);
}

#[test]
fn files_that_are_no_scenarios_fail_and_the_others_are_played() {
    let files = [("hot.json", HOT), ("a.scenario", RIGHT), ("b.scenario", "at 1 tick\n")];
    let folder = Folder::new("test_broken", &files);
    folder.check(
        "test b.scenario none.scenario a.scenario",
        "",
        &expect![[r#"
        b.scenario: FAILED
          b.scenario:1: `1`: a duration as 90s or 1m30s is wanted

        none.scenario: FAILED
          No such file or directory (os error 2)

        a.scenario: ok
        3 scenarios: 1 ok, 2 failed
        exit 1
    "#]],
    );
}

#[test]
fn update_writes_what_came_and_leaves_the_rest_as_it_is() {
    let stale = RIGHT.replace("value 90", "value 91").replace("    1 transition: 1 sent\n", "");
    let files = [("hot.json", HOT), ("a.scenario", RIGHT), ("b.scenario", stale.as_str())];
    let folder = Folder::new("test_update", &files);
    folder.check(
        "test --update a.scenario b.scenario",
        "",
        &expect![[r#"
        a.scenario: ok
        b.scenario: updated
        2 scenarios: 1 ok, 1 updated
        exit 0
    "#]],
    );
    assert_eq!(folder.read("b.scenario"), RIGHT);
}

#[test]
fn wrong_usage_and_a_folder_without_scenarios_are_told_apart() {
    let folder = Folder::new("test_usage", &[("empty/notes.txt", "")]);
    folder.check(
        "test",
        "",
        &expect![[r#"
        error: the following required arguments were not provided:
          <SCENARIO>...

        Usage: tripline test <SCENARIO>...

        For more information, try '--help'.
        exit 2
    "#]],
    );
    folder.check(
        "test empty",
        "",
        &expect![[r#"
        tripline: empty: no file below ends in .scenario
        exit 1
    "#]],
    );
}

/// The page for users: its rule, its scenario, and what the command prints for them.
#[test]
fn the_example_of_the_documentation_comes_out_as_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/testing-rules.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let block = |kind: &str| {
        let (_, rest) = page.split_once(&format!("```{kind}\n")).expect("a block of that kind");
        rest.split_once("```").expect("it ends").0
    };
    let folder = Folder::new(
        "test_documentation",
        &[("cold-room.json", block("json")), ("cold-room.scenario", block("text"))],
    );
    let (command, printed) = block("console").split_once('\n').expect("a command and more");
    let command = command.strip_prefix("$ tripline ").expect("our command");

    assert_eq!(folder.run(command, ""), format!("{printed}exit 0\n"));
}

#[test]
fn a_file_of_rules_may_be_yaml_or_a_list() {
    let yaml = "id: hot\nwhen: temp > 80\n---\nid: cold\nwhen: temp < 0\n";
    let list =
        "[{\"id\": \"hot\", \"when\": \"temp > 80\"}, {\"id\": \"cold\", \"when\": \"temp < 0\"}]";
    let of_yaml = RIGHT.replace("rule hot.json", "rule rules.yaml");
    let of_list = RIGHT.replace("rule hot.json", "rule rules.json");
    let broken = RIGHT.replace("rule hot.json", "rule broken.yaml");
    let files = [
        ("rules.yaml", yaml),
        ("rules.json", list),
        ("broken.yaml", "id: [\n"),
        ("a.scenario", of_yaml.as_str()),
        ("b.scenario", of_list.as_str()),
        ("c.scenario", broken.as_str()),
    ];
    let folder = Folder::new("test_yaml", &files);
    folder.check(
        "test a.scenario b.scenario c.scenario",
        "",
        &expect![[r#"
            a.scenario: ok
            b.scenario: ok
            c.scenario: FAILED
              c.scenario:2: broken.yaml:2:1: the file is not YAML: while parsing a node, did not find expected node content

            3 scenarios: 2 ok, 1 failed
            exit 1
        "#]],
    );
}
