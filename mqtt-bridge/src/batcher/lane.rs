use std::collections::VecDeque;

use super::{
    BUSY_FIRST, BUSY_LONGEST, Batch, DENIED_FIRST, DENIED_LONGEST, LaneId, Output, Phase, Settings,
    Tally,
};
use crate::{
    answer::{Answer, Stored},
    backoff::{Backoff, Dice},
    ledger::Ticket,
    mapping::Mapped,
    moment::Moment,
    notice::Notice,
};

/// The readings of some of the devices, in order; at most one batch under way.
#[derive(Debug)]
pub(super) struct Lane {
    queue: VecDeque<Queued>,
    bytes: usize,
    state: State,
    /// When the last reading came.
    newest: Moment,
    /// Most readings in the next batch. Halved by each refusal, so that one
    /// reading that the service will not have is found without losing its
    /// neighbours; doubled by each success.
    limit: usize,
    limit_max: usize,
    busy: Backoff,
    denied: Backoff,
}

#[derive(Debug)]
struct Queued {
    ticket: Ticket,
    mapped: Mapped,
    at: Moment,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Waiting for readings, or for company.
    Gathering,
    /// So many of the queue's first are under way.
    Sent(usize),
    /// They came back and have to go again, not before this.
    Resting(Moment),
}

impl Lane {
    pub(super) fn new(limit_max: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
            state: State::Gathering,
            newest: Moment::START,
            limit: limit_max.max(1),
            limit_max: limit_max.max(1),
            busy: Backoff::new(BUSY_FIRST, BUSY_LONGEST),
            denied: Backoff::new(DENIED_FIRST, DENIED_LONGEST),
        }
    }

    pub(super) fn push(&mut self, ticket: Ticket, mapped: Mapped, now: Moment) {
        self.bytes += mapped.line.len();
        self.newest = now;
        self.queue.push_back(Queued { ticket, mapped, at: now });
    }

    /// Ends a rest: there will be no better time.
    pub(super) fn wake(&mut self) {
        if matches!(self.state, State::Resting(_)) {
            self.state = State::Resting(Moment::START);
        }
    }

    /// When the next batch is to be sent.
    pub(super) fn due(&self, settings: &Settings, phase: Phase) -> Option<Moment> {
        let oldest = self.queue.front()?.at;
        match self.state {
            State::Sent(_) => None,
            State::Resting(until) => Some(until),
            State::Gathering => {
                let full = self.queue.len() >= self.limit || self.bytes >= settings.bytes_max;
                if full || phase == Phase::Closing {
                    return Some(Moment::START);
                }
                Some((oldest + settings.age_max).min(self.newest + settings.gap_max))
            }
        }
    }

    /// The next batch; it is under way from now on.
    pub(super) fn send(&mut self, lane: LaneId, settings: &Settings) -> Batch {
        let mut body = String::new();
        let mut readings = 0;
        for queued in self.queue.iter().take(self.limit) {
            if readings > 0 && body.len() + queued.mapped.line.len() > settings.bytes_max {
                break;
            }
            body.push_str(&queued.mapped.line);
            readings += 1;
        }
        self.state = State::Sent(readings);
        Batch { lane, body, readings }
    }

    /// What became of the batch under way.
    pub(super) fn answer(
        &mut self,
        answer: Answer,
        now: Moment,
        dice: &mut Dice,
        tally: &mut Tally,
        outputs: &mut Vec<Output>,
    ) {
        let State::Sent(readings) = self.state else { return };
        match answer {
            Answer::Stored(stored) => self.stored(readings, stored, tally, outputs),
            Answer::Refused { status, why } => {
                tally.failures += 1;
                self.refused(readings, status, why, tally, outputs);
            }
            Answer::Busy { why, wait } => {
                tally.failures += 1;
                let pause = self.busy.fail(dice).max(wait.unwrap_or_default().min(BUSY_LONGEST));
                self.state = State::Resting(now + pause);
                outputs.push(Output::Notice(Notice::Busy { why, pause, readings }));
            }
            Answer::Denied { why } => {
                tally.failures += 1;
                let pause = self.denied.fail(dice);
                self.state = State::Resting(now + pause);
                outputs.push(Output::Notice(Notice::Denied { why, pause, readings }));
            }
        }
    }

    pub(super) fn held(&self) -> usize {
        self.queue.len()
    }

    pub(super) const fn held_bytes(&self) -> usize {
        self.bytes
    }

    fn stored(
        &mut self,
        readings: usize,
        stored: Stored,
        tally: &mut Tally,
        outputs: &mut Vec<Output>,
    ) {
        tally.batches += 1;
        tally.receipt.add(stored.receipt);
        for refusal in stored.refusals {
            let item = self.queue.get(refusal.index).filter(|_| refusal.index < readings);
            let line = item.map(|queued| queued.mapped.line.clone()).unwrap_or_default();
            outputs.push(Output::Notice(Notice::ReadingRefused {
                code: refusal.code,
                message: refusal.message,
                line,
            }));
        }
        if self.busy.failures() + self.denied.failures() > 0 {
            outputs.push(Output::Notice(Notice::Recovered));
        }
        self.busy.succeed();
        self.denied.succeed();
        self.limit = self.limit.saturating_mul(2).min(self.limit_max);
        self.settle(readings, outputs);
    }

    /// The service will not have this body: smaller ones find out why.
    fn refused(
        &mut self,
        readings: usize,
        status: u16,
        why: String,
        tally: &mut Tally,
        outputs: &mut Vec<Output>,
    ) {
        if readings > 1 {
            self.limit = readings.div_ceil(2);
            self.state = State::Resting(Moment::START);
            outputs.push(Output::Notice(Notice::Split { status, why, readings }));
            return;
        }
        tally.dead += 1;
        let line = self.queue.front().map(|queued| queued.mapped.line.clone()).unwrap_or_default();
        outputs.push(Output::Notice(Notice::Dead { status, why, line }));
        self.settle(readings, outputs);
    }

    fn settle(&mut self, readings: usize, outputs: &mut Vec<Output>) {
        let settled = self.queue.drain(..readings.min(self.queue.len()));
        let mut tickets = Vec::with_capacity(readings);
        for queued in settled {
            self.bytes -= queued.mapped.line.len();
            tickets.push(queued.ticket);
        }
        self.state = State::Gathering;
        outputs.push(Output::Settled(tickets));
    }
}
