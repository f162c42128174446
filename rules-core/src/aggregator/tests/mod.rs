use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use std::vec;

mod properties;

use super::*;
use crate::{AlertState, CellKey, EpisodeId, Group, Mode, Reason, Span, Timestamp, Transition};

/// A machine with the smallest host around it: what it stored, and when each
/// cell is due.
struct Bench {
    machine: Aggregator,
    header: Option<Vec<u8>>,
    cells: BTreeMap<CellKey, (Vec<u8>, Option<Timestamp>)>,
    now: Timestamp,
}

impl Bench {
    fn new(receivers: &[&str]) -> Self {
        let machine = Aggregator::new(Settings::default());
        let mut bench = Self { machine, header: None, cells: BTreeMap::new(), now: at(0) };
        bench.set_receivers(receivers);
        bench
    }

    fn load(&self, keys: impl IntoIterator<Item = CellKey>) -> AggregatorState {
        let cells = keys.into_iter().map(|key| {
            let bytes = self.cells.get(&key).map(|(bytes, _)| bytes.clone());
            (key, bytes)
        });
        AggregatorState::decode(self.header.as_deref(), cells).expect("it was stored by this test")
    }

    fn step(&mut self, input: &Input) -> Vec<Notification> {
        let mut keys = self.machine.cells_for(input);
        if *input == Input::Tick {
            let due = self.cells.iter().filter(|(_, (_, at))| at.is_some_and(|at| at <= self.now));
            keys.extend(due.map(|(key, _)| key.clone()));
        }
        let mut state = self.load(keys);
        let notifications = self.machine.step(&mut state, input, self.now);
        if let Some(changes) = state.take_changes() {
            self.header = Some(changes.header);
            for change in changes.cells {
                match change.bytes {
                    Some(bytes) => self.cells.insert(change.key, (bytes, change.wake_at)),
                    None => self.cells.remove(&change.key),
                };
            }
        }
        assert_eq!(state.take_changes(), None, "changes are taken once");
        notifications
    }

    /// Hands over the messages of `shard-0` from number `first` on.
    fn hear(&mut self, first: u64, transitions: &[Transition]) {
        let items = (first..).zip(transitions.iter().cloned()).collect();
        let told = self.step(&Input::Transitions { sender: "shard-0".into(), items });
        assert_eq!(told, [], "only a tick gives notifications");
    }

    fn tick(&mut self) -> Vec<Notification> {
        self.step(&Input::Tick)
    }

    fn settle(&mut self, told: &Notification, outcome: Outcome) {
        let input = Input::Outcome { cell: told.cell.clone(), id: told.id.clone(), outcome };
        let _ = self.step(&input);
    }

    fn set_receivers(&mut self, receivers: &[&str]) {
        let receivers = receivers.iter().map(ToString::to_string).collect();
        self.machine = Aggregator::new(Settings { receivers, ..Settings::default() });
    }

    /// Ticks, and delivers, until nothing is due.
    fn deliver_all(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let told = self.tick();
            if told.is_empty() {
                return all;
            }
            for told in told {
                self.settle(&told, Outcome::Delivered);
                all.push(format!("{} {}", told.receiver, told.id));
            }
        }
    }

    fn counters(&self) -> Counters {
        self.load([]).counters()
    }

    fn alerts(&self) -> Vec<AlertRecord> {
        let alerts = self.cells.iter().filter(|(key, _)| key.as_str().starts_with("alert/"));
        alerts.map(|(_, (bytes, _))| Aggregator::alert(bytes).expect("an alert")).collect()
    }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(secs * 1_000)
}

/// A transition of the rule `hot` on `device`, whose episode began at `started`.
fn transition(device: &str, state: AlertState, started: i64, secs: i64) -> Transition {
    let group = Group::Device(device.into());
    Transition {
        rule: "hot".into(),
        episode: EpisodeId::new("hot", &group, at(started)),
        group,
        state,
        at: at(secs),
        started_at: at(started),
        value: None,
        reason: None,
        severity: "critical".into(),
        labels: sorted::SortedMap::new(),
        summary: String::new(),
        mode: Mode::Live,
        rules_version: 1,
    }
}

fn id(device: &str, started: i64, kind: &str) -> String {
    format!("{}-{kind}", EpisodeId::new("hot", &Group::Device(device.into()), at(started)))
}

use AlertState::{Firing, Inactive, Pending, Resolved};

#[test]
fn an_episode_is_told_once_as_firing_and_once_as_resolved() {
    let mut bench = Bench::new(&["ops"]);
    bench.hear(
        1,
        &[
            transition("b1", Pending, 0, 0),
            transition("b1", Firing, 0, 60),
            transition("b1", Resolved, 0, 90),
        ],
    );

    let firing = bench.tick();
    assert_eq!(firing.len(), 1, "only the head of the queue is due");
    assert_eq!((&*firing[0].receiver, &*firing[0].id), ("ops", &*id("b1", 0, "firing")));
    bench.settle(&firing[0], Outcome::Delivered);
    let resolved = bench.tick();
    assert_eq!(resolved[0].id, id("b1", 0, "resolved"));
    assert_eq!((resolved[0].reason, resolved[0].fired_at), (NotifyReason::Resolved, Some(at(60))));
    bench.settle(&resolved[0], Outcome::Delivered);

    assert_eq!(bench.tick(), []);
    let counters = Counters { transitions: 3, sent: 2, muted: 1, ..Counters::default() };
    assert_eq!(bench.counters(), counters);
}

#[test]
fn an_outbox_that_comes_again_changes_nothing() {
    let mut bench = Bench::new(&["ops"]);
    let episode = [transition("b1", Firing, 0, 0), transition("b1", Resolved, 0, 9)];
    bench.hear(1, &episode);
    let before = (bench.header.clone(), bench.cells.clone());

    bench.hear(1, &episode);

    assert_eq!((bench.header.clone(), bench.cells.clone()), before);
}

#[test]
fn an_episode_known_as_firing_is_not_told_again_whatever_its_sequence() {
    let mut bench = Bench::new(&["ops"]);
    bench.hear(1, &[transition("b1", Firing, 0, 0)]);
    assert_eq!(bench.deliver_all().len(), 1);

    bench.hear(2, &[transition("b1", Firing, 0, 0)]);

    assert_eq!(bench.deliver_all(), [""; 0]);
    assert_eq!(bench.counters().muted, 1);
}

#[test]
fn shadow_rules_are_listed_and_nobody_is_told() {
    let mut bench = Bench::new(&["ops"]);
    let mut firing = transition("b1", Firing, 0, 0);
    firing.mode = Mode::Shadow;

    bench.hear(1, &[firing.clone()]);

    assert_eq!(bench.deliver_all(), [""; 0]);
    assert_eq!(bench.alerts(), [AlertRecord { last: firing, fired_at: Some(at(0)) }]);
    let counters = Counters { transitions: 1, muted: 1, ..Counters::default() };
    assert_eq!(bench.counters(), counters);
}

#[test]
fn the_end_of_an_episode_is_told_only_to_those_who_heard_of_its_beginning() {
    let mut bench = Bench::new(&["ops"]);
    bench.hear(1, &[transition("b1", Firing, 0, 0)]);
    assert_eq!(bench.deliver_all().len(), 1);

    bench.set_receivers(&["new", "ops"]);
    bench.hear(2, &[transition("b1", Resolved, 0, 9)]);

    assert_eq!(bench.deliver_all(), [format!("ops {}", id("b1", 0, "resolved"))]);
}

#[test]
fn a_longer_hold_is_told_and_so_is_the_same_episode_firing_again() {
    let mut bench = Bench::new(&["ops"]);
    let mut lengthened = transition("b1", Pending, 0, 70);
    lengthened.reason = Some(Reason::HoldLengthened);
    bench.hear(
        1,
        &[
            transition("b1", Firing, 0, 60),
            lengthened,
            transition("b1", Firing, 0, 600),
            transition("b1", Resolved, 0, 700),
        ],
    );

    let told = bench.deliver_all();

    let expected = ["firing", "hold_lengthened", "firing-2", "resolved-2"];
    assert_eq!(told, expected.map(|kind| format!("ops {}", id("b1", 0, kind))));
}

#[test]
fn a_refused_notification_is_tried_again_later_and_holds_back_what_follows() {
    let mut bench = Bench::new(&["ops"]);
    bench.hear(1, &[transition("b1", Firing, 0, 0)]);
    let told = bench.tick();
    bench.settle(&told[0], Outcome::Failed("status 500".into()));
    bench.hear(2, &[transition("b1", Resolved, 0, 1)]);
    assert_eq!(bench.tick(), [], "the pause is not over");

    bench.now = at(2);
    let again = bench.tick();

    assert_eq!((again[0].id.clone(), again[0].attempts), (id("b1", 0, "firing"), 1));
    assert_eq!(bench.counters().pending, 2);
}

#[test]
fn a_notification_under_way_is_not_given_to_a_second_tick_unless_its_host_died() {
    let mut bench = Bench::new(&["ops"]);
    bench.hear(1, &[transition("b1", Firing, 0, 0)]);
    assert_eq!(bench.tick().len(), 1);

    assert_eq!(bench.tick(), []);
    bench.now = bench.now.plus(SENDING_MAX);
    assert_eq!(bench.tick().len(), 1);
}

#[test]
fn a_full_queue_gives_up_its_oldest_but_not_the_one_under_way() {
    let mut bench = Bench::new(&["ops"]);
    let episodes: Vec<_> = (0..40).map(|n| transition("b1", Firing, n, n)).collect();
    bench.hear(1, &episodes[..1]);
    let under_way = bench.tick();
    bench.hear(2, &episodes[1..]);

    let counters = bench.counters();
    assert_eq!((counters.pending, counters.dead), (DELIVERY_QUEUE_MAX as u64, 8));
    bench.settle(&under_way[0], Outcome::Delivered);
    let rest = bench.deliver_all();
    assert_eq!(rest[0], format!("ops {}", id("b1", 9, "firing")));
    assert_eq!(rest.len(), DELIVERY_QUEUE_MAX - 1);
}

#[test]
fn what_waits_for_a_receiver_that_is_gone_is_given_up() {
    let mut bench = Bench::new(&["ops", "gone"]);
    bench.hear(1, &[transition("b1", Firing, 0, 0)]);
    bench.set_receivers(&["ops"]);

    assert_eq!(bench.deliver_all(), [format!("ops {}", id("b1", 0, "firing"))]);

    let counters = Counters { transitions: 2, sent: 1, dead: 1, ..Counters::default() };
    assert_eq!(bench.counters(), counters);
}

#[test]
fn a_resolved_alert_leaves_the_list_after_a_day_and_an_inactive_one_at_once() {
    let mut bench = Bench::new(&[]);
    bench.hear(1, &[transition("b1", Pending, 0, 0), transition("b2", Firing, 0, 0)]);
    bench.hear(3, &[transition("b1", Inactive, 0, 5), transition("b2", Resolved, 0, 5)]);
    assert_eq!(bench.alerts().len(), 1);

    bench.now = at(86_400);
    let _ = bench.tick();

    assert_eq!(bench.cells, BTreeMap::new());
}

#[test]
fn state_that_does_not_read_back_is_refused_by_the_name_of_its_key() {
    for key in ["alert/00", "delivery/ops/00", "device/b1"] {
        let cell = (CellKey::from_stored(key.into()), Some(vec![1, 255]));
        let refused = AggregatorState::decode(None, [cell]).map(|_| ());
        assert_eq!(refused.map_err(|error| error.what), Err(key.to_string()));
    }
    let refused = AggregatorState::decode(Some(&[0]), []).map(|_| ());
    assert!(refused.is_err_and(|error| error.what == "the header"));
}
