//! What the service says and hears, as bytes: readings, the rule set, alerts,
//! problems and metrics. No route and no port is known here.

pub mod readings;
mod rule_book;
pub use rule_book::{RuleBook, StoredRule};
pub mod time;
