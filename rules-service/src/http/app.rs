use rules_core::Timestamp;

use super::{
    Request, Response, operate,
    problem::Problem,
    route::{Method, Route},
    token,
};
use crate::{
    config::{Config, VirtualTime},
    drive::{AggregatorAsk, LocalHost},
    ports::{AggregatorPort, Fleets, Notifier, Partitions, RuleStore, Store, Unavailable, WakeUps},
};

/// What [`App`] needs of a host.
pub trait Host {
    /// How partitions are reached.
    type Partitions: Partitions;
    /// How groups are reached.
    type Fleets: Fleets;
    /// How the aggregator is reached.
    type Aggregator: AggregatorPort;
    /// Where rules are stored.
    type Rules: RuleStore;

    /// The partitions.
    fn partitions(&self) -> &Self::Partitions;
    /// The groups.
    fn fleets(&self) -> &Self::Fleets;
    /// The aggregator.
    fn aggregator(&self) -> &Self::Aggregator;
    /// The rule store.
    fn rules(&self) -> &Self::Rules;
}

impl<S: Store, R: RuleStore, N: Notifier, W: WakeUps> Host for LocalHost<S, R, N, W> {
    type Partitions = Self;
    type Fleets = Self;
    type Aggregator = Self;
    type Rules = Self;

    fn partitions(&self) -> &Self {
        self
    }

    fn fleets(&self) -> &Self {
        self
    }

    fn aggregator(&self) -> &Self {
        self
    }

    fn rules(&self) -> &Self {
        self
    }
}

/// The service's HTTP application on a host.
#[derive(Debug)]
pub struct App<H> {
    pub(super) host: H,
    pub(super) config: Config,
}

impl<H: Host> App<H> {
    /// The application of `host`, as `config` says.
    pub fn new(host: H, config: &Config) -> Self {
        Self { host, config: config.clone() }
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// The host, with the application gone.
    pub fn into_host(self) -> H {
        self.host
    }

    /// Answers a request. Never fails: what goes wrong is a problem body.
    pub async fn handle(&self, request: Request) -> Response {
        let response = self.answer(&request).await.unwrap_or_else(Response::from);
        if request.method == "HEAD" { response.without_body() } else { response }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Problem> {
        let (route, method) = self.admit(request)?;
        if route == Route::Health {
            return Ok(operate::health(&self.config));
        }
        let now = self.now(request)?;
        match (route, method) {
            (Route::Rule(id), Method::Put) => self.put_rule(&id, request, now).await,
            (Route::Rule(id), Method::Delete) => self.delete_rule(&id, request, now).await,
            (Route::Rule(id), _) => self.get_rule(&id, request).await,
            (Route::Rules, _) => self.get_rules().await,
            (Route::Validate, _) => super::rules::validate(request),
            (Route::Readings, _) => self.post_readings(request, now).await,
            (Route::Alerts, _) => self.get_alerts(request, now).await,
            (Route::Alert(episode), _) => self.get_alert(&episode, now).await,
            (Route::Device(id), Method::Put) => self.put_device(&id, request, now).await,
            (Route::Device(id), _) => self.get_device(&id, now).await,
            (Route::Tick, _) => self.post_tick(request, now).await,
            (Route::State, _) => self.get_state(now).await,
            (Route::Metrics, _) => Ok(self.get_metrics(now).await),
            (Route::Health, _) => Ok(operate::health(&self.config)),
        }
    }

    /// Everything that is checked before a route is asked: that there is
    /// one, that the caller may, and that the body is one we read.
    fn admit(&self, request: &Request) -> Result<(Route, Method), Problem> {
        let found = Route::of(&request.method, &request.path);
        let is_open = matches!(found, Ok((Route::Health, _)));
        if self.config.tokens.is_empty() && !is_open {
            return Err(token::not_configured());
        }
        let (route, method) = found?;
        if let Some(role) = route.role(method) {
            token::check(&self.config.tokens, request, role)?;
        }
        check_body(request)?;
        Ok((route, method))
    }

    /// Processing time: the host's, or in tests the header's.
    fn now(&self, request: &Request) -> Result<Timestamp, Problem> {
        if self.config.virtual_time == VirtualTime::Off {
            return Ok(request.now);
        }
        let header = request.header("tripline-now").unwrap_or_default();
        let is_plain = header.bytes().all(|byte| byte.is_ascii_digit());
        let now = header.parse().ok().filter(|_| is_plain).map(Timestamp::from_millis);
        now.filter(|now| *now <= Timestamp::MAX).ok_or_else(|| {
            let detail = format!(
                "tripline-now is {header:?}: allowed are milliseconds since 1970, \
                 from which this host takes its time"
            );
            Problem::new(400, "bad_now", detail)
        })
    }

    /// On virtual time, sends what is due before the request is answered, so
    /// that a test sees all of it; else the host's wake-up does.
    pub(super) async fn settle(&self, now: Timestamp) -> Result<(), Unavailable> {
        if self.config.virtual_time == VirtualTime::Header {
            self.ask_aggregator(AggregatorAsk::Tick, now).await?;
        }
        Ok(())
    }
}

fn check_body(request: &Request) -> Result<(), Problem> {
    if request.body.len() > Request::BODY_BYTES_MAX {
        let most = Request::BODY_BYTES_MAX;
        let detail = format!("the body is longer than {most} bytes: allowed are {most}");
        return Err(Problem::new(413, "body_too_large", detail));
    }
    match request.header("content-encoding") {
        None | Some("" | "identity") => Ok(()),
        Some(found) => {
            let detail = format!("the body is encoded as {found:?}: allowed is no encoding");
            Err(Problem::new(415, "unsupported_encoding", detail))
        }
    }
}
