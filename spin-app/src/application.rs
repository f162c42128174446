use std::{cell::RefCell, rc::Rc};

use rules_core::Timestamp;
use rules_service::{
    config::VirtualTime,
    drive::{AGGREGATOR_SCOPE, LocalHost},
    http::App,
};

use crate::{
    notifier::HttpNotifier, rules::KeyValueRules, store::SqliteStore, variables,
    wakeups::AfterAnswer,
};

/// The service on Spin.
pub(crate) type SpinApp = App<LocalHost<SqliteStore, KeyValueRules, HttpNotifier, AfterAnswer>>;

thread_local! {
    static APP: RefCell<Option<Rc<SpinApp>>> = const { RefCell::new(None) };
}

/// The instance's application, with its compiled rule set. Variables are read
/// when the instance takes its first request, of 128 that it serves at most.
///
/// # Errors
/// Every variable that holds what it may not.
pub(crate) async fn get() -> Result<Rc<SpinApp>, Vec<String>> {
    if let Some(app) = APP.with_borrow(Clone::clone) {
        return Ok(app);
    }
    let config = variables::config().await?;
    let host = LocalHost::new(
        config.clone(),
        SqliteStore,
        KeyValueRules::default(),
        HttpNotifier,
        AfterAnswer::default(),
    );
    let app = Rc::new(App::new(host, &config));
    APP.set(Some(Rc::clone(&app)));
    Ok(app)
}

/// Whether a request of `now` left notifications behind that can be sent at once.
/// Where requests bring their time with them, the service has sent them itself.
pub(crate) fn has_notifications_due(app: &SpinApp, now: Timestamp) -> bool {
    let host = app.host();
    host.config.virtual_time == VirtualTime::Off && host.wakeups.take_due(now)
}

/// Sends the notifications that are due at `now`. What fails stays in the
/// outbox, and the next `POST /v1/tick` takes it up.
pub(crate) async fn send_due(app: Rc<SpinApp>, now: Timestamp) {
    if let Err(error) = app.host().wake(AGGREGATOR_SCOPE, now).await {
        eprintln!("notifications wait for the next tick: {error}");
    }
}
