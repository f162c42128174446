#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod alpha;
pub use alpha::{AlphaNetwork, ProductionId};
mod branches;
mod fact;
pub use fact::{Fact, Scalar};
mod test;
pub use test::{Check, Constant, Test};
