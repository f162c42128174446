//! Time zones by their IANA names, from data that is frozen in this crate.
//!
//! Every host knows the same zones and the same changes of their clocks, so
//! a rule opens and closes at the same instants everywhere: no platform is
//! asked. Exact for every event time a reading may carry, from 1970 to 9999,
//! as far as the release of the data knows the future.
//!
//! What is left out: abbreviations (`CEST`), whether a clock is on summer time, and
//! leap seconds.
//!
//! - [`Zone`]: instants → local time;
//! - [`Resolved`]: local time → instants.

mod calendar;
mod named;
pub use named::Zone;
mod local;
pub use local::{LocalTime, Resolved, Weekday};
mod table;
#[cfg(test)]
mod tests;
mod yearly;

/// The release of the IANA time zone database that the zones are frozen at.
///
/// A newer one comes with a release of this engine, never with a host: see
/// `docs/decisions/time-zones.md`.
pub const TZDATA_RELEASE: &str = "2026f";
