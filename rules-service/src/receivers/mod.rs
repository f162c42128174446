//! Notifications as requests to receivers: Slack's incoming webhooks, and our
//! own JSON to any address. `docs/http-api.md` describes the latter.

use rules_core::aggregator::Notification;

use crate::{
    config::{Receiver, ReceiverKind},
    ports::OutgoingRequest,
};

mod slack;
mod webhook;

/// The request that tells `receiver` of `notification`: the same bytes for
/// the same notification, but for the number of the attempt.
#[must_use]
pub fn render(receiver: &Receiver, notification: &Notification) -> OutgoingRequest {
    let body = match receiver.kind {
        ReceiverKind::Slack => slack::body(notification),
        ReceiverKind::Webhook => webhook::body(notification),
    };
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", notification.id.as_str()),
        ("user-agent", concat!("tripline/", env!("CARGO_PKG_VERSION"))),
    ];
    OutgoingRequest {
        url: receiver.url.clone(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body,
    }
}

#[cfg(test)]
mod tests;
