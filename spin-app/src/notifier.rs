use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures_util::future::{Either, select};
use rules_service::ports::{Notifier, OutgoingRequest};
use spin_sdk::{
    http::{self, FullBody, Request},
    time,
};

/// How long a receiver may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// [`Notifier`] by Spin's outbound HTTP. Which hosts it reaches is for
/// `allowed_outbound_hosts` in `spin.toml` to say.
#[derive(Debug)]
pub(crate) struct HttpNotifier;

impl Notifier for HttpNotifier {
    async fn send(&self, request: OutgoingRequest) -> Result<u16, String> {
        let sending = pin!(send(request));
        let timeout = pin!(time::sleep(TIMEOUT));
        match select(sending, timeout).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        }
    }
}

async fn send(request: OutgoingRequest) -> Result<u16, String> {
    let mut outgoing = Request::<()>::builder().method("POST").uri(&request.url);
    for (name, value) in &request.headers {
        outgoing = outgoing.header(name, value);
    }
    let outgoing = outgoing
        .header("content-length", request.body.len())
        .body(FullBody::new(Bytes::from(request.body)))
        .map_err(|error| format!("{}: {error}", request.url))?;
    let response = http::send(outgoing).await.map_err(|error| error.to_string())?;
    Ok(response.status().as_u16())
}
