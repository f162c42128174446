use rules_core::{
    AlertState, Group, Reading, Rule, Timestamp, Transition, Value,
    expr::{Explained, Expr},
    partition::{Counters, Probe, Receipt, Settings, Standing},
};
use rules_service::wire;
use serde_json::json;

use crate::{Fault, eval, recording::Recording, replay::judge::Judge};

/// What the engine made of one device's readings up to a time.
pub(super) struct Past<'a> {
    device: &'a str,
    at: Timestamp,
    /// Those that count, in the order of event times.
    accepted: Vec<&'a Reading>,
    judge: Judge,
    transitions: Vec<Transition>,
}

/// One rule on one device at a time.
pub(super) struct Story<'a> {
    pub(super) rule: &'a Rule,
    pub(super) device: &'a str,
    pub(super) at: Timestamp,
    pub(super) standing: Standing,
    pub(super) when: Explained,
    pub(super) clear: Option<Explained>,
    /// Whether the rule's schedule lets it fire at that time.
    pub(super) open: bool,
    pub(super) counters: Counters,
    /// Those of this rule and device, oldest first.
    pub(super) transitions: Vec<Transition>,
}

impl<'a> Past<'a> {
    /// Lets the readings of `device` up to and with `at` go through the engine.
    pub(super) fn new(
        rules: &[Rule],
        recording: &'a Recording,
        device: &'a str,
        at: Timestamp,
        settings: Settings,
    ) -> Result<Self, Fault> {
        let mut judge = Judge::new(rules.to_vec(), settings);
        let mut transitions = Vec::new();
        let mut listener = |transition: &Transition| {
            transitions.push(transition.clone());
            Ok(())
        };
        let mut accepted = Vec::new();
        for reading in recording.arrivals(device)?.filter(|reading| reading.ts <= at) {
            if judge.reading(reading, &mut listener)? == Receipt::Accepted {
                accepted.push(reading);
            }
        }
        judge.finish(Some(at), &mut listener)?;
        accepted.sort_by_key(|reading| reading.ts);
        transitions.retain(|transition| transition.group == Group::Device(device.to_owned()));
        Ok(Self { device, at, accepted, judge, transitions })
    }

    pub(super) fn story(&self, rule: &'a Rule) -> Story<'a> {
        let inactive = Standing {
            state: AlertState::Inactive,
            started_at: None,
            clearing_since: None,
            timer: None,
            value: None,
        };
        let mine = |transition: &&Transition| transition.rule == rule.id;
        Story {
            rule,
            device: self.device,
            at: self.at,
            standing: self.judge.standing(&rule.id, self.device).unwrap_or(inactive),
            when: self.explained(&rule.when, rule.min_samples),
            clear: rule.clear.as_ref().map(|clear| self.explained(clear, rule.min_samples)),
            open: rule.schedule.as_ref().is_none_or(|schedule| schedule.open_at(self.at)),
            counters: self.judge.counters(),
            transitions: self.transitions.iter().filter(mine).cloned().collect(),
        }
    }

    fn explained(&self, condition: &Expr, min_samples: u32) -> Explained {
        let mut probe = Probe::new(condition.clone(), min_samples);
        self.accepted.iter().for_each(|reading| probe.reading(reading));
        // A probe of an expression always has that expression.
        probe.explain_at(self.at).unwrap_or(Explained {
            text: condition.to_string(),
            value: None,
            distance: None,
            children: Vec::new(),
        })
    }
}

impl Story<'_> {
    pub(super) fn to_json(&self) -> serde_json::Value {
        let time = |at: Option<Timestamp>| at.map(wire::time::rfc3339);
        let Standing { state, started_at, clearing_since, timer, ref value } = self.standing;
        let Counters { received, accepted, duplicate, late, refused, type_errors, .. } =
            self.counters;
        let transitions: Vec<_> = self.transitions.iter().map(wire::TransitionJson::new).collect();
        json!({
            "rule": self.rule.id,
            "device": self.device,
            "state": state.as_str(),
            "started_at": time(started_at),
            "clearing_since": time(clearing_since),
            "timer": time(timer),
            "value": eval::json(value.as_ref()),
            "in_schedule": self.open,
            "when": part(&self.when),
            "clear": self.clear.as_ref().map(part),
            "readings": {
                "received": received,
                "accepted": accepted,
                "duplicate": duplicate,
                "late": late,
                "refused": refused,
                "type_errors": type_errors,
            },
            "transitions": transitions,
        })
    }

    /// Whether the condition `explained` holds; `None` is unknown.
    pub(super) fn truth(explained: &Explained) -> Option<bool> {
        explained.value.as_ref().and_then(Value::as_bool)
    }
}

fn part(explained: &Explained) -> serde_json::Value {
    let Explained { text, value, distance, children } = explained;
    let children: Vec<_> = children.iter().map(part).collect();
    json!({
        "text": text,
        "value": eval::json(value.as_ref()),
        "distance": distance,
        "children": children,
    })
}
