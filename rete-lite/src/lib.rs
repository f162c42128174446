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
pub use index::{Equality, EqualityIndex, Inequality, Keys, ThresholdIndex};
mod alpha;
pub use alpha::{AlphaNetwork, ProductionId};
