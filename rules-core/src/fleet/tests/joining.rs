use alloc::{vec, vec::Vec};

use super::{World, at, changed, joined, lines, sample, truth};
use crate::{Value, fleet::News};

const SEQUENCE: &str = r#"{"id": "left-open", "match": {"in": {"tags": {"role": "pir"}},
    "out": {"tags": {"role": "door"}}}, "on": ["site"],
    "when": "since(in.motion) < 10s && out.open", "summary": "{{ in }} and {{ out }} of {{ site }}"}"#;

fn moved(recently: bool) -> News {
    truth("since(motion) < 10s", recently)
}

fn open(open: bool) -> News {
    truth("open", open)
}

fn role(role: &str) -> News {
    joined(&[("role", role), ("site", "a")])
}

#[test]
fn each_combination_of_devices_has_its_own_alert() {
    let mut world = World::new(&[SEQUENCE]);
    for (sender, door) in [("p0", "d1"), ("p1", "d2")] {
        world.tell((sender, "a"), door, at(0), vec![role("door"), open(true)]);
    }

    let told = world.tell(("p0", "a"), "m1", at(5), vec![role("pir"), moved(true)]);
    assert_eq!(
        lines(&told),
        [
            "left-open in=m1,out=d1,site=a firing at 5 since 5 value true",
            "left-open in=m1,out=d2,site=a firing at 5 since 5 value true",
        ]
    );
    assert_eq!(told[0].summary, "m1 and d1 of a");

    let told = world.tell(("p1", "a"), "d2", at(7), vec![open(false)]);
    assert_eq!(lines(&told), ["left-open in=m1,out=d2,site=a resolved at 7 since 5 value true"]);
}

#[test]
fn a_device_that_leaves_its_role_ends_the_alerts_it_is_in() {
    let mut world = World::new(&[SEQUENCE]);
    world.tell(("p0", "a"), "d1", at(0), vec![role("door"), open(true)]);
    world.tell(("p0", "a"), "m1", at(5), vec![role("pir"), moved(true)]);

    let told = world.tell(("p0", "a"), "d1", at(6), vec![role("window")]);

    assert_eq!(
        lines(&told),
        ["left-open in=m1,out=d1,site=a resolved at 6 since 5 value true rule_narrowed"]
    );
}

#[test]
fn windows_of_two_devices_are_compared_each_over_its_own_samples() {
    let rule = r#"{"id": "spread", "match": {"in": {"tags": {"role": "in"}},
        "out": {"tags": {"role": "out"}}}, "on": ["site"],
        "when": "avg(out.temp, 1m) - avg(in.temp, 1m) < 3"}"#;
    let mut world = World::new(&[rule]);
    world.tell(("p0", "a"), "i", at(0), vec![role("in"), sample("temp", 20.0)]);
    let told = world.tell(("p1", "a"), "o", at(0), vec![role("out"), sample("temp", 25.0)]);
    assert_eq!(told, []);
    world.tell(("p1", "a"), "o", at(50), vec![sample("temp", 27.0)]);

    // The sample of 25 has left the window, and that of 20 with it.
    let told = world.tell(("p0", "a"), "i", at(61), vec![sample("temp", 26.0)]);

    assert_eq!(lines(&told), ["spread in=i,out=o,site=a firing at 61 since 61 value 1"]);
}

#[test]
fn one_device_does_not_play_two_parts_in_a_combination() {
    let rule = r#"{"id": "odd", "match": {"a": {}, "b": {}}, "on": ["site"],
        "when": "a.x > b.x + 10"}"#;
    let mut world = World::new(&[rule]);
    let x = |x: f64| {
        vec![
            joined(&[("site", "a")]),
            changed("x", Value::Number(x)),
            changed("x + 10", Value::Number(x + 10.0)),
        ]
    };
    assert_eq!(world.tell(("p0", "a"), "m", at(0), x(1.0)), []);

    let told = world.tell(("p0", "a"), "n", at(1), x(20.0));

    assert_eq!(lines(&told), ["odd a=n,b=m,site=a firing at 1 since 1 value 20"]);
}

#[test]
fn three_roles_are_joined() {
    let rule = r#"{"id": "three", "match": {"a": ["a*"], "b": ["b*"], "c": ["c*"]}, "on": ["site"],
        "when": "a.x && b.x && c.x", "for": "5s"}"#;
    let mut world = World::new(&[rule]);
    let devices = ["a1", "b1", "c1", "c2"];
    let told: Vec<_> = devices
        .iter()
        .flat_map(|device| {
            world.tell(("p0", "a"), device, at(0), vec![joined(&[("site", "a")]), truth("x", true)])
        })
        .collect();
    assert_eq!(told.len(), 2);

    let told = world.tell(("p0", "a"), "c2", at(3), vec![truth("x", false)]);
    assert_eq!(lines(&told), ["three a=a1,b=b1,c=c2,site=a inactive at 3 since 0 value true"]);
    let told = world.tick(at(9));
    assert_eq!(lines(&told), ["three a=a1,b=b1,c=c1,site=a firing at 5 since 0 value true"]);
}
