//! State that is kept from request to request says what state that is loaded says.

use std::rc::Rc;

use super::{super::commit::COMMIT_ATTEMPTS_MAX, faults::faulty_host, *};

const RULES: [&str; 3] = [
    HOT,
    r#"{"id":"mean","when":"avg(temp, 5s) > 60","keep_firing_for":"3s"}"#,
    r#"{"id":"gone","devices":{"id":["b1","b9"]},"when":"absent(20s)"}"#,
];

/// Where each request of a story finds rules and state.
type Places = [Rc<Engines>];

fn keeping() -> Rc<Engines> {
    Rc::new(Engines::keeping(Config::default().partition))
}

fn forgetful() -> Rc<Engines> {
    Rc::new(Engines::new(Config::default().partition))
}

/// A story of readings, time and rules, on a host whose requests find kept
/// state in `places`, one after the other; what it said, and its state at the end.
fn story(places: &Places) -> (Vec<Vec<String>>, StateReport) {
    let mut host = memory::host(config(1));
    change_rules(&host, &RULES);
    let mut said = Vec::new();
    let mut turns = places.iter().cycle();
    for secs in 0..120_i64 {
        host.engines = turns.next().map(Rc::clone).expect("there is a place");
        let temp = |device: i64| f64::from(u8::try_from((secs * 7 + device * 31) % 120).unwrap());
        let names = ["b1", "b2", "b3", "b4", "b5"];
        let which = |device: i64| names[usize::try_from(device).unwrap()];
        said.push(match secs % 10 {
            3 => tick(&host, secs),
            7 if secs % 40 == 37 => {
                let rules = if secs < 60 { &RULES[..2] } else { &RULES[..] };
                let (version, text) = change_rules(&host, rules);
                told(call(&host, secs, PartitionAsk::RulesChanged { version, text }))
            }
            digit => {
                let devices = (0..5).filter(|device| (secs + device) % 3 == 0 || digit == 5);
                let late = secs - i64::from(digit == 8);
                let items: Vec<_> =
                    devices.map(|device| (which(device), late, temp(device))).collect();
                send(&host, secs, &items)
            }
        });
    }
    match call(&host, 120, PartitionAsk::State) {
        PartitionReply::State(report) => (said, report),
        other => panic!("{other:?}"),
    }
}

#[test]
fn kept_state_judges_as_loaded_state_does() {
    let loaded = story(&[forgetful()]);
    assert!(loaded.0.iter().flatten().count() > 50, "something happens in the story");

    assert_eq!(story(&[keeping()]), loaded);
}

#[test]
fn who_has_an_old_state_learns_of_it_at_the_commit() {
    assert_eq!(story(&[keeping(), keeping(), keeping()]), story(&[forgetful()]));
}

#[test]
fn a_device_is_loaded_once() {
    let host = faulty_host(&[HOT]);
    let _ = send(&host, 0, &[("b1", 0, 20.0), ("b2", 0, 20.0)]);
    // The first step saw a new rule set, which makes stored cells due.
    let _ = send(&host, 1, &[("b1", 1, 20.0), ("b2", 1, 20.0)]);
    let before = host.store.loaded.get();

    let _ = send(&host, 2, &[("b1", 2, 20.0), ("b3", 2, 20.0), ("b2", 2, 20.0)]);
    let _ = send(&host, 3, &[("b1", 3, 20.0), ("b3", 3, 20.0)]);

    assert_eq!(host.store.loaded.get() - before, 1, "b3");
}

#[test]
fn nothing_is_kept_of_a_step_that_was_not_stored() {
    let host = faulty_host(&[HOT]);
    let _ = send(&host, 0, &[("b1", 0, 20.0)]);
    let _ = send(&host, 1, &[("b1", 1, 20.0)]);
    let before = host.store.loaded.get();
    host.store.conflicts.set(COMMIT_ATTEMPTS_MAX);

    let reply = call(&host, 2, PartitionAsk::Step(readings(&[("b1", 2, 90.0)])));

    assert!(matches!(reply, PartitionReply::Unavailable(_)), "{reply:?}");
    assert_eq!(send(&host, 3, &[("b1", 3, 20.0)]), [""; 0], "the hot reading was never stored");
    let loads = host.store.loaded.get() - before;
    assert_eq!(loads, COMMIT_ATTEMPTS_MAX, "each attempt but the first, and the step after");
}
