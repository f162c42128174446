//! Aggregates over windows.

use alloc::{boxed::Box, format, vec::Vec};
use core::ops::Range;

use sorted::Gather;

use super::{
    super::{
        Aggregate, Expr, Frame, Rank, Scope, Type, WindowCall,
        check::{Checker, described, shown_expr},
        node::{Call, Kind, Node},
    },
    is_broken, is_of_frame,
};
use crate::{Span, Value, number::Plain};

/// What an aggregate can be made of.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Takes {
    Numbers,
    Truths,
    Anything,
}

impl Takes {
    const fn of(aggregate: Aggregate) -> Self {
        match aggregate {
            Aggregate::Count
            | Aggregate::First
            | Aggregate::Last
            | Aggregate::Changes
            | Aggregate::Distinct => Self::Anything,
            Aggregate::All | Aggregate::Any => Self::Truths,
            Aggregate::Sum
            | Aggregate::Avg
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::Range
            | Aggregate::StdDev
            | Aggregate::Quantile(_)
            | Aggregate::Delta
            | Aggregate::Rate => Self::Numbers,
        }
    }

    const fn takes(self, found: Type) -> bool {
        match self {
            Self::Numbers => matches!(found, Type::Number | Type::Any),
            Self::Truths => matches!(found, Type::Bool | Type::Any),
            Self::Anything => true,
        }
    }
}

impl Checker<'_> {
    /// `aggregate(input, FRAME)`, or with no `aggregate` `quantile(rank, input, FRAME)`.
    pub(super) fn window(
        &mut self,
        aggregate: Option<Aggregate>,
        call: Call,
        place: Range<usize>,
    ) -> Option<Expr> {
        let Call { name, name_place, mut arguments, .. } = call;
        if self.in_window {
            let message =
                format!("`{name}` stands in the input of another window, which holds none itself");
            self.fault::<()>("nested_window", name_place.clone(), message);
        }
        let fits = self.arrangement(aggregate, &name, &arguments, place);
        let aggregate = match aggregate {
            // A rank that stands elsewhere is part of what was reported.
            None if fits => {
                let rank = arguments.remove(0);
                self.rank(rank).map(Aggregate::Quantile)
            }
            known => known,
        };
        let (frame, values): (Vec<_>, Vec<_>) = arguments.into_iter().partition(is_of_frame);
        let frame = if fits { self.frame(&name, &frame) } else { None };
        let inputs: Vec<_> = values.into_iter().map(|value| self.input(value)).gather();
        if !fits {
            return None;
        }
        let (input, input_place) = inputs.into_iter().next()??;
        // Without its rank a quantile's input is still to be of numbers.
        let takes = Takes::of(aggregate.unwrap_or(Aggregate::Quantile(Rank::MEDIAN)));
        self.suits(&name, takes, &input, input_place.clone())?;
        self.one_role("the input of a window", &input, input_place)?;
        let (aggregate, frame) = (aggregate?, frame?);
        self.suits_group(frame, name_place)?;
        Some(Expr::Window(Box::new(WindowCall { aggregate, input, frame })))
    }

    /// Whether the arguments are what they should be in the right order; if
    /// not, that is reported, unless one of them was.
    fn arrangement(
        &mut self,
        aggregate: Option<Aggregate>,
        name: &str,
        arguments: &[Node],
        place: Range<usize>,
    ) -> bool {
        let values = arguments.iter().take_while(|argument| !is_of_frame(argument)).count();
        let wanted = if aggregate.is_none() { 2 } else { 1 };
        let mut frame = arguments.iter().skip(values).peekable();
        let ordered = frame.peek().is_some() && frame.all(is_of_frame);
        let number = |node: &Node| matches!(node.kind, Kind::Literal(Value::Number(_)));
        let swapped = wanted == 2
            && !arguments.first().is_some_and(number)
            && arguments.get(1).is_some_and(number);
        if values == wanted && ordered && !swapped {
            return true;
        }
        if arguments.iter().any(is_broken) {
            return false;
        }
        if values == wanted + 1
            && !ordered
            && let Some(last) = arguments.last()
            && self.bare_frame(last)
        {
            return false;
        }
        let message = match (aggregate, name) {
            (None, _) => format!(
                "`{name}` takes a rank from 0 to 1, what to aggregate, and then how far back, as \
                 in `{name}(0.9, temp, 5m)`"
            ),
            (_, "min" | "max") => format!(
                "`{name}` takes what to aggregate and then how far back, as in \
                 `{name}(temp, 5m)`, or two numbers or more, as in `{name}(inlet, outlet)`"
            ),
            _ => format!(
                "`{name}` takes what to aggregate and then how far back, as in `{name}(temp, 5m)`"
            ),
        };
        self.fault::<()>("wrong_arguments", place, message);
        false
    }

    /// Reports a number or a text that stands where a frame should; whether it is one.
    fn bare_frame(&mut self, node: &Node) -> bool {
        let message = match &node.kind {
            Kind::Literal(Value::Number(found)) => format!(
                "found the number {}, expected a duration such as `5m` or a count such as \
                 `5 samples`",
                Plain(*found)
            ),
            Kind::Literal(Value::Text(text)) if Span::parse(text).is_some() => {
                format!("found the text \"{text}\"; a duration has no quotes: `{text}`")
            }
            _ => return false,
        };
        self.fault::<()>("type_mismatch", node.place.clone(), message);
        true
    }

    /// Reports a session over all devices of a group.
    fn suits_group(&mut self, frame: Frame, place: Range<usize>) -> Option<()> {
        let over_all = self.scope == Scope::Group && !self.in_devices;
        if !over_all || !matches!(frame, Frame::Session { .. }) {
            return Some(());
        }
        let message = "a session is of one device's samples: such a window stands in `devices(…)`";
        self.fault("several_devices", place, message)
    }

    /// The expression of a window's input with its place, which the outer `Option` has if there is one.
    fn input(&mut self, value: Node) -> Option<(Expr, Range<usize>)> {
        let place = value.place.clone();
        let outside = core::mem::replace(&mut self.in_window, true);
        let input = self.expression(value);
        self.in_window = outside;
        input.map(|input| (input, place))
    }

    /// The rank that is written out in front of a quantile's input.
    fn rank(&mut self, node: Node) -> Option<Rank> {
        let place = node.place.clone();
        let expr = self.expression(node)?;
        let Expr::Literal(Value::Number(number)) = expr else {
            let found = shown_expr(&expr);
            let message = format!(
                "the rank of a quantile is a number written out, from 0 to 1, as in \
                 `quantile(0.9, temp, 5m)`; found {found}"
            );
            return self.fault("type_mismatch", place, message);
        };
        if let Some(rank) = Rank::new(number) {
            return Some(rank);
        }
        let found = Plain(number);
        let message = if (2.0..=100.0).contains(&number) {
            format!("a rank is 0 to 1; found {found}: of 100 that is {}", Plain(number / 100.0))
        } else {
            format!("a rank is 0 to 1; found {found}")
        };
        self.fault("out_of_range", place, message)
    }

    /// Reports an input that the aggregate `name` cannot be made of.
    fn suits(&mut self, name: &str, takes: Takes, input: &Expr, place: Range<usize>) -> Option<()> {
        let found = input.kind();
        if !takes.takes(found) {
            let (wanted, advice) = match (takes, found) {
                (Takes::Truths, _) => {
                    ("conditions", format!("; compare, as in `{name}(temp > 80, 5m)`"))
                }
                (_, Type::Bool) => (
                    "numbers",
                    "; for conditions there are `count`, `all`, `any`, `first`, `last`, `changes` \
                     and `distinct`"
                        .into(),
                ),
                _ => (
                    "numbers",
                    "; for texts there are `count`, `first`, `last`, `changes` and `distinct`"
                        .into(),
                ),
            };
            let found = described(input);
            let message = format!("`{name}` aggregates {wanted}; found {found}{advice}");
            return self.fault("type_mismatch", place, message);
        }
        if input.fields().is_empty() {
            let message =
                format!("`{name}` aggregates what readings bring; `{input}` reads no field");
            return self.fault("reads_no_field", place, message);
        }
        Some(())
    }
}
