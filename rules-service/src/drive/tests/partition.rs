use futures_util::future::join_all;
use rules_core::{CellChange, CellKey, Changes};

use super::{
    faults::{Networked, Patience, Way, faulty_host, faulty_host_of},
    *,
};

#[test]
fn a_step_that_others_came_before_is_taken_again_on_their_state() {
    let host = faulty_host(&[HOT]);
    assert_eq!(send(&host, 0, &[("b1", 0, 20.0)]), [""; 0]);
    host.store.conflicts.set(3);

    assert_eq!(send(&host, 1, &[("b1", 1, 90.0)]), ["hot/b1 pending at 1"]);

    let counters = call(&host, 0, PartitionAsk::Counters);
    let PartitionReply::Counters(counters) = counters else { panic!("{counters:?}") };
    assert_eq!((counters.received, counters.transitions), (2, 1));
}

#[test]
fn a_step_that_others_always_come_before_is_given_up_and_may_be_repeated() {
    let host = faulty_host(&[HOT]);
    host.store.conflicts.set(1_000);
    let input = readings(&[("b1", 0, 90.0)]);
    let reply = call(&host, 0, PartitionAsk::Step(input.clone()));
    assert!(matches!(&reply, PartitionReply::Unavailable(why) if why.contains("others committed")));

    host.store.conflicts.set(0);

    assert_eq!(told(call(&host, 0, PartitionAsk::Step(input))), ["hot/b1 pending at 0"]);
}

#[test]
fn what_the_aggregator_does_not_take_is_kept_and_comes_later_once() {
    for way in [Way::Cut, Way::AnswersLost] {
        let host = host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
        let networked = Networked::new(&host, way);

        assert_eq!(send(&networked, 0, &[("b1", 0, 90.0)]), ["hot/b1 firing at 0"], "{way:?}");
        assert_eq!(host.wakeups.at("shard-0"), Some(at(1)), "it is tried again soon");
        assert_eq!(tick(&networked, 1), [""; 0]);
        assert_eq!(block_on(host.store.outbox("shard-0", 0, 9)).map(|outbox| outbox.len()), Ok(1));

        networked.way.set(Way::Open);
        assert_eq!(tick(&networked, 2), [""; 0], "no cell is due, and yet:");

        assert_eq!(block_on(host.store.outbox("shard-0", 0, 9)), Ok(Vec::new()));
        assert_eq!(host.wakeups.at("shard-0"), None);
        assert_eq!(aggregator_counters(&host).transitions, 1);
    }
}

#[test]
fn an_outbox_longer_than_one_call_is_handed_over_in_order() {
    let host = host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
    let networked = Networked::new(&host, Way::Cut);
    for secs in 0..100 {
        let temp = if secs % 2 == 0 { 90.0 } else { 20.0 };
        assert_eq!(send(&networked, secs, &[("b1", secs, temp)]).len(), 1);
    }

    networked.way.set(Way::Open);
    assert_eq!(tick(&networked, 100), [""; 0]);

    let counters = aggregator_counters(&host);
    assert_eq!((counters.transitions, counters.pending, counters.dead), (100, 32, 68));
    let AggregatorReply::Alerts(alerts) = ask_aggregator(&host, 100, AggregatorAsk::Alerts) else {
        panic!("alerts were asked for");
    };
    assert_eq!(short(&alerts[0].last), "hot/b1 resolved at 99");
}

#[test]
fn a_new_rule_set_is_taken_on_by_every_device_at_once() {
    let host = host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
    let devices: Vec<String> = (0..150).map(|n| format!("b{n:03}")).collect();
    let items: Vec<_> = devices.iter().map(|device| (device.as_str(), 0, 90.0)).collect();
    assert_eq!(send(&host, 0, &items).len(), 150);

    let (version, text) = change_rules(&host, &[]);
    let resolved = told(call(&host, 5, PartitionAsk::RulesChanged { version, text }));

    let expected = devices.iter().map(|b| format!("hot/{b} resolved at 5 rule_deleted"));
    assert_eq!(resolved, expected.collect::<Vec<_>>());
}

#[test]
fn a_rule_set_whose_push_was_lost_is_noticed_by_a_tick() {
    let host = host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
    assert_eq!(send(&host, 0, &[("b1", 0, 90.0)]), ["hot/b1 firing at 0"]);
    change_rules(&host, &[]);

    assert_eq!(tick(&host, 59), [""; 0], "the rule store is not asked each time");
    assert_eq!(tick(&host, 60), ["hot/b1 resolved at 60 rule_deleted"]);
}

#[test]
fn a_rule_set_whose_push_was_lost_is_noticed_by_a_reading() {
    let host = host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
    assert_eq!(send(&host, 0, &[("b1", 0, 90.0)]), ["hot/b1 firing at 0"]);
    change_rules(&host, &[]);

    assert_eq!(send(&host, 60, &[("b2", 60, 90.0)]), [""; 0]);

    assert_eq!(host.wakeups.at("shard-0"), Some(at(60)), "the other devices are due at once");
    assert_eq!(tick(&host, 60), ["hot/b1 resolved at 60 rule_deleted"]);
}

#[test]
fn a_partition_is_never_judged_by_an_older_rule_set_than_before() {
    let older = host(&[HOT]);
    let newer = host(&[HOT]);
    let (version, text) = change_rules(&newer, &[]);
    assert_eq!(told(call(&newer, 0, PartitionAsk::RulesChanged { version, text })), [""; 0]);
    // As a process whose rule store lags: the newer one's state, the older one's rules.
    let lagging = LocalHost::new(
        config(1),
        newer.store,
        older.rules,
        MemoryNotifier::default(),
        MemoryWakeUps::default(),
    );

    let reply = call(&lagging, 0, PartitionAsk::Step(readings(&[("b1", 0, 90.0)])));
    assert_eq!(
        reply,
        PartitionReply::Unavailable(
            "somebody has judged by version 2 of the rule set, and the rule store still gives version 1"
                .into()
        )
    );

    change_rules(&lagging, &[HOT]);
    assert_eq!(send(&lagging, 0, &[("b1", 0, 90.0)]), ["hot/b1 pending at 0"]);
}

#[test]
fn a_device_that_a_rule_about_silence_names_is_watched_by_its_own_partition() {
    let host = memory::host(config(4));
    let silent = r#"{"id":"silent","devices":{"id":["b1","b2"]},"when":"absent(1m)"}"#;
    let (version, text) = change_rules(&host, &[silent]);
    for shard in 0..4 {
        let ask = PartitionAsk::RulesChanged { version, text: text.clone() };
        let reply = block_on(Partitions::call(&host, shard, PartitionRequest { now: at(0), ask }));
        assert_eq!(told(reply.expect("it is in this process")), [""; 0]);
    }

    block_on(host.run(at(0), at(60))).expect("nothing fails");

    assert_eq!(kinds(&host.notifier.take_sent()), ["firing", "firing"]);
}

#[test]
fn state_that_does_not_read_back_is_left_as_it_is() {
    let host = host(&[HOT]);
    let key = CellKey::device("b1");
    let bytes = Some(vec![250, 1, 2]);
    let cells = vec![CellChange { key: key.clone(), bytes: bytes.clone(), wake_at: Some(at(0)) }];
    let broken = Changes { cells, ..Changes::default() };
    let header_of_no_version = block_on(host.store.commit("shard-0", 0, &broken));
    assert_eq!(header_of_no_version, Ok(Commit::Stored(1)));

    let asks = [
        PartitionAsk::Step(readings(&[("b1", 0, 90.0)])),
        PartitionAsk::Step(Input::Tick),
        PartitionAsk::Counters,
        PartitionAsk::State,
    ];
    for ask in asks {
        let reply = call(&host, 0, ask);
        let PartitionReply::Unavailable(why) = &reply else { panic!("{reply:?}") };
        assert!(why.contains("shard-0: the header is not state that this version can read"));
    }

    let loaded = block_on(host.store.load("shard-0", &[key.as_str().into()])).expect("memory");
    assert_eq!((loaded.version, loaded.cells), (1, vec![bytes]));
    assert_eq!(host.wakeups.at("shard-0"), Some(at(10)), "a later version of the code may");
}

#[test]
fn a_rule_set_that_does_not_read_judges_nothing() {
    let host = memory::host(config(1));
    let text = r#"{"rules":{"hot":{"stored_at":1,"document":"{\"id\":\"hot\"}"}}}"#;
    let stored = block_on(host.rules.store(0, text));
    assert_eq!(stored, Ok(Commit::Stored(1)));

    let reply = call(&host, 0, PartitionAsk::Step(readings(&[("b1", 0, 90.0)])));

    let PartitionReply::Unavailable(why) = &reply else { panic!("{reply:?}") };
    assert!(why.starts_with("version 1 of the rule set does not read: rule hot: "), "{why}");
}

#[test]
fn a_cell_that_stays_due_does_not_hold_a_tick_for_ever() {
    let host = faulty_host(&[HOT]);
    assert_eq!(send(&host, 0, &[("b1", 0, 90.0)]), ["hot/b1 pending at 0"]);
    host.store.always_due.set(Some("device/b1"));

    let reply = call(&host, 0, PartitionAsk::Step(Input::Tick));

    let stuck = "shard-0: 1 cells stay due at 0 ms, device/b1 first";
    assert_eq!(reply, PartitionReply::Unavailable(stuck.into()));
    assert_eq!(host.wakeups.at("shard-0"), Some(at(10)), "nor is it called without a pause");
}

#[test]
fn a_tick_with_nothing_due_stores_nothing() {
    let host = host(&[HOT]);
    assert_eq!(send(&host, 0, &[("b1", 0, 20.0)]), [""; 0]);
    let before = block_on(host.store.load("shard-0", &[]));

    assert_eq!(tick(&host, 30), [""; 0]);

    assert_eq!(block_on(host.store.load("shard-0", &[])), before);
}

#[test]
fn a_partition_that_does_not_exist_is_not_made() {
    let host = host(&[HOT]);
    let request = PartitionRequest { now: at(0), ask: PartitionAsk::Counters };
    let refused = block_on(Partitions::call(&host, 1, request));
    assert_eq!(refused, Err(Unavailable("there is no partition 1".into())));
    assert!(block_on(host.wake("shard-x", at(0))).is_err());
}

#[test]
fn many_partitions_that_step_at_once_all_reach_the_aggregator() {
    let host = faulty_host_of(64, &[r#"{"id":"hot","when":"temp > 80"}"#]);
    host.store.patience.set(Patience::AfterOthers);
    let names: Vec<String> = (0..64).map(|shard| format!("b{shard}")).collect();

    let steps = (0..).zip(&names).map(|(shard, name)| {
        let ask = PartitionAsk::Step(readings(&[(name.as_str(), 0, 90.0)]));
        Partitions::call(&host, shard, PartitionRequest { now: at(0), ask })
    });
    let replies = block_on(join_all(steps));

    for reply in replies {
        assert_eq!(told(reply.expect("it is in this process")).len(), 1);
    }
    assert_eq!(aggregator_counters(&host).transitions, 64);
}

#[test]
fn a_rule_set_that_could_not_be_taken_on_yet_is_by_the_next_alarm() {
    let host = faulty_host(&[r#"{"id":"hot","when":"temp > 80"}"#]);
    assert_eq!(send(&host, 0, &[("b1", 0, 90.0)]), ["hot/b1 firing at 0"]);
    let (version, text) = change_rules(&host, &[]);
    host.store.conflicts.set(1_000);
    let reply = call(&host, 5, PartitionAsk::RulesChanged { version, text });
    assert!(matches!(&reply, PartitionReply::Unavailable(_)));
    assert_eq!(host.wakeups.at("shard-0"), Some(at(15)));

    host.store.conflicts.set(0);

    assert_eq!(tick(&host, 15), ["hot/b1 resolved at 15 rule_deleted"]);
}
