use rules_core::{
    CellKey, Timestamp, Transition,
    aggregator::{
        Aggregator, AggregatorState, AlertRecord, Counters, Input, Notification, Outcome,
        SENDING_MAX,
    },
};
use sorted::SortedSet;

use super::{
    AGGREGATOR_SCOPE, AggregatorAsk, AggregatorReply, AggregatorRequest, StateReport,
    commit::{COMMIT_ATTEMPTS_MAX, Cells, contended, load, stuck, wake_after_error},
    survey::survey,
};
use crate::{
    config::Config,
    ports::{Commit, Loaded, NOTIFIER_TIMEOUT, Notifier, Store, Unavailable, WakeUps},
    receivers,
    together::{Call, together},
};

/// Requests to receivers under way at once: what a Worker may have open.
///
/// Source: <https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections>.
const SENDS_AT_ONCE: usize = 6;

/// Cells looked at, and so notifications sent, between two commits.
const SENDS_PER_ROUND: usize = 24;

/// Rounds of one tick: a Worker may make 1,000 requests before it has to be
/// called again. What is left over has its wake-up.
const ROUNDS_MAX: usize = 40;

#[allow(clippy::cast_possible_wrap, reason = "4 is small")]
const _: () = {
    let slowest = (SENDS_PER_ROUND / SENDS_AT_ONCE) as i64 * NOTIFIER_TIMEOUT.as_millis();
    assert!(slowest < SENDING_MAX.as_millis(), "or a second tick sends what is still under way");
    assert!(SENDS_PER_ROUND * ROUNDS_MAX < 1_000);
};

/// Alerts read from the store at once.
const PAGE: usize = 256;

/// Runs the aggregator on what a host provides. Borrows everything, so a host
/// makes one for each request.
#[derive(Debug)]
pub struct AggregatorDriver<'a, S, N, W> {
    /// Where its state lives.
    pub store: &'a S,
    /// Who sends.
    pub notifier: &'a N,
    /// Who calls back.
    pub wakeups: &'a W,
    /// Who is told, and how.
    pub config: &'a Config,
}

impl<S: Store, N: Notifier, W: WakeUps> AggregatorDriver<'_, S, N, W> {
    /// Does what `request` asks. When it returns, everything that happened is
    /// stored, and whatever is still to be done has a wake-up: what is to be
    /// sent now is sent by the `Tick` which that wake-up brings.
    pub async fn handle(&self, request: AggregatorRequest) -> AggregatorReply {
        let AggregatorRequest { now, ask } = request;
        let reply = match ask {
            AggregatorAsk::Transitions { sender, items } => self.take_in(sender, items, now).await,
            AggregatorAsk::Tick => self.tick(now).await,
            AggregatorAsk::Alerts => self.alerts().await.map(AggregatorReply::Alerts),
            AggregatorAsk::Counters => self.counters().await.map(AggregatorReply::Counters),
            AggregatorAsk::State => self.report().await.map(AggregatorReply::State),
        };
        reply.unwrap_or_else(|Unavailable(why)| AggregatorReply::Unavailable(why))
    }

    async fn take_in(
        &self,
        sender: String,
        items: Vec<(u64, Vec<u8>)>,
        now: Timestamp,
    ) -> Result<AggregatorReply, Unavailable> {
        let read = |(sequence, bytes): (u64, Vec<u8>)| match Transition::from_bytes(&bytes) {
            Ok(transition) => Ok((sequence, transition)),
            Err(error) => Err(Unavailable(format!("message {sequence} of {sender}: {error}"))),
        };
        let items = items.into_iter().map(read).collect::<Result<_, _>>()?;
        let _ = self.step(&[Input::Transitions { sender, items }], &[], now).await?;
        self.ask_to_be_woken().await?;
        Ok(AggregatorReply::Done)
    }

    async fn tick(&self, now: Timestamp) -> Result<AggregatorReply, Unavailable> {
        if let Err(error) = self.send_due(now).await {
            wake_after_error(self.store, self.wakeups, AGGREGATOR_SCOPE, now).await?;
            return Err(error);
        }
        self.ask_to_be_woken().await?;
        Ok(AggregatorReply::Done)
    }

    /// Sends until nothing is due at `now`.
    async fn send_due(&self, now: Timestamp) -> Result<(), Unavailable> {
        let mut before = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let due = self.store.due(AGGREGATOR_SCOPE, now, SENDS_PER_ROUND).await?;
            if due.is_empty() {
                break;
            }
            let notifications = self.step(&[Input::Tick], &due, now).await?;
            if notifications.is_empty() && due == before {
                return Err(stuck(AGGREGATOR_SCOPE, &due, now));
            }
            // Armed before the work: the host may die while it waits.
            self.ask_to_be_woken().await?;
            let send = |notification| -> Call<'_, _> { Box::pin(self.send(notification)) };
            let sends = notifications.into_iter().map(send).collect();
            let outcomes = together(sends, SENDS_AT_ONCE).await;
            let _ = self.step(&outcomes, &[], now).await?;
            before = due;
        }
        Ok(())
    }

    async fn send(&self, notification: Notification) -> Input {
        let mut receivers = self.config.receivers.iter();
        let receiver = receivers.find(|receiver| receiver.name == notification.receiver);
        let outcome = match receiver {
            Some(receiver) => {
                match self.notifier.send(receivers::render(receiver, &notification)).await {
                    Ok(200..=299) => Outcome::Delivered,
                    Ok(status) => Outcome::Failed(format!("status {status}")),
                    Err(why) => Outcome::Failed(why),
                }
            }
            None => Outcome::Failed(String::from("no such receiver is configured")),
        };
        Input::Outcome { cell: notification.cell, id: notification.id, outcome }
    }

    /// One commit for all of `inputs`, on the cells that they need and those
    /// named `due`, again for as long as somebody else commits in between.
    async fn step(
        &self,
        inputs: &[Input],
        due: &[String],
        now: Timestamp,
    ) -> Result<Vec<Notification>, Unavailable> {
        let machine = Aggregator::new(self.config.aggregator());
        for _ in 0..COMMIT_ATTEMPTS_MAX {
            let needed = inputs.iter().flat_map(|input| machine.cells_for(input));
            let keys = needed.chain(due.iter().cloned().map(CellKey::from_stored)).collect();
            let (loaded, cells) = load(self.store, AGGREGATOR_SCOPE, keys).await?;
            let mut state = decode(&loaded, cells)?;
            let notifications =
                inputs.iter().flat_map(|input| machine.step(&mut state, input, now)).collect();
            let Some(changes) = state.take_changes() else { return Ok(notifications) };
            let commit = self.store.commit(AGGREGATOR_SCOPE, loaded.version, &changes).await?;
            if let Commit::Stored(_) = commit {
                return Ok(notifications);
            }
        }
        Err(contended(AGGREGATOR_SCOPE))
    }

    async fn ask_to_be_woken(&self) -> Result<(), Unavailable> {
        let at = self.store.next_wake(AGGREGATOR_SCOPE).await?;
        self.wakeups.wake_at(AGGREGATOR_SCOPE, at).await
    }

    async fn alerts(&self) -> Result<Vec<AlertRecord>, Unavailable> {
        let mut alerts = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.store.scan(AGGREGATOR_SCOPE, "alert/", &after, PAGE).await?;
            for cell in &page {
                let read = Aggregator::alert(&cell.bytes);
                alerts.push(read.map_err(|error| Unavailable(format!("{}: {error}", cell.key)))?);
            }
            let Some(last) = page.into_iter().last() else { break };
            after = last.key;
        }
        sorted::sort_by(&mut alerts, |a, b| {
            (&a.last.rule, &a.last.group).cmp(&(&b.last.rule, &b.last.group))
        });
        Ok(alerts)
    }

    async fn report(&self) -> Result<StateReport, Unavailable> {
        let (loaded, report) = survey(self.store, AGGREGATOR_SCOPE).await?;
        let counters = decode(&loaded, Cells::new())?.counters();
        Ok(StateReport { aggregator: Some(counters), ..report })
    }

    async fn counters(&self) -> Result<Counters, Unavailable> {
        let (loaded, cells) = load(self.store, AGGREGATOR_SCOPE, SortedSet::new()).await?;
        Ok(decode(&loaded, cells)?.counters())
    }
}

/// State that does not read back is left as it is, for a version of the code
/// that can read it.
fn decode(loaded: &Loaded, cells: Cells) -> Result<AggregatorState, Unavailable> {
    AggregatorState::decode(loaded.header.as_deref(), cells)
        .map_err(|error| Unavailable(format!("{AGGREGATOR_SCOPE}: {error}")))
}
