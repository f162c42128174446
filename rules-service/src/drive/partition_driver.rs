use rules_core::{
    CellKey, Timestamp,
    partition::{Described, Engine, Input},
};

use super::{
    PartitionAsk, PartitionReply, PartitionRequest, RuleDriver, StateReport, commit::load,
};
use crate::ports::{AggregatorPort, Fleets, RuleStore, Store, Unavailable, WakeUps};

/// Runs one partition.
pub type PartitionDriver<'a, S, R, A, F, W> = RuleDriver<'a, Engine, S, R, A, F, W>;

impl<S: Store, R: RuleStore, A: AggregatorPort, F: Fleets, W: WakeUps>
    PartitionDriver<'_, S, R, A, F, W>
{
    /// Does what `request` asks. When it returns, everything that happened is
    /// stored, and whatever is still to be done has a wake-up.
    ///
    /// A reply `Unavailable` does not say that nothing happened: a request
    /// that is repeated is recognised, by its numbering or as duplicates.
    pub async fn handle(&self, request: PartitionRequest) -> PartitionReply {
        let reply = self.answer(request).await;
        reply.unwrap_or_else(|Unavailable(why)| PartitionReply::Unavailable(why))
    }

    async fn answer(&self, request: PartitionRequest) -> Result<PartitionReply, Unavailable> {
        let PartitionRequest { now, ask } = request;
        let of_time = |transitions| PartitionReply::Stepped { receipts: Vec::new(), transitions };
        Ok(match ask {
            PartitionAsk::Step(Input::Tick) => of_time(self.rounds().tick(now).await?),
            PartitionAsk::Step(input) => {
                let (step, transitions) = self.take_in(input, 0, now).await?;
                let receipts = step.map(|step| step.receipts).unwrap_or_default();
                PartitionReply::Stepped { receipts, transitions }
            }
            PartitionAsk::RulesChanged { version, text } => {
                of_time(self.rounds().take_on(version, &text, now).await?)
            }
            PartitionAsk::Device(device) => {
                PartitionReply::Device(self.described(&device, now).await?)
            }
            PartitionAsk::Counters => PartitionReply::Counters(self.counters().await?),
            PartitionAsk::State => {
                let (report, counters) = self.report().await?;
                PartitionReply::State(StateReport { partition: Some(counters), ..report })
            }
        })
    }

    /// What is known of `device`, by the newest rule set.
    async fn described(
        &self,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<Described>, Unavailable> {
        self.rounds().newest(0, now).await?;
        let Some(engine) = self.engines.newest() else { return Ok(None) };
        let keys = [CellKey::device(device)].into();
        let (loaded, cells) = load(self.store, self.scope, keys).await?;
        Ok(engine.described(&self.decode(&loaded, cells)?, device))
    }
}
