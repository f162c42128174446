use alloc::{collections::BTreeMap, string::String};

use serde::{Deserialize, Serialize};

use crate::{AlertState, Missing, Mode, Rule, Timestamp, Value};

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
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) mode: Mode,
}

impl Told {
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// This reading or deadline does not concern the condition.
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
pub(crate) fn evaluated(
    rule: &Rule,
    alert: Option<&Alert>,
    when: Verdict,
    clear: Verdict,
    t: Timestamp,
) -> Move {
    let when_holds = truth(rule, when);
    let Some(alert) = alert else {
        return match when_holds {
            Some(true) if rule.hold.as_millis() == 0 => Move::Begin(FIRING),
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
            Some(true) if t >= alert.started_at.plus(rule.hold) => Move::To(FIRING),
            Some(false) => Move::End(AlertState::Inactive),
            _ => Move::Stay,
        },
        Phase::Firing { clearing_since } => match ending(rule, when, clear) {
            Some(false) if clearing_since.is_some() => Move::To(FIRING),
            Some(false) | None => Move::Stay,
            Some(true) => {
                let since = clearing_since.unwrap_or(t);
                if t >= since.plus(rule.keep_firing) {
                    Move::End(AlertState::Resolved)
                } else {
                    Move::To(Phase::Firing { clearing_since: Some(since) })
                }
            }
        },
    }
}

/// The step that the alert's own timer causes when it runs out.
pub(crate) fn timed_out(alert: &Alert) -> Move {
    match alert.phase {
        Phase::Pending => Move::To(FIRING),
        Phase::Firing { clearing_since: Some(_) } => Move::End(AlertState::Resolved),
        Phase::Firing { clearing_since: None } => Move::Stay,
    }
}

/// When the alert's own timer runs out: `for`, or `keep_firing_for`.
pub(crate) fn timer(rule: &Rule, alert: &Alert) -> Option<Timestamp> {
    match alert.phase {
        Phase::Pending => Some(alert.started_at.plus(rule.hold)),
        Phase::Firing { clearing_since } => {
            clearing_since.map(|since| since.plus(rule.keep_firing))
        }
    }
}

/// Whether a firing alert's end is given (`Some(true)`), denied, or not spoken of.
fn ending(rule: &Rule, when: Verdict, clear: Verdict) -> Option<bool> {
    if rule.missing == Missing::Clear && when == Verdict::Unknown {
        return Some(true);
    }
    if rule.clear.is_some() { truth(rule, clear) } else { truth(rule, when).map(|holds| !holds) }
}

/// The verdict as a truth, unknown read as the rule says.
fn truth(rule: &Rule, verdict: Verdict) -> Option<bool> {
    match (verdict, rule.missing) {
        (Verdict::Known(truth), _) => Some(truth),
        (Verdict::Closed, _) | (Verdict::Unknown, Missing::Clear) => Some(false),
        (Verdict::Unknown, Missing::Hold) | (Verdict::Untouched, _) => None,
    }
}
