//! Which messages the broker still waits for, and when each may be acknowledged.
//!
//! A reading is on its way under a [`Ticket`]; the batcher says which tickets
//! are settled, and this says which packets may be acknowledged for it. Until
//! then the broker keeps the message: it is the only durable place it has.
//! A spool on disk would stand exactly here: it would settle with the broker
//! at once, and hand out the same tickets to the batcher.

use std::collections::{HashMap, VecDeque};

/// A reading on its way to the service.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ticket(u64);

impl Ticket {
    /// The ticket with this number; for tests and for whoever hands them out.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
}

/// A message that arrived, as far as acknowledging it goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// Its packet id; none for `QoS` 0, which nobody acknowledges.
    pub packet: Option<u16>,
    /// The broker says that it sent it before.
    pub redelivered: bool,
    /// Of topic and payload; see [`fingerprint`].
    pub fingerprint: u64,
}

/// What an arrival is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Known {
    /// Not seen before: take it, and settle this ticket some day.
    New(Ticket),
    /// On its way already, or stored while the connection was away: nothing to do.
    Before,
}

/// The messages that are not acknowledged yet.
///
/// A packet id means something only within the connection that brought it:
/// after a reconnect the broker may use the same number for another message.
/// So nothing that arrived by an older connection is ever acknowledged; its
/// entry waits for the redelivery instead, which is then recognised and not
/// sent to the service a second time.
#[derive(Debug, Default)]
pub struct Ledger {
    next: u64,
    entries: HashMap<Ticket, Entry>,
    /// Of this connection, in order of arrival: MQTT wants the
    /// acknowledgements in that order (3.1.1, 4.6).
    order: VecDeque<Ticket>,
    /// By packet id: what an older connection of the same session brought.
    orphans: HashMap<u16, Ticket>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    packet: u16,
    fingerprint: u64,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    OnItsWay,
    Settled,
}

impl Ledger {
    /// A new connection stands. `resumed` says that the broker knows the
    /// session: then it sends again what was not acknowledged; otherwise it
    /// has forgotten it, and so do we.
    pub fn connected(&mut self, resumed: Resumed) {
        self.lost();
        if resumed == Resumed::No {
            for ticket in self.orphans.drain().map(|(_, ticket)| ticket) {
                self.entries.remove(&ticket);
            }
        }
    }

    /// The connection is gone, and with it every packet id.
    pub fn lost(&mut self) {
        for ticket in self.order.drain(..) {
            let Some(entry) = self.entries.get(&ticket) else { continue };
            if let Some(older) = self.orphans.insert(entry.packet, ticket) {
                self.entries.remove(&older);
            }
        }
    }

    /// A message arrived by the connection that stands.
    pub fn arrived(&mut self, arrival: Arrival) -> Known {
        let ticket = Ticket(self.next);
        let Some(packet) = arrival.packet else {
            self.next += 1;
            return Known::New(ticket);
        };
        let orphan = self.orphans.remove(&packet);
        let known = orphan.filter(|ticket| {
            let same = |entry: &Entry| entry.fingerprint == arrival.fingerprint;
            arrival.redelivered && self.entries.get(ticket).is_some_and(same)
        });
        if let Some(ticket) = known {
            self.order.push_back(ticket);
            return Known::Before;
        }
        if let Some(other) = orphan {
            self.entries.remove(&other);
        }
        self.next += 1;
        let fingerprint = arrival.fingerprint;
        self.entries.insert(ticket, Entry { packet, fingerprint, progress: Progress::OnItsWay });
        self.order.push_back(ticket);
        Known::New(ticket)
    }

    /// These readings are stored, or given up: nothing more will be done about them.
    pub fn settle(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            if let Some(entry) = self.entries.get_mut(ticket) {
                entry.progress = Progress::Settled;
            }
        }
    }

    /// Takes out the packets that may be acknowledged now, in the order in
    /// which they are to be.
    pub fn acknowledge(&mut self) -> Vec<u16> {
        let mut packets = Vec::new();
        while let Some(ticket) = self.order.front() {
            match self.entries.get(ticket) {
                Some(Entry { progress: Progress::OnItsWay, .. }) => break,
                Some(Entry { packet, progress: Progress::Settled, .. }) => packets.push(*packet),
                None => {}
            }
            self.entries.remove(ticket);
            self.order.pop_front();
        }
        packets
    }

    /// How many messages of this connection are not acknowledged yet.
    #[must_use]
    pub fn open(&self) -> usize {
        self.order.len()
    }
}

/// Whether the broker still knows the session of the connection before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resumed {
    /// It does, and sends again what was not acknowledged.
    Yes,
    /// It does not: subscriptions and unacknowledged messages are gone.
    No,
}

/// A number that differs for different messages, as good as surely.
///
/// FNV-1a over topic, a byte that no topic holds, and payload. Source: Fowler,
/// Noll & Vo, <https://www.rfc-editor.org/rfc/rfc9923>.
#[must_use]
pub fn fingerprint(topic: &str, payload: &[u8]) -> u64 {
    let bytes = topic.as_bytes().iter().chain(&[0]).chain(payload);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
