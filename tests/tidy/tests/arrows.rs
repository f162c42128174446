//! Who may import whom: `DESIGN` keeps the core free of hosts, and this keeps the design.

use std::collections::BTreeSet;

/// Each package with all of ours that it may depend on. The hosts see the
/// core's types through the service's ports, so they may name it too; no host
/// may see another.
const ARROWS: &[(&str, &[&str])] = &[
    ("sorted", &[]),
    ("rete-lite", &["sorted"]),
    ("rules-core", &["rete-lite", "sorted"]),
    ("rules-service", &["rules-core", "sorted"]),
    ("worker-app", &["rules-core", "rules-service"]),
    ("spin-app", &["rules-core", "rules-service"]),
    ("mqtt-bridge", &["rules-core", "rules-service"]),
    ("scenario", &["rules-core", "rules-service"]),
    ("tripline", &["rules-core", "rules-service", "scenario"]),
    ("xtask", &[]),
    ("tidy", &[]),
    ("fuzz-targets", &["rules-core", "rules-service"]),
    ("spin-host", &["rules-core", "rules-service"]),
    ("spin-contract", &["rules-core", "rules-service"]),
    ("core-wasm", &["rules-core"]),
    ("bench-workload", &["rules-core", "rules-service"]),
    ("bench-cpu", &[]),
    ("benchmarks", &["bench-cpu", "bench-workload", "rules-core"]),
    ("bench-module", &["bench-workload", "rules-core"]),
    ("bench-hosts", &["bench-cpu"]),
    ("conformance", &["rules-core", "rules-service", "scenario", "spin-host"]),
    ("e2e", &["mqtt-bridge"]),
    ("instructions", &["bench-workload", "rete-lite", "rules-core"]),
];

/// What the pure crates may use of others: all of it `no_std`, none of it
/// with a clock, randomness or I/O.
const CORE_USES: &[&str] = &["libm", "postcard", "serde", "serde_json", "thiserror"];

#[test]
fn packages_import_only_whom_they_may() {
    for (name, package) in tidy::packages() {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            panic!("package {name} has no arrows yet; add it to {}", file!());
        };
        let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        let more: Vec<&String> = package.ours.difference(&allowed).collect();
        assert!(more.is_empty(), "{name} may not import {more:?}");
    }
}

#[test]
fn pure_crates_use_nothing_with_a_clock_randomness_or_io() {
    let packages = tidy::packages();
    for name in ["sorted", "rete-lite", "rules-core"] {
        let others = packages[name].others.iter();
        let more: Vec<_> = others.filter(|other| !CORE_USES.contains(&other.as_str())).collect();
        assert!(more.is_empty(), "{name} uses {more:?}; allowed are {CORE_USES:?}");
    }
}

#[test]
fn bridge_uses_only_wire_formats_of_the_service() {
    for file in tidy::files() {
        if !file.path.starts_with("mqtt-bridge/src/") || !file.has_extension(&["rs"]) {
            continue;
        }
        for (number, line) in file.code() {
            let rest = line.split("rules_service::").skip(1);
            for named in rest {
                assert!(
                    named.starts_with("wire"),
                    "{}:{number}: of rules_service only `wire` is the bridge's business",
                    file.path
                );
            }
        }
    }
}

#[test]
fn pure_crates_know_no_std_no_hash_order_no_clock_and_no_async() {
    const WORDS: &[&str] =
        &["std::", "HashMap", "HashSet", "SystemTime", "Instant", "async fn", "async move"];
    for file in tidy::files() {
        let pure = ["sorted/src/", "rete-lite/src/", "rules-core/src/"]
            .iter()
            .any(|dir| file.path.starts_with(dir));
        if !pure || file.is_test() {
            continue;
        }
        for (number, line) in file.code() {
            for word in WORDS {
                let found = line.match_indices(word).any(|(at, _)| starts_word(line, at));
                assert!(!found, "{}:{number}: `{word}` has no place in a pure crate", file.path);
            }
        }
        if file.path.ends_with("src/lib.rs") {
            assert!(file.text.contains("#![no_std]"), "{} is not no_std", file.path);
        }
    }
}

fn starts_word(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    !before.is_some_and(|character| character.is_alphanumeric() || character == '_')
}
