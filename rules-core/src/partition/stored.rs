//! A device as it is stored.

use alloc::{string::String, sync::Arc, vec::Vec};

use serde::{Deserialize, Serialize};
use sorted::{SortedMap, SortedSet};

use super::{
    alert::{AlertRef, Told},
    dedup::Recent,
    device::{Device, Judged, LOOKS_MAX, Since, Spot},
    episodes::{Episodes, Rewriting, Run},
    fields::{Field, Fields, Names},
    held::Held,
    membership::{self, StoredGroups},
    migrate::OldWindow,
    plan::{Asked, Class, Plan, Selection, at},
};
use crate::{
    Timestamp, Value, codec,
    lifecycle::{Alert, Stand},
    window::Series,
};

/// The cell of one device, as bytes hold it: by names and keys that outlive
/// the rule set, and without what follows from the rest.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct StoredDevice {
    pub(super) base: StoredDeviceV2,
    /// What each quantity last was, by key.
    pub(super) judged: SortedMap<u64, Judged>,
    /// What the device is, sorted by name.
    pub(super) tags: Vec<(String, String)>,
    pub(super) groups: StoredGroups,
    /// Windows as encoding version 1 had them, until the rules say what they sample.
    #[serde(skip)]
    pub(super) old_windows: SortedMap<u64, OldWindow>,
}

/// What encoding version 2 had already. Its lists of pairs are written as
/// maps are.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct StoredDeviceV2<H = Held, R = Recent> {
    pub(super) newest: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) watched_since: Option<Timestamp>,
    pub(super) settled: Option<Timestamp>,
    pub(super) rules_version: u64,
    pub(super) fields: Vec<(String, LastKnown)>,
    pub(super) series: SortedMap<u64, Series>,
    pub(super) alerts: SortedMap<String, Alert>,
    pub(super) recent: R,
    pub(super) looked: SortedMap<u64, Timestamp>,
    pub(super) since: SortedMap<u64, Since>,
    pub(super) held: H,
}

/// The last known value of a field.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct LastKnown {
    pub(super) value: Value,
    pub(super) ts: Timestamp,
}

/// [`StoredDevice`] while it is written.
#[derive(Serialize)]
struct StoredDeviceRef<'a> {
    newest: Option<Timestamp>,
    last: Option<Timestamp>,
    watched_since: Option<Timestamp>,
    settled: Option<Timestamp>,
    rules_version: u64,
    fields: Vec<(&'a str, &'a Value, Timestamp)>,
    series: SortedMap<u64, &'a Series>,
    alerts: Vec<(&'a str, AlertRef<'a>)>,
    recent: &'a Recent,
    looked: &'a SortedMap<u64, Timestamp>,
    since: &'a SortedMap<u64, Since>,
    held: &'a Held,
    judged: SortedMap<u64, Judged>,
    tags: &'a [(String, String)],
    groups: StoredGroups,
}

impl codec::Stored for StoredDevice {
    const VERSION: u8 = 3;

    fn migrate(version: u8, body: &[u8]) -> Option<Result<Self, codec::Broken>> {
        match version {
            1 => Some(super::migrate::version_1(body)),
            2 => Some(super::migrate::version_2(body)),
            _ => None,
        }
    }
}

/// The bytes of `device`, which is laid along `selection` of `plan`.
pub(super) fn encode(device: &Device, plan: &Plan, selection: &Selection) -> Vec<u8> {
    let fields = device.fields.iter().map(|field| (&*field.name, &field.value, field.ts));
    let series = selection.series.iter().zip(&device.series);
    let series = series.filter(|(_, series)| !series.is_empty());
    let judged = selection.quantities.iter().zip(&device.judged);
    let judged = judged.filter(|(_, judged)| **judged != Judged::default());
    codec::encode_as::<StoredDevice>(&StoredDeviceRef {
        newest: device.newest,
        last: device.last,
        watched_since: device.watched_since,
        settled: device.settled,
        rules_version: device.rules_version,
        fields: fields.collect(),
        series: series.map(|(selected, series)| (selected.key, series)).collect(),
        alerts: alerts(device, plan, selection),
        recent: &device.recent,
        looked: &device.looked,
        since: &device.since,
        held: &device.held,
        judged: judged.map(|(selected, judged)| (selected.key, *judged)).collect(),
        tags: &device.tags,
        groups: membership::stored(&device.groups, plan, selection),
    })
}

/// The alerts of all runs, by rule.
fn alerts<'a>(
    device: &'a Device,
    plan: &'a Plan,
    selection: &Selection,
) -> Vec<(&'a str, AlertRef<'a>)> {
    let mut rules: Vec<(u32, &Run)> = Vec::new();
    for run in device.episodes.iter() {
        rules.extend(run.rules(plan).iter().map(|rule| (*rule, run)));
    }
    sorted::sort_by(&mut rules, |(a, _), (b, _)| a.cmp(b));
    let alert = |(rule, run): (u32, &'a Run)| {
        let (planned, class) = plan.rule_at(rule)?;
        let told = device.told_apart.get(&rule).unwrap_or(&planned.told);
        let value = device.last_value(selection, class, run);
        Some((&*planned.told.rule, AlertRef::new(run.stand, value, told)))
    };
    rules.into_iter().filter_map(alert).collect()
}

impl Device {
    /// The value of a run's alerts at their last judgement.
    pub(super) fn last_value(
        &self,
        selection: &Selection,
        class: &Class,
        run: &Run,
    ) -> Option<Value> {
        let Asked::Threshold(threshold) = class.when else { return run.value().cloned() };
        let place = selection.quantity_place(threshold.quantity)?;
        self.judged.get(place as usize)?.value.map(Value::Number)
    }
}

impl StoredDevice {
    /// A device that was never seen, under this rule set.
    pub(super) fn new(rules_version: u64) -> Self {
        let base = StoredDeviceV2 { rules_version, ..StoredDeviceV2::default() };
        Self { base, ..Self::default() }
    }

    /// Lays what is stored along the places of `selection`. Alerts of rules
    /// that the plan does not have are gone already.
    ///
    /// Beside the device come the groups that it does not belong to any more.
    pub(super) fn lay(
        self,
        plan: &Plan,
        selection: &Selection,
        names: &mut Names,
    ) -> (Device, StoredGroups) {
        let Self { base, mut judged, tags, groups, old_windows } = self;
        let (groups, left) = membership::lay(groups, &tags, plan, selection);
        let mut stored = base.series;
        super::migrate::adopt_old_windows(&old_windows, plan, selection, &mut stored);
        let series = selection.series.iter().map(|selected| {
            let mut series = stored.remove(&selected.key).unwrap_or_default();
            series.lay(&selected.views);
            series
        });
        let judged = selection.quantities.iter().map(|it| judged.remove(&it.key));
        let mut fields = Fields::default();
        for (name, LastKnown { value, ts }) in base.fields {
            fields.push(Field::new(names.get(&name), value, ts));
        }
        fields.lay(selection);
        let mut device = Device {
            newest: base.newest,
            last: base.last,
            watched_since: base.watched_since,
            settled: base.settled,
            rules_version: base.rules_version,
            fields,
            series: series.collect(),
            judged: judged.map(Option::unwrap_or_default).collect(),
            spots: Vec::new(),
            episodes: Episodes::default(),
            told_apart: SortedMap::new(),
            recent: base.recent,
            looked: base.looked,
            looks: alloc::vec![None; selection.conditions.len().min(LOOKS_MAX)],
            since: base.since,
            held: base.held,
            // Not known before it is looked for.
            next: Some(Timestamp::MIN),
            tags,
            groups,
        };
        lay_alerts(&mut device, plan, selection, base.alerts);
        let spots = device.judged.iter().zip(0..).flat_map(|(judged, place)| {
            let indexes = selection.indexes(place);
            let indexes = indexes.filter_map(|index| selection.index(index, plan));
            indexes.map(|index| Spot { place: index.place(judged.value), ..Spot::default() })
        });
        device.spots = spots.collect();
        (device, left)
    }

    /// Drops the marks of conditions that no rule on the device has any more.
    pub(super) fn forget_what_no_rule_asks(&mut self, plan: &Plan, selection: &Selection) {
        let (mut looked, mut sinces) = (SortedSet::new(), SortedSet::new());
        let timed = selection.timed.iter().filter_map(|place| at(&selection.conditions, *place));
        for condition in timed.filter_map(|it| at(&plan.conditions, it.condition)) {
            looked.insert(condition.key);
            sinces.extend(condition.clocks.sinces.iter().map(|since| since.key));
        }
        self.base.looked.retain(|key, _| looked.contains(key));
        self.base.since.retain(|key, _| sinces.contains(key));
    }
}

/// Makes runs of alerts.
fn lay_alerts(
    device: &mut Device,
    plan: &Plan,
    selection: &Selection,
    alerts: SortedMap<String, Alert>,
) {
    let mut open: Vec<(u32, Stand, Option<Value>, Vec<u32>)> = Vec::new();
    for (id, alert) in alerts {
        let Some((rule, planned)) = plan.rule(&id) else { continue };
        let Some(class) = at(&plan.classes, planned.class) else { continue };
        let stand = alert.stand();
        if !planned.told.says(&alert.told) {
            let told = Told::stored(alert.told, &id, planned.told.summary.clone());
            device.told_apart.insert(rule, Arc::new(told));
        }
        let value = match class.when {
            Asked::General(_) => alert.value,
            Asked::Threshold(threshold) => {
                device.adopt_value(selection, threshold.quantity, alert.value);
                None
            }
        };
        let alike = |(other, at, last, _): &&mut (u32, Stand, Option<Value>, Vec<u32>)| {
            (*other, *at) == (planned.class, stand) && *last == value
        };
        match open.iter_mut().rev().find(alike) {
            Some((_, _, _, rules)) => rules.push(rule),
            None => open.push((planned.class, stand, value, alloc::vec![rule])),
        }
    }
    sorted::sort_by(&mut open, |(a, ..), (b, ..)| a.cmp(b));
    let mut rewriting = Rewriting::default();
    for (from, stand, value, rules) in open {
        let Some(class) = at(&plan.classes, from) else { continue };
        let to = from + 1;
        let all = rules.len() == plan.rules_of(from, to).len();
        let rules = if all { None } else { Some(rules.into()) };
        rewriting.put(Run::new(from, to, class, stand).apart(value, rules));
    }
    device.episodes.finish(&mut rewriting);
}

impl Device {
    /// Takes the value of an alert for that of its quantity, if nothing is
    /// known of that: older state had it with each alert, and so has one
    /// whose rule compared another quantity before.
    fn adopt_value(&mut self, selection: &Selection, quantity: u32, value: Option<Value>) {
        let place = selection.quantity_place(quantity);
        let judged = place.and_then(|place| self.judged.get_mut(place as usize));
        if let (Some(judged), Some(Value::Number(number))) = (judged, value)
            && judged.value.is_none()
        {
            *judged = Judged { value: Some(number), rescan: true };
        }
    }
}
