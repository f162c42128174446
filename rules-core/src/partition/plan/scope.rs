use alloc::vec::Vec;

use rete_lite::ThresholdIndex;

use crate::{DeviceSelector, window::View};

/// The rules that watch the same devices.
#[derive(Debug, Default)]
pub(in super::super) struct Scope {
    pub(in super::super) devices: DeviceSelector,
    /// Quantities in ascending order, each with the classes that compare it, by threshold.
    pub(in super::super) quantities: Vec<(u32, ThresholdIndex<u32>)>,
    /// Conditions in ascending order, each with the classes that ask for it.
    pub(in super::super) conditions: Vec<(u32, Vec<u32>)>,
    /// Series in ascending order, each with what looks at it.
    pub(super) series: Vec<(u32, Vec<View>)>,
    /// Sets of tags in ascending order, each with what its groups want.
    pub(super) fleets: Vec<(u32, Vec<u32>)>,
}
