use std::path::Path;

use super::super::{Action, Scenario};

const TEXT: &str = "\
# Comments and empty lines stay.
set shards=1
rule {\"id\": \"hot\", \"when\": \"temp > 80\"}

at 1m reading boiler-1 @59s id=a temp=85 state=\"half open\" door=true
    late
at 1m post source=b seq=7 type=text/plain <<{
    \"indented\": 1}>>
    nothing
    more
at 1m1s receiver answers 500 200
at 1m2s reading boiler-1 temp=85 tags site=\"plant 1\" line=
at 1m3s device boiler-1 site=plant-2 line=3

at 2m end
    0 readings: none
";

#[allow(clippy::unnecessary_wraps, reason = "readers of rules may fail")]
fn one(_: &Path, text: &str) -> Result<Vec<String>, String> {
    Ok(vec![text.to_owned()])
}

fn scenario(text: &str) -> Scenario {
    Scenario::parse(Path::new("x.scenario"), text, &one).unwrap()
}

fn mistake(text: &str) -> String {
    Scenario::parse(Path::new("x"), text, &one).unwrap_err().to_string()
}

#[test]
fn actions_are_read_with_what_comes_of_them() {
    let scenario = scenario(TEXT);

    assert_eq!(scenario.variables, [("shards".to_owned(), "1".to_owned())]);
    let actions: Vec<&Action> = scenario.steps.iter().map(|step| &step.runs[0].action).collect();
    assert!(matches!(actions[0], Action::PutRule { id, .. } if id == "hot"));
    let Action::Readings { body, .. } = actions[1] else { panic!("{:?}", actions[1]) };
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).unwrap(),
        serde_json::json!({
            "device": "boiler-1", "ts": 1_767_225_659_000_u64, "id": "a",
            "values": { "temp": 85, "state": "half open", "door": true },
        })
    );
    assert_eq!(
        *actions[2],
        Action::Readings {
            numbered: Some(("b".to_owned(), 7)),
            content_type: "text/plain".to_owned(),
            body: "{\n    \"indented\": 1}".to_owned(),
        }
    );
    assert_eq!(*actions[3], Action::Receiver { answers: vec![500, 200] });
    let Action::Readings { body, .. } = actions[4] else { panic!("{:?}", actions[4]) };
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).unwrap(),
        serde_json::json!({
            "device": "boiler-1", "ts": 1_767_225_662_000_u64, "values": { "temp": 85 },
            "tags": { "site": "plant 1", "line": "" },
        })
    );
    let tags = [("line", "3"), ("site", "plant-2")];
    let tags = tags.map(|(tag, text)| (tag.to_owned(), text.to_owned())).into();
    assert_eq!(*actions[5], Action::Describe { device: "boiler-1".to_owned(), tags });
    let expected: Vec<&[String]> =
        scenario.steps.iter().map(|step| step.expected.as_slice()).collect();
    assert_eq!(expected[1], ["late"]);
    assert_eq!(expected[2], ["nothing", "more"]);
    assert_eq!(expected[3], [] as [&str; 0]);
}

#[test]
fn a_file_is_written_back_with_other_outcomes_and_all_the_rest() {
    let scenario = scenario(TEXT);
    let same: Vec<_> = scenario.steps.iter().map(|step| step.expected.clone()).collect();
    assert_eq!(scenario.with_outcomes(&same), TEXT);

    let mut other = same;
    other[1] = Vec::new();
    other[3] = vec!["new".to_owned()];
    let expected = TEXT.replace("    late\n", "").replace("500 200\n", "500 200\n    new\n");
    assert_eq!(scenario.with_outcomes(&other), expected);
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (text, expected) in [
        ("at 1m tick\nat 59s tick\n", "x:2: time runs back from 1m"),
        ("tick\n", "x:1: `tick`: `at TIME` comes first"),
        ("at 1m tick\n", "x:1: a scenario ends with `end`"),
        ("at 1m tick\n\n    late\n", "x:3: indented lines stand right below what they come of"),
        ("at 1m post <<{\n", "x:1: a body is not closed by >>"),
        ("at 1m reading a temp\n", "x:1: `temp`: NAME=VALUE is wanted"),
        ("at 1m reading a temp=1 tags site\n", "x:1: `site`: NAME=VALUE is wanted"),
        ("at 1m device\n", "x:1: device wants a device"),
        (
            "every 1m to 5m tick\n",
            "x:1: `every 1m to 5m tick`: every SPAN from TIME to TIME reading … is wanted",
        ),
        (
            "every 1ms from 0s to 1h tick\n",
            "x:1: `every 1ms from 0s to 1h tick`: from 1 to 10080 times are wanted",
        ),
        (
            "hosts worker\n",
            "x:1: `hosts worker`: before everything else, core and some of core, memory, worker, spin are wanted",
        ),
        ("at 60 tick\n", "x:1: `60`: a duration as 90s or 1m30s is wanted"),
    ] {
        assert_eq!(mistake(text), expected);
    }
}

#[test]
fn every_repeats_one_line_with_the_time_of_each() {
    let scenario = scenario("every 1m from 1m to 3m30s reading a temp=1\n    nothing\nat 3m end\n");

    let [every, _] = scenario.steps.as_slice() else { panic!("{:?}", scenario.steps) };
    assert_eq!(every.expected, ["nothing"]);
    let minutes = every.runs.iter().map(|run| {
        let Action::Readings { body, .. } = &run.action else { panic!("{run:?}") };
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["ts"], run.at.as_millis());
        run.at.since(super::ZERO).as_millis() / 60_000
    });
    assert_eq!(minutes.collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_rule_may_take_several_lines() {
    let scenario = scenario("rule <<{\"id\": \"hot\",\n  \"when\": \"temp > 80\"}>>\nat 0s end\n");

    let document = "{\"id\": \"hot\",\n  \"when\": \"temp > 80\"}".to_owned();
    assert_eq!(
        scenario.steps[0].runs[0].action,
        Action::PutRule { id: "hot".to_owned(), document }
    );
}
