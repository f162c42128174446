//! Numbers as decimal text and back, exact to the last bit.
//!
//! The standard library does the same, and faster where a number is unusual,
//! but brings ten kilobytes of tables that do not compress, and four
//! algorithms. Here whole numbers of any size do what is left when 128 bits
//! are not enough, which readings hardly ever ask for.

mod big;
mod read;
pub use read::read;
mod write;
pub use write::{Json, Plain, Scientific, fixed};
