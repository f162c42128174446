use std::rc::Rc;

use rules_service::{
    config::Config,
    drive::{AggregatorAsk, AggregatorDriver, AggregatorReply, AggregatorRequest},
    ports::Unavailable,
};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use crate::{
    alarm::Alarm,
    clock::now,
    configuration::{Configuration, configuration, mistakes},
    notifier::FetchNotifier,
    object_call::{AlertsAnswer, AlertsQuestion, answer, question},
    rules::copy_out,
    sql::Database,
    sql_rules::{self, SqlRules, Stored},
    sql_store::{self, SqlStore},
};

/// The one object that owns the alerts, their notifications and the rule set.
#[durable_object(alarm)]
#[derive(Debug)]
pub struct AlertAggregator {
    env: Env,
    parts: std::result::Result<Parts, Unavailable>,
}

/// What it works with, made once for each time that the object is woken.
#[derive(Debug)]
struct Parts {
    config: Rc<Config>,
    database: Database,
    alarm: Alarm,
}

impl Parts {
    fn new(state: &State, configuration: Configuration) -> std::result::Result<Self, Unavailable> {
        let config = configuration.map_err(|found| mistakes(&found))?;
        let storage = state.storage();
        let schema = [sql_store::SCHEMA, sql_rules::SCHEMA].concat();
        let database = Database::open(&storage, &schema)?;
        let alarm = Alarm::new(storage, config.virtual_time);
        Ok(Self { config, database, alarm })
    }
}

impl AlertAggregator {
    async fn handle(
        &self,
        asked: AlertsQuestion,
    ) -> std::result::Result<AlertsAnswer, Unavailable> {
        let rules = SqlRules(&self.parts()?.database);
        match asked {
            AlertsQuestion::Aggregator(request) => {
                self.aggregate(request).await.map(AlertsAnswer::Aggregator)
            }
            AlertsQuestion::LoadRules => {
                let (version, text) = rules.load()?;
                Ok(AlertsAnswer::Rules { version, text })
            }
            AlertsQuestion::StoreRules { expected, text } => match rules.store(expected, &text)? {
                Stored::As(version) => {
                    self.copy_rules().await;
                    Ok(AlertsAnswer::Stored(version))
                }
                Stored::Conflict((version, text)) => Ok(AlertsAnswer::Rules { version, text }),
            },
        }
    }

    async fn aggregate(
        &self,
        request: AggregatorRequest,
    ) -> std::result::Result<AggregatorReply, Unavailable> {
        let parts = self.parts()?;
        if request.ask == AggregatorAsk::Tick {
            self.copy_rules().await;
        }
        let driver = AggregatorDriver {
            store: &SqlStore(&parts.database),
            notifier: &FetchNotifier,
            wakeups: &parts.alarm,
            config: &parts.config,
        };
        Ok(driver.handle(request).await)
    }

    /// Copies the rule set to KV if that was not done yet. The shards were told
    /// of it, so an error only means that the next tick tries again.
    async fn copy_rules(&self) {
        let copy = async {
            let rules = SqlRules(&self.parts()?.database);
            if let Some(set) = rules.not_copied()? {
                copy_out(&self.env, &set).await?;
                rules.copied(set.0)?;
            }
            Ok(())
        };
        if let Err(Unavailable(why)) = copy.await {
            console_error!("copy of the rule set: {why}");
        }
    }

    async fn wake(&self) -> std::result::Result<(), Unavailable> {
        let parts = self.parts()?;
        let now = now();
        parts.alarm.rang(now).await?;
        match self.aggregate(AggregatorRequest { now, ask: AggregatorAsk::Tick }).await? {
            AggregatorReply::Unavailable(why) => Err(Unavailable(why)),
            _ => Ok(()),
        }
    }

    fn parts(&self) -> std::result::Result<&Parts, Unavailable> {
        self.parts.as_ref().map_err(Clone::clone)
    }
}

impl DurableObject for AlertAggregator {
    fn new(state: State, env: Env) -> Self {
        let parts = Parts::new(&state, configuration(&env));
        Self { env, parts }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let reply = match question(&mut request).await {
            Ok(asked) => self.handle(asked).await,
            Err(why) => Err(Unavailable(why)),
        };
        answer(&reply.unwrap_or_else(|Unavailable(why)| AlertsAnswer::Unavailable(why)))
    }

    async fn alarm(&self) -> Result<Response> {
        // An error would only use up one of the runtime's retries: the next alarm is set already.
        if let Err(error) = self.wake().await {
            console_error!("alarm of the aggregator: {error}");
        }
        Response::empty()
    }
}
