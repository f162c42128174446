//! The machine of one partition: a shard of the devices with one writer.
//!
//! State is a *header* (counters, marks) and *cells*, one a device. A host
//! asks [`Engine::cells_for`] which cells an input needs, loads those, lets
//! [`Engine::step`] run, and stores what [`Partition::take_changes`] says.
//!
//! One step of a reading: repeat? → behind the watermark, or ahead of the
//! clock? → deadlines before it → last known values → windows it feeds →
//! conditions it touches → life cycle of their alerts.

mod dedup;
mod device;
mod engine;
pub use engine::Engine;
mod input;
pub use input::{BatchItem, Counters, Input, Receipt, Settings, SourceRange, Step};
mod judge;
mod lifecycle;
mod plan;
mod state;
pub use state::Partition;
mod summary;
#[cfg(test)]
mod tests;
