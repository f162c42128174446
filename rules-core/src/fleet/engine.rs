use alloc::{string::String, vec::Vec};

use sorted::{Gather, SortedMap, SortedSet};

use super::{
    GroupKey, Groups, Input, Message, Step,
    cell::Cell,
    derived::Derived,
    judge::Judge,
    plan::{Kind, Plan},
    state::Slot,
};
use crate::{CellKey, Rule, Timestamp, partition::Settings};

/// A compiled set of fleet rules: immutable, shared by all scopes of a process.
#[derive(Debug)]
pub struct FleetEngine {
    version: u64,
    plan: Plan,
    settings: Settings,
    /// Of groups that no rule looks at any more.
    no_kind: Kind,
}

impl FleetEngine {
    /// An engine that judges by the fleet rules among `rules`, version
    /// `version` of the rule set.
    #[must_use]
    pub fn new(version: u64, rules: &[Rule], settings: Settings) -> Self {
        Self { version, plan: Plan::new(rules), settings, no_kind: Kind::default() }
    }

    /// Version of the rule set.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The cells that `input` needs loaded before [`FleetEngine::step`]. Empty
    /// for a tick: its cells are those the host finds due.
    #[must_use]
    pub fn cells_for(&self, input: &Input) -> SortedSet<CellKey> {
        input.messages().map(|(_, message)| CellKey::group(&message.group)).collect()
    }

    /// Moves `state` forward by one input that reached the host at `now`.
    ///
    /// Never fails and never panics. A message that was here before changes
    /// nothing. `now` may repeat but must not run backwards; should it, the
    /// last `now` of the scope counts. The host does not step groups whose
    /// [`Groups::rules_version`] is above this engine's.
    #[must_use = "the transitions are in it"]
    pub fn step(&self, state: &mut Groups, input: &Input, now: Timestamp) -> Step {
        let mut step = Step::default();
        state.changed = true;
        let now = state.header.clock.max(now);
        state.header.clock = now;
        self.take_on_rules(state, now, &mut step);
        match input {
            Input::Facts { sender, items } => {
                for (sequence, bytes) in items {
                    state.header.counters.messages += 1;
                    if !state.is_new(sender, *sequence) {
                        state.header.counters.duplicate += 1;
                        continue;
                    }
                    match Message::from_bytes(bytes) {
                        Ok(message) => self.message(state, &message, &mut step),
                        Err(_) => state.header.counters.unreadable += 1,
                    }
                }
            }
            Input::Tick => self.run(state, now, &mut step),
        }
        step
    }

    /// Ends a replay at `end`: of the loaded cells every deadline up to and
    /// with it runs, although facts might still come.
    #[must_use = "the last transitions are in it"]
    pub fn finish(&self, state: &mut Groups, end: Timestamp) -> Step {
        let mut step = Step::default();
        state.changed = true;
        self.take_on_rules(state, state.header.clock.max(end), &mut step);
        self.run(state, end.plus(self.settings.allowed_lateness), &mut step);
        step
    }

    fn message(&self, state: &mut Groups, message: &Message, step: &mut Step) {
        let key = CellKey::group(&message.group);
        if !state.cells.contains_key(&key) {
            state.cells.insert(key.clone(), Slot::default());
        }
        self.with_cell(state, &key, step, &|judge| judge.message(message));
    }

    /// Lets the clock of the loaded cells pass `now`, in the order of their
    /// deadlines over all cells, at equal times by key.
    fn run(&self, state: &mut Groups, now: Timestamp, step: &mut Step) {
        while let Some((wake_at, key)) = state.wakes.first() {
            let (wake_at, key) = (*wake_at, key.clone());
            if wake_at > now {
                break;
            }
            let reached = wake_at.minus(self.settings.allowed_lateness);
            self.with_cell(state, &key, step, &|judge| {
                judge.deadlines(&|deadline| deadline <= reached);
            });
            // A deadline that ran is over; should one ever not be, the others go on.
            state.wakes.remove(&(wake_at, key));
        }
    }

    /// When the rule set has changed: every loaded cell takes it on now, and
    /// all others are made due.
    fn take_on_rules(&self, state: &mut Groups, now: Timestamp, step: &mut Step) {
        if state.header.rules_version != self.version {
            state.header.rules_version = self.version;
            state.wake_all = Some(now);
        }
        if state.taken_on.replace(self.version) == Some(self.version) {
            return;
        }
        let stale = |slot: &Slot| {
            slot.cell.is_some() && slot.derived.is_none()
                || slot.cell.as_ref().is_some_and(|cell| cell.rules_version != self.version)
        };
        let keys: Vec<CellKey> =
            state.cells.iter().filter(|(_, slot)| stale(slot)).map(|(key, _)| key.clone()).gather();
        for key in keys {
            self.with_cell(state, &key, step, &|judge| {
                if judge.cell.rules_version != judge.rules_version {
                    judge.take_on_rules(now);
                }
            });
        }
    }

    /// Lets `act` work on the cell `key`, which it makes if there is none, and
    /// notes that it changed and when it has to be looked at again.
    fn with_cell(
        &self,
        state: &mut Groups,
        key: &CellKey,
        step: &mut Step,
        act: &dyn Fn(&mut Judge<'_>),
    ) {
        let Groups { header, cells, wakes, outbox, .. } = state;
        let Some(slot) = cells.get_mut(key) else { return };
        let tags = group_of(key).tags();
        let kind = self.plan.kind(&tags).unwrap_or(&self.no_kind);
        let cell = slot.cell.get_or_insert_with(|| Cell {
            rules_version: self.version,
            asked: self.plan.asked(kind, self.version, &SortedMap::new()),
            ..Cell::default()
        });
        let known = slot.derived.take().filter(|it| it.rules_version == self.version);
        let mut derived =
            known.unwrap_or_else(|| Derived::new(&self.plan, kind, self.version, cell).into());
        let mut judge = Judge {
            plan: &self.plan,
            kind,
            rules_version: self.version,
            tags: &tags,
            cell,
            derived: &mut derived,
            header,
            outbox,
            step,
        };
        act(&mut judge);
        let next = judge.next_deadline();
        let wake_at = next.map(|next| next.plus(self.settings.allowed_lateness));
        slot.changed = true;
        slot.derived = Some(derived);
        if cell.is_empty() {
            slot.cell = None;
            slot.derived = None;
        }
        if slot.wake_at != wake_at {
            if let Some(before) = slot.wake_at {
                wakes.remove(&(before, key.clone()));
            }
            if let Some(wake_at) = wake_at {
                wakes.insert((wake_at, key.clone()));
            }
            slot.wake_at = wake_at;
        }
    }
}

fn group_of(key: &CellKey) -> GroupKey {
    let text = key.as_str();
    GroupKey::from_stored(String::from(text.strip_prefix("group/").unwrap_or(text)))
}
