//! The service over HTTP: one blocking call each, on kept connections.

use std::time::Duration;

use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use crate::{
    answer::{Answer, Response},
    config, trust,
};

/// Largest answer that is read: 10,000 refusals with their messages fit.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How long an unused connection is kept; a little less than what servers
/// usually allow, so that they seldom hang up just as we send.
const IDLE_MAX: Duration = Duration::from_secs(4);

/// Where readings and ticks go. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Service {
    pub(crate) fn new(config: &config::Service, connections: usize) -> Result<Self, String> {
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(config.timeout))
            .max_idle_connections_per_host(connections)
            .max_idle_age(IDLE_MAX)
            .user_agent(concat!("tripline-bridge/", env!("CARGO_PKG_VERSION")));
        if config.url.starts_with("https://") {
            trust::install();
            let trusted = trust::certificates(config.ca_file.as_deref())?;
            let trusted: Vec<_> =
                trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            let tls = TlsConfig::builder().root_certs(RootCerts::from(trusted)).build();
            builder = builder.tls_config(tls);
        }
        Ok(Self {
            agent: builder.build().new_agent(),
            url: config.url.clone(),
            authorization: config.token.as_ref().map(|token| format!("Bearer {token}")),
        })
    }

    /// Sends a batch, one reading a line.
    pub(crate) fn readings(&self, body: &str) -> Answer {
        match self.post("/v1/readings", body) {
            Ok(answer) => Answer::read(answer.response()),
            Err(why) => Answer::Busy { why, wait: None },
        }
    }

    /// Says that time passes.
    pub(crate) fn tick(&self) -> Result<(), String> {
        let answer = self.post("/v1/tick", "")?;
        match answer.status {
            200..300 => Ok(()),
            _ => Err(answer.response().why()),
        }
    }

    fn post(&self, path: &str, body: &str) -> Result<Posted, String> {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/x-ndjson");
        }
        let mut response =
            request.send(body).map_err(|why| format!("{} does not answer: {why}", self.url))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let content_type = header("content-type").unwrap_or_default().to_owned();
        let retry_after = header("retry-after").and_then(|value| value.trim().parse().ok());
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).lossy_utf8(true);
        let body = body.read_to_string().map_err(|why| {
            format!("{} broke off in its answer with status {status}: {why}", self.url)
        })?;
        Ok(Posted { status, content_type, retry_after, body })
    }
}

/// What came back.
struct Posted {
    status: u16,
    content_type: String,
    retry_after: Option<u64>,
    body: String,
}

impl Posted {
    fn response(&self) -> Response<'_> {
        Response {
            status: self.status,
            content_type: &self.content_type,
            retry_after: self.retry_after,
            body: &self.body,
        }
    }
}
