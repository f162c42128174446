use rules_core::{CellKey, Changes, DecodeError, Timestamp, Transition};
use sorted::SortedSet;

use super::{
    commit::{
        COMMIT_ATTEMPTS_MAX, Cells, DUE_MAX, ROUNDS_MAX, contended, load, stuck, wake_after_error,
    },
    engine_cache::newest,
    post::{OUTBOX_CHUNK, OUTBOX_RETRY, Post},
};
use crate::{
    ports::{
        AggregatorPort, Commit, Fleets, Loaded, RuleStore, Store, Unavailable, Version, WakeUps,
    },
    together::Call,
};

/// A machine and the rule sets that it knows. The rounds of a scope see no
/// more of it, so that all machines share them.
pub(super) trait Judge {
    /// Version of the newest rule set known, and when the rule store was last asked for a newer one.
    fn known(&self) -> Option<(Version, Timestamp)>;
    /// Makes version `version`, which reads `text`, the newest known, unless a newer one is; gives the newest.
    fn take_on(&self, version: Version, text: &str, now: Timestamp) -> Newest;
    /// The cells of `scope`, one of `shards`, that the newest rules watch before anything has come for them.
    fn watched_unseen(&self, scope: &str, shards: u32) -> Vec<CellKey>;
    /// Version of the newest rule set that judged where a scope has this header.
    fn rules_version(&self, header: Option<&[u8]>) -> Result<Version, DecodeError>;
    /// Time passes.
    fn tick(&self) -> Box<dyn Turn + '_>;
}

/// The version of the newest rule set, or why it cannot be read.
pub(super) type Newest = Result<Version, Unavailable>;

/// One input to a machine, and what it brings forth.
pub(super) trait Turn {
    /// The cells that it needs loaded, by the newest rules known, which judge it then.
    fn cells(&mut self) -> SortedSet<CellKey>;
    /// Takes what is kept of `scope` for the step, and leaves of `cells` those
    /// that are not in it; gives its version, if there is any.
    fn take_kept(&mut self, scope: &str, cells: &mut SortedSet<CellKey>) -> Option<Version>;
    /// One step on what was loaded, and on what was kept: then the header is not looked at.
    fn step(
        &mut self,
        header: Option<&[u8]>,
        cells: Cells,
        now: Timestamp,
    ) -> Result<Turned, DecodeError>;
    /// What the last step made of the state is stored as `version` of `scope`, and may be kept.
    fn stored(&mut self, scope: &str, version: Version);
    /// What happened to alerts in the last step.
    fn transitions(&self) -> Vec<Transition>;
}

/// What became of one turn.
pub(super) enum Turned {
    /// Nothing: a newer rule set than the one known, of this version, has judged there.
    Behind(Version),
    /// A step, and what changed by it.
    Stepped(RulesSeen, Option<Changes>),
}

/// Whether a scope had been judged by the engine's rule set before.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum RulesSeen {
    Same,
    New,
}

type Happened = Result<Vec<Transition>, Unavailable>;

/// The rounds *load → step → commit → deliver* of one scope whose machine judges by rules.
pub(super) struct Rounds<'a, S, R, A, F, W> {
    pub(super) scope: &'a str,
    pub(super) shards: u32,
    pub(super) store: &'a S,
    pub(super) rules: &'a R,
    pub(super) judge: &'a dyn Judge,
    pub(super) aggregator: &'a A,
    pub(super) fleets: Option<&'a F>,
    pub(super) wakeups: &'a W,
}

impl<S, R, A, F, W> Rounds<'_, S, R, A, F, W>
where
    S: Store,
    R: RuleStore,
    A: AggregatorPort,
    F: Fleets,
    W: WakeUps,
{
    /// Takes `turn`, whose input somebody who judges by version `at_least` of
    /// the rule set sends; gives what happened to alerts. When it returns, all
    /// of it is stored, and whatever is still to be done has a wake-up.
    pub(super) async fn take(
        &self,
        turn: &mut dyn Turn,
        at_least: Version,
        now: Timestamp,
    ) -> Happened {
        let rules = self.step(turn, &[], at_least, now).await?;
        let mut transitions = turn.transitions();
        let unseen: Call<'_, Happened> = Box::pin(async move {
            match rules {
                // A push that was lost. What became due by it has its wake-up.
                RulesSeen::New => self.watch_unseen(now).await,
                RulesSeen::Same => Ok(Vec::new()),
            }
        });
        transitions.extend(self.run(unseen, now).await?);
        Ok(transitions)
    }

    /// Takes on the rule set that reads `text`, and judges everything anew.
    pub(super) async fn take_on(&self, version: Version, text: &str, now: Timestamp) -> Happened {
        self.learn(version, text, now).await?;
        self.run(Box::pin(self.judge_anew(now)), now).await
    }

    /// Makes the rule set that reads `text` known, and judges nothing yet.
    pub(super) async fn learn(
        &self,
        version: Version,
        text: &str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.rules.learn(version, text).await?;
        self.judge.take_on(version, text, now)?;
        Ok(())
    }

    /// Runs what is due.
    pub(super) async fn tick(&self, now: Timestamp) -> Happened {
        self.run(Box::pin(self.look_and_run_due(now)), now).await
    }

    /// The version of the newest rule set, which is known then.
    pub(super) async fn newest(
        &self,
        at_least: Version,
        now: Timestamp,
    ) -> Result<Version, Unavailable> {
        newest(self.judge, self.rules, at_least, now).await
    }

    /// Runs `steps` and hands over what they leave in the outbox. Whatever is
    /// left undone has a wake-up, also if it fails.
    async fn run(&self, steps: Call<'_, Happened>, now: Timestamp) -> Happened {
        let work = async {
            let mut transitions = steps.await?;
            transitions.extend(self.settle(now).await?);
            Ok(transitions)
        };
        let done = work.await;
        if done.is_err() {
            wake_after_error(self.store, self.wakeups, self.scope, now).await?;
        }
        done
    }

    /// As [`Self::run_due`], after a look for a rule set whose push was lost.
    async fn look_and_run_due(&self, now: Timestamp) -> Happened {
        let newest = self.newest(0, now).await?;
        let (loaded, _) = load(self.store, self.scope, SortedSet::new()).await?;
        let seen = self.judge.rules_version(loaded.header.as_deref());
        if seen.map_err(|error| self.unreadable(&error))? < newest {
            self.judge_anew(now).await
        } else {
            self.run_due(now).await
        }
    }

    /// Lets every cell take on the newest rule set.
    async fn judge_anew(&self, now: Timestamp) -> Happened {
        // A step that sees a new rule set makes every cell due.
        let mut transitions = self.tick_on(&[], now).await?;
        transitions.extend(self.watch_unseen(now).await?);
        transitions.extend(self.run_due(now).await?);
        Ok(transitions)
    }

    /// Begins to watch what rules name, seen or not.
    async fn watch_unseen(&self, now: Timestamp) -> Happened {
        self.newest(0, now).await?;
        let cells = self.judge.watched_unseen(self.scope, self.shards);
        let cells: Vec<String> = cells.iter().map(|cell| cell.as_str().to_owned()).collect();
        let mut transitions = Vec::new();
        for chunk in cells.chunks(DUE_MAX) {
            transitions.extend(self.tick_on(chunk, now).await?);
        }
        Ok(transitions)
    }

    /// Steps until nothing is due at `now`. What [`ROUNDS_MAX`] leaves over
    /// has its wake-up.
    async fn run_due(&self, now: Timestamp) -> Happened {
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

    /// Lets time pass on the cells named `due`. In a box, as it is asked for in many places.
    fn tick_on<'a>(&'a self, due: &'a [String], now: Timestamp) -> Call<'a, Happened> {
        Box::pin(async move {
            let mut tick = self.judge.tick();
            self.step(&mut *tick, due, 0, now).await?;
            Ok(tick.transitions())
        })
    }

    /// One step on the cells that `turn` needs and those named `due`, again
    /// for as long as somebody else commits in between.
    async fn step(
        &self,
        turn: &mut dyn Turn,
        due: &[String],
        mut at_least: Version,
        now: Timestamp,
    ) -> Result<RulesSeen, Unavailable> {
        for _ in 0..COMMIT_ATTEMPTS_MAX {
            self.newest(at_least, now).await?;
            let mut keys = turn.cells();
            keys.extend(due.iter().cloned().map(CellKey::from_stored));
            let kept = turn.take_kept(self.scope, &mut keys);
            let (loaded, cells) = match kept {
                Some(version) if keys.is_empty() => {
                    (Loaded { version, ..Loaded::default() }, Cells::new())
                }
                _ => load(self.store, self.scope, keys).await?,
            };
            if kept.is_some_and(|version| version != loaded.version) {
                // Somebody else has committed. What was kept is gone now.
                continue;
            }
            let turned = turn.step(loaded.header.as_deref(), cells, now);
            let (rules, changes) = match turned.map_err(|error| self.unreadable(&error))? {
                Turned::Behind(version) => {
                    at_least = version;
                    continue;
                }
                Turned::Stepped(rules, Some(changes)) => (rules, changes),
                Turned::Stepped(rules, None) => return Ok(rules),
            };
            let commit = self.store.commit(self.scope, loaded.version, &changes).await?;
            if let Commit::Stored(version) = commit {
                // With others the store has changed cells that are loaded here.
                if changes.wake_all.is_none() {
                    turn.stored(self.scope, version);
                }
                return Ok(rules);
            }
        }
        Err(contended(self.scope))
    }

    /// Hands over the outbox and asks to be called back; gives what came of it
    /// in groups. That a receiver does not answer is no error: what is for it
    /// stays stored, and comes later.
    async fn settle(&self, now: Timestamp) -> Happened {
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

    /// State that does not read back is left as it is, for a version of the
    /// code that can read it.
    fn unreadable(&self, error: &DecodeError) -> Unavailable {
        Unavailable(format!("{}: {error}", self.scope))
    }
}
