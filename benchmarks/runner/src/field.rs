//! Who runs, on which part of the stream.

use std::{cell::RefCell, collections::BTreeMap, process::Command, rc::Rc, time::Duration};

use bench_workload::{
    bound::Bound,
    found::Found,
    rule::{Rule, rules},
    stream::DEVICES,
    unshared::{Plain, Unshared},
};

use crate::{
    cel::Cel,
    child::Process,
    contender::{Contender, Measured},
    engine::{Engine, Keep},
    node,
    part::Part,
    places::Places,
    programs::{Lines, Way},
    rounds::Entry,
    sqlite::Sqlite,
};

/// Rules and a window, and the contenders that are to run with them.
pub(crate) struct Field {
    pub(crate) rules: Rc<[Rule]>,
    pub(crate) window_ms: i64,
    /// Processor time that one contender may take in one round.
    pub(crate) budget: Duration,
    parts: RefCell<BTreeMap<u32, Rc<Part>>>,
    expected: RefCell<BTreeMap<(u32, Meaning), Found>>,
    pub(crate) entries: Vec<Entry>,
}

/// Whose alerts a contender gives.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Meaning {
    /// W1's.
    Workload,
    /// Those of Tripline's semantics.
    Tripline,
}

impl Field {
    pub(crate) fn new(count: u32, window_ms: i64, budget: Duration) -> Self {
        Self {
            rules: rules(count).into(),
            window_ms,
            budget,
            parts: RefCell::default(),
            expected: RefCell::default(),
            entries: Vec::new(),
        }
    }

    /// Adds the programs that were written for W1.
    pub(crate) fn add_programs(&mut self) -> Result<(), String> {
        for (name, way) in
            [("bound, parse", Way::Parse), ("bound, match", Way::Match), ("bound", Way::Both)]
        {
            self.add(name, Meaning::Workload, |part, field| {
                let rules = Rc::clone(&field.rules);
                let window_ms = field.window_ms;
                let fresh = move || Ok(Bound::new(&rules, window_ms));
                Ok(Box::new(Lines { part, way, fresh }))
            })?;
        }
        self.add("no sharing", Meaning::Workload, |part, field| {
            let rules = Rc::clone(&field.rules);
            let window_ms = field.window_ms;
            let fresh = move || Ok(Unshared::new(Plain::default(), &rules, window_ms));
            Ok(Box::new(Lines { part, way: Way::Both, fresh }))
        })
    }

    /// Adds Tripline.
    pub(crate) fn add_tripline(&mut self) -> Result<(), String> {
        for (name, way, keep) in [
            ("Tripline, parse", Way::Parse, Keep::Memory),
            ("Tripline, match", Way::Match, Keep::Memory),
            ("Tripline", Way::Both, Keep::Memory),
            ("Tripline, state as bytes", Way::Both, Keep::Bytes),
        ] {
            self.add(name, Meaning::Tripline, |part, field| {
                let rules = Rc::clone(&field.rules);
                Ok(Box::new(Engine { part, rules, window_ms: field.window_ms, way, keep }))
            })?;
        }
        Ok(())
    }

    /// Adds Tripline as wasm: built as the Worker is, and as the Spin component is.
    pub(crate) fn add_wasm(&mut self, places: &Places) -> Result<(), String> {
        for (name, profile, is_node) in [
            ("Tripline, wasm in wasmtime", "wasm", false),
            ("Tripline, wasm in Node", "wasm", true),
            ("Tripline, wasm for speed in wasmtime", "wasm-fast", false),
            ("Tripline, wasm for speed in Node", "wasm-fast", true),
        ] {
            self.add(name, Meaning::Tripline, |part, field| {
                let mut command = if is_node {
                    let mut command = Command::new(&places.node);
                    command.arg(places.scripts.join("module.mjs"));
                    command
                } else {
                    let mut command = Command::new(&places.hosts);
                    command.arg("module");
                    command
                };
                let sizes = [part.devices, number(field.rules.len())];
                command.arg(places.module(profile)).args(sizes.map(|size| size.to_string()));
                command.arg(field.window_ms.to_string());
                Ok(Box::new(Process::start(&mut command)?))
            })?;
        }
        Ok(())
    }

    /// Adds engines of others.
    pub(crate) fn add_others(&mut self, places: &Places) -> Result<(), String> {
        self.add("SQLite", Meaning::Workload, |part, field| {
            let rules = Rc::clone(&field.rules);
            let window_ms = field.window_ms;
            Ok(Box::new(Sqlite { part, rules, window_ms }))
        })?;
        self.add("cel", Meaning::Workload, |part, field| {
            let rules = Rc::clone(&field.rules);
            let window_ms = field.window_ms;
            let fresh = move || Ok(Unshared::new(Cel::new(&rules)?, &rules, window_ms));
            Ok(Box::new(Lines { part, way: Way::Both, fresh }))
        })?;
        for (name, how) in [("JavaScript", "once"), ("JavaScript, stored rules", "stored")] {
            self.add(name, Meaning::Workload, |part, field| {
                let readings = part.file(&places.scratch)?;
                let rules = node::rules_file(&field.rules, &places.scratch)?;
                let mut command = Command::new(&places.node);
                command.arg(places.scripts.join("rules.mjs")).args([readings, rules]);
                command.arg(field.window_ms.to_string()).arg(how);
                Ok(Box::new(Process::start(&mut command)?))
            })?;
        }
        Ok(())
    }

    /// Adds a contender, with the largest part of the stream that it gets
    /// through within the budget.
    pub(crate) fn add(
        &mut self,
        name: &'static str,
        meaning: Meaning,
        make: impl Fn(Rc<Part>, &Self) -> Result<Box<dyn Contender>, String>,
    ) -> Result<(), String> {
        let mut devices = 1;
        let mut measured = pilot(&mut *make(self.part(devices), self)?)?;
        while devices < DEVICES && measured.cpu * 10 <= self.budget {
            devices *= 10;
            if devices < DEVICES {
                measured = pilot(&mut *make(self.part(devices), self)?)?;
            }
        }
        let part = self.part(devices);
        let expected = measured.found.map(|_| self.expect(&part, meaning));
        let readings = part.len();
        let contender = make(part, self)?;
        eprintln!("  {name}: {devices} devices");
        self.entries.push(Entry { name, readings, expected, contender });
        Ok(())
    }

    fn part(&self, devices: u32) -> Rc<Part> {
        let mut parts = self.parts.borrow_mut();
        Rc::clone(parts.entry(devices).or_insert_with(|| Part::new(devices)))
    }

    fn expect(&self, part: &Part, meaning: Meaning) -> Found {
        let mut expected = self.expected.borrow_mut();
        *expected.entry((part.devices, meaning)).or_insert_with(|| match meaning {
            Meaning::Workload => part.alerts(&self.rules, self.window_ms),
            Meaning::Tripline => part.changes(&self.rules, self.window_ms),
        })
    }

    /// Compares the bound on the whole stream with what was published for it.
    pub(crate) fn check_published(&self) -> Result<(), String> {
        let part = self.part(DEVICES);
        let found = self.expect(&part, Meaning::Workload).count;
        match part.published(self.rules.len()) {
            Some(published) if published == found => Ok(()),
            published => {
                Err(format!("the bound found {found} alerts, published were {published:?}"))
            }
        }
    }
}

/// A run after a first one, in which much is compiled and filled.
fn pilot(contender: &mut dyn Contender) -> Result<Measured, String> {
    contender.run()?;
    contender.run()
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
