use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use sorted::Gather;

use super::{Engine, Partition, slots::Content};
use crate::{Timestamp, Value};

type Values = Vec<(String, Value, Timestamp)>;

/// What is known of a device.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Described {
    /// What it is, sorted by name.
    pub tags: Vec<(String, String)>,
    /// Event time of the last accepted reading that was judged.
    pub last: Option<Timestamp>,
    /// Last known values, by name, each with its event time.
    pub values: Vec<(String, Value, Timestamp)>,
    /// Samples that its windows keep, together.
    pub samples: usize,
    /// The rules whose alerts are pending or firing on it, by id.
    pub alerts: Vec<String>,
}

impl Engine {
    /// What is known of a device whose cell is loaded; `None` if nothing is.
    #[must_use]
    pub fn described(&self, state: &Partition, device: &str) -> Option<Described> {
        let slot = state.slots.get(state.slots.find(device)?)?;
        let (tags, last, mut values, samples, alerts): (_, _, Values, _, _) = match &slot.content {
            Content::Nothing => return None,
            Content::Stored(stored) => {
                let values = stored.fields.iter();
                let values = values.map(|(name, it)| (name.clone(), it.value.clone(), it.ts));
                let samples = stored.series.values().map(crate::window::Series::samples).sum();
                let alerts = stored.alerts.keys().cloned().gather();
                (stored.tags.clone(), stored.last, values.gather(), samples, alerts)
            }
            Content::Laid(device, _) => {
                let values = device.fields.iter();
                let values = values.map(|it| (it.name.to_string(), it.value.clone(), it.ts));
                let samples = device.series.iter().map(crate::window::Series::samples).sum();
                let plan = &state.laid.as_ref()?.plan;
                let rules = device.episodes.iter().flat_map(|run| run.rules(plan));
                let mut rules: Vec<u32> = rules.copied().gather();
                sorted::sort(&mut rules);
                let id = |rule| Some(plan.rule_at(rule)?.0.told.rule.to_string());
                let alerts = rules.into_iter().filter_map(id).gather();
                (device.tags.to_vec(), device.last, values.gather(), samples, alerts)
            }
        };
        let by_name =
            |a: &(String, Value, Timestamp), b: &(String, Value, Timestamp)| a.0.cmp(&b.0);
        sorted::sort_by(&mut values, by_name);
        Some(Described { tags, last, values, samples, alerts })
    }
}
