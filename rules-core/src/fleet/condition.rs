use alloc::{format, string::String, vec::Vec};

use sorted::SortedMap;

use super::{Purpose, Split, samples::Keep};
use crate::{
    Rule, Span, Timestamp,
    expr::{BinaryOp, Expr, Frame, WindowCall},
    hash::fnv1a_64,
    schedule::Schedule,
    window::View,
};

/// A condition of a rule as its groups judge it.
#[derive(Debug)]
pub(super) struct Condition {
    /// What devices tell stands in it as fields.
    pub(super) expr: Expr,
    /// Names it in state: of its rule, text, `min_samples` and schedule.
    pub(super) key: u64,
    /// When it is looked at; outside of it, it does not hold.
    pub(super) schedule: Option<Schedule>,
    /// By the name of the field: the role, and [`crate::Want::key`].
    pub(super) told: SortedMap<String, (usize, u64)>,
    pub(super) windows: Vec<WindowUse>,
    pub(super) counts: Vec<CountUse>,
    /// What an alert gives as its value.
    pub(super) quantity: Option<Expr>,
}

/// A window that a condition reads.
#[derive(Debug)]
pub(super) struct WindowUse {
    pub(super) call: WindowCall,
    pub(super) role: usize,
    /// [`crate::Want::key`] of its samples.
    pub(super) want: u64,
}

/// A `devices(condition)`.
#[derive(Debug)]
pub(super) struct CountUse {
    pub(super) condition: Expr,
    /// [`crate::Want::key`] of the condition.
    pub(super) want: u64,
}

impl Condition {
    pub(super) fn new(
        rule: &Rule,
        roles: &[String],
        expr: &Expr,
        schedule: Option<&Schedule>,
    ) -> Self {
        let split = Split::new(expr, roles, rule.min_samples);
        let (mut told, mut windows, mut counts) = (SortedMap::new(), Vec::new(), Vec::new());
        for part in split.parts {
            let want = part.want.key;
            match part.purpose {
                Purpose::Told(name) => {
                    told.insert(name, (part.role, want));
                }
                Purpose::Window(call) => windows.push(WindowUse { call, role: part.role, want }),
                Purpose::Count(condition) => counts.push(CountUse { condition, want }),
            }
        }
        let schedule_text = schedule.map(|schedule| format!("|{schedule}")).unwrap_or_default();
        let text = format!("{}|{}|{expr}{schedule_text}", rule.id, rule.min_samples);
        Self {
            key: fnv1a_64(text.as_bytes()),
            quantity: split.expr.quantity().cloned(),
            expr: split.expr,
            schedule: schedule.cloned(),
            told,
            windows,
            counts,
        }
    }

    /// All that it wants of devices, with the role of each.
    pub(super) fn wants(&self) -> impl Iterator<Item = (usize, u64)> {
        let windows = self.windows.iter().map(|window| (window.role, window.want));
        let counts = self.counts.iter().map(|count| (0, count.want));
        self.told.values().copied().chain(windows).chain(counts)
    }

    /// Whether a deadline may have to judge it.
    pub(super) fn is_timed(&self) -> bool {
        self.schedule.is_some() || self.windows.iter().any(|window| window.hops().is_some())
    }

    /// The truths without each of which it does not hold, with the role of each:
    /// what stands beside `&&` at its top.
    pub(super) fn required(&self) -> Vec<(usize, u64)> {
        let mut required = Vec::new();
        let mut rest = Vec::from([&self.expr]);
        while let Some(part) = rest.pop() {
            match part {
                Expr::Binary(BinaryOp::And, left, right) => rest.extend([&**left, &**right]),
                Expr::Field(name) => required.extend(self.told.get(name).copied()),
                _ => {}
            }
        }
        sorted::sort(&mut required);
        required.dedup();
        required
    }
}

impl WindowUse {
    /// Width and step, if the window hops.
    pub(super) fn hops(&self) -> Option<(Span, Span)> {
        match self.call.frame {
            Frame::Hopping { width, every } => Some((width, every)),
            _ => None,
        }
    }

    /// The view that it is on the samples, if it slides.
    pub(super) fn slides(&self) -> Option<View> {
        let WindowCall { aggregate, frame, .. } = self.call;
        matches!(frame, Frame::Sliding(_)).then_some(View { aggregate, frame })
    }

    /// Which samples it may still see.
    pub(super) fn keep(&self) -> Keep {
        match self.call.frame {
            Frame::Sliding(width) => Keep { span: width, count: 0 },
            Frame::Samples(count) => {
                Keep { span: Span::ZERO, count: usize::try_from(count).unwrap_or(usize::MAX) }
            }
            // The last that closed, and the one before, by which a change is seen.
            Frame::Hopping { width, every } => {
                Keep { span: width.plus(every).plus(every), count: 0 }
            }
            // Told as a value, since no session is over several devices.
            Frame::Session { .. } => Keep::default(),
        }
    }
}

/// The last multiple of `every` since 1970 that is not after `t`.
pub(super) fn end_before(t: Timestamp, every: Span) -> Timestamp {
    let every = every.as_millis().max(1);
    Timestamp::from_millis(t.as_millis().div_euclid(every).saturating_mul(every))
}
