//! What the operator is told, one line each.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{answer::excerpt, ledger::Resumed, moment::Moment};

/// Something the operator should know.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// The broker is there.
    Connected {
        /// Its address.
        broker: String,
        /// Whether it knew the session.
        resumed: Resumed,
    },
    /// The broker has taken the subscriptions.
    Subscribed {
        /// How many of them.
        filters: usize,
    },
    /// The broker is gone, or was never there.
    Disconnected {
        /// What happened.
        why: String,
        /// When it is tried again.
        pause: Duration,
    },
    /// The broker will not let us hear a topic.
    SubscriptionRefused {
        /// Which.
        filter: String,
    },
    /// A message that is no reading; it is acknowledged, since it would come for ever.
    Malformed {
        /// Where it came from.
        topic: String,
        /// A stable word.
        code: &'static str,
        /// What is wrong with it.
        message: String,
        /// What it says.
        payload: String,
    },
    /// The service was not reached; the batch goes again.
    Busy {
        /// What happened.
        why: String,
        /// When it is tried again.
        pause: Duration,
        /// Readings in the batch.
        readings: usize,
    },
    /// The service does not want us: token or address are wrong.
    Denied {
        /// What it said.
        why: String,
        /// When it is tried again.
        pause: Duration,
        /// Readings in the batch.
        readings: usize,
    },
    /// The service takes batches again.
    Recovered,
    /// The service took the batch, but not this reading of it.
    ReadingRefused {
        /// A stable word.
        code: String,
        /// What is wrong with it.
        message: String,
        /// The reading.
        line: String,
    },
    /// The service will not have a batch; it goes again in halves.
    Split {
        /// The status.
        status: u16,
        /// What it said.
        why: String,
        /// Readings in the batch.
        readings: usize,
    },
    /// The service will not have this reading: it is given up.
    Dead {
        /// The status.
        status: u16,
        /// What it said.
        why: String,
        /// The reading.
        line: String,
    },
    /// `POST /v1/tick` did not work; the next one follows as planned.
    TickFailed {
        /// What happened.
        why: String,
    },
    /// As many readings wait as may: the broker has to keep the rest for a while.
    Full {
        /// How many wait.
        held: usize,
    },
    /// The bridge was told to stop, and sends what it has.
    Stopping {
        /// How many readings wait.
        held: usize,
    },
    /// It stopped before everything was sent.
    Unsent {
        /// How many readings; the broker still has those of `QoS` 1.
        held: usize,
    },
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// As it should be.
    Info,
    /// It is taken care of.
    Warning,
    /// Somebody has to do something, or something is lost.
    Error,
}

impl Notice {
    /// How much it matters.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Connected { .. }
            | Self::Subscribed { .. }
            | Self::Recovered
            | Self::Stopping { .. } => Level::Info,
            Self::Disconnected { .. }
            | Self::Busy { .. }
            | Self::Split { .. }
            | Self::Malformed { .. }
            | Self::ReadingRefused { .. }
            | Self::TickFailed { .. }
            | Self::Full { .. } => Level::Warning,
            Self::SubscriptionRefused { .. }
            | Self::Denied { .. }
            | Self::Dead { .. }
            | Self::Unsent { .. } => Level::Error,
        }
    }

    /// What kind it is, in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Connected { .. } => "connected",
            Self::Subscribed { .. } => "subscribed",
            Self::Disconnected { .. } => "disconnected",
            Self::SubscriptionRefused { .. } => "subscription_refused",
            Self::Malformed { .. } => "malformed",
            Self::Busy { .. } => "busy",
            Self::Denied { .. } => "denied",
            Self::Recovered => "recovered",
            Self::ReadingRefused { .. } => "reading_refused",
            Self::Split { .. } => "split",
            Self::Dead { .. } => "dead",
            Self::TickFailed { .. } => "tick_failed",
            Self::Full { .. } => "full",
            Self::Stopping { .. } => "stopping",
            Self::Unsent { .. } => "unsent",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { broker, resumed: Resumed::Yes } => {
                write!(out, "connected to {broker}; it kept the session")
            }
            Self::Connected { broker, resumed: Resumed::No } => {
                write!(out, "connected to {broker}; the session is new")
            }
            Self::Subscribed { filters } => write!(out, "subscribed to {filters} topic filters"),
            Self::Disconnected { why, pause } => {
                write!(out, "no connection to the broker: {why}; next try in {}", seconds(*pause))
            }
            Self::SubscriptionRefused { filter } => write!(
                out,
                "the broker refused the subscription {filter:?}: nothing will be heard of it \
                 until its access list allows it"
            ),
            Self::Malformed { topic, code, message, payload } => write!(
                out,
                "no reading on {topic:?} ({code}): {message}; dropped: {}",
                excerpt(payload)
            ),
            Self::Busy { why, pause, readings } => write!(
                out,
                "the service did not take {readings} readings: {why}; next try in {}",
                seconds(*pause)
            ),
            Self::Denied { why, pause, readings } => write!(
                out,
                "the service will not take readings from this bridge: {why}. CHECK ITS ADDRESS \
                 AND TOKEN; {readings} readings are kept, next try in {}",
                seconds(*pause)
            ),
            Self::Recovered => write!(out, "the service takes readings again"),
            Self::ReadingRefused { code, message, line } => write!(
                out,
                "the service refused a reading ({code}): {message}; dropped: {}",
                excerpt(line)
            ),
            Self::Split { status, why, readings } => write!(
                out,
                "the service refused a batch of {readings} with {status}: {why}; \
                 it goes again in halves"
            ),
            Self::Dead { status, why, line } => write!(
                out,
                "the service refused a reading with {status}: {why}; dropped: {}",
                excerpt(line)
            ),
            Self::TickFailed { why } => write!(out, "the service did not take a tick: {why}"),
            Self::Full { held } => write!(
                out,
                "{held} readings wait for the service: leaving the broker until half are gone"
            ),
            Self::Stopping { held } => write!(out, "stopping; {held} readings to send first"),
            Self::Unsent { held } => write!(
                out,
                "stopped with {held} readings unsent: the broker keeps those of QoS 1, \
                 those of QoS 0 are lost"
            ),
        }
    }
}

fn seconds(span: Duration) -> String {
    format!("{:.1} s", span.as_secs_f64())
}

/// Most lines of one kind in [`QUIET_SPAN`]; a device gone mad must not fill the disk.
const LINES_MAX: u32 = 20;
/// How long lines are counted together.
const QUIET_SPAN: Duration = Duration::from_mins(1);

/// Turns notices into lines, and says how many it left out.
#[derive(Debug, Default)]
pub struct Voice {
    kinds: BTreeMap<&'static str, Said>,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    since: Moment,
    lines: u32,
    left_out: u32,
}

impl Voice {
    /// The lines to write for `notice`: none when there were too many like it.
    pub fn say(&mut self, notice: &Notice, now: Moment) -> Vec<String> {
        let fresh = Said { since: now, lines: 0, left_out: 0 };
        let said = self.kinds.entry(notice.kind()).or_insert(fresh);
        let mut lines = Vec::new();
        if now >= said.since + QUIET_SPAN {
            if said.left_out > 0 {
                lines.push(format!("warning: {} more like the next line", said.left_out));
            }
            *said = fresh;
        }
        if said.lines == LINES_MAX {
            said.left_out += 1;
            return lines;
        }
        said.lines += 1;
        let level = match notice.level() {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        lines.push(format!("{level}: {notice}"));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_kind_is_cut_short_and_counted() {
        let mut voice = Voice::default();
        let tick = Notice::TickFailed { why: "503".to_owned() };
        let at = |seconds| Moment::new(Duration::from_secs(seconds));

        let lines: usize = (0..50).map(|_| voice.say(&tick, at(1)).len()).sum();
        let other = voice.say(&Notice::Recovered, at(1));
        let later = voice.say(&tick, at(61));

        assert_eq!(lines, 20);
        assert_eq!(other, ["info: the service takes readings again"]);
        let expected = [
            "warning: 30 more like the next line",
            "warning: the service did not take a tick: 503",
        ];
        assert_eq!(later, expected);
    }
}
