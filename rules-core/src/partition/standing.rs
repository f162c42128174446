use super::{Engine, Partition};
use crate::{
    AlertState, CellKey, Timestamp, Value,
    lifecycle::{self, Phase},
};

/// Where the alert of a rule stands on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// [`AlertState::Inactive`] if there is none.
    pub state: AlertState,
    /// When `when` first became true in this episode.
    pub started_at: Option<Timestamp>,
    /// First of the unbroken run of clearing judgements of a firing alert.
    pub clearing_since: Option<Timestamp>,
    /// When the alert's own timer (`for`, or `keep_firing_for`) moves it on, if nothing else does.
    pub timer: Option<Timestamp>,
    /// The compared quantity at the last judgement.
    pub value: Option<Value>,
}

impl Engine {
    /// Where the alert of rule `rule` stands on `device`; `None` if there is
    /// no such rule, or it does not watch the device.
    #[must_use]
    pub fn standing(&self, state: &Partition, rule: &str, device: &str) -> Option<Standing> {
        let (_, planned) = self.plan.rule(rule)?;
        if !planned.rule.devices.selects(device, &[]) {
            return None;
        }
        let slot = state.cells.get(&CellKey::device(device));
        let known = slot.and_then(|slot| slot.device.as_ref());
        let alert = known.and_then(|device| device.alerts.get(rule));
        let (state, clearing_since) = match alert.map(|alert| alert.phase) {
            None => (AlertState::Inactive, None),
            Some(Phase::Pending) => (AlertState::Pending, None),
            Some(Phase::Firing { clearing_since }) => (AlertState::Firing, clearing_since),
        };
        Some(Standing {
            state,
            started_at: alert.map(|alert| alert.started_at),
            clearing_since,
            timer: alert.and_then(|alert| lifecycle::timer(&planned.rule, alert)),
            value: alert.and_then(|alert| alert.value.clone()),
        })
    }
}
