//! Every step by name.

use std::collections::BTreeSet;

use crate::{
    build, check,
    schedule::{Lane, Step},
    setup,
};

/// Every step; each stands after those that it needs, and early where others
/// wait long for it.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "rust",
        what: "compilation targets for the two wasm applications, rustfmt and clippy, by rustup",
        lane: Lane::Aside,
        needs: &[],
        work: setup::rust,
    },
    Step {
        name: "npm",
        what: "packages of worker-app (wrangler, miniflare, wasm-opt, esbuild), by npm ci",
        lane: Lane::Aside,
        needs: &[],
        work: setup::npm,
    },
    Step {
        name: "wasm-bindgen",
        what: "wasm-bindgen-cli as Cargo.lock has it, compiled once into cargo's home (minutes)",
        lane: Lane::Aside,
        needs: &[],
        work: setup::wasm_bindgen,
    },
    Step {
        name: "worker-build",
        what: "worker-build, which packs the Worker, compiled once into cargo's home (minutes)",
        lane: Lane::Aside,
        needs: &[],
        work: setup::worker_build,
    },
    Step {
        name: "mosquitto",
        what: "the MQTT broker of the end-to-end test, by apt",
        lane: Lane::Aside,
        needs: &[],
        work: setup::mosquitto,
    },
    Step {
        name: "valgrind",
        what: "valgrind, which counts instructions, by apt where there is apt",
        lane: Lane::Aside,
        needs: &[],
        work: setup::valgrind,
    },
    Step {
        name: "cargo-fuzz",
        what: "cargo-fuzz, which runs fuzz targets, compiled once into cargo's home",
        lane: Lane::Aside,
        needs: &[],
        work: setup::cargo_fuzz,
    },
    Step {
        name: "fmt",
        what: "formatting",
        lane: Lane::Aside,
        needs: &["rust"],
        work: check::formatting,
    },
    Step {
        name: "tidy",
        what: "house rules: who may import whom, sizes of files, module docs",
        lane: Lane::Cargo,
        needs: &[],
        work: check::tidy,
    },
    Step {
        name: "unit",
        what: "unit, property, scenario and doc tests of the crates that run here",
        lane: Lane::Cargo,
        needs: &[],
        work: check::unit,
    },
    Step {
        name: "fuzz-seeds",
        what: "seeds of the fuzz targets, and a fixed number of changes of each",
        lane: Lane::Cargo,
        needs: &[],
        work: check::fuzz_seeds,
    },
    Step {
        name: "core-wasm",
        what: "the engine as wasm imports nothing",
        lane: Lane::Cargo,
        needs: &["rust"],
        work: check::core_wasm,
    },
    Step {
        name: "spin",
        what: "build the Spin component",
        lane: Lane::Cargo,
        needs: &["rust"],
        work: build::spin,
    },
    Step {
        name: "spin-host",
        what: "the component in wasmtime, with the interfaces that Spin gives it",
        lane: Lane::Cargo,
        needs: &["spin"],
        work: check::spin_host,
    },
    Step {
        name: "worker",
        what: "build the Worker, and have wrangler say what it would deploy",
        lane: Lane::Cargo,
        needs: &["rust", "npm", "wasm-bindgen", "worker-build"],
        work: build::worker,
    },
    Step {
        name: "worker-tests",
        what: "the Worker in workerd",
        lane: Lane::Aside,
        needs: &["worker"],
        work: build::worker_tests,
    },
    Step {
        name: "conformance",
        what: "the same scenarios on every host, with equal transcripts and states",
        lane: Lane::Cargo,
        needs: &["worker", "spin"],
        work: check::conformance,
    },
    Step {
        name: "e2e",
        what: "Mosquitto, bridge, Worker and a webhook receiver together",
        lane: Lane::Cargo,
        needs: &["worker", "mosquitto"],
        work: check::e2e,
    },
    Step {
        name: "instructions",
        what: "instructions that fixed workloads take, against those they took before",
        lane: Lane::Cargo,
        needs: &["valgrind"],
        work: check::instructions,
    },
    Step {
        name: "clippy",
        what: "clippy on the crates that run here, tests included",
        lane: Lane::Cargo,
        needs: &["rust"],
        work: check::clippy,
    },
    Step {
        name: "clippy-wasm",
        what: "clippy on the two applications, each for its target",
        lane: Lane::Cargo,
        needs: &["rust"],
        work: check::clippy_wasm,
    },
    Step {
        name: "native",
        what: "build the bridge and the simulated devices",
        lane: Lane::Cargo,
        needs: &[],
        work: build::native,
    },
    Step {
        name: "commands",
        what: "build the commands tripline and tripline-bridge",
        lane: Lane::Cargo,
        needs: &[],
        work: build::commands,
    },
    Step {
        name: "bench-build",
        what: "build the engines that are measured side by side",
        lane: Lane::Cargo,
        needs: &[],
        work: build::benchmarks,
    },
    Step {
        name: "bench-hosts",
        what: "build the engine as a module of its own, and wasmtime around it (minutes)",
        lane: Lane::Cargo,
        needs: &["rust"],
        work: build::benchmark_hosts,
    },
    Step {
        name: "bindings",
        what: "what `wrangler deploy` would bind",
        lane: Lane::Aside,
        needs: &["worker"],
        work: build::bindings,
    },
    Step {
        name: "sizes",
        what: "sizes of both applications, and the budget of the Worker",
        lane: Lane::Aside,
        needs: &["worker", "spin"],
        work: build::sizes,
    },
];

/// What `cargo xtask test` runs, beside what these need.
pub(crate) const TEST: &[&str] = &[
    "fmt",
    "tidy",
    "unit",
    "fuzz-seeds",
    "core-wasm",
    "spin-host",
    "worker-tests",
    "conformance",
    "e2e",
    "instructions",
    "sizes",
    "clippy",
    "clippy-wasm",
];

/// What `cargo xtask build` runs, beside what these need.
pub(crate) const BUILD: &[&str] = &["commands", "bindings", "sizes"];

/// What `cargo xtask lint` runs, beside what these need.
pub(crate) const LINT: &[&str] = &["fmt", "tidy", "clippy", "clippy-wasm"];

/// The steps `names` and, before them, all that they need.
pub(crate) fn with_needs(names: &[&'static str]) -> Vec<Step> {
    let mut wanted: BTreeSet<&str> = names.iter().copied().collect();
    // A step stands after its needs, so going backwards meets each after all that want it.
    for step in STEPS.iter().rev() {
        if wanted.contains(step.name) {
            wanted.extend(step.needs);
        }
    }
    STEPS.iter().filter(|step| wanted.contains(step.name)).copied().collect()
}

/// The steps of a list like `unit,tidy`.
pub(crate) fn named(list: &str) -> Result<Vec<&'static str>, String> {
    let find = |name: &str| {
        let step = STEPS.iter().find(|step| step.name == name);
        step.map(|step| step.name).ok_or(format!("no step `{name}`; there are:\n{}", listing()))
    };
    list.split(',').map(find).collect()
}

/// One line a step.
pub(crate) fn listing() -> String {
    let lines: Vec<String> =
        STEPS.iter().map(|step| format!("{:<14} {}\n", step.name, step.what)).collect();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_stands_after_those_that_it_needs() {
        for (index, step) in STEPS.iter().enumerate() {
            for need in step.needs {
                let place = STEPS.iter().position(|other| other.name == *need);
                assert!(place.is_some_and(|place| place < index), "{} needs {need}", step.name);
            }
        }
    }

    #[test]
    fn needs_come_with_a_step_and_nothing_else_does() {
        let names: Vec<&str> = with_needs(&["e2e"]).iter().map(|step| step.name).collect();

        assert_eq!(
            names,
            ["rust", "npm", "wasm-bindgen", "worker-build", "mosquitto", "worker", "e2e"]
        );
    }
}
