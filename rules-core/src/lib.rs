//! Platform-neutral rule engine: readings in, alert transitions out.
//!
//! Nothing here reads a clock, a file, a socket or a random number. A host
//! passes each input together with the time it arrived and performs the
//! outputs it gets back, so the same inputs give the same outputs, and the
//! same bytes of state, on every host.
//!
//! The crate is three pure machines and what they stand on:
//!
//! - [`document`]: the text of a rule → a checked [`Rule`], or every mistake
//!   in it with line and column;
//! - [`expr`]: the condition language: parser, types, evaluation;
//! - [`window`]: aggregates over sliding windows of event time;
//! - [`zone`]: time zones, and [`schedule`]: days and hours in them;
//! - [`number`]: numbers as text and back, and [`json`]: JSON of what serialises;
//! - [`partition`]: readings and ticks in, [`Transition`]s out, for the
//!   devices of one shard;
//! - [`fleet`]: facts of devices and ticks in, [`Transition`]s out, for the
//!   groups of the rules over several devices;
//! - [`cost`]: what rules will cost, before they run;
//! - [`aggregator`]: transitions and ticks in, notifications out.
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod aggregator;
mod codec;
pub mod cost;
pub mod document;
pub mod expr;
pub mod fleet;
pub mod hash;
pub mod json;
mod lifecycle;
pub mod number;
pub mod partition;
pub mod schedule;
pub mod window;
pub mod zone;

mod cell;
pub use cell::{CellChange, CellKey, Changes, DecodeError, StateHash, state_hash};
mod reading;
pub use reading::{Batch, DoubledName, Draft, Reading, ReadingRef, ValueRef};
mod rule;
pub use rule::{
    DeviceSelector, Fleet, Missing, Mode, Role, Rule, Summary, SummaryPart, Telling, Want,
};
mod time;
pub use time::{Span, Timestamp};
mod transition;
pub use transition::{AlertState, EpisodeId, Group, Reason, Transition};
mod value;
pub use value::Value;
