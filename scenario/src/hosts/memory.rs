use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use rules_core::Timestamp;
use rules_service::{
    config::Config,
    http::{App, Request},
    memory::{self, MemoryHost, MemoryWakeUps},
    ports::Store as _,
};

use super::{Answer, Call, Delivery, Exchange, addressed};
use crate::{host::Failure, stored::Stored};

/// What the host's clock says, as it has none: ten years after the scenarios'
/// time, so that using it by mistake shows.
const CLOCK: Timestamp = Timestamp::from_millis(2_082_758_400_000);

/// Nothing in memory has to wait for anything.
const WAITS: &str = "the host in memory waits";

/// Where the receiver would listen; nothing is ever sent there.
const RECEIVER: &str = "http://127.0.0.1:9";

/// The service on the host in memory, called without a socket.
#[derive(Default)]
pub struct MemoryExchange {
    app: Option<App<MemoryHost>>,
    config: Config,
    /// What the receiver will answer, to be told apart in deliveries.
    answers: Vec<u16>,
}

impl Exchange for MemoryExchange {
    fn renew(&mut self, variables: &[(String, String)]) -> Result<(), Failure> {
        let variables: BTreeMap<_, _> = addressed(variables, RECEIVER).into_iter().collect();
        let config = Config::from_variables(|name| variables.get(name).cloned());
        let config = config.map_err(|mistakes| Failure(mistakes.join("; ")))?;
        *self = Self {
            app: Some(App::new(memory::host(config.clone()), &config)),
            config,
            answers: Vec::new(),
        };
        Ok(())
    }

    /// All but the store, the rules and the world outside is made anew.
    fn restart(&mut self) -> Result<(), Failure> {
        let app = self.app.take().ok_or_else(|| Failure("it was not started".to_owned()))?;
        let MemoryHost { store, rules, notifier, .. } = app.into_host();
        let wakeups = MemoryWakeUps::default();
        let host = MemoryHost::new(self.config.clone(), store, rules, notifier, wakeups);
        self.app = Some(App::new(host, &self.config));
        Ok(())
    }

    fn load(&mut self, stored: &Stored) -> Result<(), Failure> {
        let app = self.app.as_ref().ok_or_else(|| Failure("it was not started".to_owned()))?;
        let store = &app.host().store;
        for (scope, changes) in &stored.scopes {
            let committed = async {
                let version = store.load(scope, &[]).await?.version;
                store.commit(scope, version, changes).await
            };
            let committed = committed.now_or_never().ok_or_else(|| Failure(WAITS.to_owned()))?;
            committed.map_err(|why| Failure::of(scope, why))?;
        }
        Ok(())
    }

    fn send(&mut self, call: &Call) -> Result<Answer, Failure> {
        let app = self.app.as_ref().ok_or_else(|| Failure("it was not started".to_owned()))?;
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        let request = Request {
            method: call.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: call.headers.clone(),
            body: call.body.clone(),
            now: CLOCK,
        };
        // Nothing in memory ever waits.
        let response = app.handle(request).now_or_never();
        let response = response.ok_or_else(|| Failure(WAITS.to_owned()))?;
        let body = String::from_utf8(response.body).map_err(|why| Failure::of("body", why))?;
        Ok(Answer { status: response.status, headers: response.headers, body })
    }

    fn answer_next(&mut self, answers: &[u16]) {
        if let Some(app) = &self.app {
            for answer in answers {
                app.host().notifier.answer_next(Ok(*answer));
            }
        }
        self.answers.extend(answers);
    }

    fn take_deliveries(&mut self) -> Vec<Delivery> {
        let sent = self.app.as_ref().map(|app| app.host().notifier.take_sent()).unwrap_or_default();
        sent.into_iter()
            .map(|request| {
                let answered = if self.answers.is_empty() { 200 } else { self.answers.remove(0) };
                let (_, address) = request.url.split_once("://").unwrap_or_default();
                let header = |name: &str| {
                    let found = request.headers.iter().find(|(key, _)| key == name);
                    found.map(|(_, value)| value.clone()).unwrap_or_default()
                };
                Delivery {
                    path: address.find('/').map_or("/", |slash| &address[slash..]).to_owned(),
                    idempotency_key: header("idempotency-key"),
                    body: String::from_utf8_lossy(&request.body).into_owned(),
                    answered,
                }
            })
            .collect()
    }
}
