use std::{fmt, rc::Rc};

use futures_util::future::LocalBoxFuture;
use rules_core::Timestamp;
use rules_service::{config::Config, ports::Unavailable};
use serde::{Serialize, de::DeserializeOwned};
use worker::{Env, Request, Response, State, Storage, console_error};

use crate::{
    alarm::Alarm,
    clock::now,
    configuration::{configuration, mistakes},
    sql::Database,
    sql_rules, sql_store,
};

/// What an object does, beside being one.
pub(crate) trait Work: Sized {
    /// What it is asked.
    type Question: DeserializeOwned;
    /// What it answers.
    type Answer: Serialize;

    /// What it is called in the log.
    const NAME: &'static str;

    /// What it works with, made once for each time that the object is woken.
    fn new(env: Env, config: Rc<Config>, storage: ObjectStorage) -> Self;

    /// The object's alarm.
    fn alarm(&self) -> &Alarm;

    /// Answers; the caller knows the object by the name `scope`.
    async fn handle(&self, scope: &str, asked: Self::Question)
    -> Result<Self::Answer, Unavailable>;

    /// What it answers when it cannot.
    fn unavailable(why: String) -> Self::Answer;

    /// Runs what is due at `now`; the alarm is set anew already.
    async fn wake(&self, now: Timestamp) -> Result<(), Unavailable>;
}

/// What an object keeps over the times that it is woken.
#[derive(Debug)]
pub(crate) struct ObjectStorage {
    /// Its tables.
    pub(crate) database: Database,
    /// Its alarm.
    pub(crate) alarm: Alarm,
}

/// A Durable Object around its [`Work`]: questions come in by `fetch`, time by
/// `alarm`. While the configuration is wrong it says so to everyone.
///
/// It knows its work by bytes and boxes, so that all objects share its code.
pub(crate) struct Shell {
    work: Result<Box<dyn AnyWork>, Unavailable>,
    name: &'static str,
    unavailable: fn(String) -> Encoded,
}

/// An answer's bytes, or why it has none.
type Encoded = Result<Vec<u8>, postcard::Error>;

/// [`Work`] whose questions and answers are bytes.
trait AnyWork {
    fn alarm(&self) -> &Alarm;
    fn handle<'a>(
        &'a self,
        scope: &'a str,
        asked: &'a [u8],
    ) -> LocalBoxFuture<'a, Result<Encoded, Unavailable>>;
    fn wake(&self, now: Timestamp) -> LocalBoxFuture<'_, Result<(), Unavailable>>;
}

impl<W: Work> AnyWork for W {
    fn alarm(&self) -> &Alarm {
        Work::alarm(self)
    }

    fn handle<'a>(
        &'a self,
        scope: &'a str,
        asked: &'a [u8],
    ) -> LocalBoxFuture<'a, Result<Encoded, Unavailable>> {
        Box::pin(async move {
            let asked = postcard::from_bytes(asked).map_err(|why| Unavailable(why.to_string()))?;
            Ok(postcard::to_allocvec(&Work::handle(self, scope, asked).await?))
        })
    }

    fn wake(&self, now: Timestamp) -> LocalBoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(Work::wake(self, now))
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Shell {
    /// The object that does `W` with `state`, just woken.
    pub(crate) fn new<W: Work + 'static>(state: &State, env: Env) -> Self {
        let work = opened(state, &env).map(|(config, storage)| -> Box<dyn AnyWork> {
            Box::new(W::new(env, config, storage))
        });
        let unavailable = |why| postcard::to_allocvec(&W::unavailable(why));
        Self { work, name: W::NAME, unavailable }
    }

    pub(crate) async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        let reply = match (&self.work, request.bytes().await) {
            (Ok(work), Ok(asked)) => work.handle(path.trim_start_matches('/'), &asked).await,
            (Err(why), _) => Err(why.clone()),
            (_, Err(why)) => Err(Unavailable(why.to_string())),
        };
        let body = reply.unwrap_or_else(|Unavailable(why)| (self.unavailable)(why));
        Response::from_bytes(body.map_err(|error| error.to_string())?)
    }

    pub(crate) async fn alarm(&self) -> worker::Result<Response> {
        // An error would only use up one of the runtime's retries: the next alarm is set already.
        if let Err(error) = self.wake().await {
            console_error!("alarm of {}: {error}", self.name);
        }
        Response::empty()
    }

    async fn wake(&self) -> Result<(), Unavailable> {
        let work = self.work.as_ref().map_err(Clone::clone)?;
        let now = now();
        work.alarm().rang(now).await?;
        work.wake(now).await
    }
}

fn opened(state: &State, env: &Env) -> Result<(Rc<Config>, ObjectStorage), Unavailable> {
    let config = configuration(env).map_err(|found| mistakes(&found))?;
    let storage = ObjectStorage::open(state.storage(), &config)?;
    Ok((config, storage))
}

impl ObjectStorage {
    fn open(storage: Storage, config: &Config) -> Result<Self, Unavailable> {
        let schema = [sql_store::SCHEMA, sql_rules::SCHEMA].concat();
        let database = Database::open(&storage, &schema)?;
        Ok(Self { database, alarm: Alarm::new(storage, config.virtual_time) })
    }
}

/// The object that the runtime knows by the name of a struct, around its [`Work`].
macro_rules! object {
    ($(#[$about:meta])* $name:ident does $work:ty) => {
        $(#[$about])*
        #[worker::durable_object(alarm)]
        #[derive(Debug)]
        pub struct $name {
            shell: $crate::shell::Shell,
        }

        impl worker::DurableObject for $name {
            fn new(state: worker::State, env: worker::Env) -> Self {
                Self { shell: $crate::shell::Shell::new::<$work>(&state, env) }
            }

            async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
                self.shell.fetch(request).await
            }

            async fn alarm(&self) -> worker::Result<worker::Response> {
                self.shell.alarm().await
            }
        }
    };
}
pub(crate) use object;
