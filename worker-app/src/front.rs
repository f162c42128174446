//! The front as a host of the HTTP application: every port is an object elsewhere.

use rules_service::{
    http::{self, Host},
    ports::Unavailable,
};
use worker::{Env, Headers, Request, Response, ResponseBuilder, Result, js_sys::Array};

use crate::{
    clock::now,
    object_call::{FRONT_PATIENCE, Object, RemoteAggregator, RemoteFleets, RemotePartitions},
    rules::OwnedRules,
};

/// The objects, as the front reaches them.
#[derive(Debug)]
pub(crate) struct Front {
    shards: RemotePartitions,
    fleets: RemoteFleets,
    aggregator: RemoteAggregator,
    rules: OwnedRules,
}

impl Front {
    /// The objects bound in `env`.
    pub(crate) fn new(env: &Env) -> std::result::Result<Self, Unavailable> {
        Ok(Self {
            shards: RemotePartitions(env.clone()),
            fleets: RemoteFleets(env.clone(), FRONT_PATIENCE),
            aggregator: RemoteAggregator(Object::alerts(env, FRONT_PATIENCE)?),
            rules: OwnedRules::new(Object::alerts(env, FRONT_PATIENCE)?),
        })
    }
}

impl Host for Front {
    type Partitions = RemotePartitions;
    type Fleets = RemoteFleets;
    type Aggregator = RemoteAggregator;
    type Rules = OwnedRules;

    fn partitions(&self) -> &RemotePartitions {
        &self.shards
    }

    fn fleets(&self) -> &RemoteFleets {
        &self.fleets
    }

    fn aggregator(&self) -> &RemoteAggregator {
        &self.aggregator
    }

    fn rules(&self) -> &OwnedRules {
        &self.rules
    }
}

/// The request as the application wants it.
pub(crate) async fn request(mut request: Request) -> Result<http::Request> {
    let url = request.inner().url();
    let url = url.split('#').next().unwrap_or_default();
    Ok(http::Request {
        method: request.inner().method(),
        path: request.path(),
        query: url.split_once('?').map_or("", |(_, query)| query).to_owned(),
        headers: headers(&request),
        body: body(&mut request).await?,
        now: now(),
    })
}

/// The body, or its first bytes: as many as show that it is over the limit.
async fn body(request: &mut Request) -> Result<Vec<u8>> {
    use futures_util::StreamExt;

    const ENOUGH: usize = http::Request::BODY_BYTES_MAX + 1;
    let announced = request.headers().get("content-length")?;
    match announced.and_then(|length| length.parse::<usize>().ok()) {
        Some(0) => return Ok(Vec::new()),
        Some(length) if length < ENOUGH => return request.bytes().await,
        Some(_) => return Ok(vec![0; ENOUGH]),
        None if request.inner().body().is_none() => return Ok(Vec::new()),
        None => {}
    }
    let mut stream = request.stream()?;
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        body.extend(chunk?);
        if body.len() >= ENOUGH {
            break;
        }
    }
    Ok(body)
}

fn headers(request: &Request) -> Vec<(String, String)> {
    let pairs = Array::from(request.headers().as_ref());
    let text = |pair: &Array, index| pair.get(index).as_string();
    pairs
        .iter()
        .map(|pair| Array::from(&pair))
        .filter_map(|pair| Some((text(&pair, 0)?, text(&pair, 1)?)))
        .collect()
}

/// The application's response, as the runtime wants it.
pub(crate) fn response(response: http::Response) -> Response {
    let builder = ResponseBuilder::new()
        .with_status(response.status)
        .with_headers(response.headers.into_iter().collect::<Headers>());
    // A body of no bytes is an error with some statuses.
    if response.body.is_empty() { builder.empty() } else { builder.fixed(response.body) }
}
