use std::{cell::RefCell, rc::Rc};

use rules_core::{
    Rule, Span, Timestamp, document,
    partition::{Engine, Settings},
};

use crate::{
    ports::{RuleStore, Unavailable, Version},
    wire::RuleBook,
};

/// How long an engine is used before the rule store is asked for a newer one.
///
/// A new rule set is pushed to every partition, and a partition that has seen
/// a newer one than we know says so; this is only for a push that was lost.
/// Cloudflare KV lags by as much, and bills each load.
const RECHECK_AFTER: Span = Span::from_secs(60);

/// The compiled rule set of a process or object, shared by its partitions.
///
/// Never gives an engine older than one it gave before.
#[derive(Debug)]
pub struct EngineCache {
    settings: Settings,
    newest: RefCell<Option<Newest>>,
}

#[derive(Clone, Debug)]
struct Newest {
    engine: Rc<Engine>,
    checked_at: Timestamp,
}

impl EngineCache {
    /// An empty cache of engines with `settings`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, newest: RefCell::new(None) }
    }

    /// The newest engine known, of version `at_least` or later.
    ///
    /// # Errors
    /// The rule store gave no rule set that new, or one that this version of
    /// the code cannot read.
    pub async fn engine(
        &self,
        rules: &impl RuleStore,
        at_least: Version,
        now: Timestamp,
    ) -> Result<Rc<Engine>, Unavailable> {
        let known = self.newest.borrow().clone();
        let known = known.filter(|known| known.engine.version() >= at_least);
        if let Some(known) = &known
            && now.since(known.checked_at) < RECHECK_AFTER
        {
            return Ok(Rc::clone(&known.engine));
        }
        let (version, text) = match (rules.load().await, known) {
            (Ok(loaded), _) => loaded,
            // It was good a minute ago: better than no judgement at all.
            (Err(_), Some(known)) => return Ok(known.engine),
            (Err(error), None) => return Err(error),
        };
        let engine = self.take_on(version, &text, now)?;
        if engine.version() >= at_least {
            return Ok(engine);
        }
        Err(Unavailable(format!(
            "the partition was judged by version {at_least} of the rule set, and the rule store still gives version {}",
            engine.version()
        )))
    }

    /// Makes version `version` of the rule set, which reads `text`, the newest
    /// known, unless a newer one is; gives the newest.
    ///
    /// # Errors
    /// This version of the code cannot read the rule set.
    pub fn take_on(
        &self,
        version: Version,
        text: &str,
        now: Timestamp,
    ) -> Result<Rc<Engine>, Unavailable> {
        let known = self.newest.borrow().as_ref().map(|known| Rc::clone(&known.engine));
        let engine = match known.filter(|engine| engine.version() >= version) {
            Some(engine) => engine,
            None => Rc::new(self.compile(version, text)?),
        };
        *self.newest.borrow_mut() = Some(Newest { engine: Rc::clone(&engine), checked_at: now });
        Ok(engine)
    }

    fn compile(&self, version: Version, text: &str) -> Result<Engine, Unavailable> {
        let refuse = |what: String| {
            Unavailable(format!("version {version} of the rule set does not read: {what}"))
        };
        let book = RuleBook::parse(text).map_err(|error| refuse(error.to_string()))?;
        let read = |(id, rule): (&str, &crate::wire::StoredRule)| -> Result<Rule, Unavailable> {
            document::read(&rule.document).map_err(|mistakes| {
                let first = mistakes.first().map_or("", |mistake| &mistake.message);
                refuse(format!("rule {id}: {first}"))
            })
        };
        let rules = book.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Engine::new(version, rules, self.settings))
    }
}
