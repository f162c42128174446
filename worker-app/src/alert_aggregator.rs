use std::rc::Rc;

use rules_core::Timestamp;
use rules_service::{
    config::Config,
    drive::{AggregatorAsk, AggregatorDriver, AggregatorReply, AggregatorRequest},
    ports::Unavailable,
};
use worker::{Env, console_error};

use crate::{
    alarm::Alarm,
    notifier::FetchNotifier,
    object_call::{AlertsAnswer, AlertsQuestion},
    rules::copy_out,
    shell::{ObjectStorage, Work, object},
    sql_rules::{SqlRules, Stored},
    sql_store::SqlStore,
};

object! {
    /// The one object that owns the alerts, their notifications and the rule set.
    AlertAggregator does Alerts
}

/// What the object works with.
#[derive(Debug)]
struct Alerts {
    env: Env,
    config: Rc<Config>,
    storage: ObjectStorage,
}

impl Work for Alerts {
    type Question = AlertsQuestion;
    type Answer = AlertsAnswer;

    const NAME: &'static str = "the aggregator";

    fn new(env: Env, config: Rc<Config>, storage: ObjectStorage) -> Self {
        Self { env, config, storage }
    }

    fn alarm(&self) -> &Alarm {
        &self.storage.alarm
    }

    async fn handle(
        &self,
        _scope: &str,
        asked: AlertsQuestion,
    ) -> Result<AlertsAnswer, Unavailable> {
        match asked {
            AlertsQuestion::Aggregator(request) => {
                Ok(AlertsAnswer::Aggregator(self.aggregate(request).await))
            }
            AlertsQuestion::LoadRules => {
                let (version, text) = self.rules().load()?;
                Ok(AlertsAnswer::Rules { version, text })
            }
            AlertsQuestion::StoreRules { expected, text } => {
                match self.rules().store(expected, &text)? {
                    Stored::As(version) => {
                        self.copy_rules().await;
                        Ok(AlertsAnswer::Stored(version))
                    }
                    Stored::Conflict((version, text)) => Ok(AlertsAnswer::Rules { version, text }),
                }
            }
        }
    }

    fn unavailable(why: String) -> AlertsAnswer {
        AlertsAnswer::Unavailable(why)
    }

    async fn wake(&self, now: Timestamp) -> Result<(), Unavailable> {
        match self.aggregate(AggregatorRequest { now, ask: AggregatorAsk::Tick }).await {
            AggregatorReply::Unavailable(why) => Err(Unavailable(why)),
            _ => Ok(()),
        }
    }
}

impl Alerts {
    async fn aggregate(&self, request: AggregatorRequest) -> AggregatorReply {
        if request.ask == AggregatorAsk::Tick {
            self.copy_rules().await;
        }
        let driver = AggregatorDriver {
            store: &SqlStore(&self.storage.database),
            notifier: &FetchNotifier,
            wakeups: &self.storage.alarm,
            config: &self.config,
        };
        driver.handle(request).await
    }

    /// Copies the rule set to KV if that was not done yet. The shards were told
    /// of it, so an error only means that the next tick tries again.
    async fn copy_rules(&self) {
        let copy = async {
            if let Some(set) = self.rules().not_copied()? {
                copy_out(&self.env, &set).await?;
                self.rules().copied(set.0)?;
            }
            Ok(())
        };
        if let Err(Unavailable(why)) = copy.await {
            console_error!("copy of the rule set: {why}");
        }
    }

    fn rules(&self) -> SqlRules<'_> {
        SqlRules(&self.storage.database)
    }
}
