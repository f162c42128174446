use expect_test::expect;

use super::check;

#[test]
fn rules_over_groups_say_what_they_want_of_each_device() {
    check(
        &[
            r#"{"id": "site-hot", "per": ["site"], "devices": {"id": "boiler-*", "tags": {"kind": "gas"}},
  "when": "devices(temp > 60 && fresh(temp, 5m)) >= 3", "clear": "devices(avg(temp, 5m) > 50) < 2", "min_samples": 3,
  "summary": "{{ value }} boilers of {{ site }} ({{ group }}) are hot"}"#,
            r#"{"id": "mean", "per": ["site", "line"], "when": "avg(temp, 5m) > 60 && devices() >= 2 && devices(temp > 5) / devices() > 0.5"}"#,
            r#"{"id": "empty", "per": ["site"], "when": "devices() < 3"}"#,
        ],
        &expect![[r#"
            site-hot: devices(temp > 60 && fresh(temp, 5m)) >= 3
            devices ["boiler-*"], clear devices(avg(temp, 5m) > 50) < 2, for 0s, keep 0s, 3 samples, Hold, Live, "warning" {} Some(Summary([Value, Text(" boilers of "), Tag("site"), Text(" ("), Group, Text(") are hot")]))
            tags {"kind": "gas"}
            by ["site"]
            - ["boiler-*"] {"kind": "gas"}
              Changes avg(temp, 5m) > 50 of 3 samples
              Changes temp > 60 && fresh(temp, 5m) of 1 samples
            mean: avg(temp, 5m) > 60 && devices() >= 2 && devices(temp > 5) / devices() > 0.5
            devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            by ["line", "site"]
            - [] {}
              Changes temp > 5 of 1 samples
              Samples temp of 1 samples
            empty: devices() < 3
            devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            by ["site"]
            - [] {}
        "#]],
    );
}

#[test]
fn rules_that_join_roles_say_what_they_want_of_each() {
    check(
        &[
            r#"{"id": "spread", "match": {"in": {"tags": {"role": "inlet"}}, "out": ["out-*"]}, "on": ["line"],
  "when": "avg(out.temp, 5m) - avg(in.temp, 5m) < 3", "summary": "{{ in }} on {{ line }}"}"#,
            r#"{"id": "sequence", "match": {"in": {"id": "pir-*"}, "out": {"id": "door-*"}}, "on": ["room"],
  "when": "since(in.motion) < 10s && out.open && !absent(out, 5m)", "clear": "out.lock.state == \"shut\" || absent(in, 1h)"}"#,
            r#"{"id": "values", "match": {"a": {}, "b": {}}, "on": ["room"],
  "when": "a.temp * 2 + a.offset > b.temp && max(b.power, session 5m) > a.power && last(a.x, 3 samples) > avg(b.x, 1h) && avg(a.x, 1m) > 3", "min_samples": 4}"#,
        ],
        &expect![[r#"
            spread: avg(out.temp, 5m) - avg(in.temp, 5m) < 3
            devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} Some(Summary([Tag("in"), Text(" on "), Tag("line")]))
            by ["line"]
            in [] {"role": "inlet"}
              Samples temp of 1 samples
            out ["out-*"] {}
              Samples temp of 1 samples
            sequence: since(in.motion) < 10s && out.open && !absent(out, 5m)
            devices [], clear out.lock.state == "shut" || absent(in, 1h), for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
            by ["room"]
            in ["pir-*"] {}
              Changes absent(1h) of 1 samples
              Changes since(motion) < 10s of 1 samples
            out ["door-*"] {}
              Changes !absent(5m) of 1 samples
              Changes lock.state == "shut" of 1 samples
              Changes open of 1 samples
            values: a.temp * 2 + a.offset > b.temp && max(b.power, session 5m) > a.power && last(a.x, 3 samples) > avg(b.x, 1h) && avg(a.x, 1m) > 3
            devices [], clear -, for 0s, keep 0s, 4 samples, Hold, Live, "warning" {} None
            by ["room"]
            a [] {}
              Changes avg(x, 1m) > 3 of 4 samples
              Changes last(x, 3 samples) of 4 samples
              Changes power of 1 samples
              Changes temp * 2 + offset of 1 samples
            b [] {}
              Changes max(power, session 5m) of 4 samples
              Changes temp of 1 samples
              Samples x of 1 samples
        "#]],
    );
}

#[test]
fn keys_of_fleets_that_do_not_go_together_are_named() {
    check(
        &[
            r#"{"id": "x", "per": ["site"], "match": {"a": {}, "b": {}}, "when": "a.x > b.x"}"#,
            r#"{"id": "x", "per": ["site"], "on": ["line"], "when": "devices() > 3"}"#,
            r#"{"id": "x", "on": ["line"], "when": "temp > 3"}"#,
            r#"{"id": "x", "match": {"a": {}, "b": {}}, "when": "a.x > b.x"}"#,
            r#"{"id": "x", "match": {"a": {}, "b": {}}, "on": ["line"], "devices": ["c"], "when": "a.x > b.x"}"#,
            r#"{"id": "x", "match": {"a": {}, "b": {}, "line": {}}, "on": ["line"], "when": "a.x > line.x"}"#,
            r#"{"id": "x", "match": {"a": {}}, "on": ["line"], "when": "a.x > 3"}"#,
            r#"{"id": "x", "match": ["a"], "on": "line", "when": "a.x > 3"}"#,
            r#"{"id": "x", "match": {"a-1": {}, "true": 5}, "on": ["line", "line", ""], "when": "true"}"#,
            r#"{"id": "x", "per": [], "when": "devices() > 3"}"#,
            r#"{"id": "x", "per": ["a","b","c","d","e","f","g","h","i"], "when": "devices() > 3"}"#,
            r#"{"id": "x", "per": [7], "devices": {"tags": {}}, "when": "devices() > 3"}"#,
            r#"{"id": "x", "devices": {"tags": {"": "x", "y": "", "z": 5}}, "when": "temp > 3"}"#,
            r#"{"id": "x", "per": ["site"], "when": "devices() > 3", "summary": "{{ device }} {{ line }}"}"#,
            r#"{"id": "x", "when": "a > 3", "summary": "{{ group }}"}"#,
        ],
        &expect![[r#"
            1:13: found `per` and `match`: `per` looks at all devices of a group together, `match` at one in each role; a rule has one of them [conflicting_keys]
            1:30: found `on` beside `per`; `on` says which tags join the roles of `match`, and those of `per` stand in `per` [conflicting_keys]
            1:13: found `on` without `match`, whose roles it joins [missing_key]
            1:13: `match` has no `on`, which says by which tags its roles belong together, as in "on": ["line"] [missing_key]
            1:58: found `devices` beside `match`, whose roles say which devices the rule watches [conflicting_keys]
            1:32: `when` reads nothing of the role `b`; leave it out [unused_role]
            1:41: `line` is a role and a tag of `on`; an alert names both, so they differ [doubled_key]
            1:22: found 1 roles; `match` joins 2 to 8, and a rule without it watches each device by itself [out_of_range]
            1:22: found a list, expected an object of roles such as {"in": {"tags": {"role": "inlet"}}, "out": {"tags": {"role": "outlet"}}} [wrong_type]
            1:35: found text "line", expected a list of names of tags such as ["site"] [wrong_type]
            1:23: found the role `a-1`; its name begins fields, as in `out.temp`: letters, digits and `_`, the first no digit [bad_name]
            1:34: found the role `true`; its name begins fields, as in `out.temp`: letters, digits and `_`, the first no digit [bad_name]
            1:42: found number 5, expected an object such as {"id": "boiler-*"}, or a list of patterns [wrong_type]
            1:61: the tag `line` stands here twice [doubled_key]
            1:69: the tag's name has 0 bytes; it has 1 to 128 [out_of_range]
            1:83: the condition reads no field, so no reading could change it [reads_no_field]
            1:20: found 0 tags; there are 1 to 8 [out_of_range]
            1:20: found 9 tags; there are 1 to 8 [out_of_range]
            1:21: found number 7, expected the name of a tag such as "site" [wrong_type]
            1:45: found 0 tags; there are 1 to 32 [out_of_range]
            1:34: the tag's name has 0 bytes; it has 1 to 128 [out_of_range]
            1:48: found an empty text; it needs a character [empty]
            1:57: found number 5, expected a text [wrong_type]
            1:67: there is nothing called `device` to fill in; there are {{ group }}, {{ site }}, {{ value }}, {{ rule }}, {{ severity }} [unknown_hole]
            1:80: there is nothing called `line` to fill in; there are {{ group }}, {{ site }}, {{ value }}, {{ rule }}, {{ severity }} [unknown_hole]
            1:42: there is nothing called `group` to fill in; there are {{ device }}, {{ value }}, {{ rule }}, {{ severity }} [unknown_hole]
        "#]],
    );
}

#[test]
fn conditions_name_only_what_they_are_about() {
    let per = |when: &str| alloc::format!(r#"{{"id": "x", "per": ["site"], "when": "{when}"}}"#);
    let joined = |when: &str| {
        let roles = r#""match": {"in": {}, "out": {}}, "on": ["line"]"#;
        alloc::format!(r#"{{"id": "x", {roles}, "when": "{when}"}}"#)
    };
    let single = |when: &str| alloc::format!(r#"{{"id": "x", "when": "{when}"}}"#);
    let texts = [
        per("temp > 60"),
        per("devices(temp > 60) > 3 && fresh(temp, 5m)"),
        per("absent(5m) || since(a) < 5m || has(temp)"),
        per("devices(devices(a) > 3) > 1"),
        per("avg(devices(a), 5m) > 1"),
        per("max(a, session 5m) > 1"),
        per("devices(max(a, session 5m) > 1) > 1"),
        per("devices(temp, 5) > 1"),
        per("devices(temp + 1) > 1"),
        per("devices(1 > 2) > 1"),
        per("devices(temp > 60)"),
        per("true"),
        single("devices(temp > 60) > 3"),
        single("absent(out, 5m)"),
        joined("devices(in.temp > 60) > out.temp"),
        joined("temp > out.temp"),
        joined("ut.temp > in.temp && out > 3"),
        joined("avg(in.temp - out.temp, 5m) > 3"),
        joined("since(in.a && out.b) < 5m"),
        joined("absent(5m) && in.a == out.b"),
        joined("absent(on, 5m) && in.a == out.b"),
        joined("fresh(temp, 5m) && in.a == out.b"),
        joined("in.a > 3"),
    ];
    let texts: alloc::vec::Vec<&str> = texts.iter().map(alloc::string::String::as_str).collect();
    check(
        &texts,
        &expect![[r#"
        1:39: `temp` is a field of one device, and the rule is about a group of them: write `devices(temp > 80) >= 3`, or an aggregate over all of them, as in `avg(temp, 5m)` [several_devices]
        1:65: `fresh` is about one device, and the rule is about a group of them: it stands in `devices(…)` [several_devices]
        1:39: `absent` is about one device, and the rule is about a group of them: it stands in `devices(…)` [several_devices]
        1:53: `since` is about one device, and the rule is about a group of them: it stands in `devices(…)` [several_devices]
        1:70: `has` is about one device, and the rule is about a group of them: it stands in `devices(…)` [several_devices]
        1:47: `devices` stands in another `devices`, which is about one device [several_devices]
        1:43: `devices` stands in the input of a window, which is about one device [several_devices]
        1:39: a session is of one device's samples: such a window stands in `devices(…)` [several_devices]
        x: devices(max(a, session 5m) > 1) > 1
        devices [], clear -, for 0s, keep 0s, 1 samples, Hold, Live, "warning" {} None
        by ["site"]
        - [] {}
          Changes max(a, session 5m) > 1 of 1 samples
        1:39: `devices` takes one condition, as in `devices(temp > 80)`, or none to count all [wrong_arguments]
        1:47: `devices` takes true or false; found `temp + 1`, which is a number [type_mismatch]
        1:47: `devices` asks what readings bring; `1 > 2` reads no field [reads_no_field]
        1:39: a condition is true or false; this is a number: compare it, as in `temp > 80` [type_mismatch]
        1:39: the condition reads no field, so no reading could change it [reads_no_field]
        1:22: `devices` counts the devices of a group, which a rule has that says how they are grouped: `per` [several_devices]
        1:22: `absent` takes how long the device has been silent, as in `absent(5m)` [wrong_arguments]
        1:70: `devices` counts the devices of a group, which a rule has that says how they are grouped: `per` [several_devices]
        1:70: `temp` is no role; a field begins with one, as in `in.temp`; there are `in`, `out` [unknown_role]
        1:70: `ut` is no role; a field begins with one, as in `in.temp`; there are `in`, `out`; did you mean `out`? [unknown_role]
        1:91: `out` is a role; name one of its fields, as in `out.temp` [unknown_role]
        1:74: the input of a window is about one device; found `in`, `out` [several_devices]
        1:76: the condition of a `since` is about one device; found `in`, `out` [several_devices]
        1:70: of several devices, `absent` takes a role and how long its device has been silent, as in `absent(out, 5m)` [wrong_arguments]
        1:77: `on` is no role; there are `in`, `out`; did you mean `in`? [unknown_role]
        1:76: `temp` is no role; a field begins with one, as in `in.temp`; there are `in`, `out` [unknown_role]
        1:33: `when` reads nothing of the role `out`; leave it out [unused_role]
    "#]],
    );
}
