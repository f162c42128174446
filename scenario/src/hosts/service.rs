use std::collections::BTreeMap;

use rules_core::{Timestamp, fleet::GroupKey};
use rules_service::{drive::StateReport, wire::time};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ADMIN_TOKEN, Answer, Call, Exchange, variables};
use crate::{
    Action,
    host::{Failure, Host},
    outcome::{Alert, End, Mistake, Notice, Outcome, Receipt, Refusal, Transition},
};

/// The service on some host, seen through its HTTP API.
pub struct ServiceHost<E> {
    exchange: E,
    wording: Vec<String>,
}

/// Whom an alert is about.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum About {
    Device(String),
    Group(BTreeMap<String, String>),
}

impl About {
    fn into_name(self) -> String {
        match self {
            Self::Device(device) => device,
            Self::Group(tags) => {
                let tags: Vec<(String, String)> = tags.into_iter().collect();
                GroupKey::from_tags(&tags).into_text()
            }
        }
    }
}

#[derive(Deserialize)]
struct TransitionJson {
    rule: String,
    #[serde(flatten)]
    about: About,
    state: String,
    at: String,
    started_at: String,
    value: Value,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Transitions {
    transitions: Vec<TransitionJson>,
}

#[derive(Deserialize)]
struct WebhookJson {
    id: String,
    kind: String,
    rule: String,
    #[serde(flatten)]
    about: About,
    summary: String,
    attempt: u64,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    mistakes: Vec<Mistake>,
}

impl<E: Exchange> ServiceHost<E> {
    /// The service behind `exchange`.
    pub fn new(exchange: E) -> Self {
        Self { exchange, wording: Vec::new() }
    }

    fn send(&mut self, call: Call, now: Timestamp) -> Result<Answer, Failure> {
        let what = format!("{} {}", call.method, call.target);
        let call = call.token(ADMIN_TOKEN).header("tripline-now", &now.as_millis().to_string());
        let answer = self.exchange.send(&call)?;
        if answer.status >= 500 {
            return Err(Failure::of(what, format_args!("{} {}", answer.status, answer.body)));
        }
        if !call.target.starts_with("/v1/state") {
            self.wording.push(format!("{what}: {} {}", answer.status, answer.body));
        }
        Ok(answer)
    }

    fn get<T: serde::de::DeserializeOwned>(
        &mut self,
        target: &str,
        now: Timestamp,
    ) -> Result<T, Failure> {
        self.send(Call::new("GET", target), now)?.json()
    }

    fn notices(&mut self) -> Result<Vec<Notice>, Failure> {
        let mut notices = Vec::new();
        let mut wording = Vec::new();
        for delivery in self.exchange.take_deliveries() {
            let fail = |why: &dyn std::fmt::Display| Failure::of(&delivery.body, why);
            let told: WebhookJson =
                serde_json::from_str(&delivery.body).map_err(|why| fail(&why))?;
            if told.id != delivery.idempotency_key {
                return Err(fail(&format_args!("key {}", delivery.idempotency_key)));
            }
            wording.push(format!("{} {}", delivery.path, delivery.body));
            notices.push(Notice {
                kind: told.kind,
                rule: told.rule,
                group: told.about.into_name(),
                summary: told.summary,
                attempt: told.attempt,
                answered: delivery.answered,
            });
        }
        // Those of different alerts come in any order.
        wording.sort();
        self.wording.extend(wording);
        Ok(notices)
    }
}

impl<E: Exchange> Host for ServiceHost<E> {
    fn renew(&mut self, others: &[(String, String)]) -> Result<(), Failure> {
        self.wording.clear();
        self.exchange.renew(&variables(others))
    }

    fn perform(&mut self, action: &Action, now: Timestamp) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        match action {
            Action::Readings { numbered, content_type, body } => {
                let numbering = numbered
                    .as_ref()
                    .map(|(source, seq)| format!("&source={source}&seq={seq}"))
                    .unwrap_or_default();
                let target = format!("/v1/readings?detail=transitions{numbering}");
                let call = Call::new("POST", &target).body(content_type, body);
                let answer = self.send(call, now)?;
                if answer.status == 200 {
                    outcome.receipt = answer.json::<Receipt>()?;
                    outcome.transitions = transitions(&answer)?;
                } else {
                    outcome.refusal = Some(refusal(&answer)?);
                }
            }
            Action::Describe { device, tags } => {
                let target = format!("/v1/devices/{}?detail=transitions", encoded(device));
                let body = json!({ "tags": tags }).to_string();
                let answer = self.send(Call::new("PUT", &target).json(&body), now)?;
                outcome = changed(&answer)?;
            }
            Action::Tick => {
                let answer = self.send(Call::new("POST", "/v1/tick?detail=transitions"), now)?;
                outcome.transitions = transitions(&answer)?;
            }
            Action::PutRule { id, document } => {
                let target = format!("/v1/rules/{id}?detail=transitions");
                let answer = self.send(Call::new("PUT", &target).json(document), now)?;
                outcome = changed(&answer)?;
            }
            Action::DeleteRule { id } => {
                let target = format!("/v1/rules/{id}?detail=transitions");
                let answer = self.send(Call::new("DELETE", &target), now)?;
                outcome = changed(&answer)?;
            }
            Action::Receiver { answers } => self.exchange.answer_next(answers),
            Action::Restart => self.exchange.restart()?,
            Action::State(stored) => self.exchange.load(stored)?,
            Action::End => {}
        }
        outcome.notices = self.notices()?;
        outcome.sort_notices();
        Ok(outcome)
    }

    fn end(&mut self, now: Timestamp) -> Result<End, Failure> {
        let mut end = End::default();
        for report in self.get::<Vec<StateReport>>("/v1/state", now)? {
            if let Some(counters) = &report.partition {
                end.count_readings(counters);
            }
            if let Some(counters) = &report.aggregator {
                end.count_told(counters);
            }
            end.scopes.push((report.scope, report.hash, report.cells));
        }
        let alerts: Value = self.get("/v1/alerts?state=all", now)?;
        let alerts = alerts.get("alerts").cloned().unwrap_or(alerts);
        let alerts: Vec<TransitionJson> = serde_json::from_value(alerts)
            .map_err(|why| Failure::of("/v1/alerts?state=all", why))?;
        for alert in alerts {
            end.alerts.push(Alert {
                started_at: moment(&alert.started_at)?,
                rule: alert.rule,
                group: alert.about.into_name(),
                state: alert.state,
            });
        }
        Alert::sort(&mut end.alerts);
        Ok(end)
    }

    fn take_wording(&mut self) -> Vec<String> {
        std::mem::take(&mut self.wording)
    }
}

/// A device's name as a part of a path.
fn encoded(name: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(encoded).collect()
}

/// What came of a change of the rules, or of a device's tags.
fn changed(answer: &Answer) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    if (200..300).contains(&answer.status) {
        outcome.transitions = transitions(answer)?;
    } else {
        outcome.refusal = Some(refusal(answer)?);
    }
    Ok(outcome)
}

fn transitions(answer: &Answer) -> Result<Vec<Transition>, Failure> {
    if answer.status == 204 {
        return Ok(Vec::new());
    }
    let Transitions { transitions } = answer.json()?;
    transitions
        .into_iter()
        .map(|transition| {
            Ok(Transition {
                at: moment(&transition.at)?,
                started_at: moment(&transition.started_at)?,
                rule: transition.rule,
                group: transition.about.into_name(),
                state: transition.state,
                value: value(transition.value),
                reason: transition.reason,
            })
        })
        .collect()
}

fn value(value: Value) -> Option<rules_core::Value> {
    match value {
        Value::Bool(truth) => Some(rules_core::Value::Bool(truth)),
        Value::Number(number) => number.as_f64().map(rules_core::Value::Number),
        Value::String(text) => Some(rules_core::Value::Text(text)),
        _ => None,
    }
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    time::parse(text).ok_or_else(|| Failure::of("no time", text))
}

fn refusal(answer: &Answer) -> Result<Refusal, Failure> {
    let problem: Problem = answer.json()?;
    Ok(Refusal { status: answer.status, code: problem.code, mistakes: problem.mistakes })
}
