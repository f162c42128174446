use std::{future::Future, time::Duration};

use futures_util::future::{Either, select};
use rules_core::Timestamp;
use worker::{Date, Delay};

/// The host's clock. It stands still between two waits of a request, as the
/// runtime wants it.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
}

/// What `work` gives, or `None` once `limit` has passed; it is then dropped.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(std::pin::pin!(work), Delay::from(limit)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}
