use rules_core::fleet::{FleetEngine, Input, Message};

use super::{FleetAsk, FleetReply, FleetRequest, RuleDriver, StateReport};
use crate::ports::{AggregatorPort, Fleets, RuleStore, Store, Unavailable, Version, WakeUps};

/// Runs one share of the groups that fleet rules look at. A group tells no
/// other group anything, so its `fleets` are `None`.
pub type FleetDriver<'a, S, R, A, F, W> = RuleDriver<'a, FleetEngine, S, R, A, F, W>;

impl<S: Store, R: RuleStore, A: AggregatorPort, F: Fleets, W: WakeUps>
    FleetDriver<'_, S, R, A, F, W>
{
    /// Does what `request` asks. When it returns, everything that happened is
    /// stored, and whatever is still to be done has a wake-up.
    ///
    /// A reply `Unavailable` does not say that nothing happened: messages that
    /// are repeated are recognised by their numbers.
    pub async fn handle(&self, request: FleetRequest) -> FleetReply {
        let reply = self.answer(request).await;
        reply.unwrap_or_else(|Unavailable(why)| FleetReply::Unavailable(why))
    }

    async fn answer(&self, request: FleetRequest) -> Result<FleetReply, Unavailable> {
        let FleetRequest { now, ask } = request;
        let stepped = |transitions| FleetReply::Stepped { transitions };
        Ok(match ask {
            FleetAsk::Step(Input::Tick) if self.is_unused().await? => stepped(Vec::new()),
            FleetAsk::Step(Input::Tick) => stepped(self.rounds().tick(now).await?),
            FleetAsk::Step(input) => {
                let at_least = judged_by(&input)?;
                stepped(self.take_in(input, at_least, now).await?.1)
            }
            FleetAsk::RulesChanged { version, text } if self.is_unused().await? => {
                self.rounds().learn(version, &text, now).await?;
                stepped(Vec::new())
            }
            FleetAsk::RulesChanged { version, text } => {
                stepped(self.rounds().take_on(version, &text, now).await?)
            }
            FleetAsk::Counters => FleetReply::Counters(self.counters().await?),
            FleetAsk::State => {
                let (report, counters) = self.report().await?;
                FleetReply::State(StateReport { fleet: Some(counters), ..report })
            }
        })
    }

    /// Whether no group was ever told anything here: without fleet rules
    /// nothing is stored, however often rules change.
    async fn is_unused(&self) -> Result<bool, Unavailable> {
        Ok(self.store.load(self.scope, &[]).await?.version == 0)
    }
}

/// The newest rule set by which the senders of `input` have judged: a group
/// judges by that or a newer one.
///
/// # Errors
/// A message that this version of the code cannot read. It stays with its
/// sender, for a version that can.
fn judged_by(input: &Input) -> Result<Version, Unavailable> {
    let Input::Facts { sender, items } = input else { return Ok(0) };
    let mut newest = 0;
    for (number, bytes) in items {
        let message = Message::from_bytes(bytes)
            .map_err(|error| Unavailable(format!("message {number} of {sender}: {error}")))?;
        newest = newest.max(message.rules_version);
    }
    Ok(newest)
}
