use alloc::{borrow::Cow, format, string::String, vec::Vec};
use std::string::ToString;

use proptest::prelude::*;

use super::{
    super::*,
    arbitrary::{Place, conditions, value},
    device::Device,
};
use crate::{Span, Value};

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
            "'''",
            "r'",
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
            "quantile(0.9, ",
            "fresh(",
            "since(",
            "abs(",
            ".startsWith(",
            "max",
            "session",
            "every",
            "samples",
            "not",
            "in",
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
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// The canonical text reads back as the same tree.
    #[test]
    fn what_is_printed_reads_back(expr in conditions(Place::Top)) {
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

    /// Reading the canonical text and printing it again changes nothing.
    #[test]
    fn the_canonical_text_of_a_text_is_its_own(text in scraps()) {
        if let Ok(expr) = parse(&text) {
            let canonical = expr.to_string();
            prop_assert_eq!(parse(&canonical).unwrap().to_string(), canonical);
        }
    }

    /// The root of an explanation is what evaluating says, and a distance is
    /// above 0 only where the condition holds, and below only where it does not.
    #[test]
    fn an_explanation_says_what_evaluating_says(
        expr in conditions(Place::Top),
        values in prop::collection::vec(known(), 1..8),
    ) {
        let device = device(&expr, &values);

        let explained = explain(&expr, &device);

        prop_assert_eq!(&explained.value, &evaluate(&expr, &device).map(Cow::into_owned));
        prop_assert_eq!(&explained.text, &expr.to_string());
        let mut open = alloc::vec![&explained];
        while let Some(part) = open.pop() {
            open.extend(&part.children);
            if let Some(distance) = part.distance {
                let holds = part.value == Some(Value::Bool(true));
                prop_assert!(distance.is_finite());
                prop_assert!(distance <= 0.0 || holds, "{:?}", part);
                prop_assert!(distance >= 0.0 || !holds, "{:?}", part);
            }
        }
    }

    /// What is known although something is missing stays so, whatever comes in.
    #[test]
    fn what_is_known_stays_known_when_more_is(
        expr in conditions(Place::Top),
        values in prop::collection::vec(known(), 1..8),
        more in prop::collection::vec(value(), 1..8),
    ) {
        let before = device(&expr, &values);
        let more: Vec<_> = more.into_iter().map(Some).collect();
        let mut after = device(&expr, &more);
        after.fields.extend(before.fields.clone());
        after.windows.extend(before.windows.clone());
        after.held.extend(before.held.clone());
        // These ask whether something is missing, so they may change.
        let mut asks = false;
        expr.visit(&mut |part| asks |= matches!(part, Expr::Has(_) | Expr::Fresh(..)));
        if let Some(known) = evaluate(&expr, &before).filter(|_| !asks) {
            prop_assert_eq!(evaluate(&expr, &after), Some(known));
        }
    }

    /// `x in [a, b]` is `x == a || x == b`.
    #[test]
    fn in_a_list_is_equal_to_one_of_it(
        items in prop::collection::vec(value(), 1..5),
        found in known(),
    ) {
        let items: Vec<_> = items.iter().map(|item| Expr::Literal(item.clone()).to_string()).collect();
        let list = parse(&format!("x in [{}]", items.join(", "))).unwrap();
        let chain = parse(&format!("x == {}", items.join(" || x == "))).unwrap();
        let device = device(&list, &[found]);

        prop_assert_eq!(evaluate(&list, &device), evaluate(&chain, &device));
    }
}

/// What a field or a window may have: nothing, or a value of any type.
fn known() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![1 => Just(None), 6 => value().prop_map(Some)]
}

/// A device whose fields and windows have `values`, in turns.
fn device(expr: &Expr, values: &[Option<Value>]) -> Device {
    let mut device = Device { silent_for: Span::from_secs(3_600), ..Device::default() };
    let mut turn = values.iter().cycle();
    expr.visit(&mut |part| {
        let value = turn.next().cloned().flatten();
        match part {
            Expr::Field(name) => {
                value.map(|value| device.fields.entry(name.clone()).or_insert(value));
            }
            Expr::Window(call) => {
                value.map(|value| device.windows.insert(call.to_string(), value));
            }
            Expr::Since(condition) => {
                value.map(|_| device.held.insert(condition.to_string(), Span::from_secs(600)));
            }
            _ => {}
        }
    });
    device
}
