//! What comes of a step, and how scenarios write it.

use rules_core::{Timestamp, Value};
use serde::Deserialize;

use crate::{host::Failure, offset};

/// The line where all readings count and nobody hears of anything.
pub const NOTHING: &str = "nothing";

/// What came of one step.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Why the whole request was refused, if it was.
    pub refusal: Option<Refusal>,
    /// What became of the readings.
    pub receipt: Receipt,
    /// What happened to alerts, in order.
    pub transitions: Vec<Transition>,
    /// What the receiver was told, by rule and group; of one alert in order.
    pub notices: Vec<Notice>,
}

/// A request that was refused as a whole.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status of the answer.
    pub status: u16,
    /// A stable word for programs.
    pub code: String,
    /// The mistakes of a rule.
    pub mistakes: Vec<Mistake>,
}

/// A mistake in a rule.
#[derive(Clone, Debug, Deserialize)]
pub struct Mistake {
    /// Its line in the rule's document, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// A stable word for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Receipt {
    /// All items.
    pub received: u64,
    /// Those that count.
    pub accepted: u64,
    /// Those that were here before.
    pub duplicate: u64,
    /// Those behind the watermark.
    pub late: u64,
    /// Those that cannot count.
    pub refused: u64,
    /// Why the refused ones cannot.
    pub errors: Vec<ItemError>,
}

/// Why an item was refused.
#[derive(Clone, Debug, Deserialize)]
pub struct ItemError {
    /// Its place in the batch.
    pub index: u32,
    /// A stable word for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// An alert changed its state.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The rule.
    pub rule: String,
    /// The device, or the tags of the group.
    pub group: String,
    /// The new state.
    pub state: String,
    /// Event time of the judgement.
    pub at: Timestamp,
    /// When the episode began.
    pub started_at: Timestamp,
    /// The quantity that was compared.
    pub value: Option<Value>,
    /// Why, where it is not the condition alone.
    pub reason: Option<String>,
}

/// The receiver was told of an alert.
#[derive(Clone, Debug)]
pub struct Notice {
    /// `firing`, `resolved` …
    pub kind: String,
    /// The rule.
    pub rule: String,
    /// The device, or the tags of the group.
    pub group: String,
    /// The line for people.
    pub summary: String,
    /// Which try this was, from 1.
    pub attempt: u64,
    /// What the receiver answered.
    pub answered: u16,
}

/// What is left at the end.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// Readings received, accepted, duplicate, late, refused, over all partitions.
    pub readings: [u64; 5],
    /// Transitions that reached the aggregator, sent, muted, pending, dead.
    pub told: [u64; 5],
    /// The list of alerts.
    pub alerts: Vec<Alert>,
    /// Each scope with the hash of its state and how many cells it has.
    pub scopes: Vec<(String, String, u64)>,
}

/// A line of the list of alerts.
#[derive(Clone, Debug)]
pub struct Alert {
    /// The rule.
    pub rule: String,
    /// The device, or the tags of the group.
    pub group: String,
    /// Its state.
    pub state: String,
    /// When its last episode began.
    pub started_at: Timestamp,
}

impl Outcome {
    /// The lines that a scenario has below a step at `now`.
    #[must_use]
    pub fn lines(&self, now: Timestamp) -> Vec<String> {
        if self.is_nothing() {
            return vec![NOTHING.to_owned()];
        }
        let mut lines = Vec::new();
        if let Some(refusal) = &self.refusal {
            lines.push(format!("answer {} {}", refusal.status, refusal.code));
            lines.extend(refusal.mistakes.iter().map(|mistake| {
                let Mistake { line, column, code, .. } = mistake;
                format!("line {line}, column {column}: {code}")
            }));
        }
        lines.extend(self.receipt.lines());
        lines.extend(self.transitions.iter().map(|transition| transition.line(now)));
        lines.extend(self.notices.iter().map(Notice::line));
        lines
    }

    /// What people may want to know beside the lines: messages of mistakes.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mistakes = self.refusal.iter().flat_map(|refusal| &refusal.mistakes);
        mistakes
            .map(|Mistake { line, column, message, .. }| {
                format!("line {line}, column {column}: {message}")
            })
            .collect()
    }

    /// Puts notices in an order that hosts agree on: they send several at once,
    /// and only those of one alert in the order in which things happened.
    pub fn sort_notices(&mut self) {
        self.notices.sort_by(|a, b| (&a.rule, &a.group).cmp(&(&b.rule, &b.group)));
    }

    /// Whether there is nothing to say but that all readings count.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.refusal.is_none()
            && self.receipt.accepted == self.receipt.received
            && self.transitions.is_empty()
            && self.notices.is_empty()
    }
}

impl Alert {
    /// Puts a list of alerts in the order that scenarios have it.
    pub fn sort(alerts: &mut [Self]) {
        alerts.sort_by(|a, b| (&a.rule, &a.group).cmp(&(&b.rule, &b.group)));
    }
}

impl Receipt {
    fn lines(&self) -> Vec<String> {
        let parts = [
            ("accepted", self.accepted),
            ("duplicate", self.duplicate),
            ("late", self.late),
            ("refused", self.refused),
        ];
        if self.accepted == self.received {
            return Vec::new();
        }
        let counts = if self.received == 1 && self.refused == 0 {
            parts.iter().filter(|part| part.1 > 0).map(|part| part.0.to_owned()).collect()
        } else {
            counts(&parts)
        };
        let errors = self.errors.iter().map(|error| {
            let ItemError { index, code, message } = error;
            format!("item {index} {code}: {message}")
        });
        Some(counts).into_iter().chain(errors).collect()
    }
}

impl Transition {
    fn line(&self, now: Timestamp) -> String {
        let Self { state, rule, group, at, .. } = self;
        let words = [
            Some(format!("{state} {rule}{{{group}}}")),
            (*at != now).then(|| format!("at {}", offset(*at))),
            Some(format!("since {}", offset(self.started_at))),
            self.value.as_ref().map(|value| format!("value {value}")),
            self.reason.as_ref().map(|reason| format!("because {reason}")),
        ];
        sentence(words)
    }
}

impl Notice {
    fn line(&self) -> String {
        let Self { kind, rule, group, summary, attempt, answered } = self;
        let words = [
            Some(format!("notify webhook {kind} {rule}{{{group}}} \"{summary}\"")),
            (*attempt > 1).then(|| format!("attempt {attempt}")),
            (*answered != 200).then(|| format!("answered {answered}")),
        ];
        sentence(words)
    }
}

impl End {
    /// The lines that a scenario has below `end`: what people count, not the hashes.
    ///
    /// # Errors
    /// The counts do not add up: a host lost something, or made it up.
    pub fn lines(&self) -> Result<Vec<String>, Failure> {
        let [received, accepted, duplicate, late, refused] = self.readings;
        if received != accepted + duplicate + late + refused {
            return Err(Failure(format!("readings do not add up: {:?}", self.readings)));
        }
        let [transitions, sent, muted, pending, dead] = self.told;
        if transitions != sent + muted + pending + dead {
            return Err(Failure(format!("transitions do not add up: {:?}", self.told)));
        }
        let kinds = [
            ("accepted", accepted),
            ("duplicate", duplicate),
            ("late", late),
            ("refused", refused),
        ];
        let fates = [("sent", sent), ("muted", muted), ("pending", pending), ("dead", dead)];
        let mut lines = vec![
            format!("{}: {}", number(received, "reading"), counts(&kinds)),
            format!("{}: {}", number(transitions, "transition"), counts(&fates)),
        ];
        lines.extend(self.alerts.iter().map(|alert| {
            let Alert { rule, group, state, started_at } = alert;
            format!("alert {rule}{{{group}}} {state} since {}", offset(*started_at))
        }));
        Ok(lines)
    }
}

fn sentence(words: impl IntoIterator<Item = Option<String>>) -> String {
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `1 reading`, `2 readings`.
fn number(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Those that are not 0: `2 accepted, 1 late`.
fn counts(parts: &[(&str, u64)]) -> String {
    let some = parts.iter().filter(|part| part.1 > 0);
    let texts: Vec<String> = some.map(|(name, count)| format!("{count} {name}")).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

/// A transition as the machines give it.
impl From<&rules_core::Transition> for Transition {
    fn from(transition: &rules_core::Transition) -> Self {
        Self {
            rule: transition.rule.clone(),
            group: transition.group.name().into_owned(),
            state: transition.state.as_str().to_owned(),
            at: transition.at,
            started_at: transition.started_at,
            value: transition.value.clone(),
            reason: transition.reason.map(|reason| reason.as_str().to_owned()),
        }
    }
}
