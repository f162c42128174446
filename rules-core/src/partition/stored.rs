//! A device as it is stored.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};

use sorted::{SortedMap, SortedSet};

use super::{
    alert::{self, Told},
    dedup::Recent,
    device::{Device, Judged, SAID_MAX, Since, Spot},
    episodes::{Episodes, Rewriting, Run},
    fields::{Fields, Names},
    held::Held,
    membership::{self, StoredGroups},
    migrate::OldWindow,
    plan::{Asked, Class, Plan, Selection, at},
    seldom::Seldom,
};
use crate::{
    DecodeError, Timestamp, Value,
    codec::{self, Reader, Writer},
    lifecycle::{Alert, Stand},
    window::Series,
};

/// The cell of one device, as bytes hold it: by names and keys that outlive
/// the rule set, and without what follows from the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredDevice {
    pub(super) newest: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) watched_since: Option<Timestamp>,
    pub(super) settled: Option<Timestamp>,
    pub(super) rules_version: u64,
    pub(super) fields: Vec<(String, LastKnown)>,
    pub(super) series: SortedMap<u64, Series>,
    pub(super) alerts: SortedMap<String, Alert>,
    pub(super) recent: Recent,
    pub(super) looked: SortedMap<u64, Timestamp>,
    pub(super) since: SortedMap<u64, Since>,
    pub(super) held: Held,
    /// What each quantity last was, by key.
    pub(super) judged: SortedMap<u64, Judged>,
    /// What the device is, sorted by name.
    pub(super) tags: Vec<(String, String)>,
    pub(super) groups: StoredGroups,
    /// Windows as encoding version 1 had them, until the rules say what they sample.
    pub(super) old_windows: SortedMap<u64, OldWindow>,
}

/// The last known value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LastKnown {
    pub(super) value: Value,
    pub(super) ts: Timestamp,
}

/// The layout written today.
///
/// Version 4 has shorter digests of recent readings than version 3; version 2
/// had no quantities, tags and groups, and other digests; for version 1 see
/// [`super::migrate`].
pub(super) const VERSION: u8 = 4;

/// The bytes of `device`, which is laid along `selection` of `plan`.
pub(super) fn encode(
    device: &Device,
    plan: &Plan,
    selection: &Selection,
    to: &mut Writer,
) -> Vec<u8> {
    to.byte(VERSION);
    for ts in [device.newest, device.last, device.watched_since, device.settled] {
        to.option(ts, Writer::time);
    }
    to.unsigned(device.rules_version);
    to.count(device.fields.len());
    for field in device.fields.iter() {
        to.text(field.name);
        to.value(field.value);
        to.time(field.ts);
    }
    let series = selection.series_by_key.iter().filter_map(|place| {
        let series = at(&device.series, *place).filter(|series| !series.is_empty())?;
        Some((at(&selection.series, *place)?.key, series))
    });
    to.count(series.clone().count());
    for (key, series) in series {
        to.unsigned(key);
        series.write(to);
    }
    write_alerts(device, plan, selection, to);
    device.recent.write(to);
    to.count(device.looked.len());
    for (key, ts) in device.looked.iter() {
        to.unsigned(*key);
        to.time(*ts);
    }
    to.count(device.since.len());
    for (key, since) in device.since.iter() {
        to.unsigned(*key);
        match since {
            Since::Holds => to.byte(0),
            Since::Ended(ts) => {
                to.byte(1);
                to.time(*ts);
            }
        }
    }
    device.held.write(to);
    let judged = selection.quantities_by_key.iter().filter_map(|place| {
        let judged = at(&device.judged, *place).filter(|judged| !judged.is_default())?;
        Some((at(&selection.quantities, *place)?.key, *judged))
    });
    to.count(judged.clone().count());
    for (key, judged) in judged {
        to.unsigned(key);
        to.option(judged.value(), Writer::float);
        to.truth(judged.rescan);
    }
    to.count(device.tags.len());
    for (name, text) in device.tags.iter() {
        to.text(name);
        to.text(text);
    }
    membership::write(&membership::stored(&device.groups, plan, selection), to);
    to.take()
}

/// Writes the alerts of all runs, by rule.
fn write_alerts(device: &Device, plan: &Plan, selection: &Selection, to: &mut Writer) {
    let mut rules: Vec<(u32, &Run)> = Vec::new();
    for run in device.episodes.iter() {
        rules.extend(run.rules(plan).iter().map(|rule| (*rule, run)));
    }
    sorted::sort_by(&mut rules, |(a, _), (b, _)| a.cmp(b));
    rules.retain(|(rule, _)| plan.rule_at(*rule).is_some());
    to.count(rules.len());
    for (rule, run) in rules {
        let Some((planned, class)) = plan.rule_at(rule) else { continue };
        let told = device.told_apart.get(&rule).unwrap_or(&planned.told);
        let value = device.last_value(selection, class, run);
        to.text(&planned.told.rule);
        alert::write(run.stand, value.as_ref(), told, to);
    }
}

/// Reads the device that was stored as `bytes`; `what` names it in the error.
pub(super) fn decode(what: &str, bytes: &[u8]) -> Result<StoredDevice, DecodeError> {
    codec::decode_by(what, bytes, VERSION, |version, body| {
        let mut from = Reader::new(body);
        let device = match version {
            1 => super::migrate::version_1(&mut from),
            2..=VERSION => StoredDevice::read(&mut from, version),
            _ => return None,
        };
        Some(from.end().map(|()| device))
    })
}

impl StoredDevice {
    fn read(from: &mut Reader<'_>, version: u8) -> Self {
        let mut device = Self {
            newest: from.option(Reader::time),
            last: from.option(Reader::time),
            watched_since: from.option(Reader::time),
            settled: from.option(Reader::time),
            rules_version: from.unsigned(),
            fields: read_fields(from),
            series: read_map(from, Series::read),
            alerts: from.list(|from| (from.text().into(), alert::read(from))).into_iter().collect(),
            recent: Recent::read(from, version),
            looked: read_map(from, Reader::time),
            since: read_map(from, read_since),
            held: Held::read(from),
            ..Self::default()
        };
        if version >= 3 {
            device.judged =
                read_map(from, |from| Judged::new(from.option(Reader::float), from.truth()));
            device.tags = from.list(|from| (from.text().into(), from.text().into()));
            device.groups = membership::read(from);
        }
        device
    }
}

fn read_since(from: &mut Reader<'_>) -> Since {
    if from.truth() { Since::Ended(from.time()) } else { Since::Holds }
}

pub(super) fn read_fields(from: &mut Reader<'_>) -> Vec<(String, LastKnown)> {
    from.list(|from| (from.text().into(), LastKnown { value: from.value(), ts: from.time() }))
}

/// A map of keys and what `read` makes of what follows each.
pub(super) fn read_map<'a, T>(
    from: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> T,
) -> SortedMap<u64, T> {
    from.list(|from| (from.unsigned(), read(from))).into_iter().collect()
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
        self.judged.get(place as usize)?.value().map(Value::Number)
    }
}

impl StoredDevice {
    /// A device that was never seen, under this rule set.
    pub(super) fn new(rules_version: u64) -> Self {
        Self { rules_version, ..Self::default() }
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
        let (groups, left) = membership::lay(self.groups, &self.tags, plan, selection);
        let mut stored = self.series;
        super::migrate::adopt_old_windows(&self.old_windows, plan, selection, &mut stored);
        let series = selection.series.iter().map(|selected| {
            let mut series = stored.remove(&selected.key).unwrap_or_default();
            series.lay(&selected.views);
            series
        });
        let judged = selection.quantities.iter().map(|it| self.judged.get(&it.key).copied());
        let mut device = Device {
            newest: self.newest,
            last: self.last,
            watched_since: self.watched_since,
            settled: self.settled,
            rules_version: self.rules_version,
            fields: Fields::stored(self.fields, selection, names),
            series: series.collect(),
            judged: judged.map(Option::unwrap_or_default).collect(),
            spots: Box::default(),
            episodes: Episodes::default(),
            told_apart: Seldom::default(),
            recent: self.recent,
            looked: self.looked.into(),
            said: alloc::vec![None; selection.conditions.len().min(SAID_MAX)].into(),
            since: self.since.into(),
            held: self.held.into(),
            // Not known before it is looked for.
            next: Some(Timestamp::MIN),
            tags: self.tags.into(),
            groups: groups.into(),
        };
        lay_alerts(&mut device, plan, selection, self.alerts);
        let spots = device.judged.iter().zip(0..).flat_map(|(judged, place)| {
            let indexes = selection.indexes(place);
            let indexes = indexes.filter_map(|index| selection.index(index, plan));
            indexes.map(|index| Spot { place: index.place(judged.value()), ..Spot::default() })
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
        self.looked.retain(|key, _| looked.contains(key));
        self.since.retain(|key, _| sinces.contains(key));
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
            && judged.value().is_none()
        {
            *judged = Judged::new(Some(number), true);
        }
    }
}
