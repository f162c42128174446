use std::{
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use rumqttc::{Client, Event, MqttOptions, Outgoing, Packet, QoS};

use crate::wait::PATIENCE;

/// A device's connection to the broker.
pub struct Publisher {
    client: Client,
    acknowledged: Receiver<()>,
}

impl Publisher {
    /// Connects to the broker on `port`.
    #[must_use]
    pub fn connect(port: u16, name: &str) -> Self {
        let mut options = MqttOptions::new(name, "127.0.0.1", port);
        options.set_keep_alive(Duration::from_secs(30));
        let (client, mut connection) = Client::new(options, 100);
        let (acknowledge, acknowledged) = mpsc::channel();
        thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::PubAck(_))) => {
                        if acknowledge.send(()).is_err() {
                            return;
                        }
                    }
                    // What is not acknowledged fails the test; no retry may hide it.
                    Ok(Event::Outgoing(Outgoing::Disconnect)) | Err(_) => return,
                    Ok(_) => {}
                }
            }
        });
        Self { client, acknowledged }
    }

    /// Publishes these payloads in order, and waits until the broker has them.
    ///
    /// # Panics
    /// The broker does not take them.
    pub fn publish(&self, topic: &str, payloads: impl IntoIterator<Item = String>) {
        let mut published = 0;
        for payload in payloads {
            let taken = self.client.publish(topic, QoS::AtLeastOnce, false, payload);
            taken.expect("a connection to the broker");
            published += 1;
        }
        for _ in 0..published {
            self.acknowledged.recv_timeout(PATIENCE).expect("the broker's acknowledgement");
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        let _ = self.client.try_disconnect();
    }
}
