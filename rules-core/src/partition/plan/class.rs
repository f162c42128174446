use core::ops::Range;

use rete_lite::Inequality;

use crate::lifecycle::Course;

/// Rules of one scope with the same conditions and the same course of life:
/// alerts of theirs that began together stay together.
///
/// Classes whose thresholds follow one another, with nothing else between them,
/// and whose alerts take the same course, are a *ladder*: neighbours by number,
/// from the threshold that is met first to the one that is met last.
#[derive(Debug)]
pub(in super::super) struct Class {
    /// Index into [`super::Plan::scopes`].
    pub(in super::super) scope: u32,
    pub(in super::super) when: Asked,
    pub(in super::super) clear: Option<Asked>,
    pub(in super::super) course: Course,
    /// The class behind the last of its ladder; one that stands on none is its own.
    pub(in super::super) ladder_end: u32,
    /// Where its rules stand in [`super::Plan::members`].
    pub(super) members: Range<usize>,
}

/// What a class asks about its device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) enum Asked {
    /// A comparison of a quantity with a number.
    Threshold(Threshold),
    /// Any other condition, as index into [`super::Plan::conditions`].
    General(u32),
}

/// `quantity inequality constant`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Threshold {
    /// Index into [`super::Plan::quantities`].
    pub(in super::super) quantity: u32,
    pub(in super::super) inequality: Inequality,
    pub(in super::super) constant: f64,
}

impl Threshold {
    /// Whether `value` meets it.
    pub(in super::super) fn holds(&self, value: f64) -> bool {
        match self.inequality {
            Inequality::Less => value < self.constant,
            Inequality::LessOrEqual => value <= self.constant,
            Inequality::Greater => value > self.constant,
            Inequality::GreaterOrEqual => value >= self.constant,
        }
    }
}
