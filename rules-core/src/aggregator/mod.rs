//! The machine that decides who is told: transitions in, notifications out.
//!
//! It owns dedup (by sender and sequence, and by what a receiver was told
//! before), order (a receiver hears of one alert in the order it happened)
//! and the list of alerts. State is a header and cells, stored as a
//! partition's are: `alert/<fingerprint>` for each alert that is listed, and
//! `delivery/<receiver>/<fingerprint>` for each receiver that still has to be
//! told something of an alert.
//!
//! State does not depend on how the outboxes of different partitions were
//! interleaved: everything in it belongs to one sender, to one alert or to a
//! sum.

mod alert;
pub use alert::{AlertRecord, fingerprint};
mod delivery;
pub use delivery::{DELIVERY_QUEUE_MAX, SENDING_MAX};
mod input;
pub use input::{Input, Outcome, Settings};
mod machine;
pub use machine::Aggregator;
mod notification;
pub use notification::{Notification, NotifyReason};
mod state;
pub use state::{AggregatorState, Counters};
#[cfg(test)]
mod tests;
