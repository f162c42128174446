//! Carrying out what becomes of a device's alerts, and telling of it.

use alloc::{sync::Arc, vec::Vec};

use super::{
    Happening,
    alert::Told,
    device::Device,
    episodes::{Episode, EpisodeKey},
    judge::Judge,
    plan::{Asked, Class, Plan, Selection, at, number},
    state::{Header, Outgoing},
    stored::StoredDevice,
};
use crate::{
    AlertState, Reason, Span, Timestamp, Value,
    lifecycle::{self, Alert, Move, Phase, Stand, Verdict},
};

/// What moves an episode, and what its transitions say of it.
#[derive(Debug)]
struct Cause {
    at: Timestamp,
    value: Option<Value>,
    reason: Option<Reason>,
}

impl Judge<'_> {
    /// Moves the alerts of a class by what was found of its conditions at `t`.
    pub(super) fn evaluate(
        &mut self,
        index: u32,
        t: Timestamp,
        quantities: &[u32],
        verdicts: &[Verdict],
        tidings: &mut Tidings,
    ) {
        let Some(class) = at(&self.plan.classes, index) else { return };
        let when = self.found(class.when, quantities, verdicts);
        let clear =
            class.clear.map_or(Verdict::Untouched, |it| self.found(it, quantities, verdicts));
        if (when, clear) == (Verdict::Untouched, Verdict::Untouched) {
            return;
        }
        let reason = (when == Verdict::Closed).then_some(Reason::ScheduleEnded);
        let is_threshold = matches!(class.when, Asked::Threshold(_));
        let mut taken: Vec<Arc<[u32]>> = Vec::new();
        let mut covered = 0;
        let mut last = None;
        while covered < class.rules.len() {
            let Some((key, episode)) = self.device.episodes.next_of(index, last) else { break };
            last = Some(key);
            covered += episode.rules.len();
            if episode.rules.len() < class.rules.len() {
                taken.push(Arc::clone(&episode.rules));
            }
            let to = lifecycle::moved(&class.course, Some(episode.stand), when, clear, t);
            if to == Move::Stay && is_threshold {
                continue;
            }
            let value = self.value_of(class, t);
            self.carry_out(class, key, to, Cause { at: t, value, reason }, tidings);
            if matches!(to, Move::End(_)) && when == Verdict::Known(true) {
                self.rescan(class);
            }
        }
        if covered >= class.rules.len() {
            return;
        }
        let begin = lifecycle::moved(&class.course, None, when, clear, t);
        let Move::Begin(phase) = begin else { return };
        let Some(rules) = others(&class.rules, &taken) else { return };
        let stand = Stand { started_at: t, phase };
        let value = self.value_of(class, t);
        let kept = if is_threshold { None } else { value.clone() };
        let cause = Cause { at: t, value, reason };
        tidings.add(&rules, state_of(phase), t, cause);
        self.device.episodes.insert(index, &class.course, Episode { stand, value: kept, rules });
    }

    /// Ends the pending or clearing runs whose time is up at `deadline`;
    /// judges nothing.
    pub(super) fn time_out(&mut self, deadline: Timestamp, t: Timestamp) {
        let keys: Vec<EpisodeKey> = self.device.episodes.timed_out(deadline).collect();
        if keys.is_empty() {
            return;
        }
        let mut scratch = self.scratch.take().unwrap_or_default();
        let tidings = &mut scratch.tidings;
        for key in keys {
            let Some(class) = at(&self.plan.classes, key.0) else { continue };
            let Some(episode) = self.device.episodes.get(key) else { continue };
            let to = episode.stand.phase.timed_out();
            let value = self.device.last_value(self.selection, class, episode);
            self.carry_out(class, key, to, Cause { at: t, value, reason: None }, tidings);
            if class.clear.is_some() {
                self.rescan(class);
            }
        }
        self.tell_all(tidings);
        *self.scratch = Some(scratch);
    }

    /// What was found of something that a class asks.
    fn found(&self, asked: Asked, quantities: &[u32], verdicts: &[Verdict]) -> Verdict {
        let verdict = match asked {
            Asked::General(condition) => {
                let place = self.selection.condition_place(condition);
                place.and_then(|place| verdicts.get(place as usize)).copied()
            }
            Asked::Threshold(threshold) => {
                let place = self.selection.quantity_place(threshold.quantity);
                let place = place.filter(|place| quantities.binary_search(place).is_ok());
                let judged = place.and_then(|place| self.device.judged.get(place as usize));
                judged.map(|judged| match judged.value {
                    Some(value) => Verdict::Known(threshold.holds(value)),
                    None => Verdict::Unknown,
                })
            }
        };
        verdict.unwrap_or(Verdict::Untouched)
    }

    /// The value that alerts of a class give at `t`, which its quantity was judged at.
    fn value_of(&mut self, class: &Class, t: Timestamp) -> Option<Value> {
        match class.when {
            Asked::General(condition) => self.value(condition, t),
            Asked::Threshold(threshold) => {
                let place = self.selection.quantity_place(threshold.quantity)?;
                self.device.judged.get(place as usize)?.value.map(Value::Number)
            }
        }
    }

    /// Lets the next judgement begin alerts of a class whose condition is
    /// true already.
    fn rescan(&mut self, class: &Class) {
        if let Asked::Threshold(threshold) = class.when {
            let place = self.selection.quantity_place(threshold.quantity);
            if let Some(judged) = place.and_then(|it| self.device.judged.get_mut(it as usize)) {
                judged.rescan = true;
            }
        }
    }

    fn carry_out(
        &mut self,
        class: &Class,
        key: EpisodeKey,
        to: Move,
        cause: Cause,
        tidings: &mut Tidings,
    ) {
        let episodes = &mut self.device.episodes;
        let Some(episode) = episodes.get_mut(key) else { return };
        let Stand { started_at, phase: before } = episode.stand;
        if matches!(class.when, Asked::General(_)) {
            episode.value.clone_from(&cause.value);
        }
        match to {
            Move::Stay => {}
            Move::Begin(phase) | Move::To(phase) => {
                let rules = Arc::clone(&episode.rules);
                episodes.set_stand(key, &class.course, Stand { started_at, phase });
                self.forget_told_apart(&rules);
                let was_firing = matches!(before, Phase::Firing { .. });
                if !(was_firing && matches!(phase, Phase::Firing { .. })) {
                    tidings.add(&rules, state_of(phase), started_at, cause);
                }
            }
            Move::End(state) => {
                if let Some(episode) = episodes.remove(key, &class.course) {
                    self.forget_told_apart(&episode.rules);
                    tidings.add(&episode.rules, state, started_at, cause);
                }
            }
        }
    }

    fn forget_told_apart(&mut self, rules: &[u32]) {
        if !self.device.told_apart.is_empty() {
            self.device.told_apart.retain(|rule, _| rules.binary_search(rule).is_err());
        }
    }

    /// Puts what happened into the outbox and the step, by rule.
    pub(super) fn tell_all(&mut self, tidings: &mut Tidings) {
        let Tidings { moves, alerts } = tidings;
        if !alerts.is_sorted() {
            alerts.sort_unstable();
        }
        self.step.happened.reserve(alerts.len());
        self.outbox.reserve(alerts.len());
        self.header.counters.transitions += alerts.len() as u64;
        for (rule, index) in alerts.drain(..) {
            let (Some((planned, _)), Some(moved)) = (self.plan.rule_at(rule), at(moves, index))
            else {
                continue;
            };
            let happening = Happening {
                told: Arc::clone(&planned.told),
                device: Arc::clone(self.id),
                state: moved.state,
                at: moved.cause.at,
                started_at: moved.started_at,
                value: moved.cause.value.clone(),
                reason: moved.cause.reason,
                rules_version: self.rules_version,
            };
            self.header.send(self.outbox, Outgoing::Happening(happening.clone()));
            self.step.happened.push(happening);
        }
        moves.clear();
    }
}

/// What one judgement brought, before it is told.
#[derive(Debug, Default)]
pub(super) struct Tidings {
    moves: Vec<Moved>,
    /// Rules, each with the place of what happened to its alert.
    alerts: Vec<(u32, u32)>,
}

/// A move of alerts that began together.
#[derive(Debug)]
struct Moved {
    state: AlertState,
    started_at: Timestamp,
    cause: Cause,
}

impl Tidings {
    pub(super) fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    fn add(&mut self, rules: &[u32], state: AlertState, started_at: Timestamp, cause: Cause) {
        let index = number(self.moves.len());
        self.alerts.extend(rules.iter().map(|rule| (*rule, index)));
        self.moves.push(Moved { state, started_at, cause });
    }
}

impl Header {
    /// Puts a message into the outbox.
    pub(super) fn send(&mut self, outbox: &mut Vec<(u64, Outgoing)>, message: Outgoing) {
        self.sequence += 1;
        outbox.push((self.sequence, message));
    }
}

/// The rules of a class that no episode in `taken` has; `None` if there is none.
fn others(rules: &Arc<[u32]>, taken: &[Arc<[u32]>]) -> Option<Arc<[u32]>> {
    if taken.is_empty() {
        return Some(Arc::clone(rules));
    }
    let is_free = |rule: &&u32| taken.iter().all(|taken| taken.binary_search(rule).is_err());
    let free: Vec<u32> = rules.iter().filter(is_free).copied().collect();
    (!free.is_empty()).then(|| free.into())
}

const fn state_of(phase: Phase) -> AlertState {
    match phase {
        Phase::Pending => AlertState::Pending,
        Phase::Firing { .. } => AlertState::Firing,
    }
}

/// A stored device that takes on a rule set it has not been judged by.
pub(super) struct Newcomer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    pub(super) rules_version: u64,
    pub(super) id: &'a Arc<str>,
}

impl Newcomer<'_> {
    /// Brings the cell up to the rule set at `now`, and gives what happened.
    pub(super) fn take_on(&self, stored: &mut StoredDevice, now: Timestamp) -> Vec<Happening> {
        stored.base.rules_version = self.rules_version;
        stored.forget_what_no_rule_asks(self.plan, self.selection);
        let mut happened = Vec::new();
        for (id, mut alert) in core::mem::take(&mut stored.base.alerts) {
            let t = now.max(alert.started_at);
            let firing = matches!(alert.phase, Phase::Firing { .. });
            let planned = self.plan.rule(&id);
            let class = planned.and_then(|(_, planned)| at(&self.plan.classes, planned.class));
            if let Some(reason) = self.ending(stored, class, t) {
                let state = if firing { AlertState::Resolved } else { AlertState::Inactive };
                happened.push(self.change(&id, &alert, state, t, reason));
                continue;
            }
            let hold = class.map_or(Span::ZERO, |class| class.course.hold);
            if firing && t < alert.started_at.plus(hold) {
                alert.phase = Phase::Pending;
                let reason = Reason::HoldLengthened;
                happened.push(self.change(&id, &alert, AlertState::Pending, t, reason));
            }
            stored.base.alerts.insert(id, alert);
        }
        happened
    }

    /// Why an alert ends with the new rule set, if it does.
    fn ending(&self, stored: &StoredDevice, class: Option<&Class>, t: Timestamp) -> Option<Reason> {
        let Some(class) = class else { return Some(Reason::RuleDeleted) };
        if !self.selection.has_scope(class.scope) {
            return Some(Reason::RuleNarrowed);
        }
        let Asked::General(condition) = class.when else { return None };
        let condition = at(&self.plan.conditions, condition)?;
        let closed = condition.schedule.as_ref().is_some_and(|it| !it.open_at(t));
        // One that was judged by the schedule ends by a deadline, which runs by itself.
        let is_new = !stored.base.looked.contains_key(&condition.key);
        (closed && is_new).then_some(Reason::ScheduleEnded)
    }

    fn change(
        &self,
        rule: &str,
        alert: &Alert,
        state: AlertState,
        t: Timestamp,
        reason: Reason,
    ) -> Happening {
        let summary = self.plan.rule(rule).and_then(|(_, planned)| planned.told.summary.clone());
        let told: Told = Told::stored(alert.told.clone(), rule, summary);
        Happening {
            told: Arc::new(told),
            device: Arc::clone(self.id),
            state,
            at: t,
            started_at: alert.started_at,
            value: alert.value.clone(),
            reason: Some(reason),
            rules_version: self.rules_version,
        }
    }
}

impl Device {
    /// Lets the next judgement look at every threshold that is met.
    pub(super) fn rescan(&mut self) {
        self.judged.iter_mut().for_each(|judged| judged.rescan = true);
    }
}
