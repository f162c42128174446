//! All partitions at once.

use futures_util::future::join_all;
use rules_core::{Timestamp, Transition, partition::Receipt};

use super::{App, Host};
use crate::{
    drive::{
        AggregatorAsk, AggregatorReply, AggregatorRequest, PartitionAsk, PartitionReply,
        PartitionRequest,
    },
    ports::{AggregatorPort, Partitions, Unavailable},
};

/// What the partitions said together, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Stepped {
    pub(super) receipts: Vec<(u32, Receipt)>,
    pub(super) transitions: Vec<Transition>,
}

impl<H: Host> App<H> {
    /// How many partitions there are.
    pub(super) fn shards(&self) -> u32 {
        self.config.shards.max(1)
    }

    /// Asks partitions, all at the same time; the replies come in the order of the asks.
    pub(super) async fn ask(
        &self,
        asks: impl IntoIterator<Item = (u32, PartitionAsk)>,
        now: Timestamp,
    ) -> Vec<Result<PartitionReply, Unavailable>> {
        let call = async |(shard, ask): (u32, PartitionAsk)| {
            let request = PartitionRequest { now, ask };
            match self.host.partitions().call(shard, request).await {
                Ok(PartitionReply::Unavailable(why)) | Err(Unavailable(why)) => {
                    Err(Unavailable(format!("partition shard-{shard} does not answer: {why}")))
                }
                Ok(reply) => Ok(reply),
            }
        };
        join_all(asks.into_iter().map(call)).await
    }

    /// Asks every partition the same.
    pub(super) async fn ask_all(
        &self,
        ask: &PartitionAsk,
        now: Timestamp,
    ) -> Vec<Result<PartitionReply, Unavailable>> {
        self.ask((0..self.shards()).map(|shard| (shard, ask.clone())), now).await
    }

    /// Asks the aggregator.
    pub(super) async fn ask_aggregator(
        &self,
        ask: AggregatorAsk,
        now: Timestamp,
    ) -> Result<AggregatorReply, Unavailable> {
        match self.host.aggregator().call(AggregatorRequest { now, ask }).await {
            Ok(AggregatorReply::Unavailable(why)) | Err(Unavailable(why)) => {
                Err(Unavailable(format!("the aggregator does not answer: {why}")))
            }
            Ok(reply) => Ok(reply),
        }
    }
}

impl Stepped {
    /// What `replies` say together.
    ///
    /// # Errors
    /// Those that did not answer, or not with a step.
    pub(super) fn of_all(
        replies: Vec<Result<PartitionReply, Unavailable>>,
    ) -> Result<Self, Unavailable> {
        let (stepped, silent) = Self::of_those_that_answered(replies);
        if silent.is_empty() { Ok(stepped) } else { Err(Unavailable(silent.join("; "))) }
    }

    /// What those say that answered, and why the others did not.
    pub(super) fn of_those_that_answered(
        replies: Vec<Result<PartitionReply, Unavailable>>,
    ) -> (Self, Vec<String>) {
        let mut all = Self::default();
        let mut silent = Vec::new();
        for reply in replies {
            match reply {
                Ok(PartitionReply::Stepped { receipts, transitions }) => {
                    all.receipts.extend(receipts);
                    all.transitions.extend(transitions);
                }
                Ok(_) => silent.push(UNEXPECTED.to_owned()),
                Err(Unavailable(why)) => silent.push(why),
            }
        }
        (all, silent)
    }
}

/// A reply of another kind than the question: two versions of this code meet during a deployment.
pub(super) const UNEXPECTED: &str =
    "a partition or the aggregator gave another answer than asked for";
