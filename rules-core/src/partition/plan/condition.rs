use alloc::{format, string::String, vec::Vec};

use sorted::{SortedMap, SortedSet};

use crate::{
    Span,
    expr::{BinaryOp, Expr, Frame, WindowCall},
    hash::fnv1a_64,
    schedule::Schedule,
    window::View,
};

/// A condition, judged once a reading however many rules have it.
#[derive(Debug)]
pub(in super::super) struct Condition {
    pub(in super::super) expr: Expr,
    /// Names it in state: of its canonical text, `min_samples` and schedule.
    pub(in super::super) key: u64,
    pub(in super::super) min_samples: u32,
    /// When it is looked at; outside of it, it does not hold.
    pub(in super::super) schedule: Option<Schedule>,
    /// Its windows.
    pub(in super::super) windows: Vec<WindowUse>,
    /// What time alone can change about it.
    pub(in super::super) clocks: Clocks,
    /// What an alert gives as its value.
    pub(in super::super) quantity: Option<Expr>,
}

/// A window that a condition reads.
#[derive(Debug)]
pub(in super::super) struct WindowUse {
    pub(in super::super) call: WindowCall,
    /// Names its samples in state.
    pub(in super::super) series: u64,
    pub(in super::super) view: View,
}

/// The parts of a condition whose truth ends or begins by time alone.
#[derive(Debug, Default)]
pub(in super::super) struct Clocks {
    /// The spans of its `absent`.
    pub(in super::super) absences: SortedSet<Span>,
    /// The fields and spans of its `fresh`.
    pub(in super::super) freshness: SortedMap<String, SortedSet<Span>>,
    /// Its `since`.
    pub(in super::super) sinces: Vec<SinceUse>,
    /// Whether it reads a window that closes: hopping, or of sessions.
    pub(in super::super) closes: bool,
}

/// A `since` of a condition.
#[derive(Debug)]
pub(in super::super) struct SinceUse {
    /// What it asks about.
    pub(in super::super) condition: Expr,
    /// Names it in state.
    pub(in super::super) key: u64,
    /// How long after its end a comparison with it changes.
    pub(in super::super) flips: SortedSet<Span>,
}

impl Condition {
    /// `text` is what makes it this condition and no other.
    pub(in super::super) fn new(
        expr: &Expr,
        text: &str,
        min_samples: u32,
        schedule: Option<Schedule>,
    ) -> Self {
        let mut windows: Vec<WindowUse> = Vec::new();
        let mut clocks = Clocks::default();
        expr.visit(&mut |part| match part {
            Expr::Window(call) => {
                if !windows.iter().any(|known| known.call == **call) {
                    windows.push(WindowUse::new(call));
                }
                clocks.closes |=
                    matches!(call.frame, Frame::Hopping { .. } | Frame::Session { .. });
            }
            Expr::Absent(span) => {
                clocks.absences.insert(*span);
            }
            Expr::Fresh(field, span) => {
                clocks.freshness.entry(field.clone()).or_default().insert(*span);
            }
            Expr::Since(condition) => clocks.add_since(condition, min_samples, None),
            Expr::Binary(op, left, right) => match (&**left, &**right) {
                (Expr::Since(condition), Expr::Duration(span))
                | (Expr::Duration(span), Expr::Since(condition)) => {
                    let mirrored = matches!(**left, Expr::Duration(_));
                    clocks.add_since(condition, min_samples, Some(flip(*op, *span, mirrored)));
                }
                _ => {}
            },
            _ => {}
        });
        Self {
            expr: expr.clone(),
            key: fnv1a_64(text.as_bytes()),
            min_samples,
            schedule,
            windows,
            clocks,
            quantity: expr.quantity().cloned(),
        }
    }

    /// Whether it says the same until a value of one of its fields changes.
    pub(in super::super) fn reads_values_only(&self) -> bool {
        self.windows.is_empty() && !self.is_timed()
    }

    /// Whether a deadline may have to judge it.
    pub(in super::super) fn is_timed(&self) -> bool {
        let Clocks { absences, freshness, sinces, closes } = &self.clocks;
        *closes
            || self.schedule.is_some()
            || !absences.is_empty()
            || !freshness.is_empty()
            || !sinces.is_empty()
    }
}

impl WindowUse {
    fn new(call: &WindowCall) -> Self {
        let view = View { aggregate: call.aggregate, frame: call.frame };
        Self { call: call.clone(), series: series_key(&call.input), view }
    }
}

/// Names the samples of `input` in state.
pub(in super::super) fn series_key(input: &Expr) -> u64 {
    fnv1a_64(format!("{input}").as_bytes())
}

impl Clocks {
    fn add_since(&mut self, condition: &Expr, min_samples: u32, flip: Option<Span>) {
        let key = fnv1a_64(format!("{min_samples}|since {condition}").as_bytes());
        let known = self.sinces.iter().position(|since| since.key == key);
        let index = known.unwrap_or_else(|| {
            let condition = condition.clone();
            self.sinces.push(SinceUse { condition, key, flips: SortedSet::new() });
            self.sinces.len() - 1
        });
        if let Some(since) = self.sinces.get_mut(index) {
            since.flips.extend(flip);
        }
    }
}

/// How long after the end of its condition `since(…) op span` changes:
/// times are whole milliseconds, so what begins after `span` begins one later.
fn flip(op: BinaryOp, span: Span, mirrored: bool) -> Span {
    let at_span = match op {
        BinaryOp::Lt | BinaryOp::Ge => !mirrored,
        BinaryOp::Gt | BinaryOp::Le => mirrored,
        _ => true,
    };
    if at_span { span } else { span.plus(Span::from_millis(1)) }
}
