//! Notifications as Slack messages and webhooks.

use rules_core::aggregator::Notification;

use crate::{config::Receiver, ports::OutgoingRequest};

/// The request that tells `receiver` of `notification`.
#[must_use]
pub fn render(receiver: &Receiver, notification: &Notification) -> OutgoingRequest {
    let _ = (receiver, notification);
    todo!()
}
