use std::{
    process,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use rumqttc::{Client, Connection, Event, MqttOptions, Outgoing, Packet, QoS};

use crate::Fault;

/// Messages that may wait for the broker before we wait for it.
const QUEUE_MAX: usize = 1_000;
/// Pause before a lost broker is tried again.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);
/// How long the broker may take to acknowledge the next message at the end.
const CLOSE_MAX: Duration = Duration::from_secs(10);

/// A broker, spoken to by a thread of its own.
pub(super) struct Broker {
    client: Client,
    topic: String,
    /// One for each message that the broker has.
    arrived: Receiver<()>,
    under_way: u64,
}

impl Broker {
    pub(super) fn open(host: &str, port: u16, topic: String, seed: u64) -> Result<Self, Fault> {
        if !topic.contains("{device}") || topic.contains(['+', '#']) {
            let message =
                format!("--topic is {topic}: {{device}} is wanted in it, and no wildcard");
            return Err(Fault::Usage(message));
        }
        let name = format!("tripline-simulate-{seed}-{}", process::id());
        let mut options = MqttOptions::new(name, host, port);
        options.set_keep_alive(Duration::from_secs(30));
        let (client, connection) = Client::new(options, QUEUE_MAX);
        let (arrive, arrived) = mpsc::channel();
        let address = format!("mqtt://{host}:{port}");
        thread::spawn(move || speak(connection, &arrive, &address));
        Ok(Self { client, topic, arrived, under_way: 0 })
    }

    pub(super) fn send(&mut self, device: &str, payload: String) -> Result<(), Fault> {
        let topic = self.topic.replace("{device}", device);
        let sent = self.client.publish(topic, QoS::AtLeastOnce, false, payload);
        sent.map_err(|why| Fault::Input(format!("the broker: {why}")))?;
        self.under_way += 1;
        self.under_way -= self.arrived.try_iter().count() as u64;
        Ok(())
    }

    /// Waits until the broker has everything.
    pub(super) fn close(&mut self) -> Result<(), Fault> {
        while self.under_way > 0 {
            match self.arrived.recv_timeout(CLOSE_MAX) {
                Ok(()) => self.under_way -= 1,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    let message = format!("the broker did not take {} messages", self.under_way);
                    return Err(Fault::Input(message));
                }
            }
        }
        let _ = self.client.disconnect();
        Ok(())
    }
}

/// Keeps the connection going until our good-bye.
fn speak(mut connection: Connection, arrive: &mpsc::Sender<()>, address: &str) {
    let mut is_away = false;
    for event in connection.iter() {
        match event {
            Ok(Event::Incoming(Packet::PubAck(_))) => {
                if arrive.send(()).is_err() {
                    return;
                }
            }
            Ok(Event::Incoming(Packet::ConnAck(_))) if is_away => {
                is_away = false;
                eprintln!("tripline: {address} is there");
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
            Ok(_) => {}
            Err(why) => {
                if !is_away {
                    is_away = true;
                    eprintln!("tripline: {address}: {why}; trying on");
                }
                thread::sleep(RECONNECT_PAUSE);
            }
        }
    }
}
