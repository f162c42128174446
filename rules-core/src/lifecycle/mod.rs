//! The life of an alert: what a judgement makes of it, and what is told of that.
//!
//! Devices and groups of devices have the same alerts; whoever judges keeps
//! them in its state, each by itself.

mod alert;
pub(crate) use alert::{
    Alert, Course, Move, Phase, Stand, Told, Verdict, evaluated, moved, timed_out, timer,
};
pub(crate) mod summary;
mod telling;
pub(crate) use telling::{Happening, Outcome, Subject};
