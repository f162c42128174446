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
            r#"x == r'\d"' || x == R"\'" || x == '''it's \x41''' || x == r"""a\""" || x == ''"#,
            "x == '''two\nlines''' || r == 'r' || x in [r'a', R'b']",
            "avg(x, 90s) > 1 && avg(x, 1h30m) > 1 && avg(x, 60m) > 1 && avg(x, 1500ms) > 1",
        ],
        &expect![[r#"
            x == .5 || x == 1e3 || x == 1.5E-3 || x == 0x1F || x == 7u || x == -0.25
                reads as x == 0.5 || x == 1000 || x == 0.0015 || x == 31 || x == 7 || x == -0.25
            x > 1e300 || x < 1e-300 || x == 9007199254740993 || x == 0
                reads as x > 1e300 || x < 1e-300 || x == 9007199254740992 || x == 0
            x == 'it\'s' || x == "\"\\\n\t\x41\u00e9\U0001F600\101" || x == '\a\?\`'
                reads as x == "it's" || x == "\"\\\n\tAé😀A" || x == "\u0007?`"
            x == r'\d"' || x == R"\'" || x == '''it's \x41''' || x == r"""a\""" || x == ''
                reads as x == "\\d\"" || x == "\\'" || x == "it's A" || x == "a\\" || x == ""
            x == '''two
            lines''' || r == 'r' || x in [r'a', R'b']
                reads as x == "two\nlines" || r == "r" || x in ["a", "b"]
            avg(x, 90s) > 1 && avg(x, 1h30m) > 1 && avg(x, 60m) > 1 && avg(x, 1500ms) > 1
                reads as avg(x, 1m30s) > 1 && avg(x, 1h30m) > 1 && avg(x, 1h) > 1 && avg(x, 1s500ms) > 1
        "#]],
    );
}

#[test]
fn every_aggregate_and_frame_is_read() {
    for aggregate in Aggregate::ALL {
        let name = aggregate.as_str();
        for frame in [
            "5m",
            "1 sample",
            "10000 samples",
            "5m, every 1m",
            "30d, every 30m",
            "1m, every 1h",
            "session 5m",
            "session 5m max 5m",
            "session 30s max 1h",
        ] {
            let text = std::format!("{name}(x, {frame})");
            let expr = parse(&text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
            let Expr::Window(call) = &expr else { panic!("{text}") };
            assert_eq!(call.aggregate, aggregate);
            assert_eq!(expr.to_string(), text);
        }
    }
    check(
        &[
            "quantile(0.9, temp, 5m) > 1 && quantile(.5, temp, 5m) > 1 && quantile(1, x, 1h) > 0",
            "quantile(0, x, 10 samples) > quantile(-0.0, x, 1 samples)",
            "avg(x,60m,every 60s) > 1 && avg(x, session 60s max 60m) > 1",
            "first(state, 5m) == 'on' && last(open, 5m) && changes(state, 1h) + distinct(name, 1h) > 3",
            "all(x > 1, 5m) && any(open, 5m) && count(state == 'on', 5m) > 3",
        ],
        &expect![[r#"
            quantile(0.9, temp, 5m) > 1 && quantile(.5, temp, 5m) > 1 && quantile(1, x, 1h) > 0
                reads as quantile(0.9, temp, 5m) > 1 && median(temp, 5m) > 1 && quantile(1, x, 1h) > 0
            quantile(0, x, 10 samples) > quantile(-0.0, x, 1 samples)
                reads as quantile(0, x, 10 samples) > quantile(0, x, 1 sample)
            avg(x,60m,every 60s) > 1 && avg(x, session 60s max 60m) > 1
                reads as avg(x, 1h, every 1m) > 1 && avg(x, session 1m max 1h) > 1
            first(state, 5m) == 'on' && last(open, 5m) && changes(state, 1h) + distinct(name, 1h) > 3
                reads as first(state, 5m) == "on" && last(open, 5m) && changes(state, 1h) + distinct(name, 1h) > 3
            all(x > 1, 5m) && any(open, 5m) && count(state == 'on', 5m) > 3
                reads as all(x > 1, 5m) && any(open, 5m) && count(state == "on", 5m) > 3
        "#]],
    );
}

#[test]
fn functions_and_methods_are_read() {
    check(
        &[
            "abs(x) > 1 && round(x / 10) == 3 && min(x, y) < max(1, x, avg(x, 5m))",
            "min(x, 5m) > 1 && min(x, 10 samples) > 1 && max(x, 5) > 1",
            "avg(abs(x), 5m) > 1 && max(max(x, 0), 5m) > 1",
            "fresh(door.temp, 90s) && fresh(`a b`, 1d)",
            "name.startsWith('a') && door.state.endsWith('b') && door . `x y` . contains('c')",
            "'abc'.contains(name) && (name).contains('x') && last(name, 5m).startsWith('y')",
            "!name.contains('x') && name.startsWith('a') == true",
            "startsWith.startsWith(contains)",
        ],
        &expect![[r#"
            abs(x) > 1 && round(x / 10) == 3 && min(x, y) < max(1, x, avg(x, 5m))
                reads as abs(x) > 1 && round(x / 10) == 3 && min(x, y) < max(1, x, avg(x, 5m))
            min(x, 5m) > 1 && min(x, 10 samples) > 1 && max(x, 5) > 1
                reads as min(x, 5m) > 1 && min(x, 10 samples) > 1 && max(x, 5) > 1
            avg(abs(x), 5m) > 1 && max(max(x, 0), 5m) > 1
                reads as avg(abs(x), 5m) > 1 && max(max(x, 0), 5m) > 1
            fresh(door.temp, 90s) && fresh(`a b`, 1d)
                reads as fresh(door.temp, 1m30s) && fresh(`a b`, 1d)
            name.startsWith('a') && door.state.endsWith('b') && door . `x y` . contains('c')
                reads as name.startsWith("a") && door.state.endsWith("b") && `door.x y`.contains("c")
            'abc'.contains(name) && (name).contains('x') && last(name, 5m).startsWith('y')
                reads as "abc".contains(name) && name.contains("x") && last(name, 5m).startsWith("y")
            !name.contains('x') && name.startsWith('a') == true
                reads as !name.contains("x") && name.startsWith("a") == true
            startsWith.startsWith(contains)
                reads as startsWith.startsWith(contains)
        "#]],
    );
}

#[test]
fn since_is_printed_with_its_duration_on_the_right() {
    check(
        &[
            "since(x > 1) > 90s",
            "5m >= since(door.open) && 365d < since(avg(x, 5m) > 1 || absent(1h))",
            "(since(fresh(x, 5m))) <= 1h",
        ],
        &expect![[r#"
            since(x > 1) > 90s
                reads as since(x > 1) > 1m30s
            5m >= since(door.open) && 365d < since(avg(x, 5m) > 1 || absent(1h))
                reads as since(door.open) <= 5m && since(avg(x, 5m) > 1 || absent(1h)) > 365d
            (since(fresh(x, 5m))) <= 1h
                reads as since(fresh(x, 5m)) <= 1h
        "#]],
    );
}

#[test]
fn lists_are_sorted_and_without_repeats() {
    check(
        &[
            "x in [3, 1, 2, 1, 1.0, -5, 0, -0]",
            "state in ['open', \"ajar\",]",
            "x in [true, 'b', 2, 'a', false, -1]",
            "x + 1 in [2] && !(x in [1]) && !x in [true] && (x in [1]) == y",
            "first(x, 5m) in [1, 'a'] && avg(x, 5m) in [1, 2] && (x > 1) in [true]",
        ],
        &expect![[r#"
            x in [3, 1, 2, 1, 1.0, -5, 0, -0]
                reads as x in [-5, 0, 1, 2, 3]
            state in ['open', "ajar",]
                reads as state in ["ajar", "open"]
            x in [true, 'b', 2, 'a', false, -1]
                reads as x in [-1, 2, "a", "b", false, true]
            x + 1 in [2] && !(x in [1]) && !x in [true] && (x in [1]) == y
                reads as x + 1 in [2] && !(x in [1]) && !x in [true] && (x in [1]) == y
            first(x, 5m) in [1, 'a'] && avg(x, 5m) in [1, 2] && (x > 1) in [true]
                reads as first(x, 5m) in [1, "a"] && avg(x, 5m) in [1, 2] && (x > 1) in [true]
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
        ("fresh(x, 5m)", Type::Bool),
        ("x in [1]", Type::Bool),
        ("x.contains('a')", Type::Bool),
        ("abs(x)", Type::Number),
        ("max(x, y)", Type::Number),
        ("last(x, 5m)", Type::Any),
        ("last(x > 1, 5m)", Type::Bool),
        ("first(-x, 5m)", Type::Number),
        ("distinct(x, 5m)", Type::Number),
        ("any(x, 5m)", Type::Bool),
    ] {
        assert_eq!(parse(text).unwrap().kind(), kind, "{text}");
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

#[test]
fn conditions_over_several_devices_read_back_as_they_are_printed() {
    let roles = ["in", "out"].map(std::string::String::from);
    for (text, scope) in [
        ("devices(temp > 60 && fresh(temp, 5m)) >= 3 || avg(temp, 5m) > 1", Scope::Group),
        ("devices() > 0.5 * devices(since(open) < 5m)", Scope::Group),
        ("absent(in, 5m) || absent(out, 1h) && in.x != out.temp", Scope::Roles(&roles)),
        ("since(in.motion) < 10s && out.door.open && in.x in [1, 2]", Scope::Roles(&roles)),
        ("avg(out.temp, 5m) - avg(in.`a b`, 5m) < 3", Scope::Roles(&roles)),
    ] {
        let expr = parse_condition_in(text, scope).unwrap();
        let printed = expr.to_string();

        assert_eq!(parse_condition_in(&printed, scope).unwrap(), expr, "{printed}");
        if !text.contains('`') {
            assert_eq!(printed, text);
        }
    }
}
