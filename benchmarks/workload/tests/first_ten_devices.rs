//! The first ten devices of the stream: 6,000 readings, with every count of rules.

use bench_workload::{
    alerts::{self, Alert, PUBLISHED},
    bound::Bound,
    episodes, line,
    rule::{W1_WINDOW_MS, W2_WINDOW_MS, rules},
    stream::{Event, SECONDS, bodies, events},
    tripline::{self, Tripline},
    unshared::{Plain, Unshared},
};
use rules_core::partition::Input;

fn ten_devices() -> Vec<Event> {
    events(10, SECONDS)
}

fn sorted(mut alerts: Vec<Alert>) -> Vec<Alert> {
    alerts.sort_unstable();
    alerts
}

#[test]
fn brute_force_finds_as_many_alerts_as_were_published() {
    let events = ten_devices();
    for (count, published, _) in PUBLISHED {
        let alerts = alerts::brute_force(&events, &rules(count), W1_WINDOW_MS);
        assert_eq!(alerts.len(), published, "{count} rules");
    }
}

#[test]
fn programs_written_for_it_give_the_alerts_of_brute_force() {
    let events = ten_devices();
    let bodies = bodies(&events);
    for window_ms in [W1_WINDOW_MS, W2_WINDOW_MS] {
        for (count, ..) in PUBLISHED {
            let rules = rules(count);
            let mut bound = Bound::new(&rules, window_ms);
            let mut unshared = Unshared::new(Plain::default(), &rules, window_ms);
            for body in &bodies {
                line::each(body.as_bytes(), |line| bound.see(line));
                line::each(body.as_bytes(), |line| unshared.see(line));
            }
            let expected = alerts::brute_force(&events, &rules, window_ms);
            assert!(sorted(bound.alerts) == expected, "bound, {count} rules");
            assert!(sorted(unshared.alerts) == expected, "unshared, {count} rules");
        }
    }
}

#[test]
fn tripline_gives_the_changes_that_its_semantics_ask_for() {
    for window_ms in [W1_WINDOW_MS, W2_WINDOW_MS] {
        for (count, ..) in PUBLISHED {
            let events = ten_devices();
            let rules = rules(count);
            let mut tripline = Tripline::new(&rules, window_ms);
            let mut input = Input::Tick;
            let mut changes = Vec::new();
            for body in bodies(&events) {
                Tripline::decode(body.as_bytes(), &mut input);
                let step = tripline.step(&input);
                changes.extend(step.happened.iter().map(tripline::change));
                tripline.forget();
            }
            changes.extend(tripline.finish().happened.iter().map(tripline::change));
            changes.sort_unstable();
            let expected = episodes::brute_force(&events, &rules, window_ms);
            assert!(!expected.is_empty());
            assert!(changes == expected, "{count} rules, window {window_ms} ms");
        }
    }
}
