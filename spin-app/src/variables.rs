use std::collections::BTreeMap;

use rules_service::config::Config;
use spin_sdk::variables::{self, Error};

/// What [`Config::from_variables`] may ask for; `spin.toml` hands each of them to the component.
const NAMES: [&str; 10] = [
    "shards",
    "admin_token",
    "read_token",
    "ingest_token",
    "slack_url",
    "webhook_url",
    "clock_skew",
    "allowed_lateness",
    "dedup_horizon",
    "test_clock",
];

/// The configuration that the application's variables say.
///
/// # Errors
/// Every variable that holds what it may not, or that its provider could not tell.
pub(crate) async fn config() -> Result<Config, Vec<String>> {
    let mut values = BTreeMap::new();
    let mut mistakes = Vec::new();
    for name in NAMES {
        match variables::get(name).await {
            Ok(value) => {
                values.insert(name, value);
            }
            // The manifest does not hand it to the component: not set.
            Err(Error::Undefined(_)) => {}
            Err(error) => mistakes.push(format!("{name}: {error}")),
        }
    }
    if mistakes.is_empty() {
        Config::from_variables(|name| values.get(name).cloned())
    } else {
        Err(mistakes)
    }
}
