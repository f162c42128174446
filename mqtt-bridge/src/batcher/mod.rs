//! Readings in, batches out, tickets settled: the bridge's decisions, without
//! a socket, a clock or a random source.
//!
//! The readings of one device keep their order: a device always uses the same
//! lane, and a lane has one batch under way at a time. (Two batches of a
//! device side by side could overtake each other, and the service would have
//! to call the readings of the slower one late.) Several lanes make several
//! connections useful.

use std::time::Duration;

use crate::{
    answer::{Answer, Receipt},
    backoff::Dice,
    ledger::{Ticket, fingerprint},
    mapping::Mapped,
    moment::Moment,
    notice::Notice,
};

mod lane;
use lane::Lane;

/// First pause after the service could not be reached, or asked to wait.
const BUSY_FIRST: Duration = Duration::from_millis(250);
/// Longest such pause: soon after an outage ends everything flows again.
const BUSY_LONGEST: Duration = Duration::from_secs(30);
/// First pause after an answer that no retry can better: somebody has to mend a token or an address.
const DENIED_FIRST: Duration = Duration::from_secs(10);
/// Longest such pause.
const DENIED_LONGEST: Duration = Duration::from_mins(2);

const _: () = assert!(BUSY_LONGEST.as_secs() < DENIED_LONGEST.as_secs());

/// When a batch is full, and how many may be under way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// How many batches may be under way at once.
    pub lanes: usize,
    /// Most readings in one batch.
    pub readings_max: usize,
    /// Most bytes in one batch, unless a single reading is larger.
    pub bytes_max: usize,
    /// Longest wait of a reading for others to fill the batch.
    pub age_max: Duration,
    /// A pause of this length in the arrivals ends the wait: a broker that
    /// hands out no more before it gets acknowledgements would otherwise
    /// make every batch wait for its full age.
    pub gap_max: Duration,
    /// Where the jitter of pauses begins.
    pub seed: u64,
}

/// What happens to the batcher.
#[derive(Debug)]
pub enum Input {
    /// A reading arrived.
    Reading(Ticket, Mapped),
    /// What became of the batch that a lane sent.
    Answer(LaneId, Answer),
    /// [`Step::wake_at`] is reached.
    Elapsed,
    /// No more readings will come: send what there is.
    Close,
}

/// What the batcher wants done.
#[derive(Debug, Eq, PartialEq)]
pub enum Output {
    /// Send this batch, and come back with the [`Input::Answer`].
    Send(Batch),
    /// These are stored, or given up with a notice that says so.
    Settled(Vec<Ticket>),
    /// Tell the operator.
    Notice(Notice),
}

/// Which lane a batch belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LaneId(usize);

/// Readings that are sent together.
#[derive(Debug, Eq, PartialEq)]
pub struct Batch {
    /// Who wants the answer.
    pub lane: LaneId,
    /// One reading a line.
    pub body: String,
    /// How many.
    pub readings: usize,
}

/// Outputs in order, and when to call again.
#[derive(Debug, Default)]
#[must_use = "the outputs have to be performed"]
pub struct Step {
    /// What to do.
    pub outputs: Vec<Output>,
    /// When [`Input::Elapsed`] is due; none while there is nothing to wait for.
    pub wake_at: Option<Moment>,
}

/// What became of the readings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// What the service said of those that it was sent.
    pub receipt: Receipt,
    /// Batches that the service took.
    pub batches: u64,
    /// Attempts that have to be repeated.
    pub failures: u64,
    /// Readings given up: the service will not have them.
    pub dead: u64,
}

/// The batcher.
#[derive(Debug)]
pub struct Batcher {
    settings: Settings,
    lanes: Vec<Lane>,
    dice: Dice,
    phase: Phase,
    tally: Tally,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Open,
    Closing,
}

impl Batcher {
    /// Nothing under way.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let lanes = (0..settings.lanes.max(1)).map(|_| Lane::new(settings.readings_max)).collect();
        let dice = Dice::new(settings.seed);
        Self { settings, lanes, dice, phase: Phase::Open, tally: Tally::default() }
    }

    /// Takes in one input that came at `now`.
    ///
    /// Every ticket is settled once, and only after a batch with its reading
    /// was taken by the service, or after a notice that it is given up.
    pub fn step(&mut self, input: Input, now: Moment) -> Step {
        let mut outputs = Vec::new();
        match input {
            Input::Reading(ticket, mapped) => {
                let lane = self.lane_of(&mapped.device);
                lane.push(ticket, mapped, now);
            }
            Input::Answer(LaneId(index), answer) => {
                if let Some(lane) = self.lanes.get_mut(index) {
                    lane.answer(answer, now, &mut self.dice, &mut self.tally, &mut outputs);
                }
            }
            Input::Elapsed => {}
            Input::Close => {
                self.phase = Phase::Closing;
                self.lanes.iter_mut().for_each(Lane::wake);
            }
        }
        let mut wake_at = None;
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            let due = lane.due(&self.settings, self.phase);
            if due.is_some_and(|due| due <= now) {
                outputs.push(Output::Send(lane.send(LaneId(index), &self.settings)));
            } else {
                wake_at = [wake_at, due].into_iter().flatten().min();
            }
        }
        Step { outputs, wake_at }
    }

    /// Readings that are not settled yet.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lanes.iter().map(Lane::held).sum()
    }

    /// Bytes of these readings.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.lanes.iter().map(Lane::held_bytes).sum()
    }

    /// What became of all the others.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    fn lane_of(&mut self, device: &str) -> &mut Lane {
        let count = self.lanes.len() as u64;
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of lanes")]
        let index = (fingerprint(device, b"") % count) as usize;
        &mut self.lanes[index]
    }
}

#[cfg(test)]
mod tests;
