use rules_core::{
    CellKey, Span, Timestamp, Transition,
    partition::{Input, Partition, Step},
};
use sorted::SortedSet;

use super::{
    AggregatorAsk, AggregatorReply, AggregatorRequest, EngineCache, PartitionAsk, PartitionReply,
    PartitionRequest, StateReport,
    commit::{
        COMMIT_ATTEMPTS_MAX, Cells, DUE_MAX, ROUNDS_MAX, contended, load, stuck, wake_after_error,
    },
    shard_of, shard_scope,
    survey::survey,
};
use crate::ports::{
    AggregatorPort, Commit, Loaded, RuleStore, Store, Unavailable, Version, WakeUps,
};

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
    /// How many partitions there are.
    pub shards: u32,
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
            PartitionAsk::Counters => {
                self.header().await.map(|state| PartitionReply::Counters(state.counters()))
            }
            PartitionAsk::State => self.report().await.map(PartitionReply::State),
        };
        reply.unwrap_or_else(|Unavailable(why)| PartitionReply::Unavailable(why))
    }

    async fn take_in(&self, input: &Input, now: Timestamp) -> Result<PartitionReply, Unavailable> {
        let Stepped { step, rules } = self.step(input, &[], now).await?;
        let mut transitions: Vec<Transition> = step.transitions().collect();
        let receipts = step.receipts;
        let rest = async {
            if rules == RulesSeen::New {
                // A push that was lost. What became due by it has its wake-up.
                transitions.extend(self.watch_named(now).await?);
            }
            self.settle(now).await
        };
        self.woken_if_it_fails(rest, now).await?;
        Ok(PartitionReply::Stepped { receipts, transitions })
    }

    async fn take_on(
        &self,
        version: Version,
        text: &str,
        now: Timestamp,
    ) -> Result<PartitionReply, Unavailable> {
        self.rules.learn(version, text).await?;
        self.engines.take_on(version, text, now)?;
        self.run(self.judge_anew(now), now).await
    }

    async fn tick(&self, now: Timestamp) -> Result<PartitionReply, Unavailable> {
        self.run(self.look_and_run_due(now), now).await
    }

    async fn run(
        &self,
        steps: impl Future<Output = Result<Vec<Transition>, Unavailable>>,
        now: Timestamp,
    ) -> Result<PartitionReply, Unavailable> {
        let work = async {
            let transitions = steps.await?;
            self.settle(now).await?;
            Ok(transitions)
        };
        let transitions = self.woken_if_it_fails(work, now).await?;
        Ok(PartitionReply::Stepped { receipts: Vec::new(), transitions })
    }

    /// Whatever `work` leaves undone has a wake-up, also if it fails.
    async fn woken_if_it_fails<T>(
        &self,
        work: impl Future<Output = Result<T, Unavailable>>,
        now: Timestamp,
    ) -> Result<T, Unavailable> {
        let done = work.await;
        if done.is_err() {
            wake_after_error(self.store, self.wakeups, self.scope, now).await?;
        }
        done
    }

    /// As [`Self::run_due`], after a look for a rule set whose push was lost.
    async fn look_and_run_due(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let engine = self.engines.engine(self.rules, 0, now).await?;
        if self.header().await?.rules_version() < engine.version() {
            self.judge_anew(now).await
        } else {
            self.run_due(now).await
        }
    }

    /// Lets every device take on the newest rule set.
    async fn judge_anew(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        // A step that sees a new rule set makes every cell due.
        let judged = self.step(&Input::Tick, &[], now).await?;
        let mut transitions: Vec<Transition> = judged.step.transitions().collect();
        transitions.extend(self.watch_named(now).await?);
        transitions.extend(self.run_due(now).await?);
        Ok(transitions)
    }

    /// Begins to watch the devices that rules about silence name, seen or not.
    async fn watch_named(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let engine = self.engines.engine(self.rules, 0, now).await?;
        let named = engine.named_devices().into_iter();
        let ours = named.filter(|device| shard_scope(shard_of(device, self.shards)) == self.scope);
        let cells: Vec<String> =
            ours.map(|device| CellKey::device(device).as_str().to_owned()).collect();
        let mut transitions = Vec::new();
        for chunk in cells.chunks(DUE_MAX) {
            transitions.extend(self.step(&Input::Tick, chunk, now).await?.step.transitions());
        }
        Ok(transitions)
    }

    /// Steps until nothing is due at `now`. What [`ROUNDS_MAX`] leaves over
    /// has its wake-up.
    async fn run_due(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let mut transitions = Vec::new();
        let mut before = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let due = self.store.due(self.scope, now, DUE_MAX).await?;
            if due.is_empty() {
                break;
            }
            if due == before {
                return Err(stuck(self.scope, &due, now));
            }
            transitions.extend(self.step(&Input::Tick, &due, now).await?.step.transitions());
            before = due;
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
    ) -> Result<Stepped, Unavailable> {
        let mut at_least = 0;
        for _ in 0..COMMIT_ATTEMPTS_MAX {
            let engine = self.engines.engine(self.rules, at_least, now).await?;
            let mut keys = engine.cells_for(input);
            keys.extend(due.iter().cloned().map(CellKey::from_stored));
            let (loaded, cells) = load(self.store, self.scope, keys).await?;
            let mut state = self.decode(&loaded, cells)?;
            at_least = state.rules_version();
            if engine.version() < at_least {
                continue;
            }
            let rules = if engine.version() > at_least { RulesSeen::New } else { RulesSeen::Same };
            let step = engine.step(&mut state, input, now);
            let Some(changes) = state.take_changes() else { return Ok(Stepped { step, rules }) };
            let commit = self.store.commit(self.scope, loaded.version, &changes).await?;
            if let Commit::Stored(_) = commit {
                return Ok(Stepped { step, rules });
            }
        }
        Err(contended(self.scope))
    }

    /// Hands over the outbox and asks to be called back. That the aggregator
    /// does not answer is no error: the outbox is stored, and comes later.
    async fn settle(&self, now: Timestamp) -> Result<(), Unavailable> {
        let mut chunk = self.store.outbox(self.scope, 0, OUTBOX_CHUNK).await?;
        if !chunk.is_empty() {
            // Armed before the work: the host may die while it waits.
            self.ask_to_be_woken(Some(now.plus(OUTBOX_RETRY))).await?;
        }
        while !chunk.is_empty() {
            let sequences: Vec<u64> = chunk.iter().map(|(sequence, _)| *sequence).collect();
            let ask = AggregatorAsk::Transitions { sender: self.scope.to_owned(), items: chunk };
            let reply = self.aggregator.call(AggregatorRequest { now, ask }).await;
            if reply != Ok(AggregatorReply::Done) {
                return Ok(());
            }
            self.store.outbox_done(self.scope, &sequences).await?;
            chunk = self.store.outbox(self.scope, 0, OUTBOX_CHUNK).await?;
        }
        self.ask_to_be_woken(None).await
    }

    async fn ask_to_be_woken(&self, retry_at: Option<Timestamp>) -> Result<(), Unavailable> {
        let due_at = self.store.next_wake(self.scope).await?;
        self.wakeups.wake_at(self.scope, due_at.into_iter().chain(retry_at).min()).await
    }

    async fn report(&self) -> Result<StateReport, Unavailable> {
        let (loaded, report) = survey(self.store, self.scope).await?;
        let counters = self.decode(&loaded, Cells::new())?.counters();
        Ok(StateReport { partition: Some(counters), ..report })
    }

    /// The state without any cell.
    async fn header(&self) -> Result<Partition, Unavailable> {
        let (loaded, cells) = load(self.store, self.scope, SortedSet::new()).await?;
        self.decode(&loaded, cells)
    }

    /// State that does not read back is left as it is, for a version of the
    /// code that can read it.
    fn decode(&self, loaded: &Loaded, cells: Cells) -> Result<Partition, Unavailable> {
        Partition::decode(loaded.header.as_deref(), cells)
            .map_err(|error| Unavailable(format!("{}: {error}", self.scope)))
    }
}

/// What one committed step brought forth.
struct Stepped {
    step: Step,
    rules: RulesSeen,
}

/// Whether a partition had been judged by the engine's rule set before.
#[derive(Clone, Copy, Eq, PartialEq)]
enum RulesSeen {
    Same,
    New,
}
