use rules_core::{Span, Timestamp, Transition, fleet};
use sorted::{SortedMap, SortedSet};

use super::{
    AggregatorAsk, AggregatorReply, AggregatorRequest, FleetAsk, FleetReply, FleetRequest, shard_of,
};
use crate::{
    ports::{AggregatorPort, Fleets},
    together::{Call, together},
};

/// Messages of an outbox looked at together; of a transition with every label
/// it may have, some hundred kilobytes.
pub(super) const OUTBOX_CHUNK: usize = 64;

/// When messages that their receiver did not take are tried again.
pub(super) const OUTBOX_RETRY: Span = Span::from_secs(1);

/// Chunks looked at that hold messages for a receiver that does not answer.
/// What lies behind so many waits with them: each step looks at them all.
const HELD_UP_MAX: usize = 64;

/// Hands the messages of one scope to those that they are for.
///
/// Messages for one receiver reach it in their order: once it has not answered
/// it gets no more of them. The others go on, as a group that is out of reach
/// must not keep alerts of single devices from being told.
pub(super) struct Post<'a, A, F> {
    scope: &'a str,
    shards: u32,
    aggregator: &'a A,
    fleets: Option<&'a F>,
    /// Those that did not answer.
    silent: SortedSet<Receiver>,
    held_up: usize,
    /// What happened to alerts of groups that were told something.
    pub(super) transitions: Vec<Transition>,
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Receiver {
    Aggregator,
    /// The fleet shard of this number.
    Fleet(u32),
}

type Messages = Vec<(u64, Vec<u8>)>;

impl<'a, A: AggregatorPort, F: Fleets> Post<'a, A, F> {
    /// The post of `scope`, which has delivered nothing yet.
    pub(super) fn new(
        scope: &'a str,
        shards: u32,
        aggregator: &'a A,
        fleets: Option<&'a F>,
    ) -> Self {
        let (silent, transitions) = (SortedSet::new(), Vec::new());
        Self { scope, shards, aggregator, fleets, silent, held_up: 0, transitions }
    }

    /// Hands over `messages`, those of different receivers at the same time;
    /// gives the numbers of those that are stored where they belong.
    pub(super) async fn hand_over(&mut self, messages: Messages, now: Timestamp) -> Vec<u64> {
        let count = messages.len();
        let parcels = self.sorted(messages);
        let this = &*self;
        let call =
            |(receiver, items)| -> Call<'_, _> { Box::pin(this.deliver(receiver, items, now)) };
        let calls = parcels.into_iter().map(call).collect();
        let mut stored = Vec::with_capacity(count);
        for Delivered { receiver, numbers, answer } in together(calls, usize::MAX).await {
            match answer {
                Some(transitions) => {
                    stored.extend(numbers);
                    self.transitions.extend(transitions);
                }
                None => drop(self.silent.insert(receiver)),
            }
        }
        self.held_up += usize::from(stored.len() < count);
        stored
    }

    /// Whether it is worth the while to look at more messages.
    pub(super) fn may_go_on(&self) -> bool {
        self.held_up < HELD_UP_MAX
    }

    /// Whether all that was handed over is stored where it belongs.
    pub(super) fn is_done(&self) -> bool {
        self.silent.is_empty()
    }

    /// The messages by their receivers, but for those that did not answer.
    fn sorted(&self, messages: Messages) -> SortedMap<Receiver, Messages> {
        let mut parcels: SortedMap<Receiver, Messages> = SortedMap::new();
        for message in messages {
            let receiver = match fleet::Destination::of(&message.1) {
                fleet::Destination::Aggregator => Receiver::Aggregator,
                fleet::Destination::Fleet(group) => {
                    Receiver::Fleet(shard_of(group.as_str(), self.shards))
                }
            };
            if !self.silent.contains(&receiver) {
                parcels.entry(receiver).or_default().push(message);
            }
        }
        parcels
    }

    async fn deliver(&self, receiver: Receiver, items: Messages, now: Timestamp) -> Delivered {
        let numbers = items.iter().map(|(number, _)| *number).collect();
        let sender = self.scope.to_owned();
        let answer = match receiver {
            Receiver::Aggregator => {
                let ask = AggregatorAsk::Transitions { sender, items };
                match self.aggregator.call(AggregatorRequest { now, ask }).await {
                    Ok(AggregatorReply::Done) => Some(Vec::new()),
                    _ => None,
                }
            }
            Receiver::Fleet(shard) => {
                let ask = FleetAsk::Step(fleet::Input::Facts { sender, items });
                match self.fleets {
                    Some(fleets) => match fleets.call(shard, FleetRequest { now, ask }).await {
                        Ok(FleetReply::Stepped { transitions }) => Some(transitions),
                        _ => None,
                    },
                    None => None,
                }
            }
        };
        Delivered { receiver, numbers, answer }
    }
}

/// Messages that were handed to their receiver.
struct Delivered {
    receiver: Receiver,
    numbers: Vec<u64>,
    /// What came of them; `None` if the receiver did not say that it has them.
    answer: Option<Vec<Transition>>,
}
