use std::{
    future::poll_fn,
    pin::pin,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http_body::Body;
use rules_core::Timestamp;
use rules_service::http;
use spin_sdk::http::{Error, FullBody, Request, Response, Result};

/// Bytes of a body that show that it is over the limit.
const ENOUGH: usize = http::Request::BODY_BYTES_MAX + 1;

/// The request as the service wants it.
///
/// # Errors
/// The client went away before its body was complete.
pub(crate) async fn request(request: Request) -> Result<http::Request> {
    let now = now();
    let (parts, body) = request.into_parts();
    Ok(http::Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts
            .headers
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect(),
        body: read(body).await?,
        now,
    })
}

/// The service's response, as Spin sends it.
///
/// # Errors
/// The service wrote a header that HTTP does not allow.
pub(crate) fn response(response: http::Response) -> Result<Response<FullBody<Bytes>>> {
    let mut builder = Response::<()>::builder().status(response.status);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    Ok(builder.body(FullBody::new(Bytes::from(response.body)))?)
}

/// The body, or its first bytes: as many as show that it is over the limit.
async fn read(body: impl Body<Data = Bytes, Error: Into<Error>>) -> Result<Vec<u8>> {
    let mut body = pin!(body);
    let mut read = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        if let Ok(data) = frame.map_err(Into::into)?.into_data() {
            read.extend_from_slice(&data);
        }
        if read.len() >= ENOUGH {
            break;
        }
    }
    Ok(read)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
