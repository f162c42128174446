use std::{cell::RefCell, rc::Rc};

use rules_core::Timestamp;
use rules_service::{
    config::{Config, VirtualTime},
    drive::{AGGREGATOR_SCOPE, Engines, LocalHost, Turns},
    http::App,
};

use crate::{
    notifier::HttpNotifier, rules::KeyValueRules, store::SqliteStore, variables,
    wakeups::AfterAnswer,
};

/// The service on Spin, for one request.
pub(crate) type SpinApp = App<LocalHost<SqliteStore, KeyValueRules, HttpNotifier, AfterAnswer>>;

/// What an instance keeps between the requests it serves, 128 at most.
struct Kept {
    config: Config,
    rules: KeyValueRules,
    engines: Rc<Engines>,
}

thread_local! {
    static KEPT: RefCell<Option<Rc<Kept>>> = const { RefCell::new(None) };
}

/// The application, with what the instance kept.
///
/// # Errors
/// Every variable that holds what it may not.
pub(crate) async fn open() -> Result<SpinApp, Vec<String>> {
    let kept = kept().await?;
    let host = LocalHost {
        config: kept.config.clone(),
        store: SqliteStore::default(),
        rules: kept.rules.clone(),
        notifier: HttpNotifier,
        wakeups: AfterAnswer::default(),
        engines: Rc::clone(&kept.engines),
        turns: Turns::default(),
    };
    Ok(App::new(host, &kept.config))
}

/// Whether a request of `now` left notifications behind that can be sent at once.
/// Where requests bring their time with them, the service has sent them itself.
pub(crate) fn has_notifications_due(app: &SpinApp, now: Timestamp) -> bool {
    let host = app.host();
    host.config.virtual_time == VirtualTime::Off && host.wakeups.is_due(now)
}

/// Sends the notifications that are due at `now`. What fails stays in the
/// outbox, and the next `POST /v1/tick` takes it up.
pub(crate) async fn send_due(app: SpinApp, now: Timestamp) {
    if let Err(error) = app.host().wake(AGGREGATOR_SCOPE, now).await {
        eprintln!("notifications wait for the next tick: {error}");
    }
}

async fn kept() -> Result<Rc<Kept>, Vec<String>> {
    if let Some(kept) = KEPT.with_borrow(Clone::clone) {
        return Ok(kept);
    }
    let config = variables::config().await?;
    let engines = Rc::new(Engines::new(config.partition));
    let kept = Rc::new(Kept { config, rules: KeyValueRules::default(), engines });
    KEPT.set(Some(Rc::clone(&kept)));
    Ok(kept)
}
