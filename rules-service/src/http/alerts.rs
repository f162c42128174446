//! `GET /v1/alerts`.

use rules_core::{AlertState, EpisodeId, Timestamp, aggregator::AlertRecord};
use serde::Serialize;

use super::{
    App, Host, Request, Response,
    problem::Problem,
    query::{Query, bad_query},
    shards::UNEXPECTED,
};
use crate::{
    drive::{AggregatorAsk, AggregatorReply},
    ports::Unavailable,
    wire::AlertJson,
};

impl<H: Host> App<H> {
    pub(super) async fn get_alerts(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let query = Query::parse(&request.query);
        let states: &[AlertState] = match query.get("state") {
            None | Some("active") => &[AlertState::Pending, AlertState::Firing],
            Some("pending") => &[AlertState::Pending],
            Some("firing") => &[AlertState::Firing],
            Some("resolved") => &[AlertState::Resolved],
            Some("all") => &[AlertState::Pending, AlertState::Firing, AlertState::Resolved],
            Some(found) => {
                let allowed = "active, pending, firing, resolved or all";
                return Err(bad_query("state", found, allowed));
            }
        };
        let alerts = self.alerts(now).await?;
        let wanted = alerts.iter().filter(|alert| states.contains(&alert.last.state));
        Ok(Response::json(200, &AlertsJson { alerts: wanted.map(AlertJson::new).collect() }))
    }

    pub(super) async fn get_alert(
        &self,
        episode: &str,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let wanted = EpisodeId::parse(episode);
        let alerts = self.alerts(now).await?;
        let found = alerts.iter().find(|alert| Some(alert.last.episode) == wanted);
        let alert = found.ok_or_else(|| {
            let detail = format!(
                "there is no episode {episode:?}: \
                 allowed are those that GET /v1/alerts?state=all lists"
            );
            Problem::new(404, "no_such_alert", detail)
        })?;
        Ok(Response::json(200, &AlertJson::new(alert)))
    }

    async fn alerts(&self, now: Timestamp) -> Result<Vec<AlertRecord>, Unavailable> {
        match self.ask_aggregator(AggregatorAsk::Alerts, now).await? {
            AggregatorReply::Alerts(alerts) => Ok(alerts),
            _ => Err(Unavailable(UNEXPECTED.to_owned())),
        }
    }
}

#[derive(Serialize)]
struct AlertsJson<'a> {
    alerts: Vec<AlertJson<'a>>,
}
