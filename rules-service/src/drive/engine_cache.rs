use std::{cell::RefCell, rc::Rc};

use rules_core::{
    CellKey, DecodeError, Rule, Span, Timestamp, document,
    fleet::FleetEngine,
    partition::{Engine, Settings},
};

use super::{
    Machine,
    commit::Cells,
    kept::Kept,
    rounds::{self, Judge, Turn},
    rule_driver::Taking,
};
use crate::{
    ports::{RuleStore, Unavailable, Version},
    wire::RuleBook,
};

/// How long an engine is used before the rule store is asked for a newer one.
///
/// A new rule set is pushed to every scope, and a scope that has seen a newer
/// one than we know says so; this is only for a push that was lost.
/// Cloudflare KV lags by as much, and bills each load.
const RECHECK_AFTER: Span = Span::from_secs(60);

/// The compiled rule sets of a process: each machine has its own, made when
/// it is first asked for.
#[derive(Debug)]
pub struct Engines {
    /// For partitions.
    pub devices: EngineCache<Engine>,
    /// For groups.
    pub groups: EngineCache<FleetEngine>,
}

impl Engines {
    /// Empty caches of engines with `settings`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { devices: EngineCache::new(settings), groups: EngineCache::new(settings) }
    }

    /// As `new`, with partitions [`EngineCache::keeping`] their state.
    #[must_use]
    pub fn keeping(settings: Settings) -> Self {
        let Self { devices, groups } = Self::new(settings);
        Self { devices: devices.keeping(), groups }
    }
}

/// The compiled rule set of a process or object, shared by all scopes of the
/// machine `M` there, and by all devices or groups in them.
///
/// Never gives an engine older than one it gave before.
#[derive(Debug)]
pub struct EngineCache<M: Machine> {
    settings: Settings,
    newest: RefCell<Option<Newest<M>>>,
    kept: Option<Kept<M>>,
}

#[derive(Debug)]
struct Newest<M> {
    engine: Rc<M>,
    checked_at: Timestamp,
}

impl<M: Machine> EngineCache<M> {
    /// An empty cache of engines with `settings`.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, newest: RefCell::new(None), kept: None }
    }

    /// Keeps beside the rule set what it judged, so that a scope's next step
    /// need not load it again: where hardly anybody else works on the store.
    #[must_use]
    pub fn keeping(self) -> Self {
        Self { kept: Some(Kept::default()), ..self }
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
    ) -> Result<Rc<M>, Unavailable> {
        let engine = match self.newest().filter(|engine| engine.version() >= version) {
            Some(engine) => engine,
            None => Rc::new(M::compile(version, rules(version, text)?, self.settings)),
        };
        *self.newest.borrow_mut() = Some(Newest { engine: Rc::clone(&engine), checked_at: now });
        Ok(engine)
    }

    /// Where state is kept.
    pub(super) fn kept(&self) -> Option<&Kept<M>> {
        self.kept.as_ref()
    }

    /// The newest engine known.
    pub(super) fn newest(&self) -> Option<Rc<M>> {
        self.newest.borrow().as_ref().map(|known| Rc::clone(&known.engine))
    }
}

impl<M: Machine> Judge for EngineCache<M> {
    fn known(&self) -> Option<(Version, Timestamp)> {
        let newest = self.newest.borrow();
        newest.as_ref().map(|known| (known.engine.version(), known.checked_at))
    }

    fn take_on(&self, version: Version, text: &str, now: Timestamp) -> rounds::Newest {
        Ok(Self::take_on(self, version, text, now)?.version())
    }

    fn watched_unseen(&self, scope: &str, shards: u32) -> Vec<CellKey> {
        self.newest().map(|engine| engine.watched_unseen(scope, shards)).unwrap_or_default()
    }

    fn rules_version(&self, header: Option<&[u8]>) -> Result<Version, DecodeError> {
        Ok(M::rules_version(&M::decode(header, Cells::new())?))
    }

    fn tick(&self) -> Box<dyn Turn + '_> {
        Box::new(Taking::new(self, M::TICK))
    }
}

/// The version of the newest rule set that `judge` knows, `at_least` or later,
/// after a look into the rule store where that is needed.
///
/// # Errors
/// The rule store gave no rule set that new, or one that this version of
/// the code cannot read.
pub(super) async fn newest(
    judge: &dyn Judge,
    rules: &impl RuleStore,
    at_least: Version,
    now: Timestamp,
) -> Result<Version, Unavailable> {
    let known = judge.known().filter(|(version, _)| *version >= at_least);
    if let Some((version, checked_at)) = known
        && now.since(checked_at) < RECHECK_AFTER
    {
        return Ok(version);
    }
    let (version, text) = match (rules.load_at_least(at_least).await, known) {
        (Ok(loaded), _) => loaded,
        // It was good a minute ago: better than no judgement at all.
        (Err(_), Some((version, _))) => return Ok(version),
        (Err(error), None) => return Err(error),
    };
    let version = judge.take_on(version, &text, now)?;
    if version >= at_least {
        return Ok(version);
    }
    Err(Unavailable(format!(
        "somebody has judged by version {at_least} of the rule set, and the rule store still gives version {version}"
    )))
}

/// The rules of version `version` of the rule set, which reads `text`.
fn rules(version: Version, text: &str) -> Result<Vec<Rule>, Unavailable> {
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
    book.iter().map(read).collect()
}
