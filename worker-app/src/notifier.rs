use std::time::Duration;

use rules_service::ports::{NOTIFIER_TIMEOUT, Notifier, OutgoingRequest};
use worker::{AbortController, Fetch, Headers, Request};

use crate::{clock::within, outgoing::post};

/// Sends by the runtime's `fetch`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FetchNotifier;

impl Notifier for FetchNotifier {
    async fn send(&self, request: OutgoingRequest) -> Result<u16, String> {
        if !request.url.starts_with("https://") && !request.url.starts_with("http://") {
            return Err("the receiver's address is neither http nor https".to_owned());
        }
        let patience = Duration::from_millis(NOTIFIER_TIMEOUT.as_millis().unsigned_abs());
        let abort = AbortController::default();
        let signal = abort.signal();
        let answer = within(patience, async {
            let fetch = Fetch::Request(outgoing(&request)?);
            fetch.send_with_signal(&signal).await.map(|response| response.status_code())
        })
        .await;
        // Only the status matters; an unread body would hold one of six connections.
        abort.abort();
        match answer {
            Some(answer) => answer.map_err(|error| error.to_string()),
            None => Err(format!("no answer within {} s", patience.as_secs())),
        }
    }
}

fn outgoing(request: &OutgoingRequest) -> worker::Result<Request> {
    let headers: Headers = request.headers.iter().map(|(name, value)| (name, value)).collect();
    post(&request.url, &headers, &request.body)
}
