//! Bytes as a story: rules, readings, ticks, edits. Whatever is told, the
//! accounts balance, an alert's life goes its way, a tick twice is a tick
//! once, and state that is stored after every step is as good as state that
//! stays in memory.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::{
    AlertState, CellKey, Reading, Rule, Span, Timestamp, Transition, Value,
    aggregator::{self, Aggregator, AggregatorState},
    partition::{Engine, Input, Partition, Receipt, Settings, SourceRange, Step},
};

use crate::{rules, script::Script, store::Store};

/// Most things that happen in one story.
const EVENTS_MAX: usize = 200;
/// Most devices that speak: no tick has to run more often than these have deadlines.
const ROUNDS_MAX: usize = 64;
const DEVICES: [&str; 4] = ["a", "ab", "bb1", "c"];
const LATENESS: [i64; 4] = [0, 0, 5, 60];
const TEMPERATURES: [f64; 8] = [0.0, 10.0, 50.0, 50.5, 100.0, -1e300, 0.1, 1e15];
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Plays `bytes`.
///
/// # Panics
/// Something does not hold.
pub fn run(bytes: &[u8]) {
    let _ = play(bytes);
}

/// Inputs that tell something.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut mutator = crate::Mutator::new(7);
    let made = (0..24).map(|_| (0..160).map(|_| mutator.byte()).collect());
    made.collect()
}

/// Plays `bytes`; gives what a host stored of the partition and of the aggregator.
pub(crate) fn play(bytes: &[u8]) -> [Store; 2] {
    let mut script = Script::new(bytes);
    let mut told = Told::new(&mut script);
    for _ in 0..EVENTS_MAX {
        if script.is_over() {
            break;
        }
        let pause = script.one_of(&[0, 1, 250, 999, 1_000, 5_000, 10_000, 61_000]);
        told.now = told.now.plus(Span::from_millis(pause));
        match script.byte() % 8 {
            0..=4 => {
                let input = readings(&mut script, told.now);
                told.step(&input, BTreeSet::new());
            }
            5 | 6 => told.tick(),
            _ => told.edit(&mut script),
        }
        told.tell(script.byte());
    }
    [told.partition, told.alerts]
}

fn readings(script: &mut Script<'_>, now: Timestamp) -> Input {
    let numbered = script.byte();
    let source = (numbered.is_multiple_of(8))
        .then(|| SourceRange { source: "bridge".into(), first: u64::from(numbered / 8) });
    let count = 1 + script.byte() % 4;
    let batch = (0..u32::from(count)).map(|index| (index, reading(script, now))).collect();
    Input::Readings { source, batch, refused_before: u32::from(numbered % 2) }
}

fn reading(script: &mut Script<'_>, now: Timestamp) -> Reading {
    let device = script.one_of(&DEVICES).to_owned();
    let age = script.one_of(&[0, 0, 0, 1, 1_000, 4_999, 5_000, 30_000, -59_999, -60_001]);
    let ts = Timestamp::from_millis(now.as_millis() - age);
    let carries = script.byte();
    let mut values = Vec::new();
    if carries & 1 != 0 {
        values.push(("Volume Flow".to_owned(), Value::Number(f64::from(script.byte()))));
    }
    if carries & 2 != 0 {
        let mode = script.one_of(&["on", "off", ""]);
        values.push(("mode".to_owned(), Value::Text(mode.to_owned())));
    }
    if carries & 4 != 0 {
        values.push(("open".to_owned(), Value::Bool(script.byte().is_multiple_of(2))));
    }
    if carries & 8 == 0 {
        let temp = match script.byte() {
            255 => Value::Null,
            254 => Value::Text("hot".to_owned()),
            253 => Value::Bool(true),
            number => Value::Number(TEMPERATURES[usize::from(number) % TEMPERATURES.len()]),
        };
        values.push(("temp".to_owned(), temp));
    }
    let id = (carries & 16 != 0).then(|| format!("r{}", carries / 32));
    Reading { device, ts, id, values, tags: Vec::new() }
}

/// A story as far as it has come.
struct Told {
    settings: Settings,
    rules: Vec<Rule>,
    version: u64,
    engine: Engine,
    now: Timestamp,
    /// A host that loads and stores at every step.
    partition: Store,
    /// One that keeps everything in memory.
    kept: Partition,
    alerts: Store,
    lives: BTreeMap<(String, String), Transition>,
}

impl Told {
    fn new(script: &mut Script<'_>) -> Self {
        let settings = Settings {
            allowed_lateness: Span::from_secs(script.one_of(&LATENESS)),
            dedup_horizon: Span::from_secs(script.one_of(&[60, 0, 5])),
            ..Settings::default()
        };
        let rules: Vec<Rule> =
            (0..=script.byte() % 4).filter_map(|_| rules::rule(script)).collect();
        Self {
            settings,
            engine: Engine::new(1, rules.clone(), settings),
            rules,
            version: 1,
            now: START,
            partition: Store::default(),
            kept: Partition::default(),
            alerts: Store::default(),
            lives: BTreeMap::new(),
        }
    }

    fn edit(&mut self, script: &mut Script<'_>) {
        if script.byte().is_multiple_of(2) {
            self.rules.pop();
        }
        self.rules.extend(rules::rule(script));
        self.version += 1;
        self.engine = Engine::new(self.version, self.rules.clone(), self.settings);
        self.tick();
    }

    /// Runs what is due until nothing is; once more, it changes nothing.
    fn tick(&mut self) {
        let of_kept = self.engine.step(&mut self.kept, &Input::Tick, self.now);
        let watched = self.step_stored(&Input::Tick, BTreeSet::new());
        let mut of_stored: Vec<_> = watched.transitions().collect();
        let mut rounds = 0;
        loop {
            let due = self.partition.due(self.now);
            if due.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds < ROUNDS_MAX, "stays due: {due:?}");
            of_stored.extend(self.step_stored(&Input::Tick, due).transitions());
        }
        assert_eq!(sorted(of_stored), sorted(of_kept.transitions().collect()));
        self.compare();

        let before = self.partition.hash();
        let every = self.partition.cells.keys().cloned().collect();
        let again = self.step_stored(&Input::Tick, every);
        assert!(again.happened.is_empty(), "a tick twice");
        assert_eq!(self.partition.hash(), before, "a tick twice changes state");
    }

    fn step(&mut self, input: &Input, keys: BTreeSet<CellKey>) {
        let of_kept = self.engine.step(&mut self.kept, input, self.now);
        let of_stored = self.step_stored(input, keys);
        let Input::Readings { batch, .. } = input else { return };
        assert_eq!(of_stored.receipts, of_kept.receipts);
        let named: Vec<u32> = of_stored.receipts.iter().map(|(index, _)| *index).collect();
        let sent: Vec<u32> = batch.iter().map(|(index, _)| index).collect();
        assert_eq!(named, sent, "every item has its receipt");
        for (_, receipt) in of_stored.receipts {
            if let Receipt::Refused { code, message } = receipt {
                assert!(!code.is_empty() && !message.is_empty());
            }
        }
    }

    fn step_stored(&mut self, input: &Input, mut keys: BTreeSet<CellKey>) -> Step {
        keys.extend(self.engine.cells_for(input));
        let header = self.partition.header.as_deref();
        let mut state =
            Partition::decode(header, self.partition.load(keys)).expect("it reads back");
        let before = state.counters();
        let step = self.engine.step(&mut state, input, self.now);
        let counters = state.counters();
        assert_eq!(
            counters.received,
            counters.accepted + counters.duplicate + counters.late + counters.refused
        );
        assert_eq!(counters.transitions - before.transitions, step.happened.len() as u64);
        let changes = state.take_changes().expect("a step changes the clock at least");
        assert_eq!(changes.outbox.len(), step.happened.len());
        self.partition.commit(changes);
        for transition in step.transitions() {
            self.live(&transition);
        }
        step
    }

    /// An alert goes from one state to the next in one episode, or begins another.
    fn live(&mut self, next: &Transition) {
        use AlertState::{Firing, Inactive, Pending, Resolved};
        assert!(next.started_at <= next.at, "{next:?}");
        let key = (next.rule.clone(), next.group.name().into_owned());
        let before = self.lives.get(&key);
        let was = before.map(|last| last.state);
        let goes_on = match (was, next.state) {
            (None | Some(Inactive | Resolved), Pending | Firing) => false,
            (Some(Pending), Firing | Inactive) | (Some(Firing), Resolved | Pending) => true,
            _ => panic!("from {was:?} to {next:?}"),
        };
        let same = before.is_some_and(|last| last.episode == next.episode);
        assert!(same || !goes_on, "{before:?} goes on as another episode: {next:?}");
        self.lives.insert(key, next.clone());
    }

    /// After a tick both hosts have the same state.
    fn compare(&mut self) {
        let Some(changes) = self.kept.take_changes() else { return };
        assert_eq!(Some(&changes.header), self.partition.header.as_ref());
        for cell in changes.cells {
            let stored = self.partition.cells.get(&cell.key).map(|stored| &stored.bytes);
            assert_eq!(stored, cell.bytes.as_ref(), "{:?}", cell.key);
        }
    }

    /// Hands the outbox to the aggregator and answers for the receivers.
    fn tell(&mut self, answers: u8) {
        let read = |(sequence, bytes): &(u64, Vec<u8>)| {
            (*sequence, Transition::from_bytes(bytes).expect("a message reads back"))
        };
        let items: Vec<_> = self.partition.outbox.iter().map(read).collect();
        // At least once: sometimes it is not known that they came.
        if !answers.is_multiple_of(16) {
            self.partition.outbox.clear();
        }
        self.aggregate(
            &aggregator::Input::Transitions { sender: "shard-0".into(), items },
            BTreeSet::new(),
        );
        let due = self.alerts.due(self.now);
        for notification in self.aggregate(&aggregator::Input::Tick, due) {
            let outcome = match answers % 4 {
                0 => aggregator::Outcome::Failed("no".into()),
                _ => aggregator::Outcome::Delivered,
            };
            let aggregator::Notification { cell, id, .. } = notification;
            self.aggregate(&aggregator::Input::Outcome { cell, id, outcome }, BTreeSet::new());
        }
    }

    fn aggregate(
        &mut self,
        input: &aggregator::Input,
        mut keys: BTreeSet<CellKey>,
    ) -> Vec<aggregator::Notification> {
        let receivers = vec!["ops".to_owned(), "log".to_owned()];
        let machine = Aggregator::new(aggregator::Settings { receivers, ..Default::default() });
        keys.extend(machine.cells_for(input));
        let mut state =
            AggregatorState::decode(self.alerts.header.as_deref(), self.alerts.load(keys))
                .expect("it reads back");
        let notifications = machine.step(&mut state, input, self.now);
        let counters = state.counters();
        assert_eq!(
            counters.transitions,
            counters.sent + counters.muted + counters.pending + counters.dead
        );
        if let Some(changes) = state.take_changes() {
            self.alerts.commit(changes);
        }
        notifications
    }
}

/// In an order that does not depend on which cells were loaded together.
fn sorted(mut transitions: Vec<Transition>) -> Vec<Transition> {
    transitions.sort_by(|a, b| {
        let key = |t: &Transition| (t.at, t.rule.clone(), t.group.clone());
        key(a).cmp(&key(b))
    });
    transitions
}
