use rules_core::{
    CellKey, Span, Timestamp, Transition,
    partition::{Input, Partition, Step},
};

use super::{
    AggregatorAsk, AggregatorReply, AggregatorRequest, EngineCache, PartitionAsk, PartitionReply,
    PartitionRequest, StateReport,
    commit::{COMMIT_ATTEMPTS_MAX, DUE_MAX, PAUSE_AFTER_ERROR, ROUNDS_MAX, contended, load, stuck},
    survey::survey,
};
use crate::ports::{AggregatorPort, Commit, RuleStore, Store, Unavailable, WakeUps};

/// Messages handed to the aggregator in one call; of a transition with every
/// label it may have, some hundred kilobytes.
const OUTBOX_CHUNK: usize = 64;

/// When an outbox that the aggregator did not take is tried again.
const OUTBOX_RETRY: Span = Span::from_secs(1);

/// Runs one partition on what a host provides. Borrows everything, so a host
/// makes one for each request.
#[derive(Debug)]
pub struct PartitionDriver<'a, S, R, A, W> {
    /// The partition's scope, [`super::shard_scope`].
    pub scope: &'a str,
    /// Where its state lives.
    pub store: &'a S,
    /// Where the rule set lives.
    pub rules: &'a R,
    /// Compiled rule sets, kept as long as the process or object lives.
    pub engines: &'a EngineCache,
    /// Who takes its transitions.
    pub aggregator: &'a A,
    /// Who calls back.
    pub wakeups: &'a W,
}

impl<S: Store, R: RuleStore, A: AggregatorPort, W: WakeUps> PartitionDriver<'_, S, R, A, W> {
    /// Does what `request` asks. When it returns, everything that happened is
    /// stored, and whatever is still to be done has a wake-up.
    ///
    /// A reply `Unavailable` does not say that nothing happened: a request
    /// that is repeated is recognised, by its numbering or as duplicates.
    pub async fn handle(&self, request: PartitionRequest) -> PartitionReply {
        let PartitionRequest { now, ask } = request;
        let reply = match ask {
            PartitionAsk::Step(Input::Tick) => self.tick(now).await,
            PartitionAsk::Step(input) => self.take_in(&input, now).await,
            PartitionAsk::RulesChanged { version, text } => self.take_on(version, &text, now).await,
            PartitionAsk::State => self.report().await.map(PartitionReply::State),
        };
        reply.unwrap_or_else(|Unavailable(why)| PartitionReply::Unavailable(why))
    }

    async fn take_in(&self, input: &Input, now: Timestamp) -> Result<PartitionReply, Unavailable> {
        let Step { receipts, transitions } = self.step(input, &[], now).await?;
        self.settle(now).await?;
        Ok(PartitionReply::Stepped { receipts, transitions })
    }

    async fn take_on(
        &self,
        version: u64,
        text: &str,
        now: Timestamp,
    ) -> Result<PartitionReply, Unavailable> {
        let engine = self.engines.take_on(version, text, now)?;
        if engine.version() == version {
            self.rules.learn(version, text).await?;
        }
        self.tick(now).await
    }

    async fn tick(&self, now: Timestamp) -> Result<PartitionReply, Unavailable> {
        let transitions = match self.run_due(now).await {
            Ok(transitions) => transitions,
            Err(error) => {
                // The wake-up that brought this tick is spent.
                self.wakeups.wake_at(self.scope, Some(now.plus(PAUSE_AFTER_ERROR))).await?;
                return Err(error);
            }
        };
        self.settle(now).await?;
        Ok(PartitionReply::Stepped { receipts: Vec::new(), transitions })
    }

    /// Steps until nothing is due at `now`, and at least once, so that a rule
    /// set whose push was lost is noticed. What [`ROUNDS_MAX`] leaves over has
    /// its wake-up.
    async fn run_due(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let mut transitions = Vec::new();
        let mut before: Option<Vec<String>> = None;
        for _ in 0..ROUNDS_MAX {
            let due = self.store.due(self.scope, now, DUE_MAX).await?;
            if due.is_empty() && before.is_some() {
                break;
            }
            if before.as_ref() == Some(&due) {
                return Err(stuck(self.scope, &due, now));
            }
            transitions.extend(self.step(&Input::Tick, &due, now).await?.transitions);
            before = Some(due);
        }
        Ok(transitions)
    }

    /// One step on the cells that `input` needs and those named `due`, again
    /// for as long as somebody else commits in between.
    async fn step(
        &self,
        input: &Input,
        due: &[String],
        now: Timestamp,
    ) -> Result<Step, Unavailable> {
        let mut rules_version = 0;
        for _ in 0..COMMIT_ATTEMPTS_MAX {
            let engine = self.engines.engine(self.rules, rules_version, now).await?;
            let mut keys = engine.cells_for(input);
            keys.extend(due.iter().cloned().map(CellKey::from_stored));
            let (loaded, cells) = load(self.store, self.scope, keys).await?;
            let mut state = Partition::decode(loaded.header.as_deref(), cells)
                .map_err(|error| Unavailable(format!("{}: {error}", self.scope)))?;
            if engine.version() < state.rules_version() {
                rules_version = state.rules_version();
                continue;
            }
            let step = engine.step(&mut state, input, now);
            let Some(changes) = state.take_changes() else { return Ok(step) };
            let commit = self.store.commit(self.scope, loaded.version, &changes).await?;
            if let Commit::Stored(_) = commit {
                return Ok(step);
            }
        }
        Err(contended(self.scope))
    }

    /// Hands over the outbox and asks to be called back. That the aggregator
    /// does not answer is no error: the outbox is stored, and comes later.
    async fn settle(&self, now: Timestamp) -> Result<(), Unavailable> {
        let mut chunk = self.store.outbox(self.scope, OUTBOX_CHUNK).await?;
        if !chunk.is_empty() {
            // Armed before the work: the host may die while it waits.
            self.ask_to_be_woken(Some(now.plus(OUTBOX_RETRY))).await?;
        }
        while let Some(&(last, _)) = chunk.last() {
            let ask = AggregatorAsk::Transitions { sender: self.scope.to_owned(), items: chunk };
            let reply = self.aggregator.call(AggregatorRequest { now, ask }).await;
            if reply != Ok(AggregatorReply::Done) {
                return Ok(());
            }
            self.store.outbox_done(self.scope, last).await?;
            chunk = self.store.outbox(self.scope, OUTBOX_CHUNK).await?;
        }
        self.ask_to_be_woken(None).await
    }

    async fn ask_to_be_woken(&self, retry_at: Option<Timestamp>) -> Result<(), Unavailable> {
        let due_at = self.store.next_wake(self.scope).await?;
        self.wakeups.wake_at(self.scope, due_at.into_iter().chain(retry_at).min()).await
    }

    async fn report(&self) -> Result<StateReport, Unavailable> {
        let (header, report) = survey(self.store, self.scope).await?;
        let state = Partition::decode(header.as_deref(), [])
            .map_err(|error| Unavailable(format!("{}: {error}", self.scope)))?;
        Ok(StateReport { partition: Some(state.counters()), ..report })
    }
}
