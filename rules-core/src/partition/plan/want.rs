use alloc::vec::Vec;

use crate::expr::Expr;

/// Something that fleet rules want of a device.
#[derive(Debug)]
pub(in super::super) struct PlannedWant {
    /// Names it in facts and in state.
    pub(in super::super) key: u64,
    pub(in super::super) expr: Expr,
    /// Of what is told when it changes, the condition that it is looked at as;
    /// of samples none.
    pub(super) condition: Option<u32>,
}

/// What the groups by one set of tags want of the devices of a selection.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct SelectedFleet {
    /// Index into [`super::Plan::bys`].
    pub(in super::super) by: u32,
    /// Ascending indexes into [`super::Plan::wants`].
    pub(in super::super) wants: Vec<u32>,
}

/// Where the value of a want is told: a fleet of the selection, and the place
/// among its wants.
pub(in super::super) type Teller = (u32, u32);

/// A sample that groups want, and where it is told.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) struct SelectedSample {
    pub(in super::super) want: u32,
    pub(in super::super) tellers: Vec<Teller>,
}
