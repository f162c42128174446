//! All partitions, or all groups, at once.

use rules_core::{Timestamp, Transition, partition::Receipt};

use super::{App, Host};
use crate::{
    config::VirtualTime,
    drive::{
        AggregatorAsk, AggregatorReply, AggregatorRequest, FleetAsk, FleetReply, FleetRequest,
        PartitionAsk, PartitionReply, PartitionRequest,
    },
    ports::{AggregatorPort, Fleets, Partitions, Unavailable},
    together::{Call, together},
};

/// What partitions or groups said together, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Stepped {
    pub(super) receipts: Vec<(u32, Receipt)>,
    pub(super) transitions: Vec<Transition>,
}

impl<H: Host> App<H> {
    /// How many partitions there are, and how many shares of the groups.
    pub(super) fn shards(&self) -> u32 {
        self.config.shards.max(1)
    }

    /// Asks partitions; the replies come in the order of the asks.
    pub(super) async fn ask(
        &self,
        asks: Vec<(u32, PartitionAsk)>,
        now: Timestamp,
    ) -> Vec<Result<PartitionReply, Unavailable>> {
        let call = |(shard, ask)| -> Call<'_, _> { Box::pin(self.ask_partition(shard, ask, now)) };
        together(asks.into_iter().map(call).collect(), self.at_once()).await
    }

    /// Asks every partition the same.
    pub(super) async fn ask_all(
        &self,
        ask: &PartitionAsk,
        now: Timestamp,
    ) -> Vec<Result<PartitionReply, Unavailable>> {
        self.ask((0..self.shards()).map(|shard| (shard, ask.clone())).collect(), now).await
    }

    /// Asks all groups the same, share by share.
    pub(super) async fn ask_fleets(
        &self,
        ask: &FleetAsk,
        now: Timestamp,
    ) -> Vec<Result<FleetReply, Unavailable>> {
        let call = |shard| -> Call<'_, _> { Box::pin(self.ask_groups(shard, ask.clone(), now)) };
        together((0..self.shards()).map(call).collect(), self.at_once()).await
    }

    /// How many calls are under way at a time. On virtual time one comes after
    /// the other, so that what several partitions tell one group reaches it in
    /// the same order on every host.
    fn at_once(&self) -> usize {
        match self.config.virtual_time {
            VirtualTime::Off => usize::MAX,
            VirtualTime::Header => 1,
        }
    }

    async fn ask_partition(
        &self,
        shard: u32,
        ask: PartitionAsk,
        now: Timestamp,
    ) -> Result<PartitionReply, Unavailable> {
        match self.host.partitions().call(shard, PartitionRequest { now, ask }).await {
            Ok(PartitionReply::Unavailable(why)) | Err(Unavailable(why)) => {
                Err(Unavailable(format!("partition shard-{shard} does not answer: {why}")))
            }
            Ok(reply) => Ok(reply),
        }
    }

    async fn ask_groups(
        &self,
        shard: u32,
        ask: FleetAsk,
        now: Timestamp,
    ) -> Result<FleetReply, Unavailable> {
        match self.host.fleets().call(shard, FleetRequest { now, ask }).await {
            Ok(FleetReply::Unavailable(why)) | Err(Unavailable(why)) => {
                Err(Unavailable(format!("the groups of fleet-{shard} do not answer: {why}")))
            }
            Ok(reply) => Ok(reply),
        }
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
        replies: Vec<Result<impl Answer, Unavailable>>,
    ) -> Result<Self, Unavailable> {
        let (stepped, silent) = Self::of_those_that_answered(replies);
        if silent.is_empty() { Ok(stepped) } else { Err(Unavailable(silent.join("; "))) }
    }

    /// What those say that answered, and why the others did not.
    pub(super) fn of_those_that_answered(
        replies: Vec<Result<impl Answer, Unavailable>>,
    ) -> (Self, Vec<String>) {
        let mut all = Self::default();
        let mut silent = Vec::new();
        for reply in replies {
            match reply.map(Answer::stepped) {
                Ok(Some(stepped)) => {
                    all.receipts.extend(stepped.receipts);
                    all.transitions.extend(stepped.transitions);
                }
                Ok(None) => silent.push(UNEXPECTED.to_owned()),
                Err(Unavailable(why)) => silent.push(why),
            }
        }
        (all, silent)
    }
}

/// A reply to a step.
pub(super) trait Answer {
    /// What it says; `None` if it is a reply to something else.
    fn stepped(self) -> Option<Stepped>;
}

impl Answer for PartitionReply {
    fn stepped(self) -> Option<Stepped> {
        match self {
            Self::Stepped { receipts, transitions } => Some(Stepped { receipts, transitions }),
            _ => None,
        }
    }
}

impl Answer for FleetReply {
    fn stepped(self) -> Option<Stepped> {
        match self {
            Self::Stepped { transitions } => Some(Stepped { receipts: Vec::new(), transitions }),
            _ => None,
        }
    }
}

/// A reply of another kind than the question: two versions of this code meet during a deployment.
pub(super) const UNEXPECTED: &str =
    "a partition, its groups or the aggregator gave another answer than asked for";
