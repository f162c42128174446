use rules_core::{CellKey, Timestamp, Transition};
use sorted::SortedSet;

use super::{
    EngineCache, Machine, StateReport,
    commit::{
        COMMIT_ATTEMPTS_MAX, Cells, DUE_MAX, ROUNDS_MAX, contended, load, stuck, wake_after_error,
    },
    post::{OUTBOX_CHUNK, OUTBOX_RETRY, Post},
    survey::survey,
};
use crate::ports::{
    AggregatorPort, Commit, Fleets, Loaded, RuleStore, Store, Unavailable, Version, WakeUps,
};

/// Runs one scope whose machine judges by rules, a [`super::PartitionDriver`]
/// or a [`super::FleetDriver`], on what a host provides. Borrows everything,
/// so a host makes one for each request.
#[derive(Debug)]
pub struct RuleDriver<'a, M, S, R, A, F, W> {
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
    /// Who takes what it has to tell groups.
    pub fleets: &'a F,
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
    /// Takes in `input`, which somebody who judges by version `at_least` of
    /// the rule set sends; gives the step and what happened to alerts. When it
    /// returns, all of it is stored, and whatever is still to be done has a wake-up.
    pub(super) async fn take_in(
        &self,
        input: &M::Input,
        at_least: Version,
        now: Timestamp,
    ) -> Result<(M::Step, Vec<Transition>), Unavailable> {
        let Stepped { step, rules } = self.step(input, &[], at_least, now).await?;
        let mut transitions = M::transitions(&step);
        let rest = async {
            if rules == RulesSeen::New {
                // A push that was lost. What became due by it has its wake-up.
                transitions.extend(self.watch_unseen(now).await?);
            }
            transitions.extend(self.settle(now).await?);
            Ok(())
        };
        self.woken_if_it_fails(rest, now).await?;
        Ok((step, transitions))
    }

    /// Takes on the rule set that reads `text`, and judges everything anew.
    pub(super) async fn take_on(
        &self,
        version: Version,
        text: &str,
        now: Timestamp,
    ) -> Result<Vec<Transition>, Unavailable> {
        self.learn(version, text, now).await?;
        self.run(self.judge_anew(now), now).await
    }

    /// Makes the rule set that reads `text` known, and judges nothing yet.
    pub(super) async fn learn(
        &self,
        version: Version,
        text: &str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.rules.learn(version, text).await?;
        self.engines.take_on(version, text, now)?;
        Ok(())
    }

    /// Runs what is due.
    pub(super) async fn tick(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        self.run(self.look_and_run_due(now), now).await
    }

    /// The report of the whole state, without counts, and the counts.
    pub(super) async fn report(&self) -> Result<(StateReport, M::Counters), Unavailable> {
        let (loaded, report) = survey(self.store, self.scope).await?;
        let state = self.decode(&loaded, Cells::new())?;
        Ok((report, M::counters(&state)))
    }

    /// The counts alone.
    pub(super) async fn counters(&self) -> Result<M::Counters, Unavailable> {
        Ok(M::counters(&self.header().await?))
    }

    async fn run(
        &self,
        steps: impl Future<Output = Result<Vec<Transition>, Unavailable>>,
        now: Timestamp,
    ) -> Result<Vec<Transition>, Unavailable> {
        let work = async {
            let mut transitions = steps.await?;
            transitions.extend(self.settle(now).await?);
            Ok(transitions)
        };
        self.woken_if_it_fails(work, now).await
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
        if M::rules_version(&self.header().await?) < engine.version() {
            self.judge_anew(now).await
        } else {
            self.run_due(now).await
        }
    }

    /// Lets every cell take on the newest rule set.
    async fn judge_anew(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        // A step that sees a new rule set makes every cell due.
        let mut transitions = self.tick_on(&[], now).await?;
        transitions.extend(self.watch_unseen(now).await?);
        transitions.extend(self.run_due(now).await?);
        Ok(transitions)
    }

    /// Begins to watch what rules name, seen or not.
    async fn watch_unseen(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let engine = self.engines.engine(self.rules, 0, now).await?;
        let cells = engine.watched_unseen(self.scope, self.shards);
        let cells: Vec<String> = cells.iter().map(|cell| cell.as_str().to_owned()).collect();
        let mut transitions = Vec::new();
        for chunk in cells.chunks(DUE_MAX) {
            transitions.extend(self.tick_on(chunk, now).await?);
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
            transitions.extend(self.tick_on(&due, now).await?);
            before = due;
        }
        Ok(transitions)
    }

    async fn tick_on(
        &self,
        cells: &[String],
        now: Timestamp,
    ) -> Result<Vec<Transition>, Unavailable> {
        let stepped = self.step(&M::TICK, cells, 0, now).await?;
        Ok(M::transitions(&stepped.step))
    }

    /// One step on the cells that `input` needs and those named `due`, again
    /// for as long as somebody else commits in between.
    async fn step(
        &self,
        input: &M::Input,
        due: &[String],
        mut at_least: Version,
        now: Timestamp,
    ) -> Result<Stepped<M::Step>, Unavailable> {
        for _ in 0..COMMIT_ATTEMPTS_MAX {
            let engine = self.engines.engine(self.rules, at_least, now).await?;
            let mut keys = engine.cells_for(input);
            keys.extend(due.iter().cloned().map(CellKey::from_stored));
            let (loaded, cells) = load(self.store, self.scope, keys).await?;
            let mut state = self.decode(&loaded, cells)?;
            let seen = M::rules_version(&state);
            if engine.version() < seen {
                at_least = seen;
                continue;
            }
            let rules = if engine.version() > seen { RulesSeen::New } else { RulesSeen::Same };
            let step = engine.step(&mut state, input, now);
            let Some(changes) = M::take_changes(&mut state) else {
                return Ok(Stepped { step, rules });
            };
            let commit = self.store.commit(self.scope, loaded.version, &changes).await?;
            if let Commit::Stored(_) = commit {
                return Ok(Stepped { step, rules });
            }
        }
        Err(contended(self.scope))
    }

    /// Hands over the outbox and asks to be called back; gives what came of it
    /// in groups. That a receiver does not answer is no error: what is for it
    /// stays stored, and comes later.
    async fn settle(&self, now: Timestamp) -> Result<Vec<Transition>, Unavailable> {
        let mut page = self.store.outbox(self.scope, 0, OUTBOX_CHUNK).await?;
        if !page.is_empty() {
            // Armed before the work: the host may die while it waits.
            self.ask_to_be_woken(Some(now.plus(OUTBOX_RETRY))).await?;
        }
        let mut post = Post::new(self.scope, self.shards, self.aggregator, self.fleets);
        while let Some(&(last, _)) = page.last()
            && post.may_go_on()
        {
            let stored = post.hand_over(page, now).await;
            self.store.outbox_done(self.scope, &stored).await?;
            page = self.store.outbox(self.scope, last, OUTBOX_CHUNK).await?;
        }
        if page.is_empty() && post.is_done() {
            self.ask_to_be_woken(None).await?;
        }
        Ok(post.transitions)
    }

    async fn ask_to_be_woken(&self, retry_at: Option<Timestamp>) -> Result<(), Unavailable> {
        let due_at = self.store.next_wake(self.scope).await?;
        self.wakeups.wake_at(self.scope, due_at.into_iter().chain(retry_at).min()).await
    }

    /// The state without any cell.
    pub(super) async fn header(&self) -> Result<M::State, Unavailable> {
        let (loaded, cells) = load(self.store, self.scope, SortedSet::new()).await?;
        self.decode(&loaded, cells)
    }

    /// State that does not read back is left as it is, for a version of the
    /// code that can read it.
    pub(super) fn decode(&self, loaded: &Loaded, cells: Cells) -> Result<M::State, Unavailable> {
        M::decode(loaded.header.as_deref(), cells)
            .map_err(|error| Unavailable(format!("{}: {error}", self.scope)))
    }
}

/// What one committed step brought forth.
struct Stepped<T> {
    step: T,
    rules: RulesSeen,
}

/// Whether a scope had been judged by the engine's rule set before.
#[derive(Clone, Copy, Eq, PartialEq)]
enum RulesSeen {
    Same,
    New,
}
