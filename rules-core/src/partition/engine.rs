use alloc::{collections::BTreeSet, format, string::ToString, vec::Vec};

use super::{
    Input, Receipt, Settings, SourceRange, Step,
    device::{Device, FIELDS_MAX},
    judge::Judge,
    plan::Plan,
    state::{Header, Partition, SOURCES_MAX, Slot},
};
use crate::{Batch, CellKey, Reading, Rule, Timestamp};

/// A compiled rule set: immutable, shared by all partitions of a process.
#[derive(Debug)]
pub struct Engine {
    version: u64,
    pub(super) plan: Plan,
    settings: Settings,
}

impl Engine {
    /// An engine that judges by `rules`, version `version` of the rule set.
    /// Of two rules with one id, which the rule store does not allow, the
    /// first found counts.
    #[must_use]
    pub fn new(version: u64, rules: Vec<Rule>, settings: Settings) -> Self {
        Self { version, plan: Plan::new(rules), settings }
    }

    /// Version of the rule set.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The cells that `input` needs loaded before [`Engine::step`]. Empty for
    /// a tick: its cells are those the host finds due.
    #[must_use]
    pub fn cells_for(&self, input: &Input) -> BTreeSet<CellKey> {
        match input {
            Input::Readings { batch, .. } => {
                batch.iter().map(|(_, reading)| CellKey::device(reading.device())).collect()
            }
            Input::Tick => BTreeSet::new(),
        }
    }

    /// The devices that a rule about silence lists by name, without wildcards:
    /// they are watched before their first reading. When the rule set has
    /// changed, the host passes their cells to one tick.
    #[must_use]
    pub fn named_devices(&self) -> BTreeSet<&str> {
        let speaks_of_silence = |index: usize| {
            let condition = self.plan.conditions.get(index);
            condition.is_some_and(|condition| !condition.clocks.absences.is_empty())
        };
        self.plan
            .rules
            .iter()
            .filter(|planned| speaks_of_silence(planned.when))
            .flat_map(|planned| planned.rule.devices.names())
            .collect()
    }

    /// Moves `state` forward by one input that reached the host at `now`.
    ///
    /// Never fails and never panics: a reading that cannot count comes back as
    /// a [`Receipt`]. `now` may repeat but must not run backwards; should it,
    /// the last `now` of the partition counts. The host does not step a
    /// partition whose [`Partition::rules_version`] is above this engine's.
    #[must_use = "the host has to answer with the receipts"]
    pub fn step(&self, state: &mut Partition, input: &Input, now: Timestamp) -> Step {
        let mut step = Step::default();
        state.changed = true;
        let now = state.header.clock.max(now);
        state.header.clock = now;
        self.take_on_rules(state, now, &mut step);
        match input {
            Input::Readings { source, batch, refused_before } => {
                let counters = &mut state.header.counters;
                counters.received += u64::from(*refused_before);
                counters.refused += u64::from(*refused_before);
                for (index, reading) in batch.iter() {
                    let item = (index, &reading.to_reading());
                    let receipt = self.item(state, source.as_ref(), item, now, &mut step);
                    state.header.counters.count(&receipt);
                    step.receipts.push((index, receipt));
                }
                if let Some(source) = source {
                    state.header.mark(source, batch);
                }
            }
            Input::Tick => self.tick(state, now, &mut step),
        }
        step
    }

    fn item(
        &self,
        state: &mut Partition,
        source: Option<&SourceRange>,
        (index, reading): (u32, &Reading),
        now: Timestamp,
        step: &mut Step,
    ) -> Receipt {
        if let Some(receipt) = source.and_then(|source| state.header.known(source, index)) {
            return receipt;
        }
        if reading.ts > now.plus(self.settings.clock_skew) {
            return clock_ahead(reading, now, &self.settings);
        }
        let key = CellKey::device(&reading.device);
        if !state.cells.contains_key(&key) {
            state.cells.insert(key.clone(), Slot::default());
        }
        if let Some(device) = state.cells.get(&key).and_then(|slot| slot.device.as_ref()) {
            if device.recent.contains(reading) {
                return Receipt::Duplicate;
            }
            if let Some(by) = device.late_by(reading.ts, &self.settings) {
                return Receipt::Late(by);
            }
            if !device.has_room_for(reading) {
                return too_many_fields();
            }
        }
        let horizon = self.settings.dedup_horizon;
        self.with_device(state, &key, step, |judge| {
            judge.accept(reading);
            let newest = judge.device.newest.unwrap_or(reading.ts);
            if !judge.device.recent.remember(reading, newest, horizon) {
                judge.header.counters.limits_reached += 1;
            }
        });
        Receipt::Accepted
    }

    /// Ends a replay at `end`: of the loaded cells every reading that is still
    /// held is judged, and every deadline up to and with `end` runs, although
    /// readings might still come.
    #[must_use = "the last transitions are in it"]
    pub fn finish(&self, state: &mut Partition, end: Timestamp) -> Step {
        let mut step = Step::default();
        state.changed = true;
        self.take_on_rules(state, state.header.clock.max(end), &mut step);
        self.watch_named(state, end, &mut step);
        self.run(state, end.plus(self.settings.allowed_lateness), &mut step);
        step
    }

    fn tick(&self, state: &mut Partition, now: Timestamp, step: &mut Step) {
        self.watch_named(state, now, step);
        self.run(state, now, step);
    }

    /// Begins to watch the loaded devices that were never seen and are named by a rule.
    fn watch_named(&self, state: &mut Partition, now: Timestamp, step: &mut Step) {
        let never_seen = core::mem::take(&mut state.never_seen);
        let named = if never_seen.is_empty() { BTreeSet::new() } else { self.named_devices() };
        for key in never_seen.iter().filter(|key| named.contains(key.device_id())) {
            if state.cells.get(key).is_some_and(|slot| slot.device.is_none()) {
                self.with_device(state, key, step, |judge| judge.device.watched_since = Some(now));
            }
        }
    }

    /// Lets the clock of the loaded cells pass `now`, in the order of their
    /// deadlines over all cells, at equal times by key.
    fn run(&self, state: &mut Partition, now: Timestamp, step: &mut Step) {
        while let Some((wake_at, key)) = state.wakes.first().cloned() {
            if wake_at > now {
                break;
            }
            let reached = wake_at.minus(self.settings.allowed_lateness);
            self.with_device(state, &key, step, |judge| judge.pass(reached));
            // A deadline that ran is over; should one ever not be, the others go on.
            state.wakes.remove(&(wake_at, key));
        }
    }

    /// When the rule set has changed: every loaded cell takes it on now, and
    /// all others are made due.
    fn take_on_rules(&self, state: &mut Partition, now: Timestamp, step: &mut Step) {
        if state.header.rules_version != self.version {
            state.header.rules_version = self.version;
            state.wake_all = Some(now);
        }
        if state.taken_on.replace(self.version) == Some(self.version) {
            return;
        }
        let stale = |slot: &Slot| {
            slot.device.as_ref().is_some_and(|device| {
                device.rules_version != self.version || device.selection.is_none()
            })
        };
        let keys: Vec<CellKey> = state
            .cells
            .iter()
            .filter(|(_, slot)| stale(slot))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.with_device(state, &key, step, |judge| {
                if judge.device.rules_version != judge.rules_version {
                    judge.take_on_rules(now);
                }
            });
        }
    }

    /// Lets `act` work on the cell `key`, which it makes if there is none,
    /// and notes that it changed and when it has to be looked at again.
    fn with_device(
        &self,
        state: &mut Partition,
        key: &CellKey,
        step: &mut Step,
        act: impl FnOnce(&mut Judge<'_>),
    ) {
        let Partition { header, cells, wakes, outbox, .. } = state;
        let Some(slot) = cells.get_mut(key) else { return };
        let device = slot
            .device
            .get_or_insert_with(|| Device { rules_version: self.version, ..Device::default() });
        if device.rules_version != self.version {
            device.selection = None;
        }
        let selection = device.selection.take().unwrap_or_else(|| {
            let selection = self.plan.select(key.device_id());
            device.adopt_old_windows(&self.plan, &selection);
            device.lay(&selection.series);
            selection.into()
        });
        let mut judge = Judge {
            plan: &self.plan,
            selection: &selection,
            settings: &self.settings,
            rules_version: self.version,
            id: key.device_id(),
            device,
            header,
            outbox,
            step,
        };
        act(&mut judge);
        slot.changed = true;
        // Held readings and deadlines wait for what may still come before them.
        let next = judge.next_deadline().into_iter().chain(judge.device.held.next_ts()).min();
        let wake_at = next.map(|next| next.plus(self.settings.allowed_lateness));
        device.selection = Some(selection);
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

impl Header {
    /// The receipt of an item that the sender's numbering decides by itself.
    fn known(&self, source: &SourceRange, index: u32) -> Option<Receipt> {
        let number = source.first.saturating_add(u64::from(index));
        match self.sources.get(&source.source) {
            Some(mark) => (number <= *mark).then_some(Receipt::Duplicate),
            None if self.sources.len() < SOURCES_MAX => None,
            None => Some(Receipt::Refused {
                code: "too_many_sources".to_string(),
                message: format!(
                    "source {:?} is new, and {SOURCES_MAX} sources that number their readings are known already",
                    source.source
                ),
            }),
        }
    }

    /// Notes that all of the sender's `batch` has been seen.
    fn mark(&mut self, source: &SourceRange, batch: &Batch) {
        let Some(last) =
            batch.iter().map(|(index, _)| source.first.saturating_add(u64::from(index))).max()
        else {
            return;
        };
        let room = self.sources.len() < SOURCES_MAX;
        match self.sources.get_mut(&source.source) {
            Some(mark) => *mark = last.max(*mark),
            None if room => {
                self.sources.insert(source.source.clone(), last);
            }
            None => {}
        }
    }
}

fn clock_ahead(reading: &Reading, now: Timestamp, settings: &Settings) -> Receipt {
    Receipt::Refused {
        code: "clock_ahead".to_string(),
        message: format!(
            "event time is {} ahead of the clock, and {} is allowed",
            reading.ts.since(now),
            settings.clock_skew
        ),
    }
}

fn too_many_fields() -> Receipt {
    Receipt::Refused {
        code: "too_many_fields".to_string(),
        message: format!(
            "with this reading the device would have more than {FIELDS_MAX} named values"
        ),
    }
}
