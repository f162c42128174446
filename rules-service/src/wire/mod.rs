//! Readings, rules, alerts and problems as JSON.

mod rule_book;
pub use rule_book::{RuleBook, StoredRule};
