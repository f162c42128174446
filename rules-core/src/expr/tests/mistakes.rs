use expect_test::expect;

use super::check;

#[test]
fn what_is_no_expression_says_what_is_expected() {
    check(
        &[
            "",
            "temp >",
            "> 5",
            "temp 5",
            "temp > > 5",
            "(temp > 5",
            "((temp > 5)",
            "temp > 5)",
            "avg(temp, 5m > 5",
            "avg(temp, 5m,) > 5",
            "door. > 5",
            "in > 5",
            "\"a\".b > 5",
            "a[0] > 5",
        ],
        &expect![[r#"

                1 `` syntax: the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected
            temp >
                7 `` syntax: the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected
            > 5
                1 `>` syntax: found `>`, expected a number, a text, a field, a function, `!`, `-` or `(`
            temp 5
                6 `5` syntax: found `5`, expected an operator or the end
            temp > > 5
                8 `>` syntax: found `>`, expected a number, a text, a field, a function, `!`, `-` or `(`
            (temp > 5
                1 `(` syntax: this `(` is not closed
            ((temp > 5)
                1 `(` syntax: this `(` is not closed
            temp > 5)
                9 `)` syntax: found `)`, expected an operator or the end
            avg(temp, 5m > 5
                4 `(` syntax: this `(` is not closed
            avg(temp, 5m,) > 5
                14 `)` syntax: found `)`, expected an argument after `,`
            door. > 5
                7 `>` syntax: found `>`, expected the rest of a field's name
            in > 5
                1 `in` syntax: `in` is a keyword; a field of that name stands in backticks: `` `in` ``
            "a".b > 5
                5 `b` syntax: found `.b` behind a value; only a field has named parts
            a[0] > 5
                2 `[` not_supported: an index `[…]` is not supported; nested values are fields such as `door.open`
        "#]],
    );
}

#[test]
fn signs_and_words_of_other_languages_are_translated() {
    check(
        &[
            "temp = 5",
            "a & b | c",
            "temp <> 5 && temp => 3 && temp ≥ 3",
            "a and b",
            "a OR b",
            "not a",
            "temp > 5 °C # hot",
            "température > 5",
            "name == “open”",
        ],
        &expect![[r#"
            temp = 5
                6 `=` syntax: found `=`, which is no operator here; did you mean `==`?
            a & b | c
                3 `&` syntax: found `&`, which is no operator here; did you mean `&&`?
                7 `|` syntax: found `|`, which is no operator here; did you mean `||`?
            temp <> 5 && temp => 3 && temp ≥ 3
                6 `<>` syntax: found `<>`, which is no operator here; did you mean `!=`?
                19 `=>` syntax: found `=>`, which is no operator here; did you mean `>=`?
                32 `≥` syntax: found `≥`, which is no operator here; did you mean `>=`?
            a and b
                3 `and` syntax: found `and`, which is no operator here; did you mean `&&`?
            a OR b
                3 `OR` syntax: found `OR`, which is no operator here; did you mean `||`?
            not a
                1 `not` syntax: found `not`, which is no operator here; did you mean `!`?
            temp > 5 °C # hot
                10 `°` syntax: found `°`, which begins nothing here
                14 `#` syntax: found `#`, which begins nothing here
            température > 5
                5 `é` syntax: found `é`, which begins nothing here; a name with other letters than a-z stands in backticks
            name == “open”
                9 `“open”` bad_text: found curly quotes; a text stands between straight ones: " or '
        "#]],
    );
}

#[test]
fn literals_that_are_none_say_why() {
    check(
        &[
            "temp > 1.5h",
            "temp > 5x",
            "avg(temp, 30s5m) > 1",
            "temp > 1e999 || temp > 0xZZ || temp > 0x",
            "name == 'open",
            r#"name == "a\qb" && name == "\u12" && name == "\ud800""#,
            "name == '''open''",
            "name == r'a\\",
            "`door > 5",
            "`` > 5",
            "avg(temp, 5 m) > 1",
        ],
        &expect![[r#"
            temp > 1.5h
                8 `1.5h` bad_duration: `1.5h` is neither a number nor a duration; a duration's numbers are whole: `1h30m`, not `1.5h`
            temp > 5x
                8 `5x` bad_duration: `5x` is neither a number nor a duration; a duration is whole numbers with the units d, h, m, s and ms from large to small, as in `1h30m`, up to 10000d
            avg(temp, 30s5m) > 1
                11 `30s5m` bad_duration: `30s5m` is neither a number nor a duration; a duration is whole numbers with the units d, h, m, s and ms from large to small, as in `1h30m`, up to 10000d
            temp > 1e999 || temp > 0xZZ || temp > 0x
                8 `1e999` bad_number: the number `1e999` is malformed or too large
                24 `0xZZ` bad_number: the number `0xZZ` is malformed or too large
                39 `0x` bad_number: the number `0x` is malformed or too large
            name == 'open
                9 `'open` bad_text: the text is not closed: its ' is missing before the line ends
            name == "a\qb" && name == "\u12" && name == "\ud800"
                11 `\` bad_text: found `\q`, which is no escape; allowed are \\ \" \' \` \? \a \b \f \n \r \t \v, \xHH, \uHHHH, \UHHHHHHHH and three octal digits
                28 `\` bad_text: the escape \u is cut short or names no character
                46 `\` bad_text: the escape \u is cut short or names no character
            name == '''open''
                9 `'''open''` bad_text: the text is not closed: its ''' is missing
            name == r'a\
                9 `r'a\` bad_text: the text is not closed: its ' is missing before the line ends
            `door > 5
                1 ``door > 5` bad_name: the name is not closed: its ` is missing
            `` > 5
                1 ```` bad_name: found an empty name; a field's name has at least one character
            avg(temp, 5 m) > 1
                13 `m` syntax: found `m` after a number; a duration has no space in it, as in `5m`
        "#]],
    );
}

#[test]
fn comparisons_do_not_chain() {
    check(
        &["1 < x < 3", "a == b == c && d > 1"],
        &expect![[r#"
        1 < x < 3
            7 `<` chained_comparison: found `<` after another comparison; comparisons do not chain: write `a < b && b < c`
        a == b == c && d > 1
            8 `==` chained_comparison: found `==` after another comparison; comparisons do not chain: write `a < b && b < c`
    "#]],
    );
}

#[test]
fn operators_say_which_types_they_take() {
    check(
        &[
            "temp + true > 1",
            "!5",
            "-'a' > 1 && -true",
            "1 && temp > 5 || 'a'",
            "temp + 'a' == 'b'",
            "avg(temp, 5m) == 'hot'",
            "true < open",
            "(temp > 1) > open",
            "temp == null",
            "temp > 5m",
            "1 + temp",
            "'open'",
            "5m",
        ],
        &expect![[r#"
            temp + true > 1
                8 `true` type_mismatch: `+` takes a number; found `true`
            !5
                2 `5` type_mismatch: `!` takes true or false; found the number `5`
            -'a' > 1 && -true
                2 `'a'` type_mismatch: `-` takes a number; found the text `"a"`
                14 `true` type_mismatch: `-` takes a number; found `true`
            1 && temp > 5 || 'a'
                1 `1` type_mismatch: `&&` takes true or false; found the number `1`
                18 `'a'` type_mismatch: `||` takes true or false; found the text `"a"`
            temp + 'a' == 'b'
                8 `'a'` type_mismatch: `+` takes a number; found the text `"a"`
            avg(temp, 5m) == 'hot'
                1 `avg(temp, 5m) == 'hot'` type_mismatch: `==` compares values of one type; found a number on the left and a text on the right
            true < open
                1 `true` type_mismatch: `<` compares two numbers or two texts; found true or false, which has no order: use `==` or `!=`
            (temp > 1) > open
                1 `(temp > 1)` type_mismatch: `>` compares two numbers or two texts; found true or false, which has no order: use `==` or `!=`
            temp == null
                9 `null` type_mismatch: `null` compares with nothing; `has(field)` says whether a field has a value
            temp > 5m
                8 `5m` type_mismatch: found the duration `5m`, which stands only in a window as in `avg(temp, 5m)`, in `absent(5m)` and `fresh(temp, 5m)`, and beside a `since(…)`
            1 + temp
                1 `1 + temp` type_mismatch: a condition is true or false; this is a number: compare it, as in `temp > 80`
            'open'
                1 `'open'` type_mismatch: a condition is true or false; this is a text: compare it, as in `temp > 80`
                1 `'open'` reads_no_field: the condition reads no field, so no reading could change it
            5m
                1 `5m` type_mismatch: found the duration `5m`, which stands only in a window as in `avg(temp, 5m)`, in `absent(5m)` and `fresh(temp, 5m)`, and beside a `since(…)`
        "#]],
    );
}

#[test]
fn independent_mistakes_are_found_together() {
    check(
        &[
            "temp + true > 1 && agv(x, 5m) > 1 && !5",
            "temp > && agv(x, 5m) > 1 && (door open) || x = 5",
            "agv(temp + 'a', 5m) > median(!5, 5m)",
            "avg(temp foo, 5m) > 1 && !5",
            "x in [1 2, !5] && y > 1",
            "temp > 5 foo bar && !5",
        ],
        &expect![[r#"
            temp + true > 1 && agv(x, 5m) > 1 && !5
                8 `true` type_mismatch: `+` takes a number; found `true`
                20 `agv` unknown_function: there is no function `agv`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
                39 `5` type_mismatch: `!` takes true or false; found the number `5`
            temp > && agv(x, 5m) > 1 && (door open) || x = 5
                8 `&&` syntax: found `&&`, expected a number, a text, a field, a function, `!`, `-` or `(`
                11 `agv` unknown_function: there is no function `agv`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
                35 `open` syntax: found `open`, expected an operator or `)`
                46 `=` syntax: found `=`, which is no operator here; did you mean `==`?
            agv(temp + 'a', 5m) > median(!5, 5m)
                1 `agv` unknown_function: there is no function `agv`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
                12 `'a'` type_mismatch: `+` takes a number; found the text `"a"`
                31 `5` type_mismatch: `!` takes true or false; found the number `5`
            avg(temp foo, 5m) > 1 && !5
                10 `foo` syntax: found `foo`, expected an operator, `,` or `)`
                27 `5` type_mismatch: `!` takes true or false; found the number `5`
            x in [1 2, !5] && y > 1
                9 `2` syntax: found `2`, expected an operator, `,` or `]`
                13 `5` type_mismatch: `!` takes true or false; found the number `5`
            temp > 5 foo bar && !5
                10 `foo` syntax: found `foo`, expected an operator or the end
                22 `5` type_mismatch: `!` takes true or false; found the number `5`
        "#]],
    );
}

#[test]
fn a_condition_reads_something() {
    check(
        &["true", "1 + 1 == 2"],
        &expect![[r#"
        true
            1 `true` reads_no_field: the condition reads no field, so no reading could change it
        1 + 1 == 2
            1 `1 + 1 == 2` reads_no_field: the condition reads no field, so no reading could change it
    "#]],
    );
}
