use std::{path::PathBuf, time::Duration};

/// Where messages come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broker {
    /// How it is reached.
    pub address: BrokerAddress,
    /// The name of the session; two bridges must not share one.
    pub client_id: String,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// How long the connection may be silent.
    pub keep_alive: Duration,
}

/// `mqtt://host:port` or `mqtts://host:port`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrokerAddress {
    /// Name or address.
    pub host: String,
    /// 1883 or 8883 where nothing else is said.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: Tls,
}

/// Whether a connection is encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tls {
    /// It is not.
    Off,
    /// By certificates that the machine trusts, and those in the file besides.
    On {
        /// PEM.
        ca_file: Option<PathBuf>,
    },
}

/// Where readings go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Service {
    /// Without a slash at the end.
    pub url: String,
    /// The bearer token.
    pub token: Option<String>,
    /// How long one request may take.
    pub timeout: Duration,
    /// How often a host without timers of its own is told that time passes.
    pub tick_every: Option<Duration>,
    /// PEM; besides what the machine trusts.
    pub ca_file: Option<PathBuf>,
}

impl BrokerAddress {
    /// Reads `mqtt://host[:port]` or `mqtts://host[:port]`.
    pub fn parse(url: &str, ca_file: Option<PathBuf>) -> Result<Self, String> {
        let wrong =
            || format!("broker.url is {url:?}: allowed are mqtt://HOST:PORT and mqtts://HOST:PORT");
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let (tls, usual_port) = match scheme {
            "mqtt" | "tcp" => (Tls::Off, 1883),
            "mqtts" | "ssl" => (Tls::On { ca_file }, 8883),
            _ => return Err(wrong()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(format!(
                "broker.url holds a user: set broker.user and the variable \
                 TRIPLINE_BROKER_PASSWORD instead of writing them into {scheme}://…"
            ));
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (rest, usual_port),
        };
        if host.is_empty() || host.contains('/') {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

impl std::fmt::Display for BrokerAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls == Tls::Off { "mqtt" } else { "mqtts" };
        write!(out, "{scheme}://{}:{}", self.host, self.port)
    }
}
