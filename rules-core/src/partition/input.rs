use alloc::{string::String, sync::Arc, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Happenings;
use crate::{Batch, Span, Transition, fleet::Message};

/// Most tags of a device: what it is, where it stands and whom it belongs to are a few.
pub const TAGS_MAX: usize = 32;

/// How an engine treats time and repeats; the same for all of its rules.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// How far ahead of `now` a reading's event time may lie.
    pub clock_skew: Span,
    /// How long a reading may be overtaken by newer ones of its device: readings
    /// wait that long before they are judged in the order of their event times.
    pub allowed_lateness: Span,
    /// How far behind the device's newest event time repeats are recognised; zero turns it off.
    pub dedup_horizon: Span,
}

impl Settings {
    /// Longest allowed lateness: who waits longer than a day for an alert has
    /// no use for one, and what waits has to fit its device's cell.
    pub const ALLOWED_LATENESS_MAX: Span = Span::from_secs(86_400);
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock_skew: Span::from_secs(60),
            allowed_lateness: Span::ZERO,
            dedup_horizon: Span::from_secs(60),
        }
    }
}

/// Where a batch stands in the numbering of its sender.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SourceRange {
    /// Who sends, stable over its restarts.
    pub source: String,
    /// Number of the batch's first reading; those that follow count up by one.
    pub first: u64,
}

/// What reaches a partition.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[allow(clippy::large_enum_variant, reason = "an input is passed by reference, one at a time")]
pub enum Input {
    /// Readings of this partition's devices, in the order they came.
    Readings {
        /// The sender's numbering, if it numbers.
        source: Option<SourceRange>,
        /// Those that belong here, each with its index in the whole batch, of
        /// which other readings may belong to other partitions.
        batch: Batch,
        /// Items refused before they reached any partition, counted by the one that gets them named.
        refused_before: u32,
    },
    /// These are all tags of a device, which is made if it is not known yet.
    Describe {
        /// Which device.
        device: String,
        /// Sorted by name, each name once; at most [`TAGS_MAX`].
        tags: Vec<(String, String)>,
    },
    /// Time has passed: run what is due in the loaded cells.
    Tick,
}

/// What became of one reading.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Receipt {
    /// It counts.
    Accepted,
    /// It was here before; this one changed nothing.
    Duplicate,
    /// It lies behind the watermark, by this much; it changed nothing.
    Late(Span),
    /// It cannot count.
    Refused {
        /// A stable word for programs: `clock_ahead`, `too_many_fields` …
        code: String,
        /// For people: what was found and what is allowed.
        message: String,
    },
}

/// What one step brought forth.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// One for each item of the batch, in its order, with the item's index.
    pub receipts: Vec<(u32, Receipt)>,
    /// Transitions in the order they happened; each also stands in the outbox.
    pub happened: Arc<Happenings>,
    /// What groups are told, each under its sequence number; it stands in the outbox as well.
    pub messages: Vec<(u64, Arc<Message>)>,
}

impl Step {
    /// What happened, written out.
    pub fn transitions(&self) -> impl Iterator<Item = Transition> {
        self.happened.iter().map(|happening| happening.transition())
    }
}

/// Counts since a partition's beginning.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counters {
    /// All readings that came.
    pub received: u64,
    /// Those that count.
    pub accepted: u64,
    /// Those that were here before.
    pub duplicate: u64,
    /// Those behind the watermark.
    pub late: u64,
    /// Those that cannot count.
    pub refused: u64,
    /// Transitions brought forth.
    pub transitions: u64,
    /// Operators that met a type they are not made for.
    pub type_errors: u64,
    /// Times a named limit was reached and something was forgotten for it.
    pub limits_reached: u64,
}

impl Counters {
    /// Counts what became of one reading.
    pub(super) fn count(&mut self, receipt: &Receipt) {
        self.received += 1;
        match receipt {
            Receipt::Accepted => self.accepted += 1,
            Receipt::Duplicate => self.duplicate += 1,
            Receipt::Late(_) => self.late += 1,
            Receipt::Refused { .. } => self.refused += 1,
        }
    }
}
