use std::string::ToString;

use expect_test::expect;

use super::{super::*, check};

#[test]
fn hostile_nesting_is_refused() {
    for (open, close) in
        [("(", ")"), ("!", ""), ("-", ""), ("avg(", ", 5m)"), ("x[", "]"), ("a in [", "]")]
    {
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
