//! Fifty hot readings, one notification; and nothing lost, whatever fails.

use std::time::{SystemTime, UNIX_EPOCH};

use e2e::{Bridge, Mosquitto, Publisher, Receiver, Relay, Worker, eventually};

const TOPIC: &str = "sensors/boiler-1/telemetry";

/// One reading a second: from so many seconds ago, so many of them, this warm.
fn readings(now_ms: u128, ago: u128, count: u128, temp: f64) -> Vec<String> {
    let reading = |second| {
        let ts = now_ms - (ago - second) * 1_000;
        format!("{{\"temp\":{temp},\"ts\":{ts}}}")
    };
    (0..count).map(reading).collect()
}

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_millis()
}

#[test]
fn fifty_hot_readings_are_one_notification_and_nothing_is_lost_whatever_fails() {
    let receiver = Receiver::start();
    let mut worker = Worker::start(&receiver.url());
    worker.put_example("boiler-hot");
    let mut mosquitto = Mosquitto::start();
    let cable = Relay::to(mosquitto.port());
    let start_bridge =
        |worker: &Worker| Bridge::start(cable.port(), worker.url(), worker.ingest_token());
    let bridge = start_bridge(&worker);
    let device = Publisher::connect(mosquitto.port(), "boiler-1");
    let now = now_ms();

    // Hot from 120 to 70 seconds ago; the cable is pulled in the middle.
    device.publish(TOPIC, readings(now, 120, 25, 95.0));
    cable.cut();
    device.publish(TOPIC, readings(now, 95, 25, 95.0));
    let firing = receiver.next();
    assert_eq!(firing["kind"], "firing", "{firing}");
    assert_eq!(firing["rule"], "boiler-hot", "{firing}");
    assert_eq!(firing["device"], "boiler-1", "{firing}");

    // The Worker and the broker restart while readings come.
    device.publish(TOPIC, readings(now, 70, 10, 40.0));
    worker.restart();
    device.publish(TOPIC, readings(now, 60, 10, 40.0));
    bridge.hears(2);
    drop(device);
    mosquitto.restart();
    let device = Publisher::connect(mosquitto.port(), "boiler-1");
    device.publish(TOPIC, readings(now, 50, 10, 40.0));

    // The bridge crashes; the next one gets what it had not stored.
    bridge.crash();
    device.publish(TOPIC, readings(now, 40, 10, 40.0));
    let bridge = start_bridge(&worker);
    let resolved = receiver.next();
    assert_eq!(resolved["kind"], "resolved", "{resolved}");
    assert_eq!(resolved["episode"], firing["episode"], "{resolved}");

    // What is no reading is counted, and holds nothing up.
    device.publish(TOPIC, ["no reading".to_owned()]);
    device.publish(TOPIC, readings(now, 30, 10, 40.0));

    eventually("all 100 readings are accepted", || {
        let accepted = worker.metric("tripline_readings_total", r#"result="accepted""#)?;
        assert!(accepted <= 100, "{accepted} readings of 100 are accepted");
        (accepted == 100).then_some(())
    });
    let summary = bridge.stop();
    assert_eq!(summary.malformed, 1, "{summary:?}");
    assert_eq!(summary.unsent, 0, "{summary:?}");
    for fate in [r#"result="late""#, r#"result="refused""#] {
        assert_eq!(worker.metric("tripline_readings_total", fate), Some(0), "{fate}");
    }
    assert_eq!(worker.metric("tripline_notifications_pending", ""), Some(0));
    assert_eq!(receiver.others(), Vec::<serde_json::Value>::new(), "told again");
}

#[test]
fn a_bridge_hears_again_after_the_broker_lost_every_session() {
    let receiver = Receiver::start();
    let worker = Worker::start(&receiver.url());
    worker.put_example("boiler-hot");
    let mut mosquitto = Mosquitto::start();
    let bridge = Bridge::start(mosquitto.port(), worker.url(), worker.ingest_token());

    mosquitto.lose_everything();
    bridge.hears(2);
    let device = Publisher::connect(mosquitto.port(), "boiler-1");
    device.publish(TOPIC, readings(now_ms(), 5, 5, 95.0));

    assert_eq!(receiver.next()["kind"], "firing");
    let summary = bridge.stop();
    assert_eq!(summary.tally.receipt.accepted, 5, "{summary:?}");
    assert_eq!(summary.connections, 2, "{summary:?}");
}
