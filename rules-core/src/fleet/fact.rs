use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::GroupKey;
use crate::{
    DecodeError, Timestamp, Value,
    codec::{self, Stored},
};

/// What one step of a partition has to tell one group, in the order in which it happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Message {
    /// Whom it is for.
    // First in the encoding: `Destination::of` reads no further.
    pub group: GroupKey,
    /// Version of the rule set that asked for the facts. A group that judges
    /// by an older one takes them in and keeps what it does not know yet.
    pub rules_version: u64,
    /// What happened. A device's own facts come in the order of their times.
    pub facts: Vec<Fact>,
}

/// Something that happened to one device of a group.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fact {
    /// Which device.
    pub device: String,
    /// Event time.
    pub at: Timestamp,
    /// What happened.
    pub news: News,
}

/// What happened to a device of a group.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum News {
    /// It belongs to the group from now on, or its tags or the rules have
    /// changed. What is wanted of it follows as [`News::Changed`], as far as it
    /// has a value and was not told before: what it has not told by then is
    /// missing or unknown. A count of something that rules have just begun to
    /// want waits for this of each device.
    Joined {
        /// All its tags, sorted by name.
        tags: Vec<(String, String)>,
    },
    /// It does not belong to the group any more.
    Left,
    /// A [`crate::Telling::Changes`] has another value; `None` is missing or unknown.
    Changed {
        /// [`crate::Want::key`].
        want: u64,
        /// Its value from now on.
        value: Option<Value>,
    },
    /// A reading gave this sample of a [`crate::Telling::Samples`].
    Sample {
        /// [`crate::Want::key`].
        want: u64,
        /// The sample.
        value: Value,
    },
}

/// Encodings of messages to groups have this bit set in their version, by
/// which they are told from transitions in one outbox.
const TO_GROUP: u8 = 0x80;

impl Stored for Message {
    const VERSION: u8 = TO_GROUP | 1;
}

impl Message {
    /// The form in which outboxes hold it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Message::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode("a message to a group", bytes)
    }
}

/// Whom a message in a partition's outbox is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// The aggregator: it is a [`crate::Transition`].
    Aggregator,
    /// A group: it is a [`Message`].
    Fleet(GroupKey),
}

impl Destination {
    /// Whom `bytes` are for. Bytes that are neither go to the aggregator,
    /// which reports what it cannot read.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let to_group = bytes.split_first().filter(|(version, _)| **version & TO_GROUP != 0);
        let group = to_group.and_then(|(_, body)| postcard::take_from_bytes(body).ok());
        group.map_or(Self::Aggregator, |(group, _)| Self::Fleet(group))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec};
    use sorted::SortedMap;

    use super::*;
    use crate::{AlertState, EpisodeId, Group, Mode, Transition};

    #[test]
    fn a_message_reads_back_and_says_whom_it_is_for() {
        let tags = vec![("site".to_string(), "plant-1".to_string())];
        let news = News::Joined { tags: tags.clone() };
        let fact = Fact { device: "boiler-1".to_string(), at: Timestamp::from_millis(7), news };
        let group = GroupKey::from_tags(&tags);
        let message = Message { group: group.clone(), rules_version: 3, facts: vec![fact] };

        let bytes = message.to_bytes();

        assert_eq!(Message::from_bytes(&bytes), Ok(message));
        assert_eq!(Destination::of(&bytes), Destination::Fleet(group));
    }

    #[test]
    fn transitions_and_bytes_that_are_nothing_go_to_the_aggregator() {
        let group = Group::Device("boiler-1".to_string());
        let at = Timestamp::from_millis(7);
        let transition = Transition {
            rule: "hot".to_string(),
            state: AlertState::Firing,
            at,
            started_at: at,
            value: None,
            episode: EpisodeId::new("hot", &group, at),
            reason: None,
            severity: String::new(),
            labels: SortedMap::new(),
            summary: String::new(),
            mode: Mode::Live,
            rules_version: 1,
            group,
        };

        for bytes in [transition.to_bytes(), vec![], vec![0x81], vec![0xff, 0xff]] {
            assert_eq!(Destination::of(&bytes), Destination::Aggregator, "{bytes:?}");
        }
    }
}
