use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::Poll,
};

use rules_core::aggregator::SENDING_MAX;

use super::{faults::faulty_host, *};

const AT_ONCE: &str = r#"{"id":"hot","when":"temp > 80"}"#;

#[test]
fn a_receiver_that_fails_is_tried_again_with_growing_pauses_until_it_takes_it() {
    let host = host(&[AT_ONCE]);
    for _ in 0..3 {
        host.notifier.answer_next(Ok(500));
    }
    host.notifier.answer_next(Err("connection refused".into()));
    assert_eq!(send(&host, 0, &[("b1", 0, 90.0)]), ["hot/b1 firing at 0"]);

    let mut tries = Vec::new();
    let mut now = at(0);
    while let Some((scope, due)) = host.wakeups.take_next(at(3_600)) {
        now = now.max(due);
        block_on(host.wake(&scope, now)).expect("nothing fails");
        tries.extend(host.notifier.take_sent().iter().map(|_| now.as_millis()));
    }

    assert_eq!(tries.len(), 5);
    let pauses: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, nominal) in pauses.iter().zip([1_000, 2_000, 4_000, 8_000]) {
        assert!((pause - nominal).abs() <= nominal / 10, "{pauses:?}");
    }
    let counters = Counters { transitions: 1, sent: 1, ..Counters::default() };
    assert_eq!(aggregator_counters(&host), counters);
}

#[test]
fn what_happens_while_a_receiver_fails_waits_behind_what_happened_before() {
    let host = host(&[AT_ONCE]);
    host.notifier.answer_next(Ok(503));
    let _ = send(&host, 0, &[("b1", 0, 90.0), ("b1", 1, 20.0), ("b2", 1, 90.0)]);

    assert_eq!(ask_aggregator(&host, 1, AggregatorAsk::Tick), AggregatorReply::Done);
    assert_eq!(kinds(&host.notifier.take_sent()), ["firing", "firing"], "each alert's first");
    assert_eq!(ask_aggregator(&host, 3, AggregatorAsk::Tick), AggregatorReply::Done);

    assert_eq!(kinds(&host.notifier.take_sent()), ["firing", "resolved"]);
}

#[test]
fn the_outcome_of_a_notification_is_not_lost_to_others_that_commit() {
    let host = faulty_host(&[AT_ONCE]);
    let _ = send(&host, 0, &[("b1", 0, 90.0)]);
    host.store.conflicts.set(5);

    assert_eq!(ask_aggregator(&host, 0, AggregatorAsk::Tick), AggregatorReply::Done);

    assert_eq!(aggregator_counters(&host).sent, 1);
    assert_eq!(ask_aggregator(&host, 99, AggregatorAsk::Tick), AggregatorReply::Done);
    assert_eq!(host.notifier.take_sent().len(), 1, "told once");
}

#[test]
fn a_host_that_dies_while_it_sends_has_an_alarm_to_send_again() {
    let host = host(&[AT_ONCE]);
    let _ = send(&host, 0, &[("b1", 0, 90.0)]);
    let silent = Silent::default();
    let driver = AggregatorDriver {
        store: &host.store,
        notifier: &silent,
        wakeups: &host.wakeups,
        config: &host.config,
    };

    let request = AggregatorRequest { now: at(0), ask: AggregatorAsk::Tick };
    block_on(one_poll(driver.handle(request)));
    assert_eq!(silent.under_way.get(), 1);

    assert_eq!(host.wakeups.at(AGGREGATOR_SCOPE), Some(at(0).plus(SENDING_MAX)));
    block_on(host.run(at(0), at(60))).expect("nothing fails");
    assert_eq!(kinds(&host.notifier.take_sent()), ["firing"]);
}

#[test]
fn six_receivers_are_told_at_once_and_not_more() {
    let host = host(&[AT_ONCE]);
    let names: Vec<String> = (0..10).map(|n| format!("b{n}")).collect();
    let items: Vec<_> = names.iter().map(|name| (name.as_str(), 0, 90.0)).collect();
    let _ = send(&host, 0, &items);
    let silent = Silent::default();
    let driver = AggregatorDriver {
        store: &host.store,
        notifier: &silent,
        wakeups: &host.wakeups,
        config: &host.config,
    };

    let request = AggregatorRequest { now: at(0), ask: AggregatorAsk::Tick };
    block_on(one_poll(driver.handle(request)));

    assert_eq!(silent.under_way.get(), 6);
}

#[test]
fn many_alerts_are_told_of_in_one_tick() {
    let host = host(&[AT_ONCE]);
    let names: Vec<String> = (0..200).map(|n| format!("b{n:03}")).collect();
    let items: Vec<_> = names.iter().map(|name| (name.as_str(), 0, 90.0)).collect();
    assert_eq!(send(&host, 0, &items).len(), 200);

    assert_eq!(ask_aggregator(&host, 0, AggregatorAsk::Tick), AggregatorReply::Done);

    assert_eq!(host.notifier.take_sent().len(), 200);
    assert_eq!(aggregator_counters(&host).sent, 200);
}

#[test]
fn a_message_that_does_not_read_is_refused_and_none_of_its_call_is_taken() {
    let host = host(&[]);
    let sender = String::from("shard-0");
    let ask = AggregatorAsk::Transitions { sender, items: vec![(1, vec![99])] };

    let reply = ask_aggregator(&host, 0, ask);

    let AggregatorReply::Unavailable(why) = &reply else { panic!("{reply:?}") };
    assert!(why.starts_with("message 1 of shard-0: a transition is not state"), "{why}");
    assert_eq!(aggregator_counters(&host), Counters::default());
}

#[test]
fn an_alert_that_stays_due_does_not_hold_a_tick_for_ever() {
    let host = faulty_host(&[AT_ONCE]);
    host.store.always_due.set(Some("alert/00"));

    let reply = ask_aggregator(&host, 0, AggregatorAsk::Tick);

    let stuck = "alerts: 1 cells stay due at 0 ms, alert/00 first";
    assert_eq!(reply, AggregatorReply::Unavailable(stuck.into()));
    assert_eq!(host.wakeups.at(AGGREGATOR_SCOPE), Some(at(10)));
}

/// A receiver that never answers.
#[derive(Debug, Default)]
struct Silent {
    under_way: Cell<usize>,
    requests: RefCell<Vec<OutgoingRequest>>,
}

impl Notifier for Silent {
    async fn send(&self, request: OutgoingRequest) -> Result<u16, String> {
        self.requests.borrow_mut().push(request);
        self.under_way.set(self.under_way.get() + 1);
        std::future::pending().await
    }
}

/// Lets `work` go as far as it can without waiting, and drops it: what is left
/// of a host that died.
async fn one_poll<T>(work: impl Future<Output = T>) {
    let mut work = Box::pin(work);
    poll_fn(|context| {
        assert!(work.as_mut().poll(context).is_pending(), "it waits for the receiver");
        Poll::Ready(())
    })
    .await;
}
