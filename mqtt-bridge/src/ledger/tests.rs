use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn arrival(packet: u16, payload: &str) -> Arrival {
    let fingerprint = fingerprint("t", payload.as_bytes());
    Arrival { packet: Some(packet), redelivered: false, fingerprint }
}

fn again(packet: u16, payload: &str) -> Arrival {
    Arrival { redelivered: true, ..arrival(packet, payload) }
}

fn take(ledger: &mut Ledger, arrival: Arrival) -> Ticket {
    match ledger.arrived(arrival) {
        Known::New(ticket) => ticket,
        Known::Before => panic!("it was never seen"),
    }
}

#[test]
fn packets_are_acknowledged_in_the_order_in_which_they_came() {
    let mut ledger = Ledger::default();
    ledger.connected(Resumed::No);
    let tickets: Vec<_> = (1..=3).map(|packet| take(&mut ledger, arrival(packet, "x"))).collect();

    ledger.settle(&tickets[1..]);
    assert_eq!(ledger.acknowledge(), Vec::<u16>::new());
    ledger.settle(&tickets[..1]);

    assert_eq!(ledger.acknowledge(), [1, 2, 3]);
    assert_eq!(ledger.acknowledge(), Vec::<u16>::new());
    assert_eq!(ledger.open(), 0);
}

#[test]
fn a_number_that_another_message_uses_after_a_reconnect_is_not_acknowledged_for_the_first() {
    let mut ledger = Ledger::default();
    ledger.connected(Resumed::No);
    let first = take(&mut ledger, arrival(1, "first"));
    ledger.lost();
    ledger.connected(Resumed::No);
    let second = take(&mut ledger, arrival(1, "second"));

    ledger.settle(&[first]);
    assert_eq!(ledger.acknowledge(), Vec::<u16>::new());
    ledger.settle(&[second]);

    assert_eq!(ledger.acknowledge(), [1]);
}

#[test]
fn a_message_sent_again_is_known_and_acknowledged_by_the_connection_that_brought_it_last() {
    let mut ledger = Ledger::default();
    ledger.connected(Resumed::No);
    let under_way = take(&mut ledger, arrival(1, "under way"));
    let stored = take(&mut ledger, arrival(2, "stored while away"));
    ledger.lost();
    ledger.settle(&[stored]);
    ledger.connected(Resumed::Yes);

    assert_eq!(ledger.arrived(again(1, "under way")), Known::Before);
    assert_eq!(ledger.arrived(again(2, "stored while away")), Known::Before);
    assert_eq!(ledger.acknowledge(), Vec::<u16>::new());
    ledger.settle(&[under_way]);

    assert_eq!(ledger.acknowledge(), [1, 2]);
}

#[test]
fn the_same_number_and_mark_with_another_text_is_another_message() {
    let mut ledger = Ledger::default();
    ledger.connected(Resumed::No);
    let old = take(&mut ledger, arrival(1, "old"));
    ledger.lost();
    ledger.connected(Resumed::Yes);

    let new = take(&mut ledger, again(1, "new"));
    ledger.settle(&[old]);

    assert_eq!(ledger.acknowledge(), Vec::<u16>::new());
    ledger.settle(&[new]);
    assert_eq!(ledger.acknowledge(), [1]);
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Publish,
    SettleOldest,
    SettleNewest,
    Lose,
    Forget,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => Just(Event::Publish),
        4 => Just(Event::SettleOldest),
        3 => Just(Event::SettleNewest),
        2 => Just(Event::Lose),
        1 => Just(Event::Forget),
    ];
    prop::collection::vec(event, 1..200)
}

/// A broker as the standard wants it: it gives each message a free number,
/// keeps it until that number is acknowledged, and sends it again, marked, by
/// each connection of the same session.
#[derive(Default)]
struct Broker {
    unacknowledged: BTreeMap<u16, u64>,
    next: u64,
}

proptest! {
    /// However often the connection or the session is lost: no message is
    /// acknowledged before its reading is settled, none is taken twice while
    /// the broker remembers it, and in the end none is left over.
    #[test]
    fn nothing_is_acknowledged_before_it_is_settled_or_taken_twice(events in events()) {
        let mut ledger = Ledger::default();
        let mut broker = Broker::default();
        let mut open: Vec<(Ticket, u64)> = Vec::new();
        let mut settled = std::collections::BTreeSet::new();
        ledger.connected(Resumed::No);
        let ends = [Event::SettleOldest; 200];

        for event in events.into_iter().chain([Event::Lose]).chain(ends) {
            match event {
                Event::Publish => {
                    let packet = (1..=500).find(|id| !broker.unacknowledged.contains_key(id)).unwrap();
                    let message = broker.next;
                    broker.next += 1;
                    broker.unacknowledged.insert(packet, message);
                    open.push((take(&mut ledger, arrival(packet, &message.to_string())), message));
                }
                Event::SettleOldest | Event::SettleNewest if open.is_empty() => {}
                Event::SettleOldest | Event::SettleNewest => {
                    let at = if matches!(event, Event::SettleOldest) { 0 } else { open.len() - 1 };
                    let (ticket, message) = open.remove(at);
                    settled.insert(message);
                    ledger.settle(&[ticket]);
                }
                Event::Lose => {
                    ledger.lost();
                    ledger.connected(Resumed::Yes);
                    for (packet, message) in &broker.unacknowledged {
                        let known = ledger.arrived(again(*packet, &message.to_string()));
                        prop_assert_eq!(known, Known::Before);
                    }
                }
                Event::Forget => {
                    ledger.lost();
                    broker.unacknowledged.clear();
                    ledger.connected(Resumed::No);
                }
            }
            for packet in ledger.acknowledge() {
                let message = broker.unacknowledged.remove(&packet);
                prop_assert!(message.is_some_and(|message| settled.contains(&message)), "{packet}");
            }
        }

        prop_assert!(open.is_empty());
        prop_assert_eq!(ledger.open(), 0);
        prop_assert!(broker.unacknowledged.is_empty());
    }
}
