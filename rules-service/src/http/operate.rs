//! What operators and machines ask for: tick, state, metrics, health.

use futures_util::future::join3;
use rules_core::{Timestamp, Transition, fleet, partition};
use serde::Serialize;

use super::{
    App, Host, Request, Response,
    problem::Problem,
    query::{Detail, Query},
    route::Route,
    shards::{Stepped, UNEXPECTED},
};
use crate::{
    config::Config,
    drive::{AggregatorAsk, AggregatorReply, FleetAsk, FleetReply, PartitionAsk, PartitionReply},
    ports::{RuleStore, Unavailable},
    wire::{
        RuleBook, TransitionJson,
        metrics::{self, Metrics},
    },
};

/// `GET /healthz`: the service runs; whether it serves anything is in the body.
pub(super) fn health(config: &Config) -> Response {
    let configured = !config.tokens.is_empty();
    Response::json(200, &HealthJson { status: "ok", configured })
}

/// What a host answers while its variables hold what they may not, so that
/// there is no [`App`]: as one without a token, but naming every mistake.
#[must_use]
pub fn misconfigured(request: &Request, mistakes: &[String]) -> Response {
    if matches!(Route::of(&request.method, &request.path), Ok((Route::Health, _))) {
        return health(&Config::default());
    }
    Problem::new(503, "misconfigured", mistakes.join("; ")).into()
}

impl<H: Host> App<H> {
    /// Runs all timers that are due at `now`, first the partitions', then those
    /// of groups, which partitions may have told something, then the aggregator's,
    /// and gives what happened. Also for a host's own safety tick.
    ///
    /// # Errors
    /// Some could not be reached; the others have run.
    pub async fn tick(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let partitions = self.ask_all(&PartitionAsk::Step(partition::Input::Tick), now).await;
        let fleets = self.ask_fleets(&FleetAsk::Step(fleet::Input::Tick), now).await;
        let told = self.ask_aggregator(AggregatorAsk::Tick, now).await;
        let Stepped { mut transitions, .. } = Stepped::of_all(partitions)?;
        transitions.extend(Stepped::of_all(fleets)?.transitions);
        told?;
        Ok(transitions)
    }

    pub(super) async fn post_tick(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let detail = Query::parse(&request.query).detail()?;
        let transitions = self.tick(now).await?;
        let answer = TickedJson {
            shards: self.shards(),
            transition_count: transitions.len(),
            transitions: (detail == Detail::Transitions)
                .then(|| transitions.iter().map(TransitionJson::new).collect()),
        };
        Ok(Response::json(200, &answer))
    }

    pub(super) async fn get_state(&self, now: Timestamp) -> Result<Response, Problem> {
        let partitions = self.ask_all(&PartitionAsk::State, now);
        let fleets = self.ask_fleets(&FleetAsk::State, now);
        let aggregator = self.ask_aggregator(AggregatorAsk::State, now);
        let (partitions, fleets, aggregator) = join3(partitions, fleets, aggregator).await;
        let mut reports = Vec::new();
        for reply in partitions {
            match reply? {
                PartitionReply::State(report) => reports.push(report),
                _ => return Err(Unavailable(UNEXPECTED.to_owned()).into()),
            }
        }
        for reply in fleets {
            match reply? {
                FleetReply::State(report) => reports.push(report),
                _ => return Err(Unavailable(UNEXPECTED.to_owned()).into()),
            }
        }
        match aggregator? {
            AggregatorReply::State(report) => reports.push(report),
            _ => return Err(Unavailable(UNEXPECTED.to_owned()).into()),
        }
        Ok(Response::json(200, &reports))
    }

    /// What does not answer is shown as down: a scrape that fails as a whole
    /// would hide which part it was.
    pub(super) async fn get_metrics(&self, now: Timestamp) -> Response {
        let partitions = self.ask_all(&PartitionAsk::Counters, now);
        let fleets = self.ask_fleets(&FleetAsk::Counters, now);
        let aggregator = self.ask_aggregator(AggregatorAsk::Counters, now);
        let (partitions, fleets, aggregator) = join3(partitions, fleets, aggregator).await;
        let rules = self.host.rules().load().await.ok();
        let metrics = Metrics {
            rules: rules.and_then(|(version, text)| {
                Some((version, RuleBook::parse(&text).ok()?.iter().len()))
            }),
            partitions: partitions
                .into_iter()
                .map(|reply| match reply {
                    Ok(PartitionReply::Counters(counters)) => Some(counters),
                    _ => None,
                })
                .collect(),
            fleets: fleets
                .into_iter()
                .map(|reply| match reply {
                    Ok(FleetReply::Counters(counters)) => Some(counters),
                    _ => None,
                })
                .collect(),
            aggregator: match aggregator {
                Ok(AggregatorReply::Counters(counters)) => Some(counters),
                _ => None,
            },
        };
        Response::new(200, metrics::CONTENT_TYPE, metrics.into_text())
    }
}

#[derive(Serialize)]
struct HealthJson {
    status: &'static str,
    configured: bool,
}

#[derive(Serialize)]
struct TickedJson<'a> {
    shards: u32,
    transition_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    transitions: Option<Vec<TransitionJson<'a>>>,
}
