//! Order without much code: what `slice::sort`, `BTreeMap` and `BTreeSet` are,
//! for lists and maps that are short or seldom touched.
//!
//! The standard library's are made anew for each type they are used with, some
//! four kilobytes of wasm each time, and a Worker reads all of its bytes at
//! each cold start. Here the algorithm is there once, and what is made for
//! each type is small. [`SortedMap`] is for short lists and for entries that
//! come in order, [`LongMap`] for many that come in none. [`Gather`] puts what an
//! iterator gives into a list. Where readings pass, the standard ones are right.
#![no_std]

extern crate alloc;

mod gather;
mod long;
mod map;
mod order;
mod set;

pub use gather::Gather;
pub use long::{LongMap, LongSet};
pub use map::{Entry, SortedMap};
pub use order::{sort, sort_by};
pub use set::SortedSet;
