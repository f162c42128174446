use std::string::ToString;

use expect_test::expect;

use super::{super::*, check};
use crate::Value;

#[test]
fn the_examples_read_and_print_back() {
    check(
        &[
            "avg(temp, 1m) > 80",
            "motion && !door_open",
            "avg(temp,5m)>8&&!door_open",
            "absent(90s)",
            "has(temp) && count(temp > 80, 1h) >= 3",
            "motion",
        ],
        &expect![[r#"
            avg(temp, 1m) > 80
                reads as avg(temp, 1m) > 80
            motion && !door_open
                reads as motion && !door_open
            avg(temp,5m)>8&&!door_open
                reads as avg(temp, 5m) > 8 && !door_open
            absent(90s)
                reads as absent(1m30s)
            has(temp) && count(temp > 80, 1h) >= 3
                reads as has(temp) && count(temp > 80, 1h) >= 3
            motion
                reads as motion
        "#]],
    );
}

#[test]
fn operators_bind_as_in_cel() {
    check(
        &[
            "a || b && c == d + e * -f",
            "(a || b) && !(c == (d + e) * -f)",
            "a - (b - c) - d > 0 && a - b - (c - d) > 0",
            "a / b * c % d > a / (b * c)",
            "(((a))) && ((b && c)) && (d || e)",
            "!a == b",
            "(a < b) == (c < d)",
            "!!a && - - b > 0 && --5 < x",
        ],
        &expect![[r#"
            a || b && c == d + e * -f
                reads as a || b && c == d + e * -f
            (a || b) && !(c == (d + e) * -f)
                reads as (a || b) && !(c == (d + e) * -f)
            a - (b - c) - d > 0 && a - b - (c - d) > 0
                reads as a - (b - c) - d > 0 && a - b - (c - d) > 0
            a / b * c % d > a / (b * c)
                reads as a / b * c % d > a / (b * c)
            (((a))) && ((b && c)) && (d || e)
                reads as a && (b && c) && (d || e)
            !a == b
                reads as !a == b
            (a < b) == (c < d)
                reads as (a < b) == (c < d)
            !!a && - - b > 0 && --5 < x
                reads as !!a && --b > 0 && 5 < x
        "#]],
    );
}

#[test]
fn fields_are_paths_or_quoted() {
    check(
        &[
            "door.open && door . `is shut`",
            "`Volume Flow RateRMS` > 3",
            "`door.open` && `a``b` && `a.b c`",
            "`true` && `in` && every && session && samples && avg && has",
            "`température` > 3 && _x1 && `1st`",
        ],
        &expect![[r#"
            door.open && door . `is shut`
                reads as door.open && `door.is shut`
            `Volume Flow RateRMS` > 3
                reads as `Volume Flow RateRMS` > 3
            `door.open` && `a``b` && `a.b c`
                reads as door.open && `a``b` && `a.b c`
            `true` && `in` && every && session && samples && avg && has
                reads as `true` && `in` && every && session && samples && avg && has
            `température` > 3 && _x1 && `1st`
                reads as `température` > 3 && _x1 && `1st`
        "#]],
    );
}

#[test]
fn literals_are_cels() {
    check(
        &[
            "x == .5 || x == 1e3 || x == 1.5E-3 || x == 0x1F || x == 7u || x == -0.25",
            "x > 1e300 || x < 1e-300 || x == 9007199254740993 || x == 0",
            r#"x == 'it\'s' || x == "\"\\\n\t\x41\u00e9\U0001F600\101" || x == '\a\?\`'"#,
            "avg(x, 90s) > 1 && avg(x, 1h30m) > 1 && avg(x, 60m) > 1 && avg(x, 1500ms) > 1",
        ],
        &expect![[r#"
            x == .5 || x == 1e3 || x == 1.5E-3 || x == 0x1F || x == 7u || x == -0.25
                reads as x == 0.5 || x == 1000 || x == 0.0015 || x == 31 || x == 7 || x == -0.25
            x > 1e300 || x < 1e-300 || x == 9007199254740993 || x == 0
                reads as x > 1e300 || x < 1e-300 || x == 9007199254740992 || x == 0
            x == 'it\'s' || x == "\"\\\n\t\x41\u00e9\U0001F600\101" || x == '\a\?\`'
                reads as x == "it's" || x == "\"\\\n\tAé😀A" || x == "\u0007?`"
            avg(x, 90s) > 1 && avg(x, 1h30m) > 1 && avg(x, 60m) > 1 && avg(x, 1500ms) > 1
                reads as avg(x, 1m30s) > 1 && avg(x, 1h30m) > 1 && avg(x, 1h) > 1 && avg(x, 1s500ms) > 1
        "#]],
    );
}

#[test]
fn types_are_known_as_far_as_they_can_be() {
    for (text, kind) in [
        ("x", Type::Any),
        ("-x", Type::Number),
        ("1.5", Type::Number),
        ("'a'", Type::Text),
        ("true", Type::Bool),
        ("!x", Type::Bool),
        ("x + 1", Type::Number),
        ("x < 1", Type::Bool),
        ("x || y", Type::Bool),
        ("avg(x, 5m)", Type::Number),
        ("has(x)", Type::Bool),
        ("absent(5m)", Type::Bool),
    ] {
        assert_eq!(parse(text).unwrap().kind(), kind, "{text}");
    }
}

#[test]
fn the_input_of_a_window_is_a_bool_only_where_that_shows() {
    for (text, is_bool) in [
        ("count(x, 5m)", false),
        ("count(x > 1, 5m)", true),
        ("count(!x, 5m)", true),
        ("count(has(x), 5m)", true),
        ("avg(x + 1, 5m)", false),
    ] {
        let Expr::Window(call) = parse(text).unwrap() else { panic!("{text}") };
        assert_eq!(call.input_is_bool(), is_bool, "{text}");
        assert_eq!(call.to_string(), text);
    }
}

#[test]
fn a_negative_number_is_a_literal() {
    assert_eq!(parse("- 5").unwrap(), Expr::Literal(Value::Number(-5.0)));
    assert_eq!(parse("-(5)").unwrap(), Expr::Literal(Value::Number(-5.0)));
    assert_eq!(parse("3 - -5").unwrap().to_string(), "3 - -5");
}

#[test]
fn the_longest_width_is_allowed() {
    assert!(parse_condition("avg(x, 30d) > 1 && absent(720h)").is_ok());
}
