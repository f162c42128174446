use alloc::vec::Vec;

use sorted::{Gather, SortedSet};

use super::{
    AggregatorState, AlertRecord, Input, Notification, Outcome, Settings,
    alert::{Alert, News, fingerprint, may_tell},
    delivery::{Delivery, Queued},
};
use crate::{CellKey, DecodeError, Timestamp, Transition, codec};

/// The machine; immutable.
#[derive(Debug)]
pub struct Aggregator {
    settings: Settings,
}

impl Aggregator {
    /// A machine that tells `settings.receivers`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The cells that `input` needs loaded. Empty for a tick: its cells are
    /// those the host finds due.
    #[must_use]
    pub fn cells_for(&self, input: &Input) -> SortedSet<CellKey> {
        match input {
            Input::Transitions { items, .. } => {
                items.iter().flat_map(|(_, transition)| self.cells_of(transition)).collect()
            }
            Input::Outcome { cell, .. } => SortedSet::from([cell.clone()]),
            Input::Tick => SortedSet::new(),
        }
    }

    /// Moves `state` forward by one input at `now`. A tick gives the
    /// notifications of the loaded cells that are due, by the time of what
    /// happened; each is to be answered by an [`Input::Outcome`] within
    /// [`super::SENDING_MAX`], and is given again if it is not. Never fails
    /// and never panics.
    #[must_use = "the host has to send the notifications"]
    pub fn step(
        &self,
        state: &mut AggregatorState,
        input: &Input,
        now: Timestamp,
    ) -> Vec<Notification> {
        match input {
            Input::Transitions { sender, items } => {
                for (sequence, transition) in items {
                    if state.is_new(sender, *sequence) {
                        self.take_in(state, transition, now);
                    }
                }
                Vec::new()
            }
            Input::Outcome { cell, id, outcome } => {
                self.settle(state, cell, id, outcome, now);
                Vec::new()
            }
            Input::Tick => {
                forget(state, now);
                self.send(state, now)
            }
        }
    }

    /// Reads a cell `alert/…` for the list of alerts.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn alert(bytes: &[u8]) -> Result<AlertRecord, DecodeError> {
        codec::decode::<Alert>("an alert", bytes).map(|alert| alert.record)
    }

    fn cells_of(&self, transition: &Transition) -> Vec<CellKey> {
        let fingerprint = fingerprint(transition);
        let told = may_tell(transition).map_or(&[][..], |_| &self.settings.receivers);
        let deliveries = told.iter().map(|receiver| Delivery::key(receiver, fingerprint));
        deliveries.chain([Alert::key(fingerprint)]).gather()
    }

    /// Brings the list of alerts up to date and puts into the receivers'
    /// queues what they are to be told.
    fn take_in(&self, state: &mut AggregatorState, transition: &Transition, now: Timestamp) {
        let fingerprint = fingerprint(transition);
        let slot = state.alerts.entry(Alert::key(fingerprint)).or_default();
        slot.changed |= slot.content.is_some();
        let mut alert = slot.content.take().unwrap_or_else(|| Alert::new(transition));
        let news = alert.follow(transition, &self.settings, now);
        let fired_at = alert.record.fired_at;
        slot.content = alert.is_listed(now).then_some(alert);
        slot.changed |= slot.content.is_some();

        let Some(News { reason, id, receivers }) = news else {
            state.count(|counters| {
                counters.transitions += 1;
                counters.muted += 1;
            });
            return;
        };
        for receiver in receivers {
            let queued = Queued {
                id: id.clone(),
                reason,
                transition: transition.clone(),
                fired_at,
                attempts: 0,
            };
            enqueue(state, Delivery::key(&receiver, fingerprint), queued, now);
        }
    }

    fn settle(
        &self,
        state: &mut AggregatorState,
        cell: &CellKey,
        id: &str,
        outcome: &Outcome,
        now: Timestamp,
    ) {
        let Some(slot) = state.deliveries.get_mut(cell) else { return };
        let Some(delivery) = &mut slot.content else { return };
        if !delivery.settle(id, outcome, &self.settings, now) {
            return;
        }
        slot.changed = true;
        if delivery.len() == 0 {
            slot.content = None;
        }
        if *outcome == Outcome::Delivered {
            state.count(|counters| {
                counters.pending = counters.pending.saturating_sub(1);
                counters.sent += 1;
            });
        }
    }

    fn send(&self, state: &mut AggregatorState, now: Timestamp) -> Vec<Notification> {
        let mut notifications = Vec::new();
        let mut dead = 0;
        for (key, slot) in &mut state.deliveries {
            let Some(delivery) = slot.content.as_mut().filter(|it| it.next_try <= now) else {
                continue;
            };
            slot.changed = true;
            if let Some(receiver) = Delivery::receiver(key).filter(|name| self.is_receiver(name)) {
                notifications.extend(delivery.send(key, receiver, now));
            } else {
                dead += delivery.len();
                slot.content = None;
            }
        }
        if dead > 0 {
            state.count(|counters| {
                counters.pending = counters.pending.saturating_sub(dead);
                counters.dead += dead;
            });
        }
        sorted::sort_by(&mut notifications, |a, b| {
            (a.transition.at, &a.cell).cmp(&(b.transition.at, &b.cell))
        });
        notifications
    }

    fn is_receiver(&self, name: &str) -> bool {
        self.settings.receivers.iter().any(|receiver| receiver == name)
    }
}

/// Puts a notification into its queue.
fn enqueue(state: &mut AggregatorState, key: CellKey, queued: Queued, now: Timestamp) {
    let slot = state.deliveries.entry(key).or_default();
    slot.changed = true;
    let mut dead = 0;
    if let Some(delivery) = &mut slot.content {
        dead = delivery.push(queued);
    } else {
        slot.content = Some(Delivery::new(queued, now));
    }
    state.count(|counters| {
        counters.transitions += 1;
        counters.pending = (counters.pending + 1).saturating_sub(dead);
        counters.dead += dead;
    });
}

/// Takes the loaded alerts off the list that have been on it for long enough.
fn forget(state: &mut AggregatorState, now: Timestamp) {
    for slot in state.alerts.values_mut() {
        if slot.content.as_ref().is_some_and(|alert| !alert.is_listed(now)) {
            slot.content = None;
            slot.changed = true;
        }
    }
}
