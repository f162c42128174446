//! Who runs, on which part of the stream.

use std::{cell::RefCell, collections::BTreeMap, marker::PhantomData, rc::Rc, time::Duration};

use bench_workload::{
    bound::Bound,
    rule::{Rule, rules},
    stream::DEVICES,
    unshared::Unshared,
};

use crate::{
    contender::{Contender, Found},
    engine::{Engine, Keep},
    part::Part,
    programs::{Lines, Way},
    rounds::Entry,
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

    /// Adds the contenders that a run always has: the bound, the program
    /// without sharing, and Tripline.
    pub(crate) fn add_ours(&mut self) -> Result<(), String> {
        for (name, way) in
            [("bound, parse", Way::Parse), ("bound, match", Way::Match), ("bound", Way::Both)]
        {
            self.add(name, name, Some(Meaning::Workload), |part, field| {
                Box::new(field.lines::<Bound>(part, way))
            })?;
        }
        self.add("no sharing", "bound", Some(Meaning::Workload), |part, field| {
            Box::new(field.lines::<Unshared>(part, Way::Both))
        })?;
        for (name, against, way, keep) in [
            ("Tripline, parse", "bound, parse", Way::Parse, Keep::Memory),
            ("Tripline, match", "bound, match", Way::Match, Keep::Memory),
            ("Tripline", "bound", Way::Both, Keep::Memory),
            ("Tripline, state as bytes", "bound", Way::Both, Keep::Bytes),
        ] {
            self.add(name, against, Some(Meaning::Tripline), |part, field| {
                let rules = Rc::clone(&field.rules);
                Box::new(Engine { part, rules, window_ms: field.window_ms, way, keep })
            })?;
        }
        Ok(())
    }

    /// Adds a contender, with the largest part of the stream that it gets
    /// through within the budget. `None` for `meaning`: it gives no alerts.
    pub(crate) fn add(
        &mut self,
        name: &'static str,
        against: &'static str,
        meaning: Option<Meaning>,
        make: impl Fn(Rc<Part>, &Self) -> Box<dyn Contender>,
    ) -> Result<(), String> {
        let mut devices = 1;
        let mut measured = make(self.part(devices), self).run()?;
        while devices < DEVICES && measured.cpu * 10 <= self.budget {
            devices *= 10;
            if devices < DEVICES {
                measured = make(self.part(devices), self).run()?;
            }
        }
        let part = self.part(devices);
        let has_alerts = measured.found.is_some();
        let expected = meaning.filter(|_| has_alerts).map(|meaning| self.expect(&part, meaning));
        let readings = part.len();
        let contender = make(part, self);
        self.entries.push(Entry { name, readings, expected, against, contender });
        Ok(())
    }

    fn lines<P>(&self, part: Rc<Part>, way: Way) -> Lines<P> {
        let rules = Rc::clone(&self.rules);
        Lines { part, rules, window_ms: self.window_ms, way, program: PhantomData }
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
