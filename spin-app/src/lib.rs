//! Spin binding of the rule engine's ports: key-value, SQLite, outbound HTTP.
//!
//! Decides nothing: what a request means stands in [`rules_service`]. All
//! partitions and the aggregator run in the instance that took the request,
//! on state in the application's SQLite database; instances know each other
//! by the versions there.
//!
//! - [`application`]: the service, and what an instance keeps between requests;
//! - [`message`]: requests and responses, from Spin's to the service's;
//! - [`store`], [`database`]: state, a transaction a commit;
//! - [`rules`]: the rule set, its text in key-value;
//! - [`notifier`]: receivers, by outbound HTTP;
//! - [`wakeups`]: what replaces timers;
//! - [`variables`]: what an operator sets.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod application;
mod database;
mod message;
mod notifier;
mod rules;
mod store;
mod variables;
mod wakeups;

use rules_service::http;
use spin_sdk::{
    http::{IntoResponse, Request, Result},
    http_service,
    wasip3::spawn,
};

/// What Spin calls with each request.
#[http_service]
async fn handle(request: Request) -> Result<impl IntoResponse> {
    let request = message::request(request).await?;
    let now = request.now;
    let app = match application::open().await {
        Ok(app) => app,
        Err(mistakes) => return message::response(http::misconfigured(&request, &mistakes)),
    };
    let response = app.handle(request).await;
    if application::has_notifications_due(&app, now) {
        // Runs on when the response is out.
        spawn(application::send_due(app, now));
    }
    message::response(response)
}
