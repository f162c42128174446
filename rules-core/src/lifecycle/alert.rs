use alloc::string::String;

use sorted::SortedMap;

use serde::{Deserialize, Serialize};

use crate::{AlertState, Missing, Mode, Rule, Span, Timestamp, Value};

/// What of a rule decides how its alerts move.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Course {
    /// How long `when` must have stayed true before the alert fires (`for`).
    pub(crate) hold: Span,
    /// How long the end must have lasted before the alert resolves.
    pub(crate) keep_firing: Span,
    /// What unknown means.
    pub(crate) missing: Missing,
    /// Whether `clear` decides on the end.
    pub(crate) clears: bool,
}

/// Where a pending or firing alert stands; nothing is kept of any other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stand {
    /// When `when` first became true.
    pub(crate) started_at: Timestamp,
    /// How far it has come.
    pub(crate) phase: Phase,
}

/// An alert that is pending or firing; nothing is stored for any other.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Alert {
    /// When `when` first became true.
    pub(crate) started_at: Timestamp,
    /// How far it has come.
    pub(crate) phase: Phase,
    /// The compared quantity at the last judgement.
    pub(crate) value: Option<Value>,
    /// What receivers were told about the rule; needed when it is deleted.
    pub(crate) told: Told,
}

/// What an alert's transitions carry of its rule.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Told {
    pub(crate) severity: String,
    pub(crate) labels: SortedMap<String, String>,
    pub(crate) mode: Mode,
}

impl Told {
    /// About how many bytes an alert takes with it when it is stored, rather too many.
    pub(crate) fn bytes(&self) -> usize {
        const OTHER_BYTES: usize = 64;
        let labels = self.labels.iter().map(|(name, text)| name.len() + text.len() + 6);
        OTHER_BYTES + self.severity.len() + labels.sum::<usize>()
    }

    pub(crate) fn of(rule: &Rule) -> Self {
        Self { severity: rule.severity.clone(), labels: rule.labels.clone(), mode: rule.mode }
    }
}

/// How far an alert has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Phase {
    /// `when` is true, but not yet for as long as `for` asks.
    Pending,
    /// It fires.
    Firing {
        /// First of the unbroken run of clearing evaluations, if one is under way.
        clearing_since: Option<Timestamp>,
    },
}

/// What an evaluation of a condition gave.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// This reading or deadline does not concern the condition.
    #[default]
    Untouched,
    /// Missing or of the wrong type at the top.
    Unknown,
    /// Outside of the rule's schedule.
    Closed,
    /// Known.
    Known(bool),
}

/// What an alert has to do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Move {
    /// Nothing.
    Stay,
    /// Begin an episode at the time of the judgement, in this state.
    Begin(Phase),
    /// Go on to this phase; reported when the state differs.
    To(Phase),
    /// End the episode in this state.
    End(AlertState),
}

const FIRING: Phase = Phase::Firing { clearing_since: None };

/// The step of the alert's life that an evaluation at `t` causes.
///
/// The table, with *false* including unknown under `missing: clear`:
///
/// Outside of its schedule (`Closed`) an alert ends at once, whatever `clear` says.
///
/// | phase | `when` true | `when` false | ended (see [`ending`]) | not ended |
/// |---|---|---|---|---|
/// | none | pending, or firing if `for` is 0 | – | – | – |
/// | pending | firing once t − p ≥ `for` | inactive | – | – |
/// | firing | – | – | resolved once it lasted `keep_firing_for` | run of clearing broken |
pub(crate) fn moved(
    course: &Course,
    alert: Option<Stand>,
    when: Verdict,
    clear: Verdict,
    t: Timestamp,
) -> Move {
    let when_holds = truth(course, when);
    let Some(alert) = alert else {
        return match when_holds {
            Some(true) if course.hold.as_millis() == 0 => Move::Begin(FIRING),
            Some(true) => Move::Begin(Phase::Pending),
            _ => Move::Stay,
        };
    };
    if when == Verdict::Closed {
        return Move::End(match alert.phase {
            Phase::Pending => AlertState::Inactive,
            Phase::Firing { .. } => AlertState::Resolved,
        });
    }
    match alert.phase {
        Phase::Pending => match when_holds {
            Some(true) if t >= alert.started_at.plus(course.hold) => Move::To(FIRING),
            Some(false) => Move::End(AlertState::Inactive),
            _ => Move::Stay,
        },
        Phase::Firing { clearing_since } => match ending(course, when, clear) {
            Some(false) if clearing_since.is_some() => Move::To(FIRING),
            Some(false) | None => Move::Stay,
            Some(true) => {
                let since = clearing_since.unwrap_or(t);
                if t >= since.plus(course.keep_firing) {
                    Move::End(AlertState::Resolved)
                } else {
                    Move::To(Phase::Firing { clearing_since: Some(since) })
                }
            }
        },
    }
}

impl Course {
    /// The course of the alerts of `rule`.
    pub(crate) fn of(rule: &Rule) -> Self {
        let Rule { hold, keep_firing, missing, .. } = *rule;
        Self { hold, keep_firing, missing, clears: rule.clear.is_some() }
    }

    /// When an alert's own timer runs out: `for`, or `keep_firing_for`.
    pub(crate) fn timer(&self, alert: Stand) -> Option<Timestamp> {
        match alert.phase {
            Phase::Pending => Some(alert.started_at.plus(self.hold)),
            Phase::Firing { clearing_since } => {
                clearing_since.map(|since| since.plus(self.keep_firing))
            }
        }
    }
}

impl Phase {
    /// The step that an alert's own timer causes when it runs out.
    pub(crate) const fn timed_out(self) -> Move {
        match self {
            Self::Pending => Move::To(FIRING),
            Self::Firing { clearing_since: Some(_) } => Move::End(AlertState::Resolved),
            Self::Firing { clearing_since: None } => Move::Stay,
        }
    }
}

impl Alert {
    /// Where it stands.
    pub(crate) fn stand(&self) -> Stand {
        Stand { started_at: self.started_at, phase: self.phase }
    }
}

/// [`moved`], for an alert that is kept with its rule.
pub(crate) fn evaluated(
    rule: &Rule,
    alert: Option<&Alert>,
    when: Verdict,
    clear: Verdict,
    t: Timestamp,
) -> Move {
    moved(&Course::of(rule), alert.map(Alert::stand), when, clear, t)
}

/// The step that the alert's own timer causes when it runs out.
pub(crate) fn timed_out(alert: &Alert) -> Move {
    alert.phase.timed_out()
}

/// When the alert's own timer runs out: `for`, or `keep_firing_for`.
pub(crate) fn timer(rule: &Rule, alert: &Alert) -> Option<Timestamp> {
    Course::of(rule).timer(alert.stand())
}

/// Whether a firing alert's end is given (`Some(true)`), denied, or not spoken of.
fn ending(course: &Course, when: Verdict, clear: Verdict) -> Option<bool> {
    if course.missing == Missing::Clear && when == Verdict::Unknown {
        return Some(true);
    }
    if course.clears { truth(course, clear) } else { truth(course, when).map(|holds| !holds) }
}

/// The verdict as a truth, unknown read as the rule says.
fn truth(course: &Course, verdict: Verdict) -> Option<bool> {
    match (verdict, course.missing) {
        (Verdict::Known(truth), _) => Some(truth),
        (Verdict::Closed, _) | (Verdict::Unknown, Missing::Clear) => Some(false),
        (Verdict::Unknown, Missing::Hold) | (Verdict::Untouched, _) => None,
    }
}
