use alloc::{string::ToString, vec};

use super::{World, at, joined, lines, truth};
use crate::fleet::News;

fn rule(when: &str, more: &str) -> alloc::string::String {
    alloc::format!(r#"{{"id": "hot", "per": ["site"], "when": "{when}"{more}}}"#)
}

fn hot(limit: u32, hot: bool) -> News {
    truth(&alloc::format!("temp > {limit}"), hot)
}

/// Two hot devices, and the alert of that.
fn firing() -> World {
    let mut world = World::new(&[&rule("devices(temp > 60) >= 2", "")]);
    for device in ["b1", "b2"] {
        let news = vec![joined(&[("site", "a")]), hot(60, true)];
        world.tell(("p0", "a"), device, at(0), news);
    }
    world
}

#[test]
fn a_deleted_rule_resolves_its_alerts() {
    let mut world = firing();
    let told = world.edit(&[]);
    assert_eq!(lines(&told), ["hot site=a resolved at 0 since 0 value 2 rule_deleted"]);
    assert_eq!(told[0].summary, "hot on site=a");
}

#[test]
fn an_edit_that_asks_something_new_waits_until_all_devices_have_answered() {
    let mut world = firing();
    assert_eq!(world.edit(&[&rule("devices(temp > 70) >= 2", "")]), []);

    // Without the other's answer, one hot device is not the news that it was not two.
    assert_eq!(world.tell(("p0", "a"), "b1", at(5), vec![hot(70, true)]), []);
    assert_eq!(world.tell(("p0", "a"), "b2", at(6), vec![hot(70, true)]), []);
    let told = world.tell(("p0", "a"), "b2", at(7), vec![hot(70, false)]);

    assert_eq!(lines(&told), ["hot site=a resolved at 7 since 0 value 1"]);
}

#[test]
fn an_edit_that_leaves_the_condition_alone_keeps_what_was_told() {
    let mut world = firing();
    assert_eq!(world.edit(&[&rule("devices(temp > 60) >= 2", r#", "severity": "page""#)]), []);

    let told = world.tell(("p0", "a"), "b2", at(7), vec![hot(60, false)]);

    assert_eq!(lines(&told), ["hot site=a resolved at 7 since 0 value 1"]);
    assert_eq!(told[0].severity, "page");
}

#[test]
fn a_rule_that_groups_otherwise_or_looks_elsewhere_ends_its_alerts() {
    for more in [r#", "devices": ["x*"]"#, r#", "devices": {"tags": {"kind": "gas"}}"#] {
        let mut world = firing();
        let told = world.edit(&[&rule("devices(temp > 60) >= 2", more)]);
        assert_eq!(lines(&told), ["hot site=a resolved at 0 since 0 value 2 rule_narrowed"]);
    }
    let mut world = firing();
    let told =
        world.edit(&[r#"{"id": "hot", "per": ["line"], "when": "devices(temp > 60) >= 2"}"#]);
    assert_eq!(lines(&told), ["hot site=a resolved at 0 since 0 value 2 rule_narrowed"]);
}

#[test]
fn a_longer_for_puts_a_firing_alert_back_to_pending() {
    let mut world = firing();
    let told = world.edit(&[&rule("devices(temp > 60) >= 2", r#", "for": "1m""#)]);
    assert_eq!(lines(&told), ["hot site=a pending at 0 since 0 value 2 hold_lengthened"]);
    assert_eq!(lines(&world.tick(at(60))), ["hot site=a firing at 60 since 0 value 2"]);
}

#[test]
fn a_schedule_that_comes_with_an_edit_and_is_closed_ends_the_alert() {
    let mut world = firing();
    let closed = r#", "schedule": {"time_zone": "UTC", "hours": "05:00-06:00"}"#;
    let told = world.edit(&[&rule("devices(temp > 60) >= 2", closed)]);
    assert_eq!(lines(&told), ["hot site=a resolved at 0 since 0 value 2 schedule_ended"]);
}

#[test]
fn facts_that_newer_rules_asked_for_are_kept_for_them() {
    let mut world = firing();
    let newer = rule("devices(temp > 70) >= 2", "");
    for (sequence, device) in [(3, "b1"), (4, "b2")] {
        let mut message = world.message("a", device, at(5), vec![hot(70, true), hot(60, false)]);
        message.rules_version = 2;
        let told = world.send("p0", sequence, &message);
        assert_eq!(told.len(), usize::from(device == "b1"), "{told:?}");
    }

    assert_eq!(world.edit(&[&newer]), []);
    let told = world.tell(("p1", "a"), "b3", at(6), vec![joined(&[("site", "a")]), hot(70, true)]);

    assert_eq!(lines(&told), ["hot site=a firing at 6 since 6 value 3"]);
}

#[test]
fn the_alert_of_a_combination_ends_with_its_devices_when_the_rule_is_gone() {
    let rule = r#"{"id": "pair", "match": {"x": ["x*"], "y": ["y*"]}, "on": ["site"],
        "when": "x.on && y.on"}"#;
    let mut world = World::new(&[rule]);
    for device in ["x1", "y1"] {
        let news = vec![joined(&[("site", "a")]), truth("on", true)];
        world.tell(("p0", "a"), device, at(0), news);
    }
    let renamed = rule.replace("\"y\"", "\"z\"").replace("y.on", "z.on");

    let told = world.edit(&[&renamed]);

    let narrowed = "pair site=a,x=x1,y=y1 resolved at 0 since 0 value true rule_narrowed";
    assert_eq!(lines(&told), [narrowed.to_string()]);
}
