//! The stores of `spin-app` in a component that does nothing but hold them to
//! the contracts of their ports. `tests/spin-host` runs it.
//!
//! A component has one entry point, so `spin-app` cannot be depended on: its
//! modules are compiled into this one.

#[path = "../../../spin-app/src/database.rs"]
mod database;
#[path = "../../../spin-app/src/rules.rs"]
mod rules;
#[path = "../../../spin-app/src/store.rs"]
mod store;

use rules_service::ports::contract::{check_rule_store, check_store};
use spin_sdk::{
    http::{IntoResponse, Request, StatusCode},
    http_service,
};

/// Answers 200 if everything holds, else 500 with what does not. Wants fresh state.
#[http_service]
async fn handle(_request: Request) -> impl IntoResponse {
    match check().await {
        Ok(()) => (StatusCode::OK, String::new()),
        Err(broken) => (StatusCode::INTERNAL_SERVER_ERROR, broken),
    }
}

async fn check() -> Result<(), String> {
    check_store(&store::SqliteStore::default(), "shard-0").await?;
    // Scopes do not see each other.
    check_store(&store::SqliteStore::default(), "alerts").await?;
    check_rule_store(&rules::KeyValueRules::default()).await
}
