use alloc::{format, vec};

use super::{World, at, changed, joined, sample, truth};
use crate::{
    Value,
    fleet::{COMBINATIONS_MAX, MEMBERS_BYTES_MAX, MEMBERS_MAX, News},
};

fn join() -> News {
    joined(&[("site", "a")])
}

#[test]
fn a_device_more_than_a_group_has_room_for_is_not_taken_in_and_counted() {
    let mut world = World::new(&[r#"{"id": "x", "per": ["site"], "when": "devices() > 9000"}"#]);
    let mut message = world.message("a", "d", at(0), vec![join()]);
    let fact = message.facts[0].clone();
    message.facts = (0..=MEMBERS_MAX)
        .map(|number| crate::fleet::Fact { device: format!("d{number}"), ..fact.clone() })
        .collect();
    world.send("p0", 1, &message);
    assert_eq!(world.counters().limits_reached, 1);

    // Who is in stays in.
    world.tell(("p1", "a"), "d0", at(1), vec![join()]);
    assert_eq!(world.counters().limits_reached, 1);
}

#[test]
fn samples_give_way_to_newer_ones_where_the_cell_is_full() {
    let rule = r#"{"id": "x", "per": ["site"], "when": "count(note, 1d) > 1000000"}"#;
    let mut world = World::new(&[rule]);
    let mut message = world.message("a", "d", at(0), vec![join()]);
    let News::Sample { want, .. } = sample("note", 0.0) else { unreachable!() };
    let value = Value::Text("x".repeat(MEMBERS_BYTES_MAX / 40));
    for second in 0..50 {
        let news = News::Sample { want, value: value.clone() };
        let fact = crate::fleet::Fact { device: "d".into(), at: at(second), news };
        message.facts.push(fact);
    }
    world.send("p0", 1, &message);

    assert!(world.counters().limits_reached > 0);
    let bytes = world.stored.cells.values().next().unwrap().0.len();
    assert!((MEMBERS_BYTES_MAX / 2..MEMBERS_BYTES_MAX).contains(&bytes), "{bytes}");
}

#[test]
fn a_value_that_has_no_room_is_unknown() {
    let rule = r#"{"id": "x", "match": {"a": ["a*"], "b": ["b*"]}, "on": ["site"],
        "when": "a.note == b.note"}"#;
    let mut world = World::new(&[rule]);
    let long = Value::Text("x".repeat(MEMBERS_BYTES_MAX));
    for device in ["a1", "b1"] {
        let news = vec![join(), changed("note", long.clone())];
        assert_eq!(world.tell(("p0", "a"), device, at(0), news), []);
    }
    assert_eq!(world.counters().limits_reached, 2);
}

#[test]
fn more_combinations_than_there_is_room_for_leave_the_last_names_out() {
    let rule = r#"{"id": "x", "match": {"a": ["a*"], "b": ["b*"]}, "on": ["site"],
        "when": "a.on && b.on"}"#;
    let mut world = World::new(&[rule]);
    let side = 40;
    let mut told = 0;
    for number in 0..side {
        for role in ["a", "b"] {
            let device = format!("{role}{number:02}");
            let news = vec![join(), truth("on", true)];
            let transitions = world.tell(("p0", "a"), &device, at(0), news);
            let fired = transitions.iter().filter(|it| it.state.as_str() == "firing");
            told += fired.count();
        }
    }
    assert!(side * side > COMBINATIONS_MAX);
    assert!((900..=COMBINATIONS_MAX).contains(&told), "{told}");
    assert!(world.counters().limits_reached > 0);
}
