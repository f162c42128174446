use super::{AggregatorReply, AggregatorRequest};
use crate::{
    config::Config,
    ports::{Notifier, Store, WakeUps},
};

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
        let _ = (self.store, self.notifier, self.wakeups, self.config, request);
        todo!()
    }
}
