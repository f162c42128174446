#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod scalar;
pub use scalar::{Constant, Scalar};
mod fact;
pub use fact::Fact;
mod test;
pub use test::{Check, Test};
mod index;
pub use index::{Equality, EqualityIndex, Inequality, Keys, Place, ThresholdIndex};
mod selector;
pub use selector::{SelectorIndex, glob};
mod ask;
mod names;

mod alpha;
pub use alpha::{AlphaNetwork, ProductionId};

mod comparison;
pub use comparison::Comparison;
mod production;
pub use production::{Pattern, Production, ProductionError};
pub mod limits;
pub use limits::Limits;
mod network;
pub use network::Network;

mod delta;
mod join;
mod memory;
mod negation;
pub use delta::{Activation, Delta};
mod session;
pub use session::{FactId, Refused, Session};

mod explain;
pub use explain::{Explanation, Step, Why, WhyNot};
mod dot;

#[cfg(test)]
mod tests;
