//! The machine of one partition: a shard of the devices with one writer.
//!
//! State is a *header* (counters, marks) and *cells*, one a device. A host
//! asks [`Engine::cells_for`] which cells an input needs, loads those, lets
//! [`Engine::step`] run, and stores what [`Partition::take_changes`] says.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{CellKey, Changes, DecodeError, Reading, Rule, Span, Timestamp, Transition};

/// How an engine treats time and repeats; the same for all of its rules.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Settings {
    /// How far ahead of `now` a reading's event time may lie.
    pub clock_skew: Span,
    /// How long a reading may be overtaken by newer ones of its device.
    pub allowed_lateness: Span,
    /// How far behind the device's newest event time repeats are recognised; zero turns it off.
    pub dedup_horizon: Span,
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

/// A compiled rule set: immutable, shared by all partitions of a process.
#[derive(Debug)]
pub struct Engine {
    version: u64,
    rules: Vec<Rule>,
    settings: Settings,
}

/// Where a batch stands in the numbering of its sender.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SourceRange {
    /// Who sends, stable over its restarts.
    pub source: String,
    /// Number of the batch's first reading; those that follow count up by one.
    pub first: u64,
}

/// A reading with its place in the batch that the sender sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct BatchItem {
    /// Index in the whole batch, of which other items may belong to other partitions.
    pub index: u32,
    /// The reading.
    pub reading: Reading,
}

/// What reaches a partition.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Input {
    /// Readings of this partition's devices, in the order they came.
    Readings {
        /// The sender's numbering, if it numbers.
        source: Option<SourceRange>,
        /// The batch's items that belong here.
        items: Vec<BatchItem>,
        /// Items refused before they reached any partition, counted by the one that gets them named.
        refused_before: u32,
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// One for each item of the batch, in its order, with the item's index.
    pub receipts: Vec<(u32, Receipt)>,
    /// In the order they happened; each also stands in the outbox.
    pub transitions: Vec<Transition>,
}

/// The part of a partition's state that is loaded: its header and some cells.
#[derive(Debug, Default)]
pub struct Partition {
    header: Header,
    cells: BTreeMap<CellKey, ()>,
}

#[derive(Debug, Default)]
struct Header {}

impl Engine {
    /// An engine that judges by `rules`, version `version` of the rule set.
    #[must_use]
    pub fn new(version: u64, rules: Vec<Rule>, settings: Settings) -> Self {
        Self { version, rules, settings }
    }

    /// Version of the rule set.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The cells that `input` needs loaded before [`Engine::step`]. Empty for
    /// a tick: its cells are those the host finds due.
    #[must_use]
    pub fn cells_for(&self, input: &Input) -> BTreeSet<CellKey> {
        let _ = input;
        todo!()
    }

    /// Moves `state` forward by one input that reached the host at `now`.
    ///
    /// Never fails and never panics: a reading that cannot count comes back as
    /// a [`Receipt`]. `now` may repeat but must not run backwards; should it,
    /// the last `now` of the partition counts.
    #[must_use = "the host has to answer with the receipts"]
    pub fn step(&self, state: &mut Partition, input: &Input, now: Timestamp) -> Step {
        let _ = (&self.rules, self.settings, state, input, now);
        todo!()
    }
}

impl Partition {
    /// State from what a host loaded. A cell that the host does not have is
    /// passed as `None`; a partition never stepped before has no header.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    pub fn decode(
        header: Option<&[u8]>,
        cells: impl IntoIterator<Item = (CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self, DecodeError> {
        let _ = (header, cells.into_iter().count());
        todo!()
    }

    /// What changed since `decode` or the last call; `None` if nothing did.
    pub fn take_changes(&mut self) -> Option<Changes> {
        let _ = (&self.header, &self.cells);
        todo!()
    }

    /// Counts since the partition's beginning; *received = accepted + duplicate + late + refused*.
    #[must_use]
    pub fn counters(&self) -> Counters {
        todo!()
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
}
