//! The hosts in this process, and the service on any host behind an [`Exchange`].

mod core;
pub use core::CoreHost;
mod exchange;
pub use exchange::{Answer, Call, Delivery, Exchange};
mod memory;
pub use memory::MemoryExchange;
mod service;
pub use service::ServiceHost;

/// What a host is configured with unless a scenario says otherwise.
const VARIABLES: [(&str, &str); 4] = [
    ("shards", "2"),
    ("admin_token", ADMIN_TOKEN),
    ("webhook_url", "receiver:/webhook"),
    ("test_clock", "header"),
];

/// The token that may do everything.
pub const ADMIN_TOKEN: &str = "conformance-admin";

/// `variables` with `receiver:` in their values replaced by an address.
#[must_use]
pub fn addressed(variables: &[(String, String)], receiver: &str) -> Vec<(String, String)> {
    let address = |value: &String| match value.strip_prefix("receiver:") {
        Some(path) => format!("{receiver}{path}"),
        None => value.clone(),
    };
    variables.iter().map(|(name, value)| (name.clone(), address(value))).collect()
}

/// The usual variables with `others` in place of them or beside them.
#[must_use]
pub fn variables(others: &[(String, String)]) -> Vec<(String, String)> {
    let usual = VARIABLES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let replaced = |name: &str| others.iter().any(|(other, _)| other == name);
    usual.filter(|(name, _)| !replaced(name)).chain(others.iter().cloned()).collect()
}
