use super::{EngineCache, PartitionReply, PartitionRequest};
use crate::ports::{AggregatorPort, RuleStore, Store, WakeUps};

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
    pub async fn handle(&self, request: PartitionRequest) -> PartitionReply {
        let _ = (self.scope, self.store, self.rules, self.engines, self.aggregator, self.wakeups);
        let _ = request;
        todo!()
    }
}
