use alloc::{collections::VecDeque, format, string::String};

use serde::{Deserialize, Serialize};

use super::{Notification, NotifyReason, Outcome, Settings};
use crate::{CellKey, Span, Timestamp, Transition, hash::fnv1a_64};

/// Most notifications of one alert that wait for one receiver. A receiver
/// that was away for so long is helped by the newest, not by the oldest: that
/// is given up, and counted as dead.
pub const DELIVERY_QUEUE_MAX: usize = 32;

/// How long a host may take from a tick's notifications to their outcomes.
/// For that long no other tick gives the same notification; if no outcome has
/// come by then (the host died), the next one does.
pub const SENDING_MAX: Span = Span::from_secs(60);

/// The cell of one receiver's share of one alert: what it is still to be
/// told, in order. Never empty; only its head is ever sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Delivery {
    queue: VecDeque<Queued>,
    /// When the head is sent next.
    pub(super) next_try: Timestamp,
    /// The head was given to the host, and no outcome has come yet.
    sending: bool,
}

/// A notification that waits.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Queued {
    pub(super) id: String,
    pub(super) reason: NotifyReason,
    pub(super) transition: Transition,
    pub(super) fired_at: Option<Timestamp>,
    pub(super) attempts: u32,
}

impl Delivery {
    /// The key of the cell that holds what `receiver` is to be told of the
    /// alert named by `fingerprint`.
    pub(super) fn key(receiver: &str, fingerprint: u128) -> CellKey {
        CellKey::from_stored(format!("{}{receiver}/{fingerprint:032x}", Self::PREFIX))
    }

    pub(super) const PREFIX: &str = "delivery/";

    /// The receiver in a key of [`Delivery::key`].
    pub(super) fn receiver(key: &CellKey) -> Option<&str> {
        let (receiver, _) = key.as_str().strip_prefix(Self::PREFIX)?.rsplit_once('/')?;
        Some(receiver)
    }

    /// A receiver's share that begins with `first`, to be sent at once.
    pub(super) fn new(first: Queued, now: Timestamp) -> Self {
        Self { queue: VecDeque::from([first]), next_try: now, sending: false }
    }

    /// Puts `last` behind what already waits; gives how many had to be given
    /// up for it.
    pub(super) fn push(&mut self, last: Queued) -> u64 {
        self.queue.push_back(last);
        if self.queue.len() <= DELIVERY_QUEUE_MAX {
            return 0;
        }
        // Not the one under way: its outcome would have no owner.
        let oldest = usize::from(self.sending);
        u64::from(self.queue.remove(oldest).is_some())
    }

    /// The head, if it is due; it is not given again before its outcome, or
    /// before [`SENDING_MAX`] has passed.
    pub(super) fn send(
        &mut self,
        cell: &CellKey,
        receiver: &str,
        now: Timestamp,
    ) -> Option<Notification> {
        if now < self.next_try {
            return None;
        }
        let head = self.queue.front()?.clone();
        self.next_try = now.plus(SENDING_MAX);
        self.sending = true;
        Some(Notification {
            id: head.id,
            cell: cell.clone(),
            receiver: receiver.into(),
            reason: head.reason,
            transition: head.transition,
            fired_at: head.fired_at,
            attempts: head.attempts,
        })
    }

    /// Takes in what became of the notification `id`; `false` if it does not
    /// wait here, as after an outcome that was reported twice.
    pub(super) fn settle(
        &mut self,
        id: &str,
        outcome: &Outcome,
        settings: &Settings,
        now: Timestamp,
    ) -> bool {
        let Some(head) = self.queue.front_mut().filter(|head| head.id == id) else { return false };
        self.sending = false;
        match outcome {
            Outcome::Delivered => {
                self.queue.pop_front();
                self.next_try = now;
            }
            Outcome::Failed(_) => {
                self.next_try = now.plus(pause(&head.id, head.attempts, settings));
                head.attempts = head.attempts.saturating_add(1);
            }
        }
        true
    }

    /// How many wait.
    pub(super) fn len(&self) -> u64 {
        self.queue.len() as u64
    }
}

/// How long to wait after a failure that `failures_before` came before: twice
/// as long each time, give or take a tenth so that notifications that failed
/// together are not tried together. Never zero.
fn pause(id: &str, failures_before: u32, settings: &Settings) -> Span {
    let doubled = 1_i64 << failures_before.min(40);
    let longest = settings.retry_max.as_millis();
    let millis = settings.retry_first.as_millis().saturating_mul(doubled).min(longest);
    let seed = format!("{id}/{failures_before}");
    let per_mille = i64::try_from(fnv1a_64(seed.as_bytes()) % 201).unwrap_or_default() - 100;
    let jitter = i128::from(millis) * i128::from(per_mille) / 1_000;
    let jitter = i64::try_from(jitter).unwrap_or_default();
    Span::from_millis(millis.saturating_add(jitter).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_give_or_take_a_tenth() {
        let settings = Settings::default();
        for (failures, nominal) in
            [(0, 1_000), (1, 2_000), (5, 32_000), (9, 300_000), (99, 300_000)]
        {
            let millis = pause("id", failures, &settings).as_millis();
            assert!((millis - nominal).abs() <= nominal / 10, "{failures}: {millis}");
        }
    }

    #[test]
    fn a_pause_is_never_zero_and_never_overflows() {
        let none = Settings { retry_first: Span::ZERO, ..Settings::default() };
        assert!(pause("id", 3, &none) > Span::ZERO);
        let endless = Span::from_millis(i64::MAX);
        let longest = Settings { retry_first: endless, retry_max: endless, ..Settings::default() };
        assert!(pause("id", 40, &longest) > Span::MAX);
    }

    #[test]
    fn a_receiver_is_read_back_from_the_key_even_with_a_slash_in_its_name() {
        assert_eq!(Delivery::receiver(&Delivery::key("ops/night", 7)), Some("ops/night"));
        assert_eq!(Delivery::receiver(&CellKey::from_stored("alert/7".into())), None);
    }
}
