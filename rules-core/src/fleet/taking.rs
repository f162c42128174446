//! Taking facts and rule sets in.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use sorted::{Gather, SortedSet};

use super::{
    Fact, Message, News,
    cell::{self, AlertKey, MEMBERS_BYTES_MAX, MEMBERS_MAX, Member},
    derived::{Derived, Tally},
    facts::takes,
    judge::Judge,
    plan::Part,
};
use crate::{
    AlertState, Reason, Span, Timestamp, Value,
    lifecycle::{Alert, Phase},
};

/// Conditions that a fact touches.
type Touched = SortedSet<(usize, Part)>;

impl Judge<'_> {
    /// Takes in what one step of a partition told.
    pub(super) fn message(&mut self, message: &Message) {
        let mut rest = message.facts.as_slice();
        while let Some(first) = rest.first() {
            let (run, others) = rest.split_at(together(rest));
            let at = self.cell.reached.map_or(first.at, |reached| reached.max(first.at));
            self.deadlines(&|deadline| deadline < at);
            self.cell.reached = Some(at);
            self.catch_up(&first.device, message.rules_version);
            let mut touched = Touched::new();
            for fact in run {
                self.header.counters.facts += 1;
                touched.extend(self.fact(fact, message.rules_version));
            }
            self.end_what_has_no_cast(at);
            self.judge(&touched, Some(&first.device), at);
            rest = others;
        }
    }

    /// Notes by which rule set the device's partition tells, and forgets what
    /// that one does not ask for any more.
    fn catch_up(&mut self, device: &str, version: u64) {
        let Some(mut member) = self.cell.members.remove(device) else { return };
        if member.rules_version < version {
            self.derived.leave(self.kind, device, &member, &self.cell.asked);
            member.rules_version = version;
            if version == self.rules_version {
                member.forget_unwanted(&self.kind.wants);
            }
            self.derived.enter(self.plan, self.kind, device, &member, &self.cell.asked);
        }
        self.cell.members.insert(device.to_string(), member);
    }

    fn fact(&mut self, fact: &Fact, version: u64) -> Touched {
        match &fact.news {
            News::Joined { tags } => self.join(&fact.device, tags, version),
            News::Left => self.leave(&fact.device),
            News::Changed { want, value } => {
                if self.is_asked(*want, version) {
                    self.change(&fact.device, *want, value.clone());
                }
                self.touched(&fact.device, *want)
            }
            News::Sample { want, value } => {
                if self.is_asked(*want, version) {
                    self.sample(fact, *want, value);
                }
                self.touched(&fact.device, *want)
            }
        }
    }

    /// Whether somebody wants it, or may want it by rules that are newer than ours.
    fn is_asked(&self, want: u64, version: u64) -> bool {
        version > self.rules_version || self.kind.wants.contains(&want)
    }

    /// The conditions that read what the device tells.
    fn touched(&self, device: &str, want: u64) -> Touched {
        let readers = self.kind.readers.get(&want).into_iter().flatten();
        let parts = self.derived.parts(device);
        let read =
            readers.filter(|reader| parts.binary_search(&(reader.rule, reader.role)).is_ok());
        read.map(|reader| (reader.rule, reader.part)).collect()
    }

    /// All conditions of the rules that look at the device.
    fn touched_by_all(&self, device: &str) -> Touched {
        let rules = self.derived.parts(device).iter().map(|(rule, _)| *rule);
        rules.flat_map(|rule| [(rule, Part::When), (rule, Part::Clear)]).collect()
    }

    fn join(&mut self, device: &str, tags: &[(String, String)], version: u64) -> Touched {
        let mut touched = self.touched_by_all(device);
        let known = self.cell.members.remove(device);
        if let Some(known) = &known {
            self.derived.leave(self.kind, device, known, &self.cell.asked);
        }
        let is_new = known.is_none();
        let mut member =
            known.unwrap_or_else(|| Member { rules_version: version, ..Member::default() });
        member.tags = tags.to_vec();
        let bytes = self.derived.bytes + member.bytes(device);
        if is_new && (self.cell.members.len() >= MEMBERS_MAX || bytes > MEMBERS_BYTES_MAX) {
            self.header.counters.limits_reached += 1;
            return touched;
        }
        self.derived.enter(self.plan, self.kind, device, &member, &self.cell.asked);
        self.cell.members.insert(device.to_string(), member);
        self.recast(device);
        touched.extend(self.touched_by_all(device));
        touched
    }

    fn leave(&mut self, device: &str) -> Touched {
        let touched = self.touched_by_all(device);
        if let Some(member) = self.cell.members.remove(device) {
            self.derived.leave(self.kind, device, &member, &self.cell.asked);
            self.recast(device);
        }
        touched
    }

    /// Gives the device its roles in `match` rules.
    fn recast(&mut self, device: &str) {
        let overfull = self.derived.recast(self.plan, device, &self.cell.members);
        self.header.counters.limits_reached += overfull;
    }

    fn change(&mut self, device: &str, want: u64, value: Option<Value>) {
        let Some(mut member) = self.cell.members.remove(device) else { return };
        let asked = (want, &self.cell.asked);
        self.derived.count(self.kind, device, &member, asked, Tally::Out);
        let before = member.told.get(&want).map_or(0, |value| cell::told_bytes(value.as_ref()));
        let room = MEMBERS_BYTES_MAX.saturating_sub(self.derived.bytes.saturating_sub(before));
        let is_small = cell::told_bytes(value.as_ref()) <= room;
        let value = if is_small { value } else { None };
        self.header.counters.limits_reached += u64::from(!is_small);
        let bytes = cell::told_bytes(value.as_ref());
        self.derived.bytes = self.derived.bytes.saturating_sub(before) + bytes;
        member.told.insert(want, value);
        self.derived.count(self.kind, device, &member, asked, Tally::In);
        if let Some(joins) =
            self.derived.joins.as_mut().filter(|_| self.kind.required.contains(&want))
        {
            joins.follow(device, Some(&member));
        }
        self.cell.members.insert(device.to_string(), member);
    }

    fn sample(&mut self, fact: &Fact, want: u64, value: &Value) {
        let Some(member) = self.cell.members.get_mut(&fact.device) else { return };
        let aggregates = self.kind.aggregates.get(&want).into_iter().flatten();
        let mistyped = aggregates.filter(|aggregate| !takes(**aggregate, value)).count();
        self.header.counters.type_errors += mistyped as u64;
        let samples = member.samples.entry(want).or_default();
        let before = samples.all_bytes();
        samples.insert(fact.at, value.clone());
        let reached = self.cell.reached.unwrap_or(fact.at);
        if let Some(keep) = self.kind.keep.get(&want) {
            samples.forget(reached, *keep);
        }
        let after = samples.all_bytes();
        if samples.is_empty() {
            member.samples.remove(&want);
        }
        self.derived.bytes = (self.derived.bytes + after).saturating_sub(before);
        self.derived.sample(&fact.device, want, (fact.at, value));
        self.make_room(reached);
    }

    /// Forgets samples until the members have room in the cell: first those
    /// that no window sees any more, then the oldest.
    fn make_room(&mut self, reached: Timestamp) {
        if self.derived.bytes <= MEMBERS_BYTES_MAX {
            return;
        }
        self.derived.computed.clear();
        self.cell.forget_samples(reached, &self.kind.keep);
        self.derived.bytes = self.cell.members_bytes();
        while self.derived.bytes > MEMBERS_BYTES_MAX && self.cell.give_up_oldest() {
            self.header.counters.limits_reached += 1;
            self.derived.bytes = self.cell.members_bytes();
        }
    }

    /// Ends the alerts whose devices are no longer all there in their roles.
    fn end_what_has_no_cast(&mut self, at: Timestamp) {
        let gone: Vec<AlertKey> =
            self.cell.alerts.keys().filter(|key| !self.has_cast(key)).cloned().gather();
        for key in gone {
            if let Some(alert) = self.cell.alerts.remove(&key) {
                let state = ended(&alert);
                self.tell_of_change(&key, &alert, state, (at, Reason::RuleNarrowed));
            }
        }
    }

    /// Whether the rule still looks at whom the alert is about; true of a rule that is gone.
    fn has_cast(&self, key: &AlertKey) -> bool {
        let Some((rule, planned)) = self.plan.rule(&key.rule) else { return true };
        if !planned.joins() || key.cast.is_empty() {
            return planned.joins() != key.cast.is_empty() && self.derived.population(rule) > 0;
        }
        let names = planned.fleet.role_names();
        let mut cast = key.cast.iter().enumerate();
        names.iter().eq(key.cast.iter().map(|(role, _)| role))
            && self.derived.joins.as_ref().is_some_and(|joins| {
                cast.all(|(role, (_, device))| joins.plays(rule, role, device))
            })
    }

    /// Brings the cell up to a rule set that it has not been judged by, at `now`.
    pub(super) fn take_on_rules(&mut self, now: Timestamp) {
        self.cell.rules_version = self.rules_version;
        let had = core::mem::take(&mut self.cell.asked);
        self.cell.asked = self.plan.asked(self.kind, self.rules_version, &had);
        // Who has yet to answer follows from what is asked.
        *self.derived = Derived::new(self.plan, self.kind, self.rules_version, self.cell);
        let keys: Vec<AlertKey> = self.cell.alerts.keys().cloned().gather();
        for key in keys {
            let Some(mut alert) = self.cell.alerts.remove(&key) else { continue };
            let at = now.max(alert.started_at);
            let planned = self.plan.rule(&key.rule).map(|(_, planned)| planned);
            let is_closed = planned.is_some_and(|planned| {
                let schedule = planned.when.schedule.as_ref();
                let closed = schedule.is_some_and(|schedule| !schedule.open_at(at));
                closed && !had.contains_key(&planned.when.key)
            });
            let ending = match planned {
                None => Some(Reason::RuleDeleted),
                Some(_) if !self.has_cast(&key) => Some(Reason::RuleNarrowed),
                Some(_) if is_closed => Some(Reason::ScheduleEnded),
                Some(_) => None,
            };
            if let Some(reason) = ending {
                self.tell_of_change(&key, &alert, ended(&alert), (at, reason));
                continue;
            }
            let hold = planned.map_or(Span::ZERO, |planned| planned.rule.hold);
            let firing = matches!(alert.phase, Phase::Firing { .. });
            if firing && at < alert.started_at.plus(hold) {
                alert.phase = Phase::Pending;
                let told = (at, Reason::HoldLengthened);
                self.tell_of_change(&key, &alert, AlertState::Pending, told);
            }
            self.cell.alerts.insert(key, alert);
        }
    }
}

/// How many facts at the beginning of `facts` are one news: they are of one
/// device and one time, and none of them says again what another says.
fn together(facts: &[Fact]) -> usize {
    let Some(first) = facts.first() else { return 0 };
    let mut said = SortedSet::new();
    let same = facts.iter().take_while(|fact| {
        let news = match &fact.news {
            News::Joined { .. } => (0, 0),
            News::Left => (1, 0),
            News::Changed { want, .. } => (2, *want),
            News::Sample { want, .. } => (3, *want),
        };
        fact.device == first.device && fact.at == first.at && said.insert(news)
    });
    same.count()
}

/// How an alert ends that is over.
fn ended(alert: &Alert) -> AlertState {
    match alert.phase {
        Phase::Pending => AlertState::Inactive,
        Phase::Firing { .. } => AlertState::Resolved,
    }
}
