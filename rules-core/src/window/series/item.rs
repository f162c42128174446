use super::{
    Datum, Pane,
    sample::{Kind, Kinds},
};
use crate::{Timestamp, expr::Aggregate};

/// What stands in a series: a sample, or a pane of samples merged.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    Sample(Timestamp, Datum),
    Pane(&'a Pane),
}

impl Item<'_> {
    /// Event time of its oldest sample.
    pub(super) fn first_at(&self) -> Timestamp {
        match self {
            Self::Sample(ts, _) => *ts,
            Self::Pane(pane) => pane.first_at,
        }
    }

    /// Event time of its newest sample.
    pub(super) fn last_at(&self) -> Timestamp {
        match self {
            Self::Sample(ts, _) => *ts,
            Self::Pane(pane) => pane.last_at,
        }
    }

    /// How many samples it stands for.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Sample(..) => 1,
            Self::Pane(pane) => pane.count,
        }
    }

    /// How many samples an aggregate takes of it: those of its type, and none
    /// of a pane that was merged when nobody asked for what the aggregate needs.
    pub(super) fn taken_by(&self, aggregate: Aggregate) -> u64 {
        match self {
            Self::Sample(_, datum) => u64::from(kinds(aggregate).contain(datum.kind())),
            Self::Pane(pane) => {
                let numbers = pane.numbers.as_ref();
                match aggregate {
                    Aggregate::Distinct if pane.distinct.is_none() => 0,
                    Aggregate::Count
                    | Aggregate::First
                    | Aggregate::Last
                    | Aggregate::Changes
                    | Aggregate::Distinct => pane.count,
                    Aggregate::All | Aggregate::Any => pane.bools,
                    Aggregate::StdDev if numbers.is_some_and(|n| n.squares.is_none()) => 0,
                    Aggregate::Quantile(_) if numbers.is_some_and(|n| n.ranks.is_empty()) => 0,
                    _ => numbers.map_or(0, |numbers| numbers.count),
                }
            }
        }
    }

    /// How many samples are `false`.
    pub(super) fn falses(&self) -> u64 {
        match self {
            Self::Sample(_, datum) => u64::from(*datum == Datum::Bool(false)),
            Self::Pane(pane) => pane.bools - pane.trues,
        }
    }

    /// How many samples are `true`.
    pub(super) fn trues(&self) -> u64 {
        match self {
            Self::Sample(_, datum) => u64::from(*datum == Datum::Bool(true)),
            Self::Pane(pane) => pane.trues,
        }
    }

    /// Its oldest sample.
    pub(super) fn first(&self) -> Datum {
        match self {
            Self::Sample(_, datum) => *datum,
            Self::Pane(pane) => pane.first,
        }
    }

    /// Its newest sample.
    pub(super) fn last(&self) -> Datum {
        match self {
            Self::Sample(_, datum) => *datum,
            Self::Pane(pane) => pane.last,
        }
    }

    /// How often its own neighbours differ.
    pub(super) fn changes(&self) -> u64 {
        match self {
            Self::Sample(..) => 0,
            Self::Pane(pane) => pane.changes,
        }
    }

    /// Its oldest number, and when it was taken.
    pub(super) fn first_number(&self) -> Option<(Timestamp, f64)> {
        match self {
            Self::Sample(ts, Datum::Number(number)) => Some((*ts, *number)),
            Self::Sample(..) => None,
            Self::Pane(pane) => pane.numbers.as_ref().map(|numbers| numbers.first),
        }
    }

    /// Its newest number, and when it was taken.
    pub(super) fn last_number(&self) -> Option<(Timestamp, f64)> {
        match self {
            Self::Sample(ts, Datum::Number(number)) => Some((*ts, *number)),
            Self::Sample(..) => None,
            Self::Pane(pane) => pane.numbers.as_ref().map(|numbers| numbers.last),
        }
    }

    /// Its smallest and its largest number.
    pub(super) fn extremes(&self) -> Option<(f64, f64)> {
        match self {
            Self::Sample(_, Datum::Number(number)) => Some((*number, *number)),
            Self::Sample(..) => None,
            Self::Pane(pane) => pane.numbers.as_ref().map(|numbers| (numbers.min, numbers.max)),
        }
    }
}

/// The kinds of samples that the aggregate takes.
pub(super) const fn kinds(aggregate: Aggregate) -> Kinds {
    match aggregate {
        Aggregate::Count
        | Aggregate::First
        | Aggregate::Last
        | Aggregate::Changes
        | Aggregate::Distinct => Kinds::ALL,
        Aggregate::All | Aggregate::Any => Kinds::of(Kind::Bool),
        _ => Kinds::of(Kind::Number),
    }
}
