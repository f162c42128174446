//! The machine of one partition: a shard of the devices with one writer.
//!
//! State is a *header* (counters, marks) and *cells*, one a device. A host
//! asks [`Engine::cells_for`] which cells an input needs, loads those, lets
//! [`Engine::step`] run, and stores what [`Partition::take_changes`] says.
//!
//! One step of a reading: repeat? → behind the watermark, or ahead of the
//! clock? → held until none can come before it (`allowed_lateness`) →
//! deadlines before it → last known values → series it feeds → conditions it
//! touches → life cycle of their alerts.

mod alert;
mod deadlines;
mod described;
pub use described::Described;
mod dedup;
mod device;
mod engine;
pub use engine::Engine;
mod episodes;
mod facts;
mod fields;
mod happening;
pub use happening::{Happening, Happenings};
mod held;
mod input;
pub use input::{Counters, Input, Receipt, Settings, SourceRange, Step, TAGS_MAX};
mod judge;
mod measuring;
mod membership;
mod migrate;
mod moving;
mod newcomer;
mod plan;
mod probe;
pub use probe::Probe;
mod seldom;
mod slots;
mod standing;
pub use standing::Standing;
mod state;
pub use state::Partition;
mod stored;
#[cfg(test)]
mod tests;
