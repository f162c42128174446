use std::rc::Rc;

use rules_core::{CellKey, DecodeError, Timestamp, Transition};
use sorted::SortedSet;

use super::{
    EngineCache, Machine, StateReport,
    commit::{Cells, load},
    rounds::{Rounds, RulesSeen, Turn, Turned},
    survey::survey,
};
use crate::ports::{
    AggregatorPort, Fleets, Loaded, RuleStore, Store, Unavailable, Version, WakeUps,
};

/// Runs one scope whose machine judges by rules, a [`super::PartitionDriver`]
/// or a [`super::FleetDriver`], on what a host provides. Borrows everything,
/// so a host makes one for each request.
#[derive(Debug)]
pub struct RuleDriver<'a, M: Machine, S, R, A, F, W> {
    /// The scope, [`super::shard_scope`] or [`super::fleet_scope`].
    pub scope: &'a str,
    /// How many scopes of its kind there are.
    pub shards: u32,
    /// Where its state lives.
    pub store: &'a S,
    /// Where the rule set lives.
    pub rules: &'a R,
    /// Compiled rule sets, kept as long as the process or object lives.
    pub engines: &'a EngineCache<M>,
    /// Who takes its transitions.
    pub aggregator: &'a A,
    /// Who takes what it has to tell groups; `None` of groups themselves, as none has anything to tell another.
    pub fleets: Option<&'a F>,
    /// Who calls back.
    pub wakeups: &'a W,
}

impl<M, S, R, A, F, W> RuleDriver<'_, M, S, R, A, F, W>
where
    M: Machine,
    S: Store,
    R: RuleStore,
    A: AggregatorPort,
    F: Fleets,
    W: WakeUps,
{
    /// What does not depend on the machine.
    pub(super) fn rounds(&self) -> Rounds<'_, S, R, A, F, W> {
        Rounds {
            scope: self.scope,
            shards: self.shards,
            store: self.store,
            rules: self.rules,
            judge: self.engines,
            aggregator: self.aggregator,
            fleets: self.fleets,
            wakeups: self.wakeups,
        }
    }

    /// Takes in `input` as [`Rounds::take`] does; gives the step, too.
    pub(super) async fn take_in(
        &self,
        input: M::Input,
        at_least: Version,
        now: Timestamp,
    ) -> Result<(Option<M::Step>, Vec<Transition>), Unavailable> {
        let mut turn = Taking::new(self.engines, input);
        let transitions = self.rounds().take(&mut turn, at_least, now).await?;
        Ok((turn.step, transitions))
    }

    /// The report of the whole state, without counts, and the counts.
    pub(super) async fn report(&self) -> Result<(StateReport, M::Counters), Unavailable> {
        let (loaded, report) = survey(self.store, self.scope).await?;
        let state = self.decode(&loaded, Cells::new())?;
        Ok((report, M::counters(&state)))
    }

    /// The counts alone.
    pub(super) async fn counters(&self) -> Result<M::Counters, Unavailable> {
        let (loaded, cells) = load(self.store, self.scope, SortedSet::new()).await?;
        Ok(M::counters(&self.decode(&loaded, cells)?))
    }

    /// State that does not read back is left as it is, for a version of the
    /// code that can read it.
    pub(super) fn decode(&self, loaded: &Loaded, cells: Cells) -> Result<M::State, Unavailable> {
        M::decode(loaded.header.as_deref(), cells)
            .map_err(|error| Unavailable(format!("{}: {error}", self.scope)))
    }
}

/// One input on its way through a machine.
pub(super) struct Taking<'a, M: Machine> {
    engines: &'a EngineCache<M>,
    input: M::Input,
    engine: Option<Rc<M>>,
    /// Kept before the step, and changed by it after.
    state: Option<M::State>,
    step: Option<M::Step>,
}

impl<'a, M: Machine> Taking<'a, M> {
    pub(super) fn new(engines: &'a EngineCache<M>, input: M::Input) -> Self {
        Self { engines, input, engine: None, state: None, step: None }
    }
}

impl<M: Machine> Turn for Taking<'_, M> {
    fn cells(&mut self) -> SortedSet<CellKey> {
        self.engine = self.engines.newest();
        self.engine.as_ref().map(|engine| engine.cells_for(&self.input)).unwrap_or_default()
    }

    fn take_kept(&mut self, scope: &str, cells: &mut SortedSet<CellKey>) -> Option<Version> {
        self.state = None;
        let kept = self.engines.kept().zip(self.engine.as_ref());
        let (version, state) =
            kept.and_then(|(kept, engine)| kept.take(scope, engine.version()))?;
        *cells = std::mem::take(cells).into_iter().filter(|key| !M::has(&state, key)).collect();
        self.state = Some(state);
        Some(version)
    }

    fn step(
        &mut self,
        header: Option<&[u8]>,
        cells: Cells,
        now: Timestamp,
    ) -> Result<Turned, DecodeError> {
        let mut state = match self.state.take() {
            Some(mut state) => M::add(&mut state, cells).map(|()| state)?,
            None => M::decode(header, cells)?,
        };
        let seen = M::rules_version(&state);
        let Some(engine) = self.engine.as_ref().filter(|engine| engine.version() >= seen) else {
            return Ok(Turned::Behind(seen));
        };
        let rules = if engine.version() > seen { RulesSeen::New } else { RulesSeen::Same };
        self.step = Some(engine.step(&mut state, &self.input, now));
        let changes = M::take_changes(&mut state);
        self.state = Some(state);
        Ok(Turned::Stepped(rules, changes))
    }

    fn stored(&mut self, scope: &str, version: Version) {
        if let Some((kept, state)) = self.engines.kept().zip(self.state.take()) {
            kept.put(scope, version, state);
        }
    }

    fn transitions(&self) -> Vec<Transition> {
        self.step.as_ref().map(M::transitions).unwrap_or_default()
    }
}
