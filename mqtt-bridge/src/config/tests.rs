use expect_test::{Expect, expect};

use super::*;
use crate::mapping::Form;

const LEAST: &str = r#"
[broker]
url = "mqtt://broker"
[service]
url = "http://service:8787/"
[[topics]]
filter = "sensors/+/telemetry"
device = "{1}"
"#;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let lookup = |name: &str| {
        let found = environment.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::read(text, lookup, 0)
}

/// The mistakes in `text`.
fn check(text: &str, expected: &Expect) {
    let mistakes = read(text, &[]).map(|_| ()).expect_err("a mistake").to_string();
    expected.assert_eq(&mistakes);
}

#[test]
fn the_least_configuration_has_defaults_for_all_the_rest() {
    let config = read(LEAST, &[]).unwrap();

    assert_eq!(config.broker.address.to_string(), "mqtt://broker:1883");
    assert_eq!(config.broker.credentials, None);
    assert_eq!((config.service.url.as_str(), config.service.token), ("http://service:8787", None));
    assert_eq!((config.batch.lanes, config.batch.readings_max), (4, 500));
    assert!(matches!(config.topics[0].form, Form::Object(_)));
}

#[test]
fn the_environment_goes_before_the_file_and_brings_the_secrets() {
    let config = read(
        LEAST,
        &[
            ("TRIPLINE_BROKER", "mqtts://[::1]:18883"),
            ("TRIPLINE_BROKER_USER", "bridge"),
            ("TRIPLINE_BROKER_PASSWORD", "secret"),
            ("TRIPLINE_SERVICE", "https://tripline.example"),
            ("TRIPLINE_TOKEN", "token"),
        ],
    )
    .unwrap();

    assert_eq!(config.broker.address.to_string(), "mqtts://[::1]:18883");
    assert_eq!(config.broker.credentials, Some(("bridge".to_owned(), "secret".to_owned())));
    assert_eq!(config.service.url, "https://tripline.example");
    assert_eq!(config.service.token.as_deref(), Some("token"));
}

#[test]
fn the_example_is_right() {
    let example = include_str!("../../../examples/bridge.toml");
    assert_eq!(read(example, &[]).unwrap().topics.len(), 5);
    // What stands in comments is what holds where nothing is said, or at least allowed.
    let settings = example.lines().filter(|line| line.contains(" = ") || line.starts_with('['));
    let settings: Vec<_> = settings.map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    read(&settings.join("\n"), &[]).unwrap();
}

#[test]
fn every_mistake_is_named_at_once() {
    check(
        r#"
[broker]
url = "http://broker"
keep_alive = "1500ms"
[service]
url = "broker"
connections = 0
tick_every = "5"
[batch]
max_readings = 20000
[[topics]]
filter = "a/+b"
[[topics]]
filter = "a/+"
device = "{2}"
qos = 2
[[topics]]
filter = "a"
values = "b"
[[topics]]
filter = "a"
device = "{src}"
value = "temp"
time = "tomorrow"
[[topics]]
filter = "a"
device = "x"
value = "temp"
time = "{ts}"
"#,
        &expect![[r#"
            service.connections is 0: allowed is 1 to 64
            batch.max_readings is 20000: allowed is 1 to 10000
            broker.keep_alive is 1.5s: allowed are whole seconds from 1s to 65535s
            broker.url is "http://broker": allowed are mqtt://HOST:PORT and mqtts://HOST:PORT
            service.tick_every is "5": allowed is a number above 0 with a unit, as 250ms, 5s, 2m or 1h
            service.url is "broker": allowed is the address in front of /v1, http://HOST:PORT or https://HOST
            topics 1: filter "a/+b": `+` must stand for a whole level, `#` for all the last ones
            topics 2: qos is 2: allowed are 0 and 1 (with 1 nothing is lost, and the service counts a reading that comes twice once)
            topics 2: device: "{2}" asks for wildcard 2, and the filter has 1
            topics 3: `device` is missing: without it the payload has to be a whole reading, and `value`, `values` and `id` have no meaning
            topics 4: with `value` the payload has no fields: `device` and `value` can only use {1}, {2}, … of the filter
            topics 4: time is "tomorrow": allowed are "arrival" and a field, as "{ts}"
            topics 5: time names a field, which only goes with `device` and without `value`"#]],
    );
}

#[test]
fn unknown_names_and_missing_tables_are_told_with_their_place() {
    check(
        &LEAST.replace("device", "devise"),
        &expect![[r#"
        TOML parse error at line 8, column 1
          |
        8 | devise = "{1}"
          | ^^^^^^
        unknown field `devise`, expected one of `filter`, `qos`, `device`, `values`, `value`, `time`, `id`, `retained`"#]],
    );
    check(
        "[broker]\n",
        &expect![[r#"
        TOML parse error at line 1, column 1
          |
        1 | [broker]
          | ^
        missing field `service`"#]],
    );
    check(
        &LEAST.replace("mqtt://broker", "mqtt://me:secret@broker"),
        &expect![
            "broker.url holds a user: set broker.user and the variable TRIPLINE_BROKER_PASSWORD instead of writing them into mqtt://…"
        ],
    );
}
