use std::string::ToString;

use expect_test::expect;

use super::{super::*, check, device::Device};

#[test]
fn hostile_nesting_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("!", ""),
        ("-", ""),
        ("avg(", ", 5m)"),
        ("x[", "]"),
        ("a in [", "]"),
        ("[", "]"),
        ("abs(", ")"),
        ("since(", ") > 5m"),
        ("min(1, ", ")"),
        ("a.contains(", ")"),
        ("'a'.contains(", ")"),
        ("", ".contains(a)"),
    ] {
        for levels in [DEPTH_MAX + 1, 1_500] {
            let text = open.repeat(levels) + "a" + &close.repeat(levels);
            if text.len() <= TEXT_BYTES_MAX {
                let faults = parse_condition(&text).unwrap_err();
                assert!(faults.iter().any(|fault| fault.code == "too_deep"), "{open}: {faults:?}");
            }
        }
    }
    let chain = std::vec!["a"; DEPTH_MAX + 1].join(" || ");
    assert_eq!(parse_condition(&chain).unwrap_err().first().unwrap().code, "too_deep");
}

/// Half of wasm's stack has to do, for whatever is repeated.
#[test]
fn whatever_is_repeated_is_refused_on_a_small_stack() {
    let refuse_all = || {
        for scrap in [
            "(",
            "!",
            "-",
            "avg(",
            "x[",
            "a in [",
            "a in b in ",
            "a not in ",
            "a in [1] && ",
            "x.contains(",
            ".contains(a)",
            "since(",
            "since(a) > ",
            "5m > since(a) && ",
            "min(a, ",
            "every 5m ",
            "f(5m every ",
            "f(session 5m max ",
            "f(1 sampels ",
            "a in ",
            "a ? b : ",
            "? ",
            "a b && ",
            "a ",
            ".f()",
            "a.f().g()",
            "[",
            "a[0]",
            ")",
            "]",
            ",",
            "&&",
            "a && ",
            "a < ",
            "a + (",
            "not ",
            "a and ",
            "f(a, ",
            "x == 'a",
            "`",
            "\"",
            "5m ",
            "10 samples, ",
            "has(",
            "#",
            "é",
            "= ",
        ] {
            let text = scrap.repeat(TEXT_BYTES_MAX / scrap.len());
            let faults = parse_condition(&text).unwrap_err();
            assert!(!faults.is_empty(), "{scrap}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1_024);
    thread.spawn(refuse_all).unwrap().join().unwrap();
}

#[test]
fn nesting_and_chains_up_to_the_limit_are_read_and_printed() {
    let levels = DEPTH_MAX - 1;
    let deep = "(".repeat(levels) + "a" + &")".repeat(levels);
    assert_eq!(parse_condition(&deep).unwrap().to_string(), "a");
    let chain = std::vec!["a"; DEPTH_MAX].join(" || ");
    assert_eq!(parse_condition(&chain).unwrap().to_string(), chain);
    let negations = "!".repeat(levels) + "a";
    assert_eq!(parse_condition(&negations).unwrap().to_string(), negations);
}

/// As deep as a tree can be, all that walks it finds room on half of wasm's stack.
#[test]
fn the_deepest_trees_are_walked_on_a_small_stack() {
    let walk_all = || {
        for (open, close) in [
            ("!", ""),
            ("abs(", ")"),
            ("min(1, ", ")"),
            ("(1 + ", ")"),
            ("(a || ", ")"),
            ("", " + 1"),
        ] {
            let read = |levels| parse(&(open.repeat(levels) + "a" + &close.repeat(levels)));
            let expr = (1..DEPTH_MAX).rev().find_map(|levels| read(levels).ok()).unwrap();
            assert_eq!(parse(&expr.to_string()).unwrap(), expr);
            assert_eq!(expr.fields().len(), 1);
            assert_eq!(explain(&expr, &Device::default()).value, None);
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1_024);
    thread.spawn(walk_all).unwrap().join().unwrap();
}

#[test]
fn a_text_past_the_limit_is_not_read() {
    let faults = parse_condition(&"a".repeat(TEXT_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(faults.first().unwrap().code, "too_long");
    check(
        &[&"a".repeat(300)],
        &expect![[r#"
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            1 `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` bad_name: the name has 300 bytes; no reading's names have more than 256
    "#]],
    );
}
