use std::{thread, time::Duration};

use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use crate::Fault;

/// Most readings in one request.
const BATCH_MAX: usize = 500;
/// How often a request is tried, with a second in between, before we give up.
const TRIES: u32 = 30;

/// The HTTP API.
pub(super) struct Service {
    agent: Agent,
    url: String,
    authorization: Option<String>,
    body: String,
    readings: usize,
}

impl Service {
    pub(super) fn open(url: &str, token: Option<String>) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)));
        if url.starts_with("https://") {
            // It fails only if the process has chosen already, and then so be it.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let trusted = rustls_native_certs::load_native_certs().certs;
            let trusted: Vec<_> =
                trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            config = config
                .tls_config(TlsConfig::builder().root_certs(RootCerts::from(trusted)).build());
        }
        Self {
            agent: config.build().new_agent(),
            url: format!("{url}/v1/readings"),
            authorization: token.map(|token| format!("Bearer {token}")),
            body: String::new(),
            readings: 0,
        }
    }

    pub(super) fn send(&mut self, line: &str) -> Result<(), Fault> {
        self.body.push_str(line);
        self.readings += 1;
        if self.readings >= BATCH_MAX { self.flush() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        if self.readings == 0 {
            return Ok(());
        }
        let mut tries = 0;
        while let Err((status, why)) = self.post() {
            tries += 1;
            if tries == TRIES || matches!(status, Some(300..500)) {
                return Err(Fault::Input(format!("{} took no readings: {why}", self.url)));
            }
            if tries == 1 {
                eprintln!("tripline: {}: {why}; trying on", self.url);
            }
            thread::sleep(Duration::from_secs(1));
        }
        self.body.clear();
        self.readings = 0;
        Ok(())
    }

    fn post(&self) -> Result<(), (Option<u16>, String)> {
        let mut request = self.agent.post(&self.url).header("content-type", "application/x-ndjson");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut response = request.send(&self.body).map_err(|why| (None, why.to_string()))?;
        let status = response.status();
        // Read to the end, so that the connection can be used again.
        let answer = response.body_mut().read_to_string().unwrap_or_default();
        if status.is_success() {
            return Ok(());
        }
        Err((Some(status.as_u16()), format!("{status} {}", answer.trim())))
    }
}
