//! What a device tells the groups that it belongs to.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};

use sorted::{Gather, SortedMap};

use super::{
    judge::Judge,
    plan::{Plan, SelectedSample, Selection, at},
};
use crate::{
    Timestamp, Value,
    codec::{Reader, Writer},
    expr::evaluate,
    fleet::{Fact, GroupKey, News},
};

/// What the groups of a device were told, as it is stored: by group, then by
/// the key of what is wanted. What is missing or unknown is not there.
pub(super) type StoredGroups = SortedMap<GroupKey, SortedMap<u64, Value>>;

/// A group that a device belongs to.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) group: GroupKey,
    /// What it was told last, one for each want of the fleet.
    pub(super) told: Vec<Option<Value>>,
}

/// The memberships that were stored, laid along the fleets of `selection`.
/// Those that no fleet makes any more come second: the groups are not told yet.
pub(super) fn lay(
    mut stored: StoredGroups,
    tags: &[(String, String)],
    plan: &Plan,
    selection: &Selection,
) -> (Vec<Option<Membership>>, StoredGroups) {
    let membership = |fleet: &super::plan::SelectedFleet| {
        let group = GroupKey::of(at(&plan.bys, fleet.by)?, tags)?;
        let mut told = stored.remove(&group)?;
        let wants = fleet.wants.iter().map(|want| told.remove(&at(&plan.wants, *want)?.key));
        Some(Membership { told: wants.gather(), group })
    };
    let laid = selection.fleets.iter().map(membership).gather();
    (laid, stored)
}

/// The memberships of a device as they are stored.
pub(super) fn stored(
    memberships: &[Option<Membership>],
    plan: &Plan,
    selection: &Selection,
) -> StoredGroups {
    let fleets = selection.fleets.iter().zip(memberships);
    let group = |(fleet, membership): (&super::plan::SelectedFleet, &Option<Membership>)| {
        let membership = membership.as_ref()?;
        let told = fleet.wants.iter().zip(&membership.told);
        let told =
            told.filter_map(|(want, value)| Some((at(&plan.wants, *want)?.key, value.clone()?)));
        Some((membership.group.clone(), told.collect()))
    };
    fleets.filter_map(group).collect()
}

pub(super) fn write(groups: &StoredGroups, to: &mut Writer) {
    to.count(groups.len());
    for (group, told) in groups {
        to.text(group.as_str());
        to.count(told.len());
        for (key, value) in told {
            to.unsigned(*key);
            to.value(value);
        }
    }
}

pub(super) fn read(from: &mut Reader<'_>) -> StoredGroups {
    let groups = from.list(|from| {
        let group = GroupKey::from_stored(from.text().into());
        let told = from.list(|from| (from.unsigned(), from.value()));
        (group, told.into_iter().collect())
    });
    groups.into_iter().collect()
}

impl Judge<'_> {
    /// Brings the groups of the device and its tags together at `t`: leaves
    /// those in `left` and those that it does not belong to, and tells all
    /// others its tags. Those that it is in already know by that, too, by which
    /// rules it tells, and that what it does not tell has no value.
    pub(super) fn belong(&mut self, left: StoredGroups, t: Timestamp) {
        for group in left.into_keys() {
            self.tell_group(group, News::Left, t);
        }
        for (fleet, place) in self.selection.fleets.iter().zip(0_u32..) {
            let by = at(&self.plan.bys, fleet.by).map_or(&[][..], Vec::as_slice);
            let Some(group) = GroupKey::of(by, &self.device.tags) else { continue };
            let tags = self.device.tags.to_vec();
            self.tell_group(group.clone(), News::Joined { tags }, t);
            if let Some(membership) = self.device.groups.get_mut(place as usize)
                && membership.is_none()
            {
                let told = fleet.wants.iter().map(|_| None).gather();
                *membership = Some(Membership { group, told });
            }
        }
    }

    /// Tells groups all that they do not know yet of the device at `t`.
    pub(super) fn tell_values(&mut self, t: Timestamp) {
        if !self.selection.fleets.is_empty() {
            for place in 0..super::plan::number(self.selection.conditions.len()) {
                self.tell_value(place, t);
            }
        }
    }

    /// Tells groups the value of a condition at `t`, if it is another one than
    /// they were told last. The condition was looked at for `t`.
    pub(super) fn tell_value(&mut self, place: u32, t: Timestamp) {
        let Some(selected) = at(&self.selection.conditions, place) else { return };
        if selected.tellers.is_empty() {
            return;
        }
        let Some(condition) = at(&self.plan.conditions, selected.condition) else { return };
        self.advance(condition, t);
        let value = evaluate(&condition.expr, &self.facts(condition, t)).map(Cow::into_owned);
        for (fleet, want) in &selected.tellers {
            let membership = self.device.groups.get_mut(*fleet as usize);
            let Some(Some(membership)) = membership else { continue };
            let Some(told) = membership.told.get_mut(*want as usize) else { continue };
            if *told != value {
                told.clone_from(&value);
                let group = membership.group.clone();
                let key = self.want_key(*fleet, *want);
                self.tell_group(group, News::Changed { want: key, value: value.clone() }, t);
            }
        }
    }

    /// Tells groups a sample that a reading at `t` gives.
    pub(super) fn tell_sample(&mut self, place: u32, t: Timestamp) {
        let Some(SelectedSample { want, tellers }) = at(&self.selection.samples, place) else {
            return;
        };
        let Some(want) = at(&self.plan.wants, *want) else { return };
        let lateness = self.settings.allowed_lateness;
        let facts = super::facts::DeviceFacts::new(self.device, self.selection, None, t, lateness);
        let value = evaluate(&want.expr, &facts).map(Cow::into_owned);
        self.header.counters.type_errors += facts.type_errors();
        let Some(value) = value.filter(|value| *value != Value::Null) else { return };
        for (fleet, _) in tellers {
            if let Some(Some(membership)) = self.device.groups.get(*fleet as usize) {
                let (group, value) = (membership.group.clone(), value.clone());
                self.tell_group(group, News::Sample { want: want.key, value }, t);
            }
        }
    }

    fn want_key(&self, fleet: u32, want: u32) -> u64 {
        let want = at(&self.selection.fleets, fleet).and_then(|fleet| at(&fleet.wants, want));
        want.and_then(|want| at(&self.plan.wants, *want)).map_or(0, |want| want.key)
    }

    fn tell_group(&mut self, group: GroupKey, news: News, at: Timestamp) {
        let device = self.id.to_string();
        self.facts.entry(group).or_default().push(Fact { device, at, news });
    }
}

/// How a device comes to its groups.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Entry {
    /// With what is known of it: its rules or its tags have changed.
    Known,
    /// With the reading of this time, which brings its tags: its new groups
    /// never hear of what it said before.
    WithReading(Timestamp),
}
