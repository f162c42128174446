use alloc::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// One thing that may happen to an aggregator.
#[derive(Clone, Debug)]
enum Event {
    /// Steps of `sender`, and its outbox from `back` before the first of them on.
    Outbox { sender: u8, back: usize, steps: Vec<Step> },
    /// The outcome of the `nth` notification ever given, known or stale.
    Outcome { nth: usize, delivered: bool },
    /// Time passes.
    Wait(u16),
    /// What is due is given.
    Tick,
    /// The receivers are now the first so many.
    Receivers(usize),
}

/// What a sender is to do with an alert.
#[derive(Clone, Debug)]
struct Step {
    device: u8,
    state: AlertState,
    /// Whether the next episode begins in the millisecond of the one before.
    at_once: bool,
    mode: Mode,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let state = prop_oneof![Just(Inactive), Just(Pending), Just(Firing), Just(Resolved)];
    let mode = prop_oneof![4 => Just(Mode::Live), 1 => Just(Mode::Shadow)];
    let step = (0_u8..2, state, any::<bool>(), mode)
        .prop_map(|(device, state, at_once, mode)| Step { device, state, at_once, mode });
    prop::collection::vec(step, 1..8)
}

fn event() -> impl Strategy<Value = Event> {
    let outbox = (0_u8..2, 0_usize..4, steps());
    prop_oneof![
        4 => outbox.prop_map(|(sender, back, steps)| Event::Outbox { sender, back, steps }),
        4 => (0_usize..30, any::<bool>())
            .prop_map(|(nth, delivered)| Event::Outcome { nth, delivered }),
        4 => Just(Event::Tick),
        2 => (1_u16..400).prop_map(Event::Wait),
        1 => (0_usize..3).prop_map(Event::Receivers),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 1..60)
}

/// A partition's side: what it brought forth so far, and how its alerts stand.
#[derive(Default)]
struct Sender {
    sent: Vec<Transition>,
    alerts: BTreeMap<u8, (AlertState, i64)>,
}

impl Sender {
    /// Takes the steps that a partition could take, and gives the outbox.
    fn outbox(&mut self, name: u8, back: usize, steps: &[Step]) -> Input {
        let first = self.sent.len().saturating_sub(back);
        for step in steps {
            let (before, started) = self.alerts.get(&step.device).copied().unwrap_or((Inactive, 0));
            let (started, reason) = match (before, step.state) {
                (Inactive, Pending | Firing) => (started + 1, None),
                (Resolved, Pending | Firing) => (started + i64::from(!step.at_once), None),
                (Pending, Firing | Inactive) | (Firing, Resolved) => (started, None),
                (Firing, Pending) => (started, Some(Reason::HoldLengthened)),
                _ => continue,
            };
            self.alerts.insert(step.device, (step.state, started));
            let device = format!("b{name}{}", step.device);
            let transition = transition(&device, step.state, started, started);
            self.sent.push(Transition { reason, mode: step.mode, ..transition });
        }
        let items = (1..).zip(self.sent.iter().cloned()).skip(first).collect();
        Input::Transitions { sender: format!("shard-{name}"), items }
    }
}

/// An aggregator with its senders, and every notification it ever gave.
struct World {
    bench: Bench,
    senders: [Sender; 2],
    given: Vec<Notification>,
}

impl World {
    fn new(receivers: &[&str]) -> Self {
        Self { bench: Bench::new(receivers), senders: Default::default(), given: Vec::new() }
    }

    fn run(&mut self, event: &Event) {
        match event {
            Event::Outbox { sender, back, steps } => {
                let input = self.senders[usize::from(*sender)].outbox(*sender, *back, steps);
                let _ = self.bench.step(&input);
            }
            Event::Outcome { nth, delivered } => {
                let Some(told) = self.given.get(*nth) else { return };
                let failed = Outcome::Failed("status 500".into());
                self.bench.settle(told, if *delivered { Outcome::Delivered } else { failed });
            }
            Event::Tick => self.given.extend(self.bench.tick()),
            Event::Wait(secs) => {
                self.bench.now = self.bench.now.plus(Span::from_secs((*secs).into()));
            }
            Event::Receivers(count) => self.bench.set_receivers(&["ops", "night"][..*count]),
        }
    }
}

proptest! {
    /// Whatever comes, however often, with outcomes known and stale: after
    /// each commit every transition is accounted for, and what is said to be
    /// pending is what waits in the queues.
    #[test]
    fn the_accounts_balance_at_every_commit(events in events()) {
        let mut world = World::new(&["ops", "night"]);
        for event in &events {
            world.run(event);

            let Counters { transitions, sent, muted, pending, dead } = world.bench.counters();
            prop_assert_eq!(transitions, sent + muted + pending + dead);
            let state = world.bench.load(world.bench.cells.keys().cloned());
            let waiting = state.deliveries.values().filter_map(|slot| slot.content.as_ref());
            prop_assert_eq!(pending, waiting.map(delivery::Delivery::len).sum::<u64>());
        }
    }

    /// A receiver that takes everything hears of each episode as firing and as
    /// over by turns, and never gets the same id twice, whatever is repeated.
    #[test]
    fn a_receiver_hears_of_an_episode_in_order_and_of_nothing_twice(events in events()) {
        let mut world = World::new(&["ops"]);
        let (mut ids, mut firing) = (BTreeSet::new(), BTreeSet::new());
        for event in events.iter().filter(|event| matches!(event, Event::Outbox { .. })) {
            world.run(event);
            for told in world.bench.deliver_all() {
                let (episode, kind) = told.split_once('-').expect("an id ends with its kind");
                let in_turn = if kind.starts_with("firing") {
                    firing.insert(episode.to_string())
                } else {
                    firing.remove(episode)
                };
                prop_assert!(in_turn, "{told}");
                prop_assert!(ids.insert(told.clone()), "{told}");
            }
        }
    }

    /// What two senders bring forth leaves the same state however their
    /// outboxes are interleaved.
    #[test]
    fn state_does_not_depend_on_which_sender_came_first(first in steps(), second in steps()) {
        let hand_over = |order: [(u8, &Vec<Step>); 2]| {
            let mut bench = Bench::new(&["ops"]);
            for (name, steps) in order {
                let _ = bench.step(&Sender::default().outbox(name, 0, steps));
            }
            (bench.header, bench.cells)
        };

        prop_assert_eq!(
            hand_over([(0, &first), (1, &second)]),
            hand_over([(1, &second), (0, &first)])
        );
    }

    /// State that is read and written again is the same bytes.
    #[test]
    fn what_is_stored_reads_back_the_same(events in events()) {
        let mut world = World::new(&["ops", "night"]);
        for event in &events {
            world.run(event);
        }
        let bench = &world.bench;
        let mut state = bench.load(bench.cells.keys().cloned());
        state.alerts.values_mut().for_each(|slot| slot.changed = true);
        state.deliveries.values_mut().for_each(|slot| slot.changed = true);
        state.header_changed = bench.header.is_some();

        let changes = state.take_changes().unwrap_or_default();

        prop_assert_eq!(changes.header, bench.header.clone().unwrap_or_default());
        let cells = changes.cells.into_iter().map(|cell| {
            (cell.key, (cell.bytes.expect("every cell has content"), cell.wake_at))
        });
        prop_assert_eq!(&cells.collect::<BTreeMap<_, _>>(), &bench.cells);
    }
}
