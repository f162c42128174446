use super::{Engine, Partition, plan::at, slots::Content};
use crate::{AlertState, Timestamp, Value, lifecycle::Phase};

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
        let (index, planned) = self.plan.rule(rule)?;
        let class = at(&self.plan.classes, planned.class)?;
        let inactive = Standing {
            state: AlertState::Inactive,
            started_at: None,
            clearing_since: None,
            timer: None,
            value: None,
        };
        let slot = state.slots.find(device).and_then(|place| state.slots.get(place));
        let Some(Content::Laid(device, selection)) = slot.map(|slot| &slot.content) else {
            let scopes = self.plan.scopes_of(device, &[]);
            return scopes.contains(&class.scope).then_some(inactive);
        };
        if !selection.has_scope(class.scope) {
            return None;
        }
        let mut open = device.episodes.iter();
        let run = open.find(|run| run.rules(&self.plan).contains(&index));
        let Some(run) = run else { return Some(inactive) };
        let (state, clearing_since) = match run.stand.phase {
            Phase::Pending => (AlertState::Pending, None),
            Phase::Firing { clearing_since } => (AlertState::Firing, clearing_since),
        };
        Some(Standing {
            state,
            started_at: Some(run.stand.started_at),
            clearing_since,
            timer: run.timer,
            value: device.last_value(selection, class, run),
        })
    }
}
