//! The MQTT connection, and what has to be known about `rumqttc` to trust it.

use rumqttc::{
    AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, Publish, QoS,
    SubscribeFilter, TlsConfiguration, Transport,
};

use crate::{
    config::{Broker, Tls},
    mapping::{Mapping, Quality},
    trust,
};

/// Room for every acknowledgement that can be outstanding (a packet id has
/// 16 bits), a subscription and a good-bye: nothing is ever turned away.
const REQUESTS_MAX: usize = (u16::MAX as usize) + 16;
/// What the protocol allows. A smaller limit would end the connection at the
/// first larger message, which the broker would send again for ever.
const PACKET_BYTES_MAX: usize = 268_435_455;

/// What is said to the broker. The event loop writes it, in order.
pub(crate) struct Mouth {
    client: AsyncClient,
    filters: Vec<SubscribeFilter>,
}

/// Makes the connection ready; it is opened by the first poll.
pub(crate) fn open(broker: &Broker, topics: &[Mapping]) -> Result<(Mouth, EventLoop), String> {
    let address = &broker.address;
    let mut options = MqttOptions::new(&broker.client_id, &address.host, address.port);
    options.set_keep_alive(broker.keep_alive);
    options.set_clean_session(false);
    options.set_manual_acks(true);
    options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
    if let Some((user, password)) = &broker.credentials {
        options.set_credentials(user, password);
    }
    if let Tls::On { ca_file } = &address.tls {
        let client = trust::client(ca_file.as_deref())?;
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(client)));
    }
    let (client, mut events) = AsyncClient::new(options, REQUESTS_MAX);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    let filters = topics
        .iter()
        .map(|topic| SubscribeFilter {
            path: topic.filter.as_str().to_owned(),
            qos: match topic.quality {
                Quality::AtMostOnce => QoS::AtMostOnce,
                Quality::AtLeastOnce => QoS::AtLeastOnce,
            },
        })
        .collect();
    Ok((Mouth { client, filters }, events))
}

impl Mouth {
    /// Subscribes to everything; once for each connection, since the broker
    /// may have lost the session without anybody noticing.
    pub(crate) fn subscribe(&self) {
        let said = self.client.try_subscribe_many(self.filters.clone());
        debug_assert!(said.is_ok(), "filters are checked, and there is room: {said:?}");
    }

    /// Acknowledges a packet of the connection that stands.
    pub(crate) fn acknowledge(&self, packet: u16) {
        let mut publish = Publish::new("", QoS::AtLeastOnce, "");
        publish.pkid = packet;
        let said = self.client.try_ack(&publish);
        debug_assert!(said.is_ok(), "there is room for every packet id: {said:?}");
    }

    /// Says good-bye after everything that was said before.
    pub(crate) fn disconnect(&self) {
        let said = self.client.try_disconnect();
        debug_assert!(said.is_ok(), "there is room for a good-bye: {said:?}");
    }
}

/// Forgets the connection that failed, and gives back what it had brought
/// and nobody has seen.
///
/// `rumqttc` would hand these messages out after the next connection stands,
/// as if they had come by it, and send its old subscriptions a second time.
pub(crate) fn forget(events: &mut EventLoop) -> Vec<Publish> {
    events.clean();
    events.pending.clear();
    let unseen = events.state.events.drain(..);
    let publish = |event| match event {
        Event::Incoming(Packet::Publish(publish)) => Some(publish),
        _ => None,
    };
    unseen.filter_map(publish).collect()
}
