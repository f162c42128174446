//! Readings and rules to measure engines with, and what has to come of them.
//!
//! The workload W1: a thousand devices report once a second, rules compare
//! the temperature, its mean, maximum and count over a minute, and two
//! truths, and a rule that has fired rests for five minutes. W2 is the same
//! with windows of an hour. Everything comes from a seed by arithmetic on
//! integers, so every machine makes the same bytes.
//!
//! - [`stream`]: the readings, [`rule`]: the rules, both from [`noise`];
//! - [`alerts`]: W1's alerts by brute force, what every contender has to give;
//! - [`bound`]: a program written for W1 alone, as fast as we know to make it:
//!   the yardstick; [`unshared`]: the same windows, each rule looked at;
//! - [`tripline`]: the engine on the same bytes, and [`episodes`]: what its own
//!   semantics make of them, by brute force; [`found`]: to compare by.

pub mod alerts;
pub mod bound;
pub mod episodes;
pub mod found;
pub mod line;
pub mod noise;
pub mod rule;
pub mod stream;
pub mod tripline;
pub mod unshared;
mod window;
pub use window::Window;
