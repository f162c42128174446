//! The command over real sockets, with a broker and a service that play tricks.
#![allow(clippy::disallowed_methods, reason = "real processes are waited for in real time")]

use std::{
    env, fs,
    io::Read,
    path::PathBuf,
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

mod stage;
use stage::{Again, Broker, PATIENCE, Packet, Service};

/// A running `tripline-bridge`; ended when dropped.
struct Bridge {
    child: Child,
    file: PathBuf,
}

impl Bridge {
    fn start(broker: &Broker, service: &Service) -> Self {
        Self::with(broker, service, "")
    }

    /// One with settings of `[batch]`.
    fn with(broker: &Broker, service: &Service, batch: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = env::temp_dir().join(format!("tripline-bridge-{}-{number}.toml", process::id()));
        let topics = "[[topics]]\nfilter = \"t/+\"\ndevice = \"{1}\"\n";
        fs::write(&file, format!("[broker]\n[service]\n[batch]\n{batch}\n{topics}")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_tripline-bridge"))
            .arg("--config")
            .arg(&file)
            .env("TRIPLINE_BROKER", broker.url())
            .env("TRIPLINE_SERVICE", service.url())
            .env("TRIPLINE_TOKEN", "secret")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, file }
    }

    fn terminate(&self) {
        let told = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(told.unwrap().success());
    }

    /// Waits for its end: how it ended, and what it printed.
    fn ended(mut self) -> (ExitStatus, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "the bridge does not end");
            thread::sleep(Duration::from_millis(10));
        };
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        (status, printed)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.file);
    }
}

#[test]
fn a_packet_id_used_anew_after_a_lost_session_is_not_acknowledged_for_the_old_message() {
    let (broker, service) = (Broker::start(), Service::start());
    let _bridge = Bridge::start(&broker, &service);
    let mut first = broker.accept(false);
    first.publish(1, r#"{"a":1}"#, Again::No);
    let old = service.call();
    drop(first);

    // It subscribes again, unasked; the broker has forgotten it and begins at 1 anew.
    let mut second = broker.accept(false);
    second.publish(1, r#"{"b":2}"#, Again::No);
    old.accept();
    // The same device: its next batch is sent after the answer to the last one.
    let new = service.call();
    assert!(new.body.contains(r#""b":2"#), "{}", new.body);
    second.assert_silent();

    new.accept();
    assert_eq!(second.packet(), Some(Packet::Acknowledge(1)));
}

#[test]
fn messages_of_a_connection_that_breaks_at_once_are_taken_but_not_acknowledged_by_the_next() {
    let (broker, service) = (Broker::start(), Service::start());
    let _bridge = Bridge::start(&broker, &service);
    let mut first = broker.accept(false);
    for id in 1..=3 {
        first.publish(id, &format!("{{\"old\":{id}}}"), Again::No);
    }
    drop(first);

    let mut second = broker.accept(false);
    second.publish(1, r#"{"new":1}"#, Again::No);
    let mut sent = String::new();
    while !sent.contains(r#""new":1"#) {
        second.assert_silent();
        let call = service.call();
        sent += &call.body;
        call.accept();
    }

    assert_eq!(sent.lines().count(), 4, "{sent}");
    assert_eq!(second.packet(), Some(Packet::Acknowledge(1)));
    second.assert_silent();
}

#[test]
fn a_message_sent_again_while_it_is_under_way_goes_to_the_service_once() {
    let (broker, service) = (Broker::start(), Service::start());
    let bridge = Bridge::start(&broker, &service);
    let mut first = broker.accept(false);
    first.publish(7, r#"{"a":1}"#, Again::No);
    let call = service.call();
    drop(first);

    let mut second = broker.accept(true);
    second.publish(7, r#"{"a":1}"#, Again::Yes);
    second.publish(8, r#"{"b":2}"#, Again::No);
    call.accept();
    assert_eq!(second.packet(), Some(Packet::Acknowledge(7)));
    let next = service.call();
    assert!(!next.body.contains(r#""a":1"#), "{}", next.body);
    next.accept();
    assert_eq!(second.packet(), Some(Packet::Acknowledge(8)));

    bridge.terminate();
    assert_eq!(second.packet(), Some(Packet::Disconnect));
    let (status, printed) = bridge.ended();
    assert!(status.success());
    assert!(printed.contains(r#""accepted":2"#), "{printed}");
    assert!(printed.contains(r#""redelivered":1"#), "{printed}");
}

#[test]
fn a_bridge_that_is_full_leaves_the_broker_until_there_is_room() {
    let (broker, service) = (Broker::start(), Service::start());
    let _bridge = Bridge::with(&broker, &service, "max_waiting = 2");
    let mut first = broker.accept(false);
    first.publish(1, r#"{"a":1}"#, Again::No);
    first.publish(2, r#"{"b":2}"#, Again::No);
    assert_eq!(first.packet(), None, "the end of the connection");

    let mut sent = 0;
    while sent < 2 {
        let call = service.call();
        sent += call.body.lines().count();
        call.accept();
    }

    let mut second = broker.accept(true);
    second.publish(1, r#"{"a":1}"#, Again::Yes);
    second.publish(2, r#"{"b":2}"#, Again::Yes);
    assert_eq!(second.packet(), Some(Packet::Acknowledge(1)));
    assert_eq!(second.packet(), Some(Packet::Acknowledge(2)));
}

#[test]
fn told_to_stop_it_waits_for_the_answer_acknowledges_and_says_good_bye() {
    let (broker, service) = (Broker::start(), Service::start());
    let bridge = Bridge::start(&broker, &service);
    let mut connection = broker.accept(false);
    connection.publish(1, "no reading", Again::No);
    connection.publish(2, r#"{"a":1}"#, Again::No);
    let call = service.call();
    assert_eq!(call.authorization, "Bearer secret");
    assert_eq!(connection.packet(), Some(Packet::Acknowledge(1)));

    bridge.terminate();
    connection.assert_silent();
    call.accept();

    assert_eq!(connection.packet(), Some(Packet::Acknowledge(2)));
    assert_eq!(connection.packet(), Some(Packet::Disconnect));
    let (status, printed) = bridge.ended();
    assert!(status.success());
    assert!(printed.contains(r#""malformed":1"#), "{printed}");
}

#[test]
fn a_batch_is_sent_again_after_trouble_and_acknowledged_only_then() {
    let (broker, service) = (Broker::start(), Service::start());
    let _bridge = Bridge::start(&broker, &service);
    let mut connection = broker.accept(false);
    connection.publish(1, r#"{"a":1}"#, Again::No);
    let first = service.call();
    let body = first.body.clone();

    first.answer("503 Service Unavailable", "{}");
    let second = service.call();
    assert_eq!(second.body, body);
    connection.assert_silent();
    second.accept();

    assert_eq!(connection.packet(), Some(Packet::Acknowledge(1)));
}

#[test]
fn a_reading_that_the_service_will_never_take_is_given_up_and_counted() {
    let (broker, service) = (Broker::start(), Service::start());
    let bridge = Bridge::start(&broker, &service);
    let mut connection = broker.accept(false);
    connection.publish(1, r#"{"a":1}"#, Again::No);

    service.call().answer("400 Bad Request", r#"{"title":"no"}"#);
    assert_eq!(connection.packet(), Some(Packet::Acknowledge(1)));

    bridge.terminate();
    assert_eq!(connection.packet(), Some(Packet::Disconnect));
    let (_, printed) = bridge.ended();
    assert!(printed.contains(r#""dead":1"#), "{printed}");
}
