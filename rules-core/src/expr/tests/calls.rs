//! What is said of functions, aggregates, frames and lists that are not as they should be.

use expect_test::expect;

use super::{super::*, check};

#[test]
fn functions_say_what_they_take() {
    check(
        &[
            "avg(temp) > 5",
            "avg() > 5",
            "avg(temp, 5) > 5",
            "avg(5m, temp) > 5",
            "avg(temp, 5m, 6m) > 5",
            "avg(temp, 0s) > 5 && avg(temp, 31d) > 5 && absent(0s)",
            "avg('x', 5m) > 5",
            "avg(temp > 5, 5m) > 5",
            "count('x', 5m) > 5",
            "count(1 + 1, 5m) > 5",
            "avg(max(temp, 1m), 5m) > 5",
            "count(absent(5m), 1h) > 1",
            "has(5) || has(a, b) || has(a + b) || has()",
            "absent(temp) || absent() || absent(5)",
            "fresh(temp) || fresh(5m, temp) || fresh(temp, 5) || fresh(temp, 0s)",
            "abs() > 1 && abs(a, b) > 1 && abs('a') > 1 && round(5m) > 1 && round(a > 1) > 1",
            "min(a) > 1 && max() > 1 && min(a, 'b', true) > 1",
            "state.contains() || state.contains('a', 'b') || state.contains(5) || temp.contains(x > 1)",
            "(temp + 1).startsWith('a') || 5.endsWith('a') || avg(temp, 5m).contains('a')",
        ],
        &expect![[r#"
            avg(temp) > 5
                1 `avg(temp)` wrong_arguments: `avg` takes what to aggregate and then how far back, as in `avg(temp, 5m)`
            avg() > 5
                1 `avg()` wrong_arguments: `avg` takes what to aggregate and then how far back, as in `avg(temp, 5m)`
            avg(temp, 5) > 5
                11 `5` type_mismatch: found the number 5, expected a duration such as `5m` or a count such as `5 samples`
            avg(5m, temp) > 5
                1 `avg(5m, temp)` wrong_arguments: `avg` takes what to aggregate and then how far back, as in `avg(temp, 5m)`
            avg(temp, 5m, 6m) > 5
                11 `5m, 6m` wrong_arguments: which samples `avg` looks at is said once: `5m`, `10 samples`, `5m, every 1m`, `session 5m` or `session 5m max 1h`
            avg(temp, 0s) > 5 && avg(temp, 31d) > 5 && absent(0s)
                11 `0s` window_out_of_range: a window is more than 0s and at most 30d; found `0s`
                32 `31d` window_out_of_range: a window is more than 0s and at most 30d; found `31d`
                51 `0s` window_out_of_range: a silence is more than 0s and at most 30d; found `0s`
            avg('x', 5m) > 5
                5 `'x'` type_mismatch: `avg` aggregates numbers; found the text `"x"`; for texts there are `count`, `first`, `last`, `changes` and `distinct`
            avg(temp > 5, 5m) > 5
                5 `temp > 5` type_mismatch: `avg` aggregates numbers; found `temp > 5`, which is true or false; for conditions there are `count`, `all`, `any`, `first`, `last`, `changes` and `distinct`
            count('x', 5m) > 5
                7 `'x'` reads_no_field: `count` aggregates what readings bring; `"x"` reads no field
            count(1 + 1, 5m) > 5
                7 `1 + 1` reads_no_field: `count` aggregates what readings bring; `1 + 1` reads no field
            avg(max(temp, 1m), 5m) > 5
                5 `max` nested_window: `max` stands in the input of another window, which holds none itself
            count(absent(5m), 1h) > 1
                7 `absent(5m)` type_mismatch: `absent` is never true at a reading, so no window can aggregate it
            has(5) || has(a, b) || has(a + b) || has()
                1 `has(5)` wrong_arguments: `has` takes one field, as in `has(temp)`
                11 `has(a, b)` wrong_arguments: `has` takes one field, as in `has(temp)`
                24 `has(a + b)` wrong_arguments: `has` takes one field, as in `has(temp)`
                38 `has()` wrong_arguments: `has` takes one field, as in `has(temp)`
            absent(temp) || absent() || absent(5)
                1 `absent(temp)` wrong_arguments: `absent` takes how long the device has been silent, as in `absent(5m)`
                17 `absent()` wrong_arguments: `absent` takes how long the device has been silent, as in `absent(5m)`
                29 `absent(5)` wrong_arguments: `absent` takes how long the device has been silent, as in `absent(5m)`
            fresh(temp) || fresh(5m, temp) || fresh(temp, 5) || fresh(temp, 0s)
                1 `fresh(temp)` wrong_arguments: `fresh` takes a field and how young its value is, as in `fresh(temp, 5m)`
                16 `fresh(5m, temp)` wrong_arguments: `fresh` takes a field and how young its value is, as in `fresh(temp, 5m)`
                35 `fresh(temp, 5)` wrong_arguments: `fresh` takes a field and how young its value is, as in `fresh(temp, 5m)`
                65 `0s` window_out_of_range: a freshness is more than 0s and at most 30d; found `0s`
            abs() > 1 && abs(a, b) > 1 && abs('a') > 1 && round(5m) > 1 && round(a > 1) > 1
                1 `abs()` wrong_arguments: `abs` takes one number, as in `abs(temp)`
                14 `abs(a, b)` wrong_arguments: `abs` takes one number, as in `abs(temp)`
                35 `'a'` type_mismatch: `abs` takes a number; found the text `"a"`
                47 `round(5m)` wrong_arguments: `round` takes one number, as in `round(temp)`
                70 `a > 1` type_mismatch: `round` takes a number; found `a > 1`, which is true or false
            min(a) > 1 && max() > 1 && min(a, 'b', true) > 1
                1 `min(a)` wrong_arguments: `min` takes what to aggregate and then how far back, as in `min(temp, 5m)`, or two numbers or more, as in `min(inlet, outlet)`
                15 `max()` wrong_arguments: `max` takes what to aggregate and then how far back, as in `max(temp, 5m)`, or two numbers or more, as in `max(inlet, outlet)`
                35 `'b'` type_mismatch: `min` takes a number; found the text `"b"`
                40 `true` type_mismatch: `min` takes a number; found `true`
            state.contains() || state.contains('a', 'b') || state.contains(5) || temp.contains(x > 1)
                1 `state.contains()` wrong_arguments: `contains` takes one text, as in `state.contains("on")`
                21 `state.contains('a', 'b')` wrong_arguments: `contains` takes one text, as in `state.contains("on")`
                64 `5` type_mismatch: `contains` takes a text; found the number `5`
                84 `x > 1` type_mismatch: `contains` takes a text; found `x > 1`, which is true or false
            (temp + 1).startsWith('a') || 5.endsWith('a') || avg(temp, 5m).contains('a')
                1 `(temp + 1)` type_mismatch: `startsWith` is a method of texts; found `temp + 1`, which is a number
                31 `5` type_mismatch: `endsWith` is a method of texts; found the number `5`
                50 `avg(temp, 5m)` type_mismatch: `contains` is a method of texts; found `avg(temp, 5m)`, which is a number
        "#]],
    );
}

#[test]
fn unknown_functions_get_the_nearest_name() {
    check(
        &[
            "agv(temp, 5m) > 5",
            "mean(temp, 5m) > 5",
            "AVG(temp, 5m) > 5",
            "frobnicate(temp, 5m, every 1m) > 5",
            "temp.avg(5m) > 5",
            "temp.frobnicate() > 5",
            "avg_over_time(temp, 5m) > 5",
            "percentile(temp, 5m) > 5",
            "startsWith(state, 'on')",
            "state.starts_with('on')",
            "std(temp, 5m) > 1",
        ],
        &expect![[r#"
            agv(temp, 5m) > 5
                1 `agv` unknown_function: there is no function `agv`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
            mean(temp, 5m) > 5
                1 `mean` unknown_function: there is no function `mean`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
            AVG(temp, 5m) > 5
                1 `AVG` unknown_function: there is no function `AVG`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
            frobnicate(temp, 5m, every 1m) > 5
                1 `frobnicate` unknown_function: there is no function `frobnicate`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`
            temp.avg(5m) > 5
                6 `avg` unknown_function: found a method; `avg` is a function: `avg(…)`
            temp.frobnicate() > 5
                6 `frobnicate` unknown_function: there is no method `frobnicate`; there are `startsWith`, `endsWith`, `contains`
            avg_over_time(temp, 5m) > 5
                1 `avg_over_time` unknown_function: there is no function `avg_over_time`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
            percentile(temp, 5m) > 5
                1 `percentile` unknown_function: there is no function `percentile`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `quantile`?
            startsWith(state, 'on')
                1 `startsWith` unknown_function: found a function; `startsWith` is a method: `field.startsWith("…")`
            state.starts_with('on')
                7 `starts_with` unknown_function: there is no method `starts_with`; there are `startsWith`, `endsWith`, `contains`; did you mean `startsWith`?
            std(temp, 5m) > 1
                1 `std` unknown_function: there is no function `std`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `stddev`?
        "#]],
    );
}

#[test]
fn aggregates_say_what_they_are_made_of() {
    check(
        &[
            "sum(temp > 5, 5m) > 1",
            "stddev('x', 5m) > 1 && rate(has(x), 5m) > 1",
            "all(temp + 1, 5m) || any('x', 5m)",
            "min(a, b, 5m) > 1",
            "min(5m, a) > 1",
            "quantile(temp, 5m) > 1",
            "quantile(temp, 0.9, 5m) > 1",
            "quantile(x, temp, 5m) > 1",
            "quantile(1.5, temp, 5m) > 1 && quantile(95, temp, 5m) > 1 && quantile(-1, temp, 5m) > 1",
            "quantile(0.9, temp > 1, 5m) > 1 && quantile(0.9, temp) > 1",
            "median(0.5, temp, 5m) > 1",
            "avg(fresh(temp, 5m), 5m) > 1 || count(since(x) > 5m, 5m) > 1",
            "first(temp, 5m) + 'a' == 1 && last(temp > 1, 5m) > 3",
        ],
        &expect![[r#"
            sum(temp > 5, 5m) > 1
                5 `temp > 5` type_mismatch: `sum` aggregates numbers; found `temp > 5`, which is true or false; for conditions there are `count`, `all`, `any`, `first`, `last`, `changes` and `distinct`
            stddev('x', 5m) > 1 && rate(has(x), 5m) > 1
                8 `'x'` type_mismatch: `stddev` aggregates numbers; found the text `"x"`; for texts there are `count`, `first`, `last`, `changes` and `distinct`
                29 `has(x)` type_mismatch: `rate` aggregates numbers; found `has(x)`, which is true or false; for conditions there are `count`, `all`, `any`, `first`, `last`, `changes` and `distinct`
            all(temp + 1, 5m) || any('x', 5m)
                5 `temp + 1` type_mismatch: `all` aggregates conditions; found `temp + 1`, which is a number; compare, as in `all(temp > 80, 5m)`
                26 `'x'` type_mismatch: `any` aggregates conditions; found the text `"x"`; compare, as in `any(temp > 80, 5m)`
            min(a, b, 5m) > 1
                1 `min(a, b, 5m)` wrong_arguments: `min` takes what to aggregate and then how far back, as in `min(temp, 5m)`, or two numbers or more, as in `min(inlet, outlet)`
            min(5m, a) > 1
                1 `min(5m, a)` wrong_arguments: `min` takes what to aggregate and then how far back, as in `min(temp, 5m)`, or two numbers or more, as in `min(inlet, outlet)`
            quantile(temp, 5m) > 1
                1 `quantile(temp, 5m)` wrong_arguments: `quantile` takes a rank from 0 to 1, what to aggregate, and then how far back, as in `quantile(0.9, temp, 5m)`
            quantile(temp, 0.9, 5m) > 1
                1 `quantile(temp, 0.9, 5m)` wrong_arguments: `quantile` takes a rank from 0 to 1, what to aggregate, and then how far back, as in `quantile(0.9, temp, 5m)`
            quantile(x, temp, 5m) > 1
                10 `x` type_mismatch: the rank of a quantile is a number written out, from 0 to 1, as in `quantile(0.9, temp, 5m)`; found `x`
            quantile(1.5, temp, 5m) > 1 && quantile(95, temp, 5m) > 1 && quantile(-1, temp, 5m) > 1
                10 `1.5` out_of_range: a rank is 0 to 1; found 1.5
                41 `95` out_of_range: a rank is 0 to 1; found 95: of 100 that is 0.95
                71 `-1` out_of_range: a rank is 0 to 1; found -1
            quantile(0.9, temp > 1, 5m) > 1 && quantile(0.9, temp) > 1
                15 `temp > 1` type_mismatch: `quantile` aggregates numbers; found `temp > 1`, which is true or false; for conditions there are `count`, `all`, `any`, `first`, `last`, `changes` and `distinct`
                36 `quantile(0.9, temp)` wrong_arguments: `quantile` takes a rank from 0 to 1, what to aggregate, and then how far back, as in `quantile(0.9, temp, 5m)`
            median(0.5, temp, 5m) > 1
                1 `median(0.5, temp, 5m)` wrong_arguments: `median` takes what to aggregate and then how far back, as in `median(temp, 5m)`
            avg(fresh(temp, 5m), 5m) > 1 || count(since(x) > 5m, 5m) > 1
                5 `fresh(temp, 5m)` type_mismatch: a reading's own field is always `fresh`, so no window aggregates that
                39 `since` type_mismatch: `since` stands in the input of a window, which holds none itself
            first(temp, 5m) + 'a' == 1 && last(temp > 1, 5m) > 3
                19 `'a'` type_mismatch: `+` takes a number; found the text `"a"`
                31 `last(temp > 1, 5m)` type_mismatch: `>` compares two numbers or two texts; found true or false, which has no order: use `==` or `!=`
        "#]],
    );
}

#[test]
fn frames_say_which_there_are() {
    check(
        &[
            "avg(x, 0 samples) > 1 && avg(x, 10001 samples) > 1 && avg(x, 1.5 samples) > 1",
            "avg(x, 5m, every 500ms) > 1 && avg(x, 31d, every 1d) > 1 && avg(x, 1m, every 31d) > 1",
            "avg(x, 1d, every 59s) > 1",
            "avg(x, every 5m) > 1",
            "avg(x, every 5m, 1h) > 1",
            "avg(x, 5m, 10 samples) > 1",
            "avg(x, 10 samples, every 1m) > 1",
            "avg(x, session 0s) > 1 && avg(x, session 31d) > 1",
            "avg(x, session 5m max 1m) > 1 && avg(x, session 5m max 31d) > 1",
            "avg(x, 5m, session 1m) > 1",
            "avg(x, 5m, every 1) > 1 && avg(x, session 5) > 1 && avg(x, session 5m max 7) > 1",
            "avg(x, 5m, every) > 1",
            "avg(x, 5m every 1m) > 1",
            "avg(x, session 5m 1h) > 1",
            "avg(x, 5 m) > 1",
            "abs(x, 10 samples) > 1 && has(session 5m)",
            "avg(x, 10 sampels) > 1 && avg(x, 5m, evry 1m) > 1 && avg(x, Session 5m max 1h) > 1",
            "avg(x, over 5m) > 1 && avg(x, 5 readings) > 1",
            "avg(x, '5m') > 1 && avg(x, 'a') > 1",
            "avg_over_time(x[5m]) > 1 && avg(x[5m]) > 1",
        ],
        &expect![[r#"
            avg(x, 0 samples) > 1 && avg(x, 10001 samples) > 1 && avg(x, 1.5 samples) > 1
                8 `0 samples` window_out_of_range: a window holds a whole number of samples from 1 to 10000; found 0
                33 `10001 samples` window_out_of_range: a window holds a whole number of samples from 1 to 10000; found 10001
                62 `1.5 samples` window_out_of_range: a window holds a whole number of samples from 1 to 10000; found 1.5
            avg(x, 5m, every 500ms) > 1 && avg(x, 31d, every 1d) > 1 && avg(x, 1m, every 31d) > 1
                12 `every 500ms` window_out_of_range: a window moves on every 1s to 30d; found `500ms`
                39 `31d` window_out_of_range: a window is more than 0s and at most 30d; found `31d`
                72 `every 31d` window_out_of_range: a window moves on every 1s to 30d; found `31d`
            avg(x, 1d, every 59s) > 1
                12 `every 59s` window_out_of_range: a window is at most 1440 steps wide, so one of `1d` moves on every `1m` or more; found `59s`
            avg(x, every 5m) > 1
                8 `every 5m` wrong_arguments: `every 5m` follows how wide the window is, as in `avg(temp, 5m, every 5m)`
            avg(x, every 5m, 1h) > 1
                8 `every 5m` wrong_arguments: `every 5m` follows how wide the window is, as in `avg(temp, 5m, every 5m)`
            avg(x, 5m, 10 samples) > 1
                8 `5m, 10 samples` wrong_arguments: which samples `avg` looks at is said once: `5m`, `10 samples`, `5m, every 1m`, `session 5m` or `session 5m max 1h`
            avg(x, 10 samples, every 1m) > 1
                8 `10 samples, every 1m` wrong_arguments: which samples `avg` looks at is said once: `5m`, `10 samples`, `5m, every 1m`, `session 5m` or `session 5m max 1h`
            avg(x, session 0s) > 1 && avg(x, session 31d) > 1
                8 `session 0s` window_out_of_range: a session's gap is more than 0s and at most 30d; found `0s`
                34 `session 31d` window_out_of_range: a session's gap is more than 0s and at most 30d; found `31d`
            avg(x, session 5m max 1m) > 1 && avg(x, session 5m max 31d) > 1
                8 `session 5m max 1m` window_out_of_range: a session ends by its gap of `5m` at the earliest, so its `max` is no shorter; found `1m`
                41 `session 5m max 31d` window_out_of_range: a session is more than 0s and at most 30d; found `31d`
            avg(x, 5m, session 1m) > 1
                8 `5m, session 1m` wrong_arguments: which samples `avg` looks at is said once: `5m`, `10 samples`, `5m, every 1m`, `session 5m` or `session 5m max 1h`
            avg(x, 5m, every 1) > 1 && avg(x, session 5) > 1 && avg(x, session 5m max 7) > 1
                18 `1` type_mismatch: found the number 1, expected a duration such as `5m`
                43 `5` type_mismatch: found the number 5, expected a duration such as `5m`
                75 `7` type_mismatch: found the number 7, expected a duration such as `5m`
            avg(x, 5m, every) > 1
                1 `avg(x, 5m, every)` wrong_arguments: `avg` takes what to aggregate and then how far back, as in `avg(temp, 5m)`
            avg(x, 5m every 1m) > 1
                11 `every` syntax: found `every` behind a duration; it is an argument of its own, as in `avg(temp, 5m, every 1m)`
            avg(x, session 5m 1h) > 1
                19 `1h` syntax: found `1h`, expected `,` or `)`
            avg(x, 5 m) > 1
                10 `m` syntax: found `m` after a number; a duration has no space in it, as in `5m`
            abs(x, 10 samples) > 1 && has(session 5m)
                1 `abs(x, 10 samples)` wrong_arguments: `abs` takes one number, as in `abs(temp)`
                27 `has(session 5m)` wrong_arguments: `has` takes one field, as in `has(temp)`
            avg(x, 10 sampels) > 1 && avg(x, 5m, evry 1m) > 1 && avg(x, Session 5m max 1h) > 1
                11 `sampels` syntax: found `sampels`, which no frame of samples has; did you mean `samples`?
                38 `evry` syntax: found `evry`, which no frame of samples has; did you mean `every`?
                61 `Session` syntax: found `Session`, which no frame of samples has; did you mean `session`?
            avg(x, over 5m) > 1 && avg(x, 5 readings) > 1
                13 `5m` syntax: found `5m`, expected an operator, `,` or `)`
                33 `readings` syntax: found `readings`, expected an operator, `,` or `)`
            avg(x, '5m') > 1 && avg(x, 'a') > 1
                8 `'5m'` type_mismatch: found the text "5m"; a duration has no quotes: `5m`
                21 `avg(x, 'a')` wrong_arguments: `avg` takes what to aggregate and then how far back, as in `avg(temp, 5m)`
            avg_over_time(x[5m]) > 1 && avg(x[5m]) > 1
                1 `avg_over_time` unknown_function: there is no function `avg_over_time`; there are `count`, `sum`, `avg`, `min`, `max`, `range`, `stddev`, `median`, `first`, `last`, `delta`, `rate`, `changes`, `distinct`, `all`, `any`, `quantile`, `has`, `fresh`, `absent`, `since`, `abs`, `round`, `devices`; did you mean `avg`?
                16 `[` not_supported: found `[`; how far back is an argument of the aggregate, as in `avg(temp, 5m)`
                34 `[` not_supported: found `[`; how far back is an argument of the aggregate, as in `avg(temp, 5m)`
        "#]],
    );
}

#[test]
fn since_stands_beside_a_duration() {
    check(
        &[
            "since(x > 1)",
            "since(x > 1) > 5",
            "since(x > 1) == 5m",
            "5m != since(x)",
            "since(x) > since(y)",
            "since(x) + 1 > 5",
            "since() > 5m && since(a, b) > 5m && since(5m) > 5m",
            "since(x + 1) > 5m && since(true) > 5m",
            "since(since(x) > 1m) > 5m",
            "since(x) > 0s && since(x) > 366d",
            "abs(since(x)) > 1 && -since(x) > 5m && (x > 1) > since(x)",
            "x.since(5m) > 5m",
        ],
        &expect![[r#"
            since(x > 1)
                1 `since(x > 1)` type_mismatch: `since` is a duration: compare it with one, as in `since(open) > 5m`
            since(x > 1) > 5
                16 `5` type_mismatch: `since` is compared with a duration written out, as in `since(open) > 5m`; found the number `5`
            since(x > 1) == 5m
                1 `since(x > 1) == 5m` type_mismatch: a `since` is compared with `<`, `<=`, `>` or `>=`; found `==`, which holds for a moment at most
            5m != since(x)
                1 `5m != since(x)` type_mismatch: a `since` is compared with `<`, `<=`, `>` or `>=`; found `!=`, which holds for a moment at most
            since(x) > since(y)
                12 `since(y)` type_mismatch: `since` is compared with a duration written out, as in `since(open) > 5m`; found another `since`
            since(x) + 1 > 5
                1 `since(x)` type_mismatch: `since` is a duration: compare it with one, as in `since(open) > 5m`
            since() > 5m && since(a, b) > 5m && since(5m) > 5m
                1 `since()` wrong_arguments: `since` takes one condition, as in `since(open) > 5m`
                17 `since(a, b)` wrong_arguments: `since` takes one condition, as in `since(open) > 5m`
                43 `5m` type_mismatch: found the duration `5m`, which stands only in a window as in `avg(temp, 5m)`, in `absent(5m)` and `fresh(temp, 5m)`, and beside a `since(…)`
            since(x + 1) > 5m && since(true) > 5m
                7 `x + 1` type_mismatch: `since` takes true or false; found `x + 1`, which is a number
                28 `true` reads_no_field: `since` watches what readings bring; `true` reads no field
            since(since(x) > 1m) > 5m
                7 `since` type_mismatch: `since` stands in another `since`, which holds none itself
            since(x) > 0s && since(x) > 366d
                12 `0s` window_out_of_range: a time since a condition is more than 0s and at most 365d; found `0s`
                29 `366d` window_out_of_range: a time since a condition is more than 0s and at most 365d; found `366d`
            abs(since(x)) > 1 && -since(x) > 5m && (x > 1) > since(x)
                5 `since(x)` type_mismatch: `since` is a duration: compare it with one, as in `since(open) > 5m`
                23 `since(x)` type_mismatch: `since` is a duration: compare it with one, as in `since(open) > 5m`
                34 `5m` type_mismatch: found the duration `5m`, which stands only in a window as in `avg(temp, 5m)`, in `absent(5m)` and `fresh(temp, 5m)`, and beside a `since(…)`
                40 `(x > 1)` type_mismatch: `since` is compared with a duration written out, as in `since(open) > 5m`; found `x > 1`, which is true or false
            x.since(5m) > 5m
                3 `since` unknown_function: found a method; `since` is a function: `since(…)`
                15 `5m` type_mismatch: found the duration `5m`, which stands only in a window as in `avg(temp, 5m)`, in `absent(5m)` and `fresh(temp, 5m)`, and beside a `since(…)`
        "#]],
    );
}

#[test]
fn a_list_holds_literals_of_one_type() {
    let many = std::format!("x in [{}]", std::vec!["1"; ITEMS_MAX + 1].join(", "));
    let faults = parse_condition(&many).unwrap_err();
    assert_eq!(faults.first().unwrap().message, "the list has 257 items; at most 256 are allowed");
    check(
        &[
            "x in []",
            "x in [y, 1 + 1, null, 5m, x > 1]",
            "avg(x, 5m) in [1, 'a']",
            "(x > 1) in ['a', 1]",
            "x in 'abc'",
            "x in",
            "x in [1, 2",
            "x in ['a' 'b']",
            "x in [1,, 2]",
            "x not in [1, 2]",
            "x in [1] in [2]",
            "1 < x in [1, 2]",
            "a == b in [true]",
            "x in [1, 2] == true",
            "[1, 2] == x",
            "x IN [1]",
        ],
        &expect![[r#"
            x in []
                6 `[]` empty: the list is empty, and nothing is in it; write at least one literal
            x in [y, 1 + 1, null, 5m, x > 1]
                7 `y` type_mismatch: a list holds numbers, texts, `true` and `false`; found `y`: write `==` and `||`
                10 `1 + 1` type_mismatch: a list holds numbers, texts, `true` and `false`; found `1 + 1`: write `==` and `||`
                17 `null` type_mismatch: `null` compares with nothing; `has(field)` says whether a field has a value
                23 `5m` type_mismatch: found the duration `5m`, which stands only in a window as in `avg(temp, 5m)`, in `absent(5m)` and `fresh(temp, 5m)`, and beside a `since(…)`
                27 `x > 1` type_mismatch: a list holds numbers, texts, `true` and `false`; found `x > 1`: write `==` and `||`
            avg(x, 5m) in [1, 'a']
                19 `'a'` type_mismatch: `in` compares values of one type; found a number on the left and the text `"a"` in the list
            (x > 1) in ['a', 1]
                13 `'a'` type_mismatch: `in` compares values of one type; found true or false on the left and the text `"a"` in the list
                18 `1` type_mismatch: `in` compares values of one type; found true or false on the left and the number `1` in the list
            x in 'abc'
                6 `'abc'` syntax: found `'abc'`, expected a list of literals such as `[1, 2]`
            x in
                5 `` syntax: the expression ends where a list of literals such as `[1, 2]` is expected
            x in [1, 2
                6 `[` syntax: this `[` is not closed
            x in ['a' 'b']
                11 `'b'` syntax: found `'b'`, expected an operator, `,` or `]`
            x in [1,, 2]
                9 `,` syntax: found `,`, expected a number, a text, a field, a function, `!`, `-` or `(`
            x not in [1, 2]
                3 `not in` syntax: found `not in`, which is no operator here; write `!(x in [1, 2])`
            x in [1] in [2]
                10 `in` chained_comparison: found `in` after another comparison; comparisons do not chain: write `a < b && b < c`
            1 < x in [1, 2]
                7 `in` chained_comparison: found `in` after another comparison; comparisons do not chain: write `a < b && b < c`
            a == b in [true]
                8 `in` chained_comparison: found `in` after another comparison; comparisons do not chain: write `a < b && b < c`
            x in [1, 2] == true
                13 `==` chained_comparison: found `==` after another comparison; comparisons do not chain: write `a < b && b < c`
            [1, 2] == x
                1 `[` syntax: found `[`, expected a value; a list stands only behind `in`, as in `x in [1, 2]`
            x IN [1]
                3 `IN` syntax: found `IN`, which is no operator here; did you mean `in`?
        "#]],
    );
}

#[test]
fn what_the_language_does_not_have_is_refused_by_name() {
    check(
        &["devices(temp > 60) >= 3", "x > 1 ? a : b", "a[0] > 5 && 'a'[0] == 'a'"],
        &expect![[r#"
            devices(temp > 60) >= 3
                1 `devices` several_devices: `devices` counts the devices of a group, which a rule has that says how they are grouped: `per`
            x > 1 ? a : b
                7 `?` not_supported: `? :` is not supported; write two rules, or use `&&` and `||`
            a[0] > 5 && 'a'[0] == 'a'
                2 `[` not_supported: an index `[…]` is not supported; nested values are fields such as `door.open`
                16 `[` not_supported: an index `[…]` is not supported; nested values are fields such as `door.open`
        "#]],
    );
}
