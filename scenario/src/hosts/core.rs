use std::collections::{BTreeMap, BTreeSet};

use rules_core::{
    Batch, CellKey, Rule, Timestamp, Transition, aggregator,
    cost::Cost,
    document,
    fleet::{self, Destination, FleetEngine},
    partition::{Engine, Input, SourceRange},
};
use rules_service::{
    config::Config,
    drive::{AGGREGATOR_SCOPE, Machine, Scope as Name, fleet_scope, shard_of, shard_scope},
    wire::{
        read_tags,
        readings::{Format, Items},
    },
};

use super::{addressed, variables};
use crate::{
    Action,
    host::{Failure, Host},
    outcome::{self, Alert, End, Outcome, Refusal},
    stored::Stored,
};

mod scope;
use scope::Scope;
mod words;
use words::{notice, refusal};

/// The machines and maps, without the service around them: what the
/// service on its hosts has to equal.
#[derive(Default)]
pub struct CoreHost {
    config: Config,
    rules: BTreeMap<String, String>,
    rules_version: u64,
    scopes: BTreeMap<String, Scope>,
    answers: Vec<u16>,
}

impl Host for CoreHost {
    fn renew(&mut self, others: &[(String, String)]) -> Result<(), Failure> {
        let variables = addressed(&variables(others), "http://127.0.0.1:9");
        let variables: BTreeMap<_, _> = variables.into_iter().collect();
        let config = Config::from_variables(|name| variables.get(name).cloned());
        let config = config.map_err(|mistakes| Failure(mistakes.join("; ")))?;
        *self = Self { config, ..Self::default() };
        Ok(())
    }

    fn perform(&mut self, action: &Action, now: Timestamp) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        match action {
            Action::Readings { numbered, content_type, body } => {
                self.readings(numbered.as_ref(), content_type, body, now, &mut outcome)?;
            }
            Action::Describe { device, tags } => {
                let body = serde_json::json!({ "tags": tags }).to_string();
                let Ok(tags) = read_tags(body.as_bytes()) else {
                    let code = "invalid_device".to_owned();
                    let refusal = Refusal { status: 400, code, mistakes: Vec::new() };
                    return Ok(Outcome { refusal: Some(refusal), ..outcome });
                };
                let shard = shard_of(device, self.config.shards);
                let input = Input::Describe { device: device.clone(), tags };
                self.step_partition(shard, &input, BTreeSet::new(), now, &mut outcome)?;
                self.hand_over(&shard_scope(shard), now, &mut outcome)?;
            }
            Action::Tick => {
                for shard in 0..self.config.shards {
                    self.run_due(shard, now, &mut outcome)?;
                    self.hand_over(&shard_scope(shard), now, &mut outcome)?;
                }
                for shard in 0..self.config.shards {
                    self.run_groups_due(shard, now, &mut outcome)?;
                    self.hand_over(&fleet_scope(shard), now, &mut outcome)?;
                }
            }
            Action::PutRule { id, document } => {
                if let Some(refusal) = self.put_rule(id, document) {
                    return Ok(Outcome { refusal: Some(refusal), ..outcome });
                }
                self.change_rules(now, &mut outcome)?;
            }
            Action::DeleteRule { id } => {
                self.rules.remove(id);
                self.change_rules(now, &mut outcome)?;
            }
            Action::Receiver { answers } => {
                self.answers.extend(answers);
                return Ok(outcome);
            }
            Action::Restart => {
                self.restart()?;
                return Ok(outcome);
            }
            Action::State(stored) => {
                for (name, changes) in &stored.scopes {
                    self.scopes.entry(name.clone()).or_default().commit(changes.clone());
                }
                return Ok(outcome);
            }
            Action::End => return Ok(outcome),
        }
        self.tell(now, &mut outcome)?;
        outcome.sort_notices();
        Ok(outcome)
    }

    fn end(&mut self, _now: Timestamp) -> Result<End, Failure> {
        let mut end = End::default();
        let shards = (0..self.config.shards).map(shard_scope);
        let names = shards.chain((0..self.config.shards).map(fleet_scope));
        for name in names.chain([AGGREGATOR_SCOPE.to_owned()]) {
            let scope = self.scopes.entry(name.clone()).or_default();
            end.scopes.push((name.clone(), scope.hash(), scope.cells.len() as u64));
            if let Some(Name::Shard(_)) = Name::parse(&name) {
                end.count_readings(&state::<Engine>(scope, BTreeSet::new())?.counters());
            }
        }
        let alerts = self.scopes.entry(AGGREGATOR_SCOPE.to_owned()).or_default();
        end.count_told(&aggregator_state(alerts, BTreeSet::new())?.counters());
        for (key, (bytes, _)) in &alerts.cells {
            if key.as_str().starts_with("alert/") {
                let record = aggregator::Aggregator::alert(bytes).map_err(unreadable)?;
                end.alerts.push(Alert::from(&record));
            }
        }
        Alert::sort(&mut end.alerts);
        Ok(end)
    }
}

impl CoreHost {
    /// All state, as bytes.
    #[must_use]
    pub fn stored(&self) -> Stored {
        let scopes = self.scopes.iter().filter(|(_, scope)| scope.header.is_some());
        Stored { scopes: scopes.map(|(name, scope)| (name.clone(), scope.changes())).collect() }
    }

    /// State is nothing but bytes between two steps, so nothing is lost; but
    /// all of it has to read back.
    fn restart(&self) -> Result<(), Failure> {
        for (name, scope) in &self.scopes {
            let keys = scope.cells.keys().cloned().collect();
            match Name::parse(name) {
                Some(Name::Shard(_)) => drop(state::<Engine>(scope, keys)?),
                Some(Name::Fleet(_)) => drop(state::<FleetEngine>(scope, keys)?),
                _ => drop(aggregator_state(scope, keys)?),
            }
        }
        Ok(())
    }

    /// Stores a rule, or says why not.
    fn put_rule(&mut self, id: &str, document: &str) -> Option<Refusal> {
        if let Err(mistakes) = document::read(document) {
            return Some(refusal(&mistakes));
        }
        let before = self.rules.insert(id.to_owned(), document.to_owned());
        if self.config.quota.admit(&compiled(&self.rules), Cost::INTERVAL).is_ok() {
            return None;
        }
        match before {
            Some(before) => self.rules.insert(id.to_owned(), before),
            None => self.rules.remove(id),
        };
        Some(Refusal { status: 409, code: "over_quota".to_owned(), mistakes: Vec::new() })
    }

    fn engine<M: Machine>(&self) -> M {
        M::compile(self.rules_version, compiled(&self.rules), self.config.partition)
    }

    fn readings(
        &mut self,
        numbered: Option<&(String, u64)>,
        content_type: &str,
        body: &str,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let format = Format::from_content_type(content_type);
        let items = Items::decode(body.as_bytes(), format);
        let items = items.map_err(|why| Failure(why.to_string()))?;
        outcome.receipt.received = items.len() as u64;
        let Items { batch, errors } = items;
        let shard_of = |device: &str| shard_of(device, self.config.shards);
        // The partition of the first good item counts the bad ones.
        let first = batch.iter().next().map(|(_, reading)| shard_of(reading.device()));
        let counts_refused = first.unwrap_or_default();
        let mut shards: BTreeMap<u32, Batch> = BTreeMap::new();
        for (index, reading) in batch.iter() {
            shards.entry(shard_of(reading.device())).or_default().copy(index, reading);
        }
        let refused_before = u32::try_from(errors.len()).unwrap_or(u32::MAX);
        if refused_before > 0 {
            shards.entry(counts_refused).or_default();
        }
        for error in errors {
            outcome.receipt.refuse(error);
        }
        for (shard, batch) in shards {
            let source = numbered
                .map(|(source, first)| SourceRange { source: source.clone(), first: *first });
            let refused_before = if shard == counts_refused { refused_before } else { 0 };
            let input = Input::Readings { source, batch, refused_before };
            self.step_partition(shard, &input, BTreeSet::new(), now, outcome)?;
            self.hand_over(&shard_scope(shard), now, outcome)?;
        }
        outcome.receipt.errors.sort_by_key(|error| error.index);
        Ok(())
    }

    /// Groups first, then partitions, as the service does.
    fn change_rules(&mut self, now: Timestamp, outcome: &mut Outcome) -> Result<(), Failure> {
        self.rules_version += 1;
        for shard in 0..self.config.shards {
            let scope = fleet_scope(shard);
            if self.is_unused(&scope) {
                continue;
            }
            let step = self.step::<FleetEngine>(&scope, &fleet::Input::Tick, BTreeSet::new(), now);
            outcome.take(&step?.transitions);
            self.run_groups_due(shard, now, outcome)?;
            self.hand_over(&scope, now, outcome)?;
        }
        let engine = self.engine::<Engine>();
        for shard in 0..self.config.shards {
            let watched = engine.watched_unseen(&shard_scope(shard), self.config.shards);
            let watched = watched.into_iter().collect();
            self.step_partition(shard, &Input::Tick, watched, now, outcome)?;
            self.run_due(shard, now, outcome)?;
            self.hand_over(&shard_scope(shard), now, outcome)?;
        }
        Ok(())
    }

    fn run_due(
        &mut self,
        shard: u32,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let transitions = self.run_all_due::<Engine>(&shard_scope(shard), now)?;
        outcome.take(&transitions);
        Ok(())
    }

    /// A share of the groups that was never told anything has nothing to run.
    fn run_groups_due(
        &mut self,
        shard: u32,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let transitions = self.run_all_due::<FleetEngine>(&fleet_scope(shard), now)?;
        outcome.take(&transitions);
        Ok(())
    }

    fn run_all_due<M: Machine>(
        &mut self,
        scope: &str,
        now: Timestamp,
    ) -> Result<Vec<Transition>, Failure> {
        let (mut transitions, mut before) = (Vec::new(), BTreeSet::new());
        loop {
            let due = self.scope(scope).due(now);
            if due.is_empty() {
                return Ok(transitions);
            }
            if due == before {
                return Err(stays_due(&due));
            }
            let step = self.step::<M>(scope, &M::TICK, due.clone(), now)?;
            transitions.extend(M::transitions(&step));
            before = due;
        }
    }

    fn step_partition(
        &mut self,
        shard: u32,
        input: &Input,
        keys: BTreeSet<CellKey>,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let step = self.step::<Engine>(&shard_scope(shard), input, keys, now)?;
        outcome.take(&Engine::transitions(&step));
        for (index, receipt) in step.receipts {
            outcome.receipt.count(index, receipt);
        }
        Ok(())
    }

    fn step<M: Machine>(
        &mut self,
        scope: &str,
        input: &M::Input,
        mut keys: BTreeSet<CellKey>,
        now: Timestamp,
    ) -> Result<M::Step, Failure> {
        let engine = self.engine::<M>();
        keys.extend(engine.cells_for(input));
        let scope = self.scope(scope);
        let mut state = state::<M>(scope, keys)?;
        let step = engine.step(&mut state, input, now);
        if let Some(changes) = M::take_changes(&mut state) {
            scope.commit(changes);
        }
        Ok(step)
    }

    fn scope(&mut self, name: &str) -> &mut Scope {
        self.scopes.entry(name.to_owned()).or_default()
    }

    fn is_unused(&mut self, name: &str) -> bool {
        self.scope(name).header.is_none()
    }

    /// Hands the outbox of a scope to those that its messages are for.
    fn hand_over(
        &mut self,
        sender: &str,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let mut told = Vec::new();
        let mut groups: BTreeMap<u32, Vec<(u64, Vec<u8>)>> = BTreeMap::new();
        for (sequence, bytes) in std::mem::take(&mut self.scope(sender).outbox) {
            match Destination::of(&bytes) {
                Destination::Aggregator => {
                    told.push((sequence, Transition::from_bytes(&bytes).map_err(unreadable)?));
                }
                Destination::Fleet(group) => {
                    let shard = shard_of(group.as_str(), self.config.shards);
                    groups.entry(shard).or_default().push((sequence, bytes));
                }
            }
        }
        if !told.is_empty() {
            let sender = sender.to_owned();
            let input = aggregator::Input::Transitions { sender, items: told };
            self.aggregate(&[input], BTreeSet::new(), now)?;
        }
        for (shard, items) in groups {
            let input = fleet::Input::Facts { sender: sender.to_owned(), items };
            let scope = fleet_scope(shard);
            let step = self.step::<FleetEngine>(&scope, &input, BTreeSet::new(), now)?;
            outcome.take(&step.transitions);
            self.hand_over(&scope, now, outcome)?;
        }
        Ok(())
    }

    /// Sends what is due.
    fn tell(&mut self, now: Timestamp, outcome: &mut Outcome) -> Result<(), Failure> {
        let mut before = BTreeSet::new();
        loop {
            let due = self.scopes.entry(AGGREGATOR_SCOPE.to_owned()).or_default().due(now);
            if due.is_empty() {
                return Ok(());
            }
            let notifications = self.aggregate(&[aggregator::Input::Tick], due.clone(), now)?;
            if notifications.is_empty() && due == before {
                return Err(stays_due(&due));
            }
            before = due;
            let mut outcomes = Vec::new();
            for notification in notifications {
                let answered = if self.answers.is_empty() { 200 } else { self.answers.remove(0) };
                outcome.notices.push(notice(&notification, answered));
                let result = match answered {
                    200..=299 => aggregator::Outcome::Delivered,
                    _ => aggregator::Outcome::Failed(answered.to_string()),
                };
                let aggregator::Notification { cell, id, .. } = notification;
                outcomes.push(aggregator::Input::Outcome { cell, id, outcome: result });
            }
            self.aggregate(&outcomes, BTreeSet::new(), now)?;
        }
    }

    fn aggregate(
        &mut self,
        inputs: &[aggregator::Input],
        mut keys: BTreeSet<CellKey>,
        now: Timestamp,
    ) -> Result<Vec<aggregator::Notification>, Failure> {
        let machine = aggregator::Aggregator::new(self.config.aggregator());
        let scope = self.scopes.entry(AGGREGATOR_SCOPE.to_owned()).or_default();
        keys.extend(inputs.iter().flat_map(|input| machine.cells_for(input)));
        let mut state = aggregator_state(scope, keys)?;
        let step = |input| machine.step(&mut state, input, now);
        let notifications = inputs.iter().flat_map(step).collect();
        if let Some(changes) = state.take_changes() {
            scope.commit(changes);
        }
        Ok(notifications)
    }
}

impl Outcome {
    fn take(&mut self, transitions: &[Transition]) {
        self.transitions.extend(transitions.iter().map(outcome::Transition::from));
    }
}

fn state<M: Machine>(scope: &Scope, keys: BTreeSet<CellKey>) -> Result<M::State, Failure> {
    M::decode(scope.header.as_deref(), scope.load(keys)).map_err(unreadable)
}

fn aggregator_state(
    scope: &Scope,
    keys: BTreeSet<CellKey>,
) -> Result<aggregator::AggregatorState, Failure> {
    aggregator::AggregatorState::decode(scope.header.as_deref(), scope.load(keys))
        .map_err(unreadable)
}

#[allow(clippy::needless_pass_by_value, reason = "map_err passes it so")]
fn unreadable(error: rules_core::DecodeError) -> Failure {
    Failure(error.to_string())
}

fn compiled(rules: &BTreeMap<String, String>) -> Vec<Rule> {
    rules.values().filter_map(|text| document::read(text).ok()).collect()
}

/// A tick left due what it was given: the machine is wrong, and going on would
/// go on for ever.
fn stays_due(due: &BTreeSet<CellKey>) -> Failure {
    Failure(format!("stays due: {due:?}"))
}
