//! What the service says and hears, as bytes: readings, the rule set, alerts
//! and metrics. No route and no port is known here.

mod alert;
pub use alert::{AlertJson, GroupJson, TransitionJson};
mod device;
pub use device::{DeviceJson, NotADevice, read_tags};
pub mod metrics;
pub mod readings;
mod rule_book;
pub use rule_book::{RuleBook, StoredRule};
pub mod time;
mod value;
pub(crate) use value::ValueJson;
