use alloc::{borrow::Cow, format, string::String, vec::Vec};

use core::fmt;
use sorted::SortedMap;

use serde::{Deserialize, Serialize};

use crate::{
    DecodeError, Mode, Timestamp, Value,
    codec::{self, Stored},
    fleet::GroupKey,
    hash::fnv1a_128,
};

/// One step in the life of one alert.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Transition {
    /// The rule that was judged.
    pub rule: String,
    /// What it was judged for.
    pub group: Group,
    /// The state the alert is in now.
    pub state: AlertState,
    /// Event time of the judgement: of the reading or the deadline that caused it.
    pub at: Timestamp,
    /// When `when` first became true in this episode.
    pub started_at: Timestamp,
    /// The leftmost compared quantity of `when` at `at`, if it had a value.
    pub value: Option<Value>,
    /// Names this episode for ever.
    pub episode: EpisodeId,
    /// Why, where it is not the condition alone.
    pub reason: Option<Reason>,
    /// The rule's severity.
    pub severity: String,
    /// The rule's labels.
    pub labels: SortedMap<String, String>,
    /// The rule's summary, its holes filled.
    pub summary: String,
    /// Whether anybody is to be told.
    pub mode: Mode,
    /// Version of the rule set that judged.
    pub rules_version: u64,
}

impl Stored for Transition {}

impl Transition {
    /// The form in which outboxes hold it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Transition::to_bytes`] wrote.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode("a transition", bytes)
    }
}

/// What a rule is judged for: a device, or a group of devices.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Group {
    /// A single device.
    Device(String),
    /// The devices that share these tags, sorted by name; of a `match` rule
    /// also the roles, each with the device that plays it.
    Tags(Vec<(String, String)>),
}

impl Group {
    /// The device's id, or the tags in one text such as `line=3,site=plant-1`.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Device(device) => Cow::Borrowed(device),
            Self::Tags(tags) => Cow::Owned(GroupKey::from_tags(tags).into_text()),
        }
    }

    /// The lower-case word used on every wire, and in the names of episodes.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Device(_) => "device",
            Self::Tags(_) => "group",
        }
    }
}

/// Where an alert stands in its life.
///
/// inactive → pending → firing → resolved; with `for` 0 straight to firing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// The condition stopped being true before the alert fired.
    Inactive,
    /// The condition is true, but not yet for as long as `for` asks.
    Pending,
    /// There is something to tell.
    Firing,
    /// It is over.
    Resolved,
}

impl AlertState {
    /// The lower-case word used on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// Why an alert changed state, where it is not its condition alone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The rule was deleted.
    RuleDeleted,
    /// The rule no longer selects the device.
    RuleNarrowed,
    /// `for` was made longer than the alert has lasted.
    HoldLengthened,
    /// The rule's schedule does not look at this time.
    ScheduleEnded,
}

impl Reason {
    /// The lower-case word used on every wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RuleDeleted => "rule_deleted",
            Self::RuleNarrowed => "rule_narrowed",
            Self::HoldLengthened => "hold_lengthened",
            Self::ScheduleEnded => "schedule_ended",
        }
    }
}

/// Names one episode: the same rule, group and start give the same id on
/// every host and at every replay. Printed as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct EpisodeId(u128);

impl EpisodeId {
    /// The episode of `rule` on `group` that began at `started_at`.
    #[must_use]
    pub fn new(rule: &str, group: &Group, started_at: Timestamp) -> Self {
        let (kind, name) = (group.kind(), group.name());
        let started_at = started_at.as_millis().to_le_bytes();
        Self(fnv1a_128(&[rule.as_bytes(), kind.as_bytes(), name.as_bytes(), &started_at]))
    }

    /// Reads what `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| u128::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for EpisodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{:032x}", self.0))
    }
}
