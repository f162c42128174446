//! Random expressions of the whole language, as the parser makes them.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use proptest::prelude::*;

use super::super::*;
use crate::{Span, Value};

/// Names of fields: identifiers, paths, keywords and what needs backticks.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]",
        "[a-z_][a-z0-9_]{0,6}",
        "[a-z]{1,3}\\.[a-z]{1,3}\\.[A-Z]",
        Just(String::from("true")),
        Just(String::from("a.in")),
        Just(String::from("every")),
        Just(String::from("a.startsWith")),
        "[ -~]{1,8}",
        "\\PC{1,4}",
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-3..4_i8).prop_map(f64::from),
        prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        (-1_000_000_i32..1_000_000).prop_map(|thousandths| f64::from(thousandths) / 1_000.0),
    ]
}

fn text() -> impl Strategy<Value = String> {
    "a|b|\\PC{0,6}|[\\x00-\\x7f]{0,6}"
}

/// A number, text or truth.
pub(super) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        number().prop_map(Value::Number),
        text().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
    ]
}

fn number_literal() -> impl Strategy<Value = Expr> {
    number().prop_map(|number| Expr::Literal(Value::Number(number)))
}

fn field() -> impl Strategy<Value = Expr> {
    name().prop_map(Expr::Field)
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![1..=WINDOW_MAX.as_millis(), (1..=43_200_i64).prop_map(|minutes| minutes * 60_000)]
        .prop_map(Span::from_millis)
}

fn frame() -> impl Strategy<Value = Frame> {
    let hopping = (span(), span()).prop_map(|(width, every)| {
        // No step may be shorter than the limits say.
        let shortest = STEP_MIN.as_millis().max(width.as_millis() / STEPS_MAX + 1);
        Frame::Hopping { width, every: every.max(Span::from_millis(shortest)) }
    });
    let session = (span(), prop::option::of(span()))
        .prop_map(|(gap, max)| Frame::Session { gap, max: max.map(|max| max.max(gap)) });
    prop_oneof![
        span().prop_map(Frame::Sliding),
        (1..=FRAME_SAMPLES_MAX).prop_map(Frame::Samples),
        hopping,
        session,
    ]
}

fn negated(operand: Expr) -> Expr {
    match operand {
        // What the parser makes of a literal: `-` before a number is part of it.
        Expr::Literal(Value::Number(number)) => Expr::Literal(Value::Number(-number)),
        operand => Expr::Unary(UnaryOp::Negate, Box::new(operand)),
    }
}

fn binary(op: BinaryOp, (left, right): (Expr, Expr)) -> Expr {
    Expr::Binary(op, Box::new(left), Box::new(right))
}

/// What a list may hold, in its canonical order and without repeats.
fn sorted(mut items: Vec<Expr>, operand: Expr) -> Expr {
    let rank = |item: &Expr| match item {
        Expr::Literal(Value::Number(number)) => (0, *number, String::new()),
        Expr::Literal(Value::Text(text)) => (1, 0.0, text.clone()),
        other => {
            (2, f64::from(u8::from(*other == Expr::Literal(Value::Bool(true)))), String::new())
        }
    };
    items.sort_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap());
    items.dedup();
    let items = items.into_iter().filter_map(|item| match item {
        Expr::Literal(Value::Number(number)) => Some(Value::Number(number + 0.0)),
        Expr::Literal(value) => Some(value),
        _ => None,
    });
    Expr::In(Box::new(operand), items.collect())
}

/// Where an expression stands.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Place {
    Top,
    Since,
    Window,
}

/// Numbers that may stand at `place`.
fn numbers(place: Place) -> BoxedStrategy<Expr> {
    use BinaryOp::{Add, Div, Mul, Rem, Sub};
    let leaf = if place == Place::Window {
        prop_oneof![number_literal(), field()].boxed()
    } else {
        prop_oneof![number_literal(), field(), window(Wanted::Number)].boxed()
    };
    let number = leaf.prop_recursive(4, 16, 3, |inner| {
        let op = prop::sample::select(&[Add, Sub, Mul, Div, Rem][..]);
        let one = prop::sample::select(&[Function::Abs, Function::Round][..]);
        let many = prop::sample::select(&[Function::Min, Function::Max][..]);
        let arguments = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.clone().prop_map(negated),
            (one, inner.clone()).prop_map(|(function, x)| Expr::Call(function, vec![x])),
            (many, arguments).prop_map(|(function, arguments)| Expr::Call(function, arguments)),
            (op, (inner.clone(), inner)).prop_map(|(op, sides)| binary(op, sides)),
        ]
    });
    number.boxed()
}

fn texts(place: Place) -> BoxedStrategy<Expr> {
    let literal = text().prop_map(|text| Expr::Literal(Value::Text(text)));
    if place == Place::Window {
        return prop_oneof![field(), literal].boxed();
    }
    prop_oneof![field(), literal, window(Wanted::Any)].boxed()
}

/// Conditions that may stand at `place`.
pub(super) fn conditions(place: Place) -> BoxedStrategy<Expr> {
    use BinaryOp::{And, Eq, Ge, Gt, Le, Lt, Ne, Or};
    let comparison = prop::sample::select(&[Eq, Ne, Lt, Le, Gt, Ge][..]);
    let test =
        prop::sample::select(&[Function::StartsWith, Function::EndsWith, Function::Contains][..]);
    let literal = || value().prop_map(Expr::Literal);
    let items = prop::collection::vec(literal(), 1..6);
    let plain = prop_oneof![
        field(),
        any::<bool>().prop_map(|truth| Expr::Literal(Value::Bool(truth))),
        name().prop_map(Expr::Has),
        (comparison.clone(), (numbers(place), numbers(place)))
            .prop_map(|(op, sides)| binary(op, sides)),
        (comparison, (field(), texts(place))).prop_map(|(op, sides)| binary(op, sides)),
        (test, texts(place), texts(place))
            .prop_map(|(function, text, part)| Expr::Call(function, vec![text, part])),
        (items, field()).prop_map(|(items, operand)| sorted(items, operand)),
        (prop::collection::vec(number_literal(), 1..6), numbers(place))
            .prop_map(|(items, operand)| sorted(items, operand)),
    ];
    let leaf = match place {
        Place::Window => plain.boxed(),
        Place::Since => prop_oneof![4 => plain, 1 => timed()].boxed(),
        Place::Top => prop_oneof![4 => plain, 1 => timed(), 1 => age()].boxed(),
    };
    let condition = leaf.prop_recursive(4, 24, 2, |inner| {
        let op = prop::sample::select(&[And, Or, Eq, Ne][..]);
        prop_oneof![
            inner.clone().prop_map(|operand| Expr::Unary(UnaryOp::Not, Box::new(operand))),
            (op, (inner.clone(), inner)).prop_map(|(op, sides)| binary(op, sides)),
        ]
    });
    condition.boxed()
}

/// What changes with time alone.
fn timed() -> impl Strategy<Value = Expr> {
    prop_oneof![
        span().prop_map(Expr::Absent),
        (name(), span()).prop_map(|(name, span)| Expr::Fresh(name, span)),
        window(Wanted::Truth),
    ]
}

fn age() -> impl Strategy<Value = Expr> {
    use BinaryOp::{Ge, Gt, Le, Lt};
    let watched = conditions(Place::Since).prop_filter("a since reads something", Expr::reads);
    let op = prop::sample::select(&[Lt, Le, Gt, Ge][..]);
    (op, watched, span()).prop_map(|(op, watched, span)| {
        binary(op, (Expr::Since(Box::new(watched)), Expr::Duration(span)))
    })
}

/// What a window is to yield.
#[derive(Clone, Copy)]
enum Wanted {
    Number,
    Truth,
    /// What its field holds.
    Any,
}

fn window(wanted: Wanted) -> BoxedStrategy<Expr> {
    let of_numbers = prop::sample::select(
        &[
            Aggregate::Sum,
            Aggregate::Avg,
            Aggregate::Min,
            Aggregate::Max,
            Aggregate::Range,
            Aggregate::StdDev,
            Aggregate::Delta,
            Aggregate::Rate,
        ][..],
    );
    let quantile = prop_oneof![Just(0.5), 0.0..=1.0_f64, 0.0..1e-300_f64]
        .prop_map(|rank| Aggregate::Quantile(Rank::new(rank).unwrap()));
    let of_anything =
        prop::sample::select(&[Aggregate::Count, Aggregate::Changes, Aggregate::Distinct][..]);
    let of_truths = prop::sample::select(&[Aggregate::All, Aggregate::Any][..]);
    let one = prop::sample::select(&[Aggregate::First, Aggregate::Last][..]);
    let anything = prop_oneof![numbers(Place::Window), conditions(Place::Window)];
    let call = match wanted {
        Wanted::Number => prop_oneof![
            (prop_oneof![of_numbers, quantile], numbers(Place::Window)),
            (of_anything, anything),
            (one, numbers(Place::Window)),
        ]
        .boxed(),
        Wanted::Truth => {
            prop_oneof![(of_truths, conditions(Place::Window)), (one, conditions(Place::Window)),]
                .boxed()
        }
        Wanted::Any => (one, field()).boxed(),
    };
    (call, frame())
        .prop_filter("a window's input reads a field", |((_, input), _)| !input.fields().is_empty())
        .prop_map(|((aggregate, input), frame)| {
            Expr::Window(Box::new(WindowCall { aggregate, input, frame }))
        })
        .boxed()
}
