use alloc::vec;

use super::{World, at, changed, joined, lines, truth};
use crate::fleet::News;

const HOT: &str = r#"{"id": "hot", "per": ["site"], "when": "devices(temp > 60) >= 2",
    "summary": "{{ value }} of {{ site }} ({{ group }})"}"#;

fn hot(hot: bool) -> News {
    truth("temp > 60", hot)
}

fn world_of_two() -> World {
    let mut world = World::new(&[HOT]);
    for (sender, device) in [("p0", "b1"), ("p1", "b2")] {
        let news = vec![joined(&[("site", "a")]), hot(false)];
        assert_eq!(world.tell((sender, "a"), device, at(0), news), []);
    }
    world
}

#[test]
fn devices_are_counted_across_senders_and_one_alert_tells_of_the_group() {
    let mut world = world_of_two();

    assert_eq!(world.tell(("p0", "a"), "b1", at(5), vec![hot(true)]), []);
    let told = world.tell(("p1", "a"), "b2", at(9), vec![hot(true)]);
    assert_eq!(lines(&told), ["hot site=a firing at 9 since 9 value 2"]);
    assert_eq!(told[0].summary, "2 of a (site=a)");

    let told = world.tell(("p0", "a"), "b1", at(12), vec![hot(false)]);
    assert_eq!(lines(&told), ["hot site=a resolved at 12 since 9 value 1"]);
}

#[test]
fn a_change_that_comes_late_counts_from_the_time_the_group_has_reached() {
    let mut world = world_of_two();
    world.tell(("p0", "a"), "b1", at(100), vec![hot(true)]);

    let told = world.tell(("p1", "a"), "b2", at(40), vec![hot(true)]);

    assert_eq!(lines(&told), ["hot site=a firing at 100 since 100 value 2"]);
}

#[test]
fn unknown_is_not_counted_and_a_device_that_leaves_is_not_either() {
    let mut world = world_of_two();
    world.tell(("p0", "a"), "b1", at(1), vec![hot(true)]);
    let told = world.tell(("p1", "a"), "b2", at(1), vec![hot(true)]);
    assert_eq!(told.len(), 1);

    let told = world.tell(("p1", "a"), "b2", at(2), vec![changed("temp > 60", None)]);
    assert_eq!(lines(&told), ["hot site=a resolved at 2 since 1 value 1"]);
    assert_eq!(world.tell(("p1", "a"), "b2", at(3), vec![hot(true)]).len(), 1);

    let told = world.tell(("p0", "a"), "b1", at(4), vec![News::Left]);
    assert_eq!(lines(&told), ["hot site=a resolved at 4 since 3 value 1"]);
}

#[test]
fn a_device_that_moves_is_counted_where_it_is() {
    let mut world = world_of_two();
    world.tell(("p0", "a"), "b1", at(1), vec![hot(true)]);
    world.tell(("p1", "b"), "b3", at(1), vec![joined(&[("site", "b")]), hot(true)]);

    assert_eq!(world.tell(("p0", "a"), "b1", at(2), vec![News::Left]), []);
    let told = world.tell(("p0", "b"), "b1", at(2), vec![joined(&[("site", "b")]), hot(true)]);

    assert_eq!(lines(&told), ["hot site=b firing at 2 since 2 value 2"]);
}

#[test]
fn a_group_without_devices_ends_its_alerts_and_leaves_nothing_behind() {
    let few = r#"{"id": "few", "per": ["site"], "when": "devices() < 3", "for": "10s"}"#;
    let mut world = World::new(&[few]);
    let told = world.tell(("p0", "a"), "b1", at(0), vec![joined(&[("site", "a")])]);
    assert_eq!(lines(&told), ["few site=a pending at 0 since 0 value 1"]);
    assert_eq!(lines(&world.tick(at(10))), ["few site=a firing at 10 since 0 value 1"]);

    let told = world.tell(("p0", "a"), "b1", at(11), vec![News::Left]);

    assert_eq!(lines(&told), ["few site=a resolved at 11 since 0 value 1 rule_narrowed"]);
    assert!(world.stored.cells.is_empty());
}

#[test]
fn for_and_keep_firing_for_run_by_tick_or_before_the_next_fact() {
    let rule = r#"{"id": "hot", "per": ["site"], "when": "devices(temp > 60) >= 1",
        "for": "10s", "keep_firing_for": "5s"}"#;
    let mut world = World::new(&[rule]);
    let told = world.tell(("p0", "a"), "b1", at(0), vec![joined(&[("site", "a")]), hot(true)]);
    assert_eq!(lines(&told), ["hot site=a pending at 0 since 0 value 1"]);

    let told = world.tell(("p0", "a"), "b1", at(12), vec![hot(false)]);
    assert_eq!(lines(&told), ["hot site=a firing at 10 since 0 value 1"]);

    assert_eq!(world.tick(at(16)), []);
    assert_eq!(lines(&world.tick(at(17))), ["hot site=a resolved at 17 since 0 value 0"]);
}

#[test]
fn rules_that_select_different_devices_of_one_group_count_their_own() {
    let gas = r#"{"id": "gas", "per": ["site"], "devices": {"tags": {"kind": "gas"}},
        "when": "devices(temp > 60) >= 1"}"#;
    let all = r#"{"id": "all", "per": ["site"], "when": "devices(temp > 60) / devices() > 0.5"}"#;
    let mut world = World::new(&[gas, all]);
    let oil = joined(&[("kind", "oil"), ("site", "a")]);
    let told = world.tell(("p0", "a"), "b1", at(0), vec![oil, hot(true)]);
    assert_eq!(lines(&told), ["all site=a firing at 0 since 0 value 1"]);

    let gas = joined(&[("kind", "gas"), ("site", "a")]);
    let told = world.tell(("p0", "a"), "b1", at(1), vec![gas]);

    assert_eq!(lines(&told), ["gas site=a firing at 1 since 1 value 1"]);
}

#[test]
fn outside_its_schedule_a_rule_ends_by_the_clock() {
    let rule = r#"{"id": "hot", "per": ["site"], "when": "devices(temp > 60) >= 1",
        "schedule": {"time_zone": "UTC", "hours": "01:00-02:00"}}"#;
    let mut world = World::new(&[rule]);
    let told = world.tell(("p0", "a"), "b1", at(60), vec![joined(&[("site", "a")]), hot(true)]);
    assert_eq!(told, []);

    assert_eq!(lines(&world.tick(at(3_700))), ["hot site=a firing at 3600 since 3600 value 1"]);
    let told = world.tick(at(8_000));

    assert_eq!(lines(&told), ["hot site=a resolved at 7200 since 3600 value 1 schedule_ended"]);
}
