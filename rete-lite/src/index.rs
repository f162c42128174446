//! Indexes from constants to whoever asks about them: which conditions does
//! this value meet, and which of them has its change touched?

mod keys;
pub use keys::Keys;
pub(crate) mod sorted;
mod threshold;
pub use threshold::{Inequality, Place, ThresholdIndex};
mod equality;
pub use equality::{Equality, EqualityIndex};

#[cfg(test)]
mod tests;
