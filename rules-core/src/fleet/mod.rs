//! What devices tell the groups that fleet rules look at.
//!
//! A fleet rule sees several devices, and these may live in different
//! partitions. Each partition evaluates what the rule wants of its devices
//! and tells the group in *facts*: who joined, who left, what changed, and
//! the samples of the group's windows. Readings themselves never leave their
//! partition.

mod fact;
pub use fact::{Destination, Fact, Message, News};
mod group;
pub use group::{GroupKey, tag};
mod split;
pub(crate) use split::{Purpose, Split};
mod wants;
