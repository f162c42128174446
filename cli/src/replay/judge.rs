//! The engine under the clock of a replay.

use rules_core::{
    Batch, CellKey, Reading, Rule, Span, Timestamp, Transition,
    fleet::{self, FleetEngine, Groups},
    partition::{Counters, Engine, Input, Partition, Receipt, Settings, Standing, Step},
};

use crate::Fault;

/// One partition that holds every device and one scope that holds every
/// group, kept in memory from beginning to end.
pub(crate) struct Judge {
    engine: Engine,
    partition: Partition,
    /// None without rules over several devices.
    fleet: Option<(FleetEngine, Groups)>,
    /// Newest event time over all devices, once there is one: so no reading is ahead of it.
    clock: Option<Timestamp>,
    /// Room for one reading.
    room: Batch,
}

/// Who gets the transitions, in the order in which they happen.
pub(crate) type Listener<'a> = dyn FnMut(&Transition) -> Result<(), Fault> + 'a;

impl Judge {
    /// Version under which the rules judge; a replay knows only this one.
    const RULES_VERSION: u64 = 1;

    pub(crate) fn new(rules: Vec<Rule>, settings: Settings) -> Self {
        let over_several = rules.iter().any(|rule| rule.fleet.is_some());
        let fleet = over_several
            .then(|| (FleetEngine::new(Self::RULES_VERSION, &rules, settings), Groups::default()));
        let engine = Engine::new(Self::RULES_VERSION, rules, settings);
        // Devices that a rule about silence names are watched from the first tick on.
        let named = engine.named_devices().into_iter().map(|name| (CellKey::device(name), None));
        // Nothing is decoded here that could be broken.
        let partition = Partition::decode(None, named).unwrap_or_default();
        Self { engine, partition, fleet, clock: None, room: Batch::default() }
    }

    /// Takes in one reading. Deadlines before it run first, over all devices,
    /// as a service would have run them before it came.
    pub(crate) fn reading(
        &mut self,
        reading: &Reading,
        listener: &mut Listener<'_>,
    ) -> Result<Receipt, Fault> {
        let ts = reading.ts;
        if self.clock.is_none_or(|clock| ts > clock) {
            // The first tick begins the watch over devices that are named, at the first reading.
            let until = if self.clock.is_some() { ts.minus(Span::from_millis(1)) } else { ts };
            self.tick(until, listener)?;
            self.clock = Some(ts);
        }
        let mut batch = std::mem::take(&mut self.room);
        batch.clear();
        batch.push(0, reading);
        let input = Input::Readings { source: None, batch, refused_before: 0 };
        let step = self.engine.step(&mut self.partition, &input, self.clock.unwrap_or(ts));
        if let Input::Readings { batch, .. } = input {
            self.room = batch;
        }
        self.tell(&step, listener)?;
        let receipt = step.receipts.into_iter().next().map(|(_, receipt)| receipt);
        // A batch of one gets one receipt.
        Ok(receipt.unwrap_or(Receipt::Accepted))
    }

    /// Counts a line that is no reading.
    pub(crate) fn refuse(&mut self) {
        let input = Input::Readings { source: None, batch: Batch::default(), refused_before: 1 };
        let now = self.clock.unwrap_or(Timestamp::MIN);
        let _ = self.engine.step(&mut self.partition, &input, now);
    }

    /// Lets the clock run on to `until`: what is held back is judged, and the
    /// deadlines up to there run.
    pub(crate) fn finish(
        &mut self,
        until: Option<Timestamp>,
        listener: &mut Listener<'_>,
    ) -> Result<(), Fault> {
        match self.clock.max(until) {
            Some(end) => {
                self.tick(end, listener)?;
                let step = self.engine.finish(&mut self.partition, end);
                self.tell(&step, listener)?;
                let Some((engine, groups)) = &mut self.fleet else { return Ok(()) };
                let step = engine.finish(groups, end);
                groups.forget_changes();
                step.transitions.iter().try_for_each(listener)
            }
            None => Ok(()),
        }
    }

    /// The counts of the partition, with what groups add to them.
    pub(crate) fn counters(&self) -> Counters {
        let mut counters = self.partition.counters();
        if let Some((_, groups)) = &self.fleet {
            let of_groups = groups.counters();
            counters.transitions += of_groups.transitions;
            counters.type_errors += of_groups.type_errors;
            counters.limits_reached += of_groups.limits_reached;
        }
        counters
    }

    /// Where the alert of `rule` stands on `device`, if the rule watches it.
    pub(crate) fn standing(&self, rule: &str, device: &str) -> Option<Standing> {
        self.engine.standing(&self.partition, rule, device)
    }

    /// Lets the clock pass `until`: the deadlines of devices and groups run in
    /// the order of their times, at equal times those of devices first.
    fn tick(&mut self, until: Timestamp, listener: &mut Listener<'_>) -> Result<(), Fault> {
        let mut ran = None;
        loop {
            let groups = self.fleet.as_ref().and_then(|(_, groups)| groups.next_wake());
            let devices = self.fleet.as_ref().and_then(|_| self.partition.next_wake());
            let next = groups.into_iter().chain(devices).min();
            // A deadline that ran is over; should one ever not be, the others go on.
            let next = next.filter(|next| *next < until && ran.is_none_or(|ran| *next > ran));
            let now = next.unwrap_or(until);
            ran = Some(now);
            let step = self.engine.step(&mut self.partition, &Input::Tick, now);
            self.tell(&step, listener)?;
            if let Some((engine, groups)) = &mut self.fleet {
                let step = engine.step(groups, &fleet::Input::Tick, now);
                groups.forget_changes();
                step.transitions.iter().try_for_each(&mut *listener)?;
            }
            if now == until {
                return Ok(());
            }
        }
    }

    /// Tells what a step of the partition brought, and then what groups make of it.
    fn tell(&mut self, step: &Step, listener: &mut Listener<'_>) -> Result<(), Fault> {
        self.partition.forget_changes();
        step.transitions().try_for_each(|transition| listener(&transition))?;
        let Some((engine, groups)) = &mut self.fleet else { return Ok(()) };
        if step.messages.is_empty() {
            return Ok(());
        }
        let items = step.messages.iter().map(|(sequence, message)| (*sequence, message.to_bytes()));
        let input = fleet::Input::Facts { sender: "devices".to_owned(), items: items.collect() };
        let now = self.clock.unwrap_or(Timestamp::MIN);
        let step = engine.step(groups, &input, now);
        groups.forget_changes();
        step.transitions.iter().try_for_each(listener)
    }
}
