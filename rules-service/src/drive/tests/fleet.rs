//! Devices that tell their groups, over ways that fail. Of two shards,
//! `boiler-1` is in the first and `boiler-2` in the second; so are the groups
//! `site=plant-1` and `site=plant-2`.

use futures_util::future::join_all;
use rules_core::fleet::{Counters, Fact, GroupKey, Message, News};

use super::{
    faults::{FaultyHost, Networked, Patience, Way, faulty_host_of},
    *,
};

const HOT_SITE: &str = r#"{"id":"hot-site","per":["site"],"when":"devices(temp > 60) >= 2"}"#;
const ANY_HOT: &str = r#"{"id":"any-hot","per":["site"],"when":"devices(temp > 60) >= 1"}"#;
const HOT: &str = r#"{"id":"hot","when":"temp > 80"}"#;

/// A host of two shards that judges by `documents`.
fn host(documents: &[&str]) -> MemoryHost {
    let host = memory::host(config(2));
    change_rules(&host, documents);
    host
}

/// One reading of a device with its site.
fn reading(device: &str, site: &str, secs: i64, temp: f64) -> Reading {
    Reading {
        device: device.to_owned(),
        ts: at(secs),
        id: None,
        values: vec![(String::from("temp"), Value::Number(temp))],
        tags: vec![(String::from("site"), site.to_owned())],
    }
}

/// Sends the readings of one partition's devices; gives what happened.
fn send(partitions: &impl Partitions, shard: u32, now: i64, readings: &[Reading]) -> Vec<String> {
    let batch = (0..).zip(readings.iter().cloned()).collect();
    let input = Input::Readings { source: None, batch, refused_before: 0 };
    let request = PartitionRequest { now: at(now), ask: PartitionAsk::Step(input) };
    told(block_on(partitions.call(shard, request)).expect("the partition is in this process"))
}

fn tick_shard(partitions: &impl Partitions, shard: u32, now: i64) -> Vec<String> {
    let request = PartitionRequest { now: at(now), ask: PartitionAsk::Step(Input::Tick) };
    told(block_on(partitions.call(shard, request)).expect("the partition is in this process"))
}

fn ask_groups(fleets: &impl Fleets, shard: u32, now: i64, ask: FleetAsk) -> FleetReply {
    block_on(fleets.call(shard, FleetRequest { now: at(now), ask })).expect("in this process")
}

fn counters(fleets: &impl Fleets, shard: u32) -> Counters {
    match ask_groups(fleets, shard, 0, FleetAsk::Counters) {
        FleetReply::Counters(counters) => counters,
        other => panic!("{other:?}"),
    }
}

/// How many messages wait in the outbox of a scope.
fn waiting(host: &MemoryHost, scope: &str) -> usize {
    block_on(host.store.outbox(scope, 0, 1_000)).expect("memory does not fail").len()
}

#[test]
fn devices_of_two_partitions_meet_in_their_group() {
    let host = host(&[HOT_SITE]);

    assert_eq!(send(&host, 0, 0, &[reading("boiler-1", "plant-1", 0, 61.0)]), [""; 0]);
    let second = send(&host, 1, 5, &[reading("boiler-2", "plant-1", 5, 61.0)]);

    assert_eq!(second, ["hot-site/site=plant-1 firing at 5"]);
    assert_eq!((waiting(&host, "shard-0"), waiting(&host, "fleet-0")), (0, 0));
    block_on(host.run(at(5), at(5))).expect("nothing fails");
    assert_eq!(kinds(&host.notifier.take_sent()), ["firing"]);
}

#[test]
fn groups_out_of_reach_hold_up_neither_alerts_of_devices_nor_other_groups() {
    let host = host(&[ANY_HOT, HOT]);
    let networked = Networked::new(&host, Way::Open);
    networked.fleet_ways[0].set(Way::Cut);

    let hot = [reading("boiler-1", "plant-1", 0, 90.0), reading("boiler-3", "plant-2", 0, 70.0)];
    assert_eq!(
        send(&networked, 0, 0, &hot),
        ["hot/boiler-1 firing at 0", "any-hot/site=plant-2 firing at 0"]
    );

    assert_eq!(aggregator_counters(&host).transitions, 2);
    assert_eq!(waiting(&host, "shard-0"), 1, "what is for the group out of reach");
    assert_eq!(host.wakeups.at("shard-0"), Some(at(1)), "it is tried again soon");

    networked.fleet_ways[0].set(Way::Open);
    assert_eq!(tick_shard(&networked, 0, 9), ["any-hot/site=plant-1 firing at 0"]);
    assert_eq!(waiting(&host, "shard-0"), 0);
    assert_eq!(host.wakeups.at("shard-0"), None);
    assert_eq!(aggregator_counters(&host).transitions, 3);
}

#[test]
fn facts_whose_answer_was_lost_count_once() {
    let host = host(&[ANY_HOT]);
    let networked = Networked::new(&host, Way::Open);
    networked.fleet_ways[0].set(Way::AnswersLost);

    let hot = [reading("boiler-1", "plant-1", 0, 61.0)];
    assert_eq!(send(&networked, 0, 0, &hot), [""; 0], "it has fired, and nobody says so");
    let once = counters(&host, 0);
    assert_eq!((waiting(&host, "shard-0"), once.duplicate), (1, 0));
    assert_eq!(tick_shard(&networked, 0, 1), [""; 0]);
    networked.fleet_ways[0].set(Way::Open);
    assert_eq!(tick_shard(&networked, 0, 2), [""; 0]);

    let now = counters(&host, 0);
    assert_eq!((now.messages, now.duplicate), (once.messages + 2, 2));
    assert_eq!((now.facts, now.transitions), (once.facts, 1));
    assert_eq!(waiting(&host, "shard-0"), 0);
    assert_eq!(aggregator_counters(&host).transitions, 1);
}

#[test]
fn messages_to_one_group_keep_their_order_while_it_is_out_of_reach() {
    let host = host(&[ANY_HOT]);
    let networked = Networked::new(&host, Way::Open);
    for (secs, temp) in [(0, 61.0), (1, 20.0), (2, 61.0), (3, 20.0)] {
        let way = if secs == 2 { Way::AnswersLost } else { Way::Cut };
        networked.fleet_ways[0].set(way);
        let hot = [reading("boiler-1", "plant-1", secs, temp)];
        assert_eq!(send(&networked, 0, secs, &hot), [""; 0]);
    }

    networked.fleet_ways[0].set(Way::Open);
    assert_eq!(
        tick_shard(&networked, 0, 4),
        ["any-hot/site=plant-1 resolved at 3"],
        "the third try brought the first three"
    );
    assert_eq!(counters(&host, 0).transitions, 4);
    assert_eq!(aggregator_counters(&host).transitions, 4);
}

#[test]
fn a_long_queue_for_groups_out_of_reach_lets_all_others_pass() {
    let host = host(&[ANY_HOT, HOT]);
    let networked = Networked::new(&host, Way::Open);
    networked.fleet_ways[0].set(Way::Cut);
    for secs in 0..200 {
        let temp = if secs % 2 == 0 { 90.0 } else { 20.0 };
        let both = [
            reading("boiler-1", "plant-1", secs, temp),
            reading("boiler-3", "plant-2", secs, temp),
        ];
        assert_eq!(send(&networked, 0, secs, &both).len(), 3, "two devices and a group");
    }
    assert_eq!(waiting(&host, "shard-0"), 200);
    assert_eq!(aggregator_counters(&host).transitions, 600);

    networked.fleet_ways[0].set(Way::Open);
    assert_eq!(tick_shard(&networked, 0, 200).len(), 200);
    assert_eq!(waiting(&host, "shard-0"), 0);
    assert_eq!(aggregator_counters(&host).transitions, 800);
}

#[test]
fn what_a_group_tells_waits_for_an_aggregator_out_of_reach() {
    let host = host(&[ANY_HOT]);
    let networked = Networked::new(&host, Way::Cut);

    let hot = [reading("boiler-1", "plant-1", 0, 61.0)];
    assert_eq!(send(&networked, 0, 0, &hot), ["any-hot/site=plant-1 firing at 0"]);
    assert_eq!((waiting(&host, "shard-0"), waiting(&host, "fleet-0")), (0, 1));
    assert_eq!(host.wakeups.at("fleet-0"), Some(at(1)), "it is tried again soon");

    block_on(host.run(at(1), at(1))).expect("nothing fails");
    assert_eq!(waiting(&host, "fleet-0"), 0);
    assert_eq!(aggregator_counters(&host).transitions, 1);
}

#[test]
fn groups_behind_the_rule_set_of_their_devices_look_for_it() {
    let host = host(&[HOT_SITE]);
    assert_eq!(send(&host, 0, 0, &[reading("boiler-1", "plant-1", 0, 61.0)]), [""; 0]);
    // The push to the groups is lost.
    let warm = r#"{"id":"any-warm","per":["site"],"when":"devices(temp > 50) >= 1"}"#;
    let (version, text) = change_rules(&host, &[HOT_SITE, warm]);
    let ask = PartitionAsk::RulesChanged { version, text };

    let told = told(call(&host, 1, ask));

    assert_eq!(
        told,
        ["any-warm/site=plant-1 firing at 0"],
        "at the time that the device has come to"
    );
}

#[test]
fn facts_wait_while_the_groups_cannot_get_the_rule_set_they_come_from() {
    let lagging = host(&[HOT_SITE]);
    let newer = host(&[HOT_SITE]);
    let (version, text) = change_rules(&newer, &[ANY_HOT]);
    lagging.engines.devices.take_on(version, &text, at(0)).expect("it reads");

    let hot = [reading("boiler-1", "plant-1", 0, 61.0)];
    assert_eq!(send(&lagging, 0, 0, &hot), [""; 0]);
    assert_eq!(counters(&lagging, 0), Counters::default());
    assert_eq!(waiting(&lagging, "shard-0"), 1);

    change_rules(&lagging, &[ANY_HOT]);
    assert_eq!(tick_shard(&lagging, 0, 1), ["any-hot/site=plant-1 firing at 0"]);
}

#[test]
fn a_message_that_does_not_read_stays_with_its_sender() {
    let host = host(&[ANY_HOT]);
    let group = GroupKey::from_tags(&[(String::from("site"), String::from("plant-1"))]);
    let fact = Fact { device: String::from("boiler-1"), at: at(0), news: News::Left };
    let mut bytes = Message { group, rules_version: 1, facts: vec![fact] }.to_bytes();
    bytes.pop();
    let items = vec![(1, bytes)];
    let facts = rules_core::fleet::Input::Facts { sender: String::from("shard-0"), items };

    let reply = ask_groups(&host, 0, 0, FleetAsk::Step(facts));

    let FleetReply::Unavailable(why) = &reply else { panic!("{reply:?}") };
    assert!(why.starts_with("message 1 of shard-0: "), "{why}");
    assert_eq!(counters(&host, 0), Counters::default());
}

#[test]
fn groups_that_were_never_told_anything_store_nothing() {
    let host = host(&[HOT]);
    let tick = FleetAsk::Step(rules_core::fleet::Input::Tick);
    let nothing = FleetReply::Stepped { transitions: Vec::new() };
    assert_eq!(ask_groups(&host, 0, 0, tick), nothing);
    let (version, text) = change_rules(&host, &[ANY_HOT]);
    assert_eq!(ask_groups(&host, 0, 1, FleetAsk::RulesChanged { version, text }), nothing);

    let FleetReply::State(report) = ask_groups(&host, 0, 2, FleetAsk::State) else {
        panic!("state was asked for");
    };
    assert_eq!((report.version, report.cells), (0, 0));
    assert_eq!(report.fleet, Some(Counters::default()));
}

#[test]
fn a_fleet_shard_that_does_not_exist_is_not_made() {
    let host = host(&[HOT]);
    let request = FleetRequest { now: at(0), ask: FleetAsk::Counters };
    let refused = block_on(Fleets::call(&host, 2, request));
    assert_eq!(refused, Err(Unavailable("there is no fleet shard 2".into())));
    assert!(block_on(host.wake("fleet-2", at(0))).is_err());
}

#[test]
fn many_partitions_that_tell_one_group_at_once_are_all_heard() {
    let host: FaultyHost = faulty_host_of(64, &[ANY_HOT]);
    host.store.patience.set(Patience::AfterOthers);
    let names: Vec<String> = (0..64)
        .map(|shard| {
            let mut names = (0..).map(|number| format!("boiler-{number}"));
            names.find(|name| shard_of(name, 64) == shard).expect("one of many")
        })
        .collect();

    let steps = (0..).zip(&names).map(|(shard, name)| {
        let batch = [(0, reading(name, "plant-1", 0, 61.0))].into_iter().collect();
        let input = Input::Readings { source: None, batch, refused_before: 0 };
        Partitions::call(
            &host,
            shard,
            PartitionRequest { now: at(0), ask: PartitionAsk::Step(input) },
        )
    });
    let replies = block_on(join_all(steps));

    let told: Vec<String> =
        replies.into_iter().flat_map(|it| told(it.expect("in this process"))).collect();
    assert_eq!(told, ["any-hot/site=plant-1 firing at 0"]);
    assert_eq!(counters(&host, shard_of("site=plant-1", 64)).messages, 64);
}
