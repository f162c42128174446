use std::fmt;

use rules_core::{
    CellKey, Changes, DecodeError, Rule, Timestamp, Transition,
    fleet::{self, FleetEngine},
    partition::{self, Engine, Settings},
};
use sorted::SortedSet;

use super::{shard_of, shard_scope};
use crate::ports::Version;

/// A machine that judges by rules, as its driver sees it.
pub trait Machine: Sized {
    /// What reaches it.
    type Input;
    /// Its state, as far as it is loaded.
    type State: fmt::Debug;
    /// What one step brings forth.
    type Step;
    /// What it counts.
    type Counters;

    /// The input that lets time pass.
    const TICK: Self::Input;

    /// The machine that judges by `rules`, version `version` of the rule set.
    fn compile(version: Version, rules: Vec<Rule>, settings: Settings) -> Self;
    /// Version of its rule set.
    fn version(&self) -> Version;
    /// The cells of `scope`, one of `shards`, that its rules watch before
    /// anything has come for them.
    fn watched_unseen(&self, scope: &str, shards: u32) -> Vec<CellKey>;
    /// The cells that `input` needs loaded.
    fn cells_for(&self, input: &Self::Input) -> SortedSet<CellKey>;
    /// One step.
    fn step(&self, state: &mut Self::State, input: &Self::Input, now: Timestamp) -> Self::Step;

    /// State from what a host loaded.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    fn decode(
        header: Option<&[u8]>,
        cells: Vec<(CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self::State, DecodeError>;
    /// Adds more cells, of the version that `state` is at.
    ///
    /// # Errors
    /// Bytes that this version of the code cannot read.
    fn add(
        state: &mut Self::State,
        cells: Vec<(CellKey, Option<Vec<u8>>)>,
    ) -> Result<(), DecodeError> {
        let _ = (state, cells);
        Ok(())
    }
    /// Whether a cell is loaded, and holds something.
    fn has(state: &Self::State, key: &CellKey) -> bool {
        let _ = (state, key);
        false
    }
    /// About how many bytes of memory the state takes; `None` if it is not to
    /// be kept but loaded for each step. A machine that says more than `None`
    /// has [`Machine::add`] and [`Machine::has`] as well.
    fn weight(state: &Self::State) -> Option<usize> {
        let _ = state;
        None
    }
    /// What changed since then.
    fn take_changes(state: &mut Self::State) -> Option<Changes>;
    /// Version of the newest rule set that judged there.
    fn rules_version(state: &Self::State) -> Version;
    /// Counts since the beginning.
    fn counters(state: &Self::State) -> Self::Counters;
    /// What happened to alerts in a step.
    fn transitions(step: &Self::Step) -> Vec<Transition>;
}

impl Machine for Engine {
    type Input = partition::Input;
    type State = partition::Partition;
    type Step = partition::Step;
    type Counters = partition::Counters;

    const TICK: Self::Input = partition::Input::Tick;

    fn compile(version: Version, rules: Vec<Rule>, settings: Settings) -> Self {
        Self::new(version, rules, settings)
    }

    fn version(&self) -> Version {
        self.version()
    }

    fn watched_unseen(&self, scope: &str, shards: u32) -> Vec<CellKey> {
        let named = self.named_devices().into_iter();
        let ours = named.filter(|device| shard_scope(shard_of(device, shards)) == scope);
        ours.map(CellKey::device).collect()
    }

    fn cells_for(&self, input: &Self::Input) -> SortedSet<CellKey> {
        self.cells_for(input)
    }

    fn step(&self, state: &mut Self::State, input: &Self::Input, now: Timestamp) -> Self::Step {
        self.step(state, input, now)
    }

    fn decode(
        header: Option<&[u8]>,
        cells: Vec<(CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self::State, DecodeError> {
        Self::State::decode(header, cells)
    }

    fn add(
        state: &mut Self::State,
        cells: Vec<(CellKey, Option<Vec<u8>>)>,
    ) -> Result<(), DecodeError> {
        state.add(cells)
    }

    fn has(state: &Self::State, key: &CellKey) -> bool {
        state.has(key)
    }

    fn weight(state: &Self::State) -> Option<usize> {
        Some(state.weight())
    }

    fn take_changes(state: &mut Self::State) -> Option<Changes> {
        state.take_changes()
    }

    fn rules_version(state: &Self::State) -> Version {
        state.rules_version()
    }

    fn counters(state: &Self::State) -> Self::Counters {
        state.counters()
    }

    fn transitions(step: &Self::Step) -> Vec<Transition> {
        step.transitions().collect()
    }
}

impl Machine for FleetEngine {
    type Input = fleet::Input;
    type State = fleet::Groups;
    type Step = fleet::Step;
    type Counters = fleet::Counters;

    const TICK: Self::Input = fleet::Input::Tick;

    fn compile(version: Version, rules: Vec<Rule>, settings: Settings) -> Self {
        Self::new(version, &rules, settings)
    }

    fn version(&self) -> Version {
        self.version()
    }

    /// None: a group is there when its first device has joined it.
    fn watched_unseen(&self, _scope: &str, _shards: u32) -> Vec<CellKey> {
        Vec::new()
    }

    fn cells_for(&self, input: &Self::Input) -> SortedSet<CellKey> {
        self.cells_for(input).into_iter().collect()
    }

    fn step(&self, state: &mut Self::State, input: &Self::Input, now: Timestamp) -> Self::Step {
        self.step(state, input, now)
    }

    fn decode(
        header: Option<&[u8]>,
        cells: Vec<(CellKey, Option<Vec<u8>>)>,
    ) -> Result<Self::State, DecodeError> {
        Self::State::decode(header, cells)
    }

    fn take_changes(state: &mut Self::State) -> Option<Changes> {
        state.take_changes()
    }

    fn rules_version(state: &Self::State) -> Version {
        state.rules_version()
    }

    fn counters(state: &Self::State) -> Self::Counters {
        state.counters()
    }

    fn transitions(step: &Self::Step) -> Vec<Transition> {
        step.transitions.clone()
    }
}
