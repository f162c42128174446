use std::collections::{BTreeMap, BTreeSet};

use rules_core::{
    Batch, CellChange, CellKey, Changes, Rule, Timestamp, aggregator,
    cost::Cost,
    document,
    partition::{self, Engine, Input, Partition, SourceRange},
    state_hash,
};
use rules_service::{
    config::Config,
    drive::{AGGREGATOR_SCOPE, shard_of, shard_scope},
    wire::readings::{Format, ItemError, decode},
};

use super::{addressed, variables};
use crate::{
    Action,
    host::{Failure, Host},
    outcome::{self, Alert, End, Notice, Outcome, Receipt, Refusal},
    stored::Stored,
};

/// The two machines and maps, without the service around them: what the
/// service on its hosts has to equal.
#[derive(Default)]
pub struct CoreHost {
    config: Config,
    rules: BTreeMap<String, String>,
    rules_version: u64,
    scopes: BTreeMap<String, Scope>,
    answers: Vec<u16>,
}

#[derive(Default)]
struct Scope {
    header: Option<Vec<u8>>,
    cells: BTreeMap<CellKey, (Vec<u8>, Option<Timestamp>)>,
    outbox: Vec<(u64, Vec<u8>)>,
}

impl Scope {
    fn load(&self, keys: BTreeSet<CellKey>) -> Vec<(CellKey, Option<Vec<u8>>)> {
        let bytes = |key: &CellKey| self.cells.get(key).map(|(bytes, _)| bytes.clone());
        keys.into_iter().map(|key| (key.clone(), bytes(&key))).collect()
    }

    fn commit(&mut self, changes: Changes) {
        self.header = Some(changes.header);
        if let Some(wake_all) = changes.wake_all {
            for (_, wake_at) in self.cells.values_mut() {
                *wake_at = Some(wake_at.map_or(wake_all, |at| at.min(wake_all)));
            }
        }
        for cell in changes.cells {
            match cell.bytes {
                Some(bytes) => self.cells.insert(cell.key, (bytes, cell.wake_at)),
                None => self.cells.remove(&cell.key),
            };
        }
        self.outbox.extend(changes.outbox);
    }

    fn due(&self, now: Timestamp) -> BTreeSet<CellKey> {
        let due = |wake_at: &Option<Timestamp>| wake_at.is_some_and(|wake_at| wake_at <= now);
        self.cells.iter().filter(|(_, cell)| due(&cell.1)).map(|(key, _)| key.clone()).collect()
    }

    fn hash(&self) -> String {
        let cells = self.cells.iter().map(|(key, (bytes, _))| (key.as_str(), bytes.as_slice()));
        format!("{:032x}", state_hash(self.header.as_deref().unwrap_or_default(), cells))
    }
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
            Action::Tick => {
                for shard in 0..self.config.shards {
                    self.run_due(shard, now, &mut outcome)?;
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
        for name in shards.chain([AGGREGATOR_SCOPE.to_owned()]) {
            let scope = self.scopes.entry(name.clone()).or_default();
            end.scopes.push((name.clone(), scope.hash(), scope.cells.len() as u64));
            if name != AGGREGATOR_SCOPE {
                end.count_readings(&partition(scope, BTreeSet::new())?.counters());
            }
        }
        let alerts = self.scopes.entry(AGGREGATOR_SCOPE.to_owned()).or_default();
        end.count_told(&aggregator_state(alerts, BTreeSet::new())?.counters());
        for (key, (bytes, _)) in &alerts.cells {
            if key.as_str().starts_with("alert/") {
                let record = aggregator::Aggregator::alert(bytes).map_err(unreadable)?;
                end.alerts.push(Alert {
                    rule: record.last.rule.clone(),
                    device: record.last.group.name().into_owned(),
                    state: record.last.state.as_str().to_owned(),
                    started_at: record.last.started_at,
                });
            }
        }
        end.alerts.sort_by(|a, b| (&a.rule, &a.device).cmp(&(&b.rule, &b.device)));
        Ok(end)
    }
}

impl CoreHost {
    /// All state, as bytes.
    #[must_use]
    pub fn stored(&self) -> Stored {
        let changes = |scope: &Scope| Changes {
            header: scope.header.clone().unwrap_or_default(),
            cells: scope.cells.iter().map(cell).collect(),
            outbox: scope.outbox.clone(),
            wake_all: None,
        };
        let scopes = self.scopes.iter().filter(|(_, scope)| scope.header.is_some());
        Stored { scopes: scopes.map(|(name, scope)| (name.clone(), changes(scope))).collect() }
    }

    /// State is nothing but bytes between two steps, so nothing is lost; but
    /// all of it has to read back.
    fn restart(&self) -> Result<(), Failure> {
        for (name, scope) in &self.scopes {
            let keys = scope.cells.keys().cloned().collect();
            if name == AGGREGATOR_SCOPE {
                aggregator_state(scope, keys)?;
            } else {
                partition(scope, keys)?;
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

    fn engine(&self) -> Engine {
        Engine::new(self.rules_version, compiled(&self.rules), self.config.partition)
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
        let items = decode(body.as_bytes(), format).map_err(|why| Failure(why.to_string()))?;
        outcome.receipt.received = items.len() as u64;
        let mut shards: BTreeMap<u32, Batch> = BTreeMap::new();
        let (mut refused_before, mut counts_refused) = (0, None);
        for (item, index) in items.into_iter().zip(0..) {
            match item {
                Ok(reading) => {
                    let shard = shard_of(&reading.device, self.config.shards);
                    counts_refused.get_or_insert(shard);
                    shards.entry(shard).or_default().push(index, &reading);
                }
                Err(error) => {
                    refused_before += 1;
                    outcome.receipt.refuse(error);
                }
            }
        }
        // The partition of the first good item counts the bad ones.
        let counts_refused = counts_refused.unwrap_or_default();
        if refused_before > 0 {
            shards.entry(counts_refused).or_default();
        }
        for (shard, batch) in shards {
            let source = numbered
                .map(|(source, first)| SourceRange { source: source.clone(), first: *first });
            let refused_before = if shard == counts_refused { refused_before } else { 0 };
            let input = Input::Readings { source, batch, refused_before };
            self.step(shard, &input, BTreeSet::new(), now, outcome)?;
        }
        outcome.receipt.errors.sort_by_key(|error| error.index);
        Ok(())
    }

    fn change_rules(&mut self, now: Timestamp, outcome: &mut Outcome) -> Result<(), Failure> {
        self.rules_version += 1;
        let engine = self.engine();
        for shard in 0..self.config.shards {
            let named = engine.named_devices().into_iter();
            let ours = named.filter(|device| shard_of(device, self.config.shards) == shard);
            self.step(shard, &Input::Tick, ours.map(CellKey::device).collect(), now, outcome)?;
            self.run_due(shard, now, outcome)?;
        }
        Ok(())
    }

    fn run_due(
        &mut self,
        shard: u32,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let mut before = BTreeSet::new();
        loop {
            let due = self.scopes.entry(shard_scope(shard)).or_default().due(now);
            if due.is_empty() {
                return Ok(());
            }
            if due == before {
                return Err(stays_due(&due));
            }
            self.step(shard, &Input::Tick, due.clone(), now, outcome)?;
            before = due;
        }
    }

    fn step(
        &mut self,
        shard: u32,
        input: &Input,
        mut keys: BTreeSet<CellKey>,
        now: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let engine = self.engine();
        keys.extend(engine.cells_for(input));
        let scope = self.scopes.entry(shard_scope(shard)).or_default();
        let mut state = partition(scope, keys)?;
        let step = engine.step(&mut state, input, now);
        if let Some(changes) = state.take_changes() {
            scope.commit(changes);
        }
        let happened = step.transitions().map(|it| outcome::Transition::from(&it));
        outcome.transitions.extend(happened);
        for (index, receipt) in step.receipts {
            outcome.receipt.count(index, receipt);
        }
        Ok(())
    }

    /// Hands all outboxes to the aggregator and sends what is due.
    fn tell(&mut self, now: Timestamp, outcome: &mut Outcome) -> Result<(), Failure> {
        for shard in 0..self.config.shards {
            let sender = shard_scope(shard);
            let outbox = std::mem::take(&mut self.scopes.entry(sender.clone()).or_default().outbox);
            if outbox.is_empty() {
                continue;
            }
            let read = |(sequence, bytes): (u64, Vec<u8>)| {
                rules_core::Transition::from_bytes(&bytes).map(|transition| (sequence, transition))
            };
            let items = outbox.into_iter().map(read).collect::<Result<_, _>>();
            let items = items.map_err(unreadable)?;
            self.aggregate(
                &[aggregator::Input::Transitions { sender, items }],
                BTreeSet::new(),
                now,
            )?;
        }
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

fn compiled(rules: &BTreeMap<String, String>) -> Vec<Rule> {
    rules.values().filter_map(|text| document::read(text).ok()).collect()
}

impl Receipt {
    fn count(&mut self, index: u32, receipt: partition::Receipt) {
        match receipt {
            partition::Receipt::Accepted => self.accepted += 1,
            partition::Receipt::Duplicate => self.duplicate += 1,
            partition::Receipt::Late(_) => self.late += 1,
            partition::Receipt::Refused { code, message } => {
                self.refused += 1;
                self.errors.push(outcome::ItemError { index, code, message });
            }
        }
    }

    fn refuse(&mut self, error: ItemError) {
        let ItemError { index, code, message } = error;
        self.refused += 1;
        self.errors.push(outcome::ItemError { index, code: code.to_owned(), message });
    }
}

impl End {
    /// Adds what a partition counted.
    pub fn count_readings(&mut self, counters: &partition::Counters) {
        let partition::Counters { received, accepted, duplicate, late, refused, .. } = *counters;
        let all = [received, accepted, duplicate, late, refused];
        for (sum, count) in self.readings.iter_mut().zip(all) {
            *sum += count;
        }
    }

    /// Adds what the aggregator counted.
    pub fn count_told(&mut self, counters: &aggregator::Counters) {
        let aggregator::Counters { transitions, sent, muted, pending, dead, .. } = *counters;
        for (sum, count) in self.told.iter_mut().zip([transitions, sent, muted, pending, dead]) {
            *sum += count;
        }
    }
}

fn partition(scope: &Scope, keys: BTreeSet<CellKey>) -> Result<Partition, Failure> {
    Partition::decode(scope.header.as_deref(), scope.load(keys)).map_err(unreadable)
}

fn aggregator_state(
    scope: &Scope,
    keys: BTreeSet<CellKey>,
) -> Result<aggregator::AggregatorState, Failure> {
    aggregator::AggregatorState::decode(scope.header.as_deref(), scope.load(keys))
        .map_err(unreadable)
}

fn cell((key, (bytes, wake_at)): (&CellKey, &(Vec<u8>, Option<Timestamp>))) -> CellChange {
    CellChange { key: key.clone(), bytes: Some(bytes.clone()), wake_at: *wake_at }
}

/// A tick left due what it was given: the machine is wrong, and going on would
/// go on for ever.
fn stays_due(due: &BTreeSet<CellKey>) -> Failure {
    Failure(format!("stays due: {due:?}"))
}

#[allow(clippy::needless_pass_by_value, reason = "map_err passes it so")]
fn unreadable(error: rules_core::DecodeError) -> Failure {
    Failure(error.to_string())
}

fn refusal(mistakes: &[document::Mistake]) -> Refusal {
    let told = |mistake: &document::Mistake| outcome::Mistake {
        line: mistake.line,
        column: mistake.column,
        code: mistake.code.clone(),
        message: mistake.message.clone(),
    };
    Refusal {
        status: 400,
        code: "invalid_rule".to_owned(),
        mistakes: mistakes.iter().map(told).collect(),
    }
}

fn notice(notification: &aggregator::Notification, answered: u16) -> Notice {
    Notice {
        kind: notification.reason.kind().to_owned(),
        rule: notification.transition.rule.clone(),
        device: notification.transition.group.name().into_owned(),
        summary: notification.transition.summary.clone(),
        attempt: u64::from(notification.attempts) + 1,
        answered,
    }
}
