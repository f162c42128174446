//! Groups of devices: what devices tell them, and the machine that judges them.
//!
//! A fleet rule sees several devices, and these may live in different
//! partitions. Each partition evaluates what the rule wants of its devices
//! and tells the group in *facts*: who joined, who left, what changed, and
//! the samples of the group's windows. Readings themselves never leave their
//! partition.
//!
//! The machine has the shape of a partition's: a header, and a cell for each
//! group. One step of a fact: deadlines before it → who is in the group, what
//! it has told, its samples → counts and joins that this changes → conditions
//! that read it → life cycle of their alerts.
//!
//! A group judges at the time of the fact, or at the time that it has reached
//! if that is later: devices in different partitions have no common order but
//! that in which their facts arrive. A device's own facts come in order.

mod cell;
pub use cell::{ALERTS_BYTES_MAX, MEMBERS_BYTES_MAX, MEMBERS_MAX};
mod computed;
mod condition;
mod deadlines;
mod derived;
mod engine;
pub use engine::FleetEngine;
mod fact;
pub use fact::{Destination, Fact, Message, News};
mod facts;
mod group;
pub use group::{GroupKey, tag};
mod input;
pub use input::{Counters, Input, Step};
mod joins;
pub use joins::COMBINATIONS_MAX;
mod judge;
mod plan;
mod samples;
mod split;
pub(crate) use split::{Purpose, Split};
mod state;
pub use state::Groups;
mod taking;
#[cfg(test)]
mod tests;
mod wants;
