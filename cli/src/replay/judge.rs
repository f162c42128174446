//! The engine under the clock of a replay.

use rules_core::{
    CellKey, Reading, Rule, Span, Timestamp,
    partition::{BatchItem, Counters, Engine, Input, Partition, Receipt, Settings},
};

use super::output::Output;
use crate::Fault;

/// One partition that holds every device, kept in memory from beginning to end.
pub(super) struct Judge {
    engine: Engine,
    partition: Partition,
    /// Newest event time over all devices, once there is one: so no reading is ahead of it.
    clock: Option<Timestamp>,
}

/// Code and message.
type Refusal = (String, String);

impl Judge {
    /// Version under which the rules judge; a replay knows only this one.
    const RULES_VERSION: u64 = 1;

    pub(super) fn new(rules: Vec<Rule>, settings: Settings) -> Self {
        let engine = Engine::new(Self::RULES_VERSION, rules, settings);
        // Devices that a rule about silence names are watched from the first tick on.
        let named = engine.named_devices().into_iter().map(|name| (CellKey::device(name), None));
        // Nothing is decoded here that could be broken.
        let partition = Partition::decode(None, named).unwrap_or_default();
        Self { engine, partition, clock: None }
    }

    /// Takes in one reading. Deadlines before it run first, over all devices,
    /// as a service would have run them before it came.
    pub(super) fn reading(
        &mut self,
        reading: Reading,
        output: &mut Output,
    ) -> Result<Option<Refusal>, Fault> {
        let ts = reading.ts;
        if self.clock.is_none_or(|clock| ts > clock) {
            // The first tick begins the watch over devices that are named, at the first reading.
            let until = if self.clock.is_some() { ts.minus(Span::from_millis(1)) } else { ts };
            self.step(&Input::Tick, until, output)?;
            self.clock = Some(ts);
        }
        let items = vec![BatchItem { index: 0, reading }];
        let input = Input::Readings { source: None, items, refused_before: 0 };
        let receipts = self.step(&input, self.clock.unwrap_or(ts), output)?;
        Ok(receipts.into_iter().find_map(|(_, receipt)| match receipt {
            Receipt::Refused { code, message } => Some((code, message)),
            _ => None,
        }))
    }

    /// Counts a line that is no reading.
    pub(super) fn refuse(&mut self) {
        let input = Input::Readings { source: None, items: Vec::new(), refused_before: 1 };
        let now = self.clock.unwrap_or(Timestamp::MIN);
        let _ = self.engine.step(&mut self.partition, &input, now);
    }

    /// Lets the clock run on to `until`, and the deadlines up to there run.
    pub(super) fn finish(
        &mut self,
        until: Option<Timestamp>,
        output: &mut Output,
    ) -> Result<(), Fault> {
        match self.clock.max(until) {
            Some(end) => self.step(&Input::Tick, end, output).map(drop),
            None => Ok(()),
        }
    }

    pub(super) fn counters(&self) -> Counters {
        self.partition.counters()
    }

    fn step(
        &mut self,
        input: &Input,
        now: Timestamp,
        output: &mut Output,
    ) -> Result<Vec<(u32, Receipt)>, Fault> {
        let step = self.engine.step(&mut self.partition, input, now);
        for transition in &step.transitions {
            output.transition(transition)?;
        }
        self.partition.forget_changes();
        Ok(step.receipts)
    }
}
