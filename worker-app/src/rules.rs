//! The rule set: one object owns it, KV carries copies of it everywhere.
//!
//! KV has no compare-and-set and may be a minute behind, so it decides nothing.
//! Whoever judges believes the newest of what it was told and what KV says, keeps
//! that beside its state, and asks the owner where neither knows of a rule set
//! that is new enough.

use std::time::Duration;

use rules_service::ports::{Commit, RuleStore, Unavailable, Version};
use worker::Env;

use crate::{
    clock::within,
    kv,
    object_call::{AlertsAnswer, AlertsQuestion, Object, unexpected},
    sql::Database,
    sql_rules::{RuleSet, SqlRules},
};

/// The key of the copy in the namespace `RULES`.
const KEY: &str = "rules";
/// How long KV may take.
const KV_PATIENCE: Duration = Duration::from_secs(5);

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
            _ => Err(unexpected()),
        }
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        match self.ask(AlertsQuestion::StoreRules { expected, text: text.to_owned() }).await? {
            AlertsAnswer::Stored(version) => Ok(Commit::Stored(version)),
            AlertsAnswer::Rules { .. } => Ok(Commit::Conflict),
            _ => Err(unexpected()),
        }
    }
}

/// The rule set as a shard or a fleet shard knows it.
#[derive(Debug)]
pub(crate) struct KnownRules<'a> {
    /// The object's database.
    pub(crate) database: &'a Database,
    /// The bindings.
    pub(crate) env: &'a Env,
    /// The rule set's owner.
    pub(crate) owner: OwnedRules,
}

impl RuleStore for KnownRules<'_> {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        self.load_at_least(1).await
    }

    async fn load_at_least(&self, version: Version) -> Result<(Version, String), Unavailable> {
        let copy = copied(self.env).await;
        // Read after the wait: somebody may have told of a newer one meanwhile.
        let told = SqlRules(self.database).load()?;
        let newest = match copy {
            Some(copy) if copy.0 > told.0 && copy.0 >= version => copy,
            _ if told.0 >= version.max(1) => return Ok(told),
            _ => self.owner.load().await?,
        };
        self.learn(newest.0, &newest.1).await?;
        Ok(newest)
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
    let copy = format!("{version}\n{text}");
    match within(KV_PATIENCE, kv::put(env, KEY, &copy)).await {
        Some(done) => done.map_err(|error| Unavailable(format!("KV: {error}"))),
        None => Err(Unavailable("KV: no answer in time".to_owned())),
    }
}

/// The copy; `None` where there is none, or KV does not answer: it is a
/// convenience, not a source.
async fn copied(env: &Env) -> Option<RuleSet> {
    let text = within(KV_PATIENCE, kv::get(env, KEY)).await?.ok()??;
    parse_copy(&text)
}

/// Reads what [`copy_out`] wrote: the version on a line of its own, then the text.
fn parse_copy(copy: &str) -> Option<RuleSet> {
    let (version, text) = copy.split_once('\n')?;
    Some((version.parse().ok()?, text.to_owned()))
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
