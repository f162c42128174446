//! The rule set: one object owns it, KV carries copies of it everywhere.
//!
//! KV has no compare-and-set and may be a minute behind, so it decides nothing.
//! A shard believes the newest of what it was told, what KV says, and, where
//! neither knows of a rule set, the owner.

use std::{cell::RefCell, time::Duration};

use rules_core::{Span, Timestamp};
use rules_service::ports::{Commit, RuleStore, Unavailable, Version};
use worker::Env;

use crate::{
    clock::{now, within},
    object_call::{AlertsAnswer, AlertsQuestion, Object},
    sql::Database,
    sql_rules::{RuleSet, SqlRules},
};

/// The key of the copy in the namespace `RULES`.
const KEY: &str = "rules";
/// How long KV may take.
const KV_PATIENCE: Duration = Duration::from_secs(5);
/// How long an isolate believes what it read from KV. KV itself may be a minute behind.
const COPY_KEPT: Span = Span::from_secs(30);

thread_local! {
    /// The newest copy that this isolate has seen, and when it last asked for one.
    static COPY: RefCell<Option<(Timestamp, RuleSet)>> = const { RefCell::new(None) };
}

/// The rule set as its owner has it: for the API, where a lag would confuse.
#[derive(Debug)]
pub(crate) struct OwnedRules {
    owner: Object,
}

impl OwnedRules {
    /// Asks `owner`, the aggregator's object.
    pub(crate) fn new(owner: Object) -> Self {
        Self { owner }
    }

    async fn ask(&self, question: AlertsQuestion) -> Result<AlertsAnswer, Unavailable> {
        match self.owner.ask(&question).await? {
            AlertsAnswer::Unavailable(why) => Err(Unavailable(why)),
            answer => Ok(answer),
        }
    }
}

impl RuleStore for OwnedRules {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        match self.ask(AlertsQuestion::LoadRules).await? {
            AlertsAnswer::Rules { version, text } => Ok((version, text)),
            other => Err(unexpected(&other)),
        }
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        match self.ask(AlertsQuestion::StoreRules { expected, text: text.to_owned() }).await? {
            AlertsAnswer::Stored(version) => Ok(Commit::Stored(version)),
            AlertsAnswer::Rules { .. } => Ok(Commit::Conflict),
            other => Err(unexpected(&other)),
        }
    }
}

/// The rule set as a shard knows it.
#[derive(Debug)]
pub(crate) struct KnownRules<'a> {
    /// The shard's database.
    pub(crate) database: &'a Database,
    /// The bindings.
    pub(crate) env: &'a Env,
    /// The rule set's owner.
    pub(crate) owner: OwnedRules,
}

impl RuleStore for KnownRules<'_> {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        let told = SqlRules(self.database).load()?;
        let copy = copied(self.env).await;
        let newest = match copy {
            Some(copy) if copy.0 > told.0 => copy,
            _ => told,
        };
        if newest.0 > 0 { Ok(newest) } else { self.owner.load().await }
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        self.owner.store(expected, text).await
    }

    async fn learn(&self, version: Version, text: &str) -> Result<(), Unavailable> {
        SqlRules(self.database).learn(version, text)
    }
}

/// Copies the rule set to where every location reads it.
pub(crate) async fn copy_out(env: &Env, (version, text): &RuleSet) -> Result<(), Unavailable> {
    let put = async {
        let copy = env.kv("RULES")?.put(KEY, format!("{version}\n{text}"))?;
        Ok::<(), worker::Error>(copy.execute().await?)
    };
    match within(KV_PATIENCE, put).await {
        Some(done) => done.map_err(|error| Unavailable(format!("KV: {error}"))),
        None => Err(Unavailable("KV: no answer in time".to_owned())),
    }
}

/// The copy, not older than any that this isolate saw; `None` where there is
/// none, or KV does not answer: it is a convenience, not a source.
async fn copied(env: &Env) -> Option<RuleSet> {
    let now = now();
    let known = COPY.with_borrow(Clone::clone);
    if let Some((asked_at, copy)) = &known
        && now.since(*asked_at) < COPY_KEPT
    {
        return Some(copy.clone()).filter(|copy| copy.0 > 0);
    }
    let get = async { Ok::<_, worker::Error>(env.kv("RULES")?.get(KEY).text().await?) };
    let read = match within(KV_PATIENCE, get).await {
        Some(Ok(text)) => text.as_deref().and_then(parse_copy),
        Some(Err(_)) | None => None,
    };
    let known = known.map(|(_, copy)| copy);
    let newest = read.into_iter().chain(known).max_by_key(|copy| copy.0).unwrap_or_default();
    COPY.set(Some((now, newest.clone())));
    Some(newest).filter(|copy| copy.0 > 0)
}

/// Reads what [`copy_out`] wrote: the version on a line of its own, then the text.
fn parse_copy(copy: &str) -> Option<RuleSet> {
    let (version, text) = copy.split_once('\n')?;
    Some((version.parse().ok()?, text.to_owned()))
}

fn unexpected(answer: &AlertsAnswer) -> Unavailable {
    Unavailable(format!("alerts: an answer to another question: {answer:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_was_not_written_by_us_is_none() {
        assert_eq!(parse_copy("7\n{\"rules\":{}}"), Some((7, "{\"rules\":{}}".to_owned())));
        assert_eq!(parse_copy("7"), None);
        assert_eq!(parse_copy("seven\n{}"), None);
    }
}
