use alloc::{boxed::Box, string::String};
use std::string::ToString;

use proptest::prelude::*;

use super::super::*;
use crate::{Span, Value};

/// Names of fields: identifiers, paths, keywords and what needs backticks.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,6}",
        "[a-z]{1,3}\\.[a-z]{1,3}\\.[A-Z]",
        Just(String::from("true")),
        Just(String::from("a.in")),
        "[ -~]{1,8}",
        "\\PC{1,4}",
    ]
}

/// What the parser makes of a literal: `-` before a number is part of it.
fn number_literal() -> impl Strategy<Value = Expr> {
    let number = prop_oneof![
        prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        (-1_000_000_i32..1_000_000).prop_map(|thousandths| f64::from(thousandths) / 1_000.0),
    ];
    number.prop_map(|number| Expr::Literal(Value::Number(number)))
}

fn field() -> impl Strategy<Value = Expr> {
    name().prop_map(Expr::Field)
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![1..=WINDOW_MAX.as_millis(), (1..=43_200_i64).prop_map(|minutes| minutes * 60_000)]
        .prop_map(Span::from_millis)
}

fn negated(operand: Expr) -> Expr {
    match operand {
        Expr::Literal(Value::Number(number)) => Expr::Literal(Value::Number(-number)),
        operand => Expr::Unary(UnaryOp::Negate, Box::new(operand)),
    }
}

fn binary(op: BinaryOp, (left, right): (Expr, Expr)) -> Expr {
    Expr::Binary(op, Box::new(left), Box::new(right))
}

/// Expressions that hold no window, by type: numbers (`windows` adds windows), then bools.
fn expressions(windows: bool) -> (BoxedStrategy<Expr>, BoxedStrategy<Expr>) {
    use BinaryOp::{Add, And, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Rem, Sub};
    let leaf = if windows {
        prop_oneof![number_literal(), field(), window()].boxed()
    } else {
        prop_oneof![number_literal(), field()].boxed()
    };
    let number = leaf.prop_recursive(4, 16, 2, |inner| {
        let op = prop::sample::select(&[Add, Sub, Mul, Div, Rem][..]);
        prop_oneof![
            inner.clone().prop_map(negated),
            (op, (inner.clone(), inner)).prop_map(|(op, sides)| binary(op, sides)),
        ]
    });
    let comparison = prop::sample::select(&[Eq, Ne, Lt, Le, Gt, Ge][..]);
    let text = "\\PC{0,6}|[\\x00-\\x7f]{0,6}".prop_map(|text| Expr::Literal(Value::Text(text)));
    let condition = prop_oneof![
        field(),
        any::<bool>().prop_map(|truth| Expr::Literal(Value::Bool(truth))),
        name().prop_map(Expr::Has),
        (comparison.clone(), (number.clone(), number.clone()))
            .prop_map(|(op, sides)| binary(op, sides)),
        (comparison, (field(), text)).prop_map(|(op, sides)| binary(op, sides)),
    ];
    let condition = if windows {
        prop_oneof![condition, span().prop_map(Expr::Absent)].boxed()
    } else {
        condition.boxed()
    };
    let condition = condition.prop_recursive(4, 24, 2, |inner| {
        let op = prop::sample::select(&[And, Or, Eq, Ne][..]);
        prop_oneof![
            inner.clone().prop_map(|operand| Expr::Unary(UnaryOp::Not, Box::new(operand))),
            (op, (inner.clone(), inner)).prop_map(|(op, sides)| binary(op, sides)),
        ]
    });
    (number.boxed(), condition.boxed())
}

fn window() -> impl Strategy<Value = Expr> {
    let (number, condition) = expressions(false);
    let call = prop_oneof![
        (prop::sample::select(&Aggregate::ALL[..5]), number),
        (Just(Aggregate::Count), condition),
    ];
    (call, span())
        .prop_filter("a window's input reads a field", |((_, input), _)| !input.fields().is_empty())
        .prop_map(|((aggregate, input), width)| {
            Expr::Window(Box::new(WindowCall { aggregate, input, frame: Frame::Sliding(width) }))
        })
}

/// Pieces of the language in any order.
fn scraps() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "a",
            "temp",
            "door.open",
            "`x y`",
            "5",
            "1.5",
            "5m",
            "1h30m",
            "'t'",
            "\"",
            "'",
            "`",
            "(",
            ")",
            "[",
            "]",
            ",",
            ".",
            "?",
            ":",
            "&&",
            "||",
            "==",
            "<",
            ">=",
            "=",
            "&",
            "!",
            "-",
            "+",
            "*",
            "/",
            "%",
            "avg(",
            "count(",
            "has(",
            "absent(",
            "median(",
            " in ",
            "every 5m",
            "10 samples",
            "session 5m max 1h",
            "null",
            "true",
            "é",
            "😀",
            "\\",
            "\n",
            "0x",
            "1e",
        ][..],
    );
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Whatever `text` is, it is read or refused, each mistake at a place in it.
fn reads_or_refuses(text: &str) -> Result<(), TestCaseError> {
    match parse_condition(text) {
        Ok(expr) => {
            let canonical = expr.to_string();
            prop_assert_eq!(parse_condition(&canonical), Ok(expr), "{}", canonical);
        }
        Err(faults) => {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(text.get(fault.place.clone()).is_some(), "{:?}", fault);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The canonical text reads back as the same tree.
    #[test]
    fn what_is_printed_reads_back(expr in expressions(true).1) {
        let text = expr.to_string();
        if text.len() <= TEXT_BYTES_MAX {
            prop_assert_eq!(parse(&text), Ok(expr), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[ -~\\n\\t]{0,60}") {
        reads_or_refuses(&text)?;
    }

    #[test]
    fn any_scraps_of_the_language_are_read_or_refused(text in scraps()) {
        reads_or_refuses(&text)?;
    }
}
