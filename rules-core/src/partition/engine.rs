use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use sorted::{SortedMap, SortedSet};

use super::{
    Input, Receipt, Settings, SourceRange, Step, TAGS_MAX,
    device::FIELDS_MAX,
    happening::Happenings,
    judge::Judge,
    membership::Entry,
    newcomer::Newcomer,
    plan::{Plan, Thresholds},
    slots::Content,
    state::{Header, Laid, Outgoing, Partition, SOURCES_MAX},
    stored::StoredDevice,
};
use crate::{Batch, CellKey, ReadingRef, Rule, Timestamp, fleet::Message};

/// A compiled rule set: immutable, shared by all partitions of a process.
#[derive(Debug)]
pub struct Engine {
    version: u64,
    pub(super) plan: Arc<Plan>,
    settings: Settings,
}

impl Engine {
    /// An engine that judges by `rules`, version `version` of the rule set.
    /// Of two rules with one id, which the rule store does not allow, the
    /// first found counts.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "a rule set is handed over")]
    pub fn new(version: u64, rules: Vec<Rule>, settings: Settings) -> Self {
        Self { version, plan: Arc::new(Plan::new(&rules, Thresholds::Indexed)), settings }
    }

    /// Version of the rule set.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The cells that `input` needs loaded before [`Engine::step`]. Empty for
    /// a tick: its cells are those the host finds due.
    #[must_use]
    pub fn cells_for(&self, input: &Input) -> SortedSet<CellKey> {
        match input {
            Input::Readings { batch, .. } => {
                batch.iter().map(|(_, reading)| CellKey::device(reading.device())).collect()
            }
            Input::Describe { device, .. } => SortedSet::from([CellKey::device(device)]),
            Input::Tick => SortedSet::new(),
        }
    }

    /// The devices that a rule about silence lists by name, without wildcards:
    /// they are watched before their first reading. When the rule set has
    /// changed, the host passes their cells to one tick.
    #[must_use]
    pub fn named_devices(&self) -> SortedSet<&str> {
        self.plan.watched_names()
    }

    /// Moves `state` forward by one input that reached the host at `now`.
    ///
    /// Never fails and never panics: a reading that cannot count comes back as
    /// a [`Receipt`]. `now` may repeat but must not run backwards; should it,
    /// the last `now` of the partition counts. The host does not step a
    /// partition whose [`Partition::rules_version`] is above this engine's.
    #[must_use = "the host has to answer with the receipts"]
    pub fn step(&self, state: &mut Partition, input: &Input, now: Timestamp) -> Step {
        let mut happened = Happenings::new(self.version, &self.plan);
        let mut receipts = Vec::new();
        state.changed = true;
        let now = state.header.clock.max(now);
        state.header.clock = now;
        self.take_on_rules(state, now, &mut happened);
        match input {
            Input::Readings { source, batch, refused_before } => {
                let counters = &mut state.header.counters;
                counters.received += u64::from(*refused_before);
                counters.refused += u64::from(*refused_before);
                receipts.reserve_exact(batch.len());
                let scratch = state.scratch.get_or_insert_default();
                scratch.name(batch, &mut state.names);
                for (index, reading) in batch.iter() {
                    let item = (index, reading);
                    let receipt = self.item(state, source.as_ref(), item, now, &mut happened);
                    state.header.counters.count(&receipt);
                    receipts.push((index, receipt));
                }
                if let Some(source) = source {
                    state.header.mark(source, batch);
                }
            }
            Input::Describe { device, tags } => {
                let place = state.slots.place(device);
                self.retag(state, place, tags.clone(), now, Entry::Known, &mut happened);
            }
            Input::Tick => self.tick(state, now, &mut happened),
        }
        self.tell(state, happened, receipts)
    }

    fn item(
        &self,
        state: &mut Partition,
        source: Option<&SourceRange>,
        (index, reading): (u32, ReadingRef<'_>),
        now: Timestamp,
        happened: &mut Happenings,
    ) -> Receipt {
        if let Some(receipt) = source.and_then(|source| state.header.known(source, index)) {
            return receipt;
        }
        let ts = reading.ts();
        if ts > now.plus(self.settings.clock_skew) {
            return clock_ahead(ts, now, &self.settings);
        }
        let place = state.slots.place(reading.device());
        let names = state.scratch.as_ref().map_or(&[][..], |scratch| &scratch.names);
        if let Some(Content::Laid(device, _)) = state.slots.get(place).map(|slot| &slot.content) {
            if device.recent.contains(reading, names, device.newest) {
                return Receipt::Duplicate;
            }
            if let Some(by) = device.late_by(ts, &self.settings) {
                return Receipt::Late(by);
            }
            if !device.has_room_for(reading) {
                return too_many_fields();
            }
        }
        let mut entry = Entry::Known;
        if reading.tags().len() > 0 {
            match self.retag_by(state, place, reading, happened) {
                Ok(found) => entry = found,
                Err(receipt) => return receipt,
            }
        }
        let horizon = self.settings.dedup_horizon;
        self.with_device(state, place, happened, |judge| {
            let digest = judge.accept(reading);
            if let Entry::WithReading(ts) = entry {
                judge.tell_values(ts);
            }
            let newest = judge.device.newest.unwrap_or(ts);
            if !judge.device.recent.remember(reading, digest, newest, horizon) {
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
        let mut happened = Happenings::new(self.version, &self.plan);
        state.changed = true;
        self.take_on_rules(state, state.header.clock.max(end), &mut happened);
        self.watch_named(state, end, &mut happened);
        self.run(state, end.plus(self.settings.allowed_lateness), &mut happened);
        self.tell(state, happened, Vec::new())
    }

    fn tick(&self, state: &mut Partition, now: Timestamp, happened: &mut Happenings) {
        self.watch_named(state, now, happened);
        self.run(state, now, happened);
    }

    /// Begins to watch the loaded devices that were never seen and are named by a rule.
    fn watch_named(&self, state: &mut Partition, now: Timestamp, happened: &mut Happenings) {
        let never_seen = core::mem::take(&mut state.never_seen);
        let named = if never_seen.is_empty() { SortedSet::new() } else { self.named_devices() };
        for key in never_seen.iter().filter(|key| named.contains(key.device_id())) {
            let place = state.slots.place(key.device_id());
            let slot = state.slots.get(place);
            if slot.is_some_and(|slot| matches!(slot.content, Content::Nothing)) {
                let mut watch = |judge: &mut Judge<'_>| judge.device.watched_since = Some(now);
                self.seldom_with_device(state, place, happened, &mut watch);
            }
        }
    }

    /// Lets the clock of the loaded cells pass `now`, in the order of their
    /// deadlines over all cells, at equal times by key.
    fn run(&self, state: &mut Partition, now: Timestamp, happened: &mut Happenings) {
        while let Some((wake_at, id)) = state.wakes.first().filter(|(at, _)| *at <= now).cloned() {
            let reached = wake_at.minus(self.settings.allowed_lateness);
            if let Some(place) = state.slots.find(&id) {
                self.seldom_with_device(state, place, happened, &mut |judge| judge.pass(reached));
            }
            // A deadline that ran is over; should one ever not be, the others go on.
            state.wakes.remove(&(wake_at, id));
        }
    }

    /// Lets cells take on the rule set that have not: all if it has changed,
    /// when those that are not loaded are made due, and else what was loaded since.
    fn take_on_rules(&self, state: &mut Partition, now: Timestamp, happened: &mut Happenings) {
        if state.header.rules_version != self.version {
            state.header.rules_version = self.version;
            state.wake_all = Some(now);
        }
        let loaded = core::mem::take(&mut state.loaded);
        let (before, places) = match &state.laid {
            Some(laid) if laid.version == self.version => (None, loaded),
            _ => {
                let laid = Laid::new(self.version, &self.plan);
                (state.laid.replace(laid), (0..state.slots.len()).collect())
            }
        };
        for place in state.slots.in_order(places) {
            let Some(slot) = state.slots.get_mut(place) else { continue };
            slot.take_up(before.as_ref());
            match &slot.content {
                Content::Stored(stored) if stored.rules_version == self.version => {
                    self.seldom_with_device(state, place, happened, &mut |_| {});
                }
                Content::Stored(_) => self.take_on(state, place, now, Entry::Known, happened),
                _ => {}
            }
        }
    }

    /// Lets a stored device take on the rules that are for it now.
    fn take_on(
        &self,
        state: &mut Partition,
        place: usize,
        now: Timestamp,
        entry: Entry,
        happened: &mut Happenings,
    ) {
        let Partition { slots, laid, names, .. } = state;
        let (Some(slot), Some(laid)) = (slots.get_mut(place), laid) else { return };
        let Content::Stored(stored) = &mut slot.content else { return };
        let selection = laid.select(&slot.id, &stored.tags);
        let newcomer = Newcomer {
            plan: &self.plan,
            selection: &selection,
            rules_version: self.version,
            id: &slot.id,
        };
        newcomer.take_on(stored, now, happened);
        let mut left = slot.lay(&self.plan, laid, names, self.version);
        self.seldom_with_device(state, place, happened, &mut |judge| {
            judge.device.rescan();
            match entry {
                Entry::Known => {
                    let t = judge.device.reached().unwrap_or(now);
                    judge.belong(core::mem::take(&mut left), t);
                    judge.tell_values(t);
                }
                Entry::WithReading(ts) => judge.belong(core::mem::take(&mut left), ts),
            }
        });
    }

    /// Takes in the tags that a reading says of its device: those that it
    /// names change, one with an empty text goes.
    fn retag_by(
        &self,
        state: &mut Partition,
        place: usize,
        reading: ReadingRef<'_>,
        happened: &mut Happenings,
    ) -> Result<Entry, Receipt> {
        let known = match state.slots.get(place).map(|slot| &slot.content) {
            Some(Content::Laid(device, _)) => device.tags.as_slice(),
            _ => &[],
        };
        let mut tags: SortedMap<&str, &str> =
            known.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        tags.extend(reading.tags());
        tags.retain(|_, text| !text.is_empty());
        if tags.len() > TAGS_MAX {
            return Err(too_many_tags());
        }
        let owned = |(name, text): (&str, &str)| (name.to_string(), text.to_string());
        let tags: Vec<(String, String)> = tags.into_iter().map(owned).collect();
        if tags == known {
            return Ok(Entry::Known);
        }
        let (ts, lateness) = (reading.ts(), self.settings.allowed_lateness);
        let entry = if lateness.as_millis() == 0 {
            // What lies before the reading is the old groups' business.
            if matches!(state.slots.get(place).map(|slot| &slot.content), Some(Content::Laid(..))) {
                self.seldom_with_device(state, place, happened, &mut |judge| {
                    judge.deadlines(&|at| at < ts);
                });
            }
            Entry::WithReading(ts)
        } else {
            Entry::Known
        };
        self.retag(state, place, tags, ts.minus(lateness), entry, happened);
        Ok(entry)
    }

    /// Gives a device these tags, and with them the rules and groups that are
    /// for it now.
    fn retag(
        &self,
        state: &mut Partition,
        place: usize,
        tags: Vec<(String, String)>,
        now: Timestamp,
        entry: Entry,
        happened: &mut Happenings,
    ) {
        let Some(slot) = state.slots.get_mut(place) else { return };
        slot.take_up(state.laid.as_ref());
        if matches!(slot.content, Content::Nothing) {
            slot.content = Content::Stored(Box::new(StoredDevice::new(self.version)));
        }
        if let Content::Stored(stored) = &mut slot.content
            && stored.tags != tags
        {
            stored.tags = tags;
            let now = stored.last.max(stored.settled).unwrap_or(now).max(now);
            self.take_on(state, place, now, entry, happened);
        } else {
            self.seldom_with_device(state, place, happened, &mut |_| {});
        }
    }

    /// Puts what a step brought forth into the outbox: transitions, then what
    /// groups are told, one message each.
    fn tell(
        &self,
        state: &mut Partition,
        happened: Happenings,
        receipts: Vec<(u32, Receipt)>,
    ) -> Step {
        let Partition { header, outbox, facts, .. } = state;
        let happened = Arc::new(happened);
        let mut messages = Vec::new();
        if !happened.is_empty() {
            let count = happened.len() as u64;
            header.counters.transitions += count;
            outbox.push((header.sequence + 1, Outgoing::Happenings(Arc::clone(&happened))));
            header.sequence += count;
        }
        for (group, facts) in core::mem::take(facts) {
            header.sequence += 1;
            let message = Arc::new(Message { group, rules_version: self.version, facts });
            outbox.push((header.sequence, Outgoing::Facts(Arc::clone(&message))));
            messages.push((header.sequence, message));
        }
        Step { receipts, happened, messages }
    }

    /// As [`Self::with_device`], whose code is there once for all that is not
    /// done with each reading.
    fn seldom_with_device(
        &self,
        state: &mut Partition,
        place: usize,
        happened: &mut Happenings,
        act: &mut dyn FnMut(&mut Judge<'_>),
    ) {
        self.with_device(state, place, happened, act);
    }

    /// Lets `act` work on the cell at `place`, which it makes if there is
    /// none, and notes that it changed and when it has to be looked at again.
    fn with_device(
        &self,
        state: &mut Partition,
        place: usize,
        happened: &mut Happenings,
        act: impl FnOnce(&mut Judge<'_>),
    ) {
        let Partition { header, slots, wakes, facts, laid, names, scratch, changed_slots, .. } =
            state;
        let (Some(slot), Some(laid)) = (slots.get_mut(place), laid) else { return };
        if !matches!(slot.content, Content::Laid(..)) {
            let _ = slot.lay(&self.plan, laid, names, self.version);
        }
        let Content::Laid(device, selection) = &mut slot.content else { return };
        let mut judge = Judge {
            plan: &self.plan,
            selection,
            settings: &self.settings,
            id: &slot.id,
            device,
            names,
            header,
            happened,
            facts,
            scratch,
        };
        act(&mut judge);
        // Held readings and deadlines wait for what may still come before them.
        judge.device.next = judge.next_deadline();
        let held = judge.device.held.next_ts();
        let next = match (judge.device.next, held) {
            (Some(next), Some(held)) => Some(next.min(held)),
            (next, held) => next.or(held),
        };
        let wake_at = next.map(|next| next.plus(self.settings.allowed_lateness));
        if !core::mem::replace(&mut slot.changed, true) {
            changed_slots.push(place);
        }
        if slot.wake_at != wake_at {
            if let Some(before) = slot.wake_at {
                wakes.remove(&(before, Arc::clone(&slot.id)));
            }
            if let Some(wake_at) = wake_at {
                wakes.insert((wake_at, Arc::clone(&slot.id)));
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

fn clock_ahead(ts: Timestamp, now: Timestamp, settings: &Settings) -> Receipt {
    Receipt::Refused {
        code: "clock_ahead".to_string(),
        message: format!(
            "event time is {} ahead of the clock, and {} is allowed",
            ts.since(now),
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

fn too_many_tags() -> Receipt {
    Receipt::Refused {
        code: "too_many_tags".to_string(),
        message: format!("with this reading the device would have more than {TAGS_MAX} tags"),
    }
}
