//! Tripline as a contender.

use std::rc::Rc;

use bench_cpu::Watch;
use bench_workload::{
    found::Found,
    rule::Rule,
    tripline::{self, Tripline},
};

use rules_core::partition::Input;

use crate::{
    contender::{Contender, Measured},
    part::Part,
    programs::Way,
};

/// What is done with the state after each batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Keep {
    /// It stays in memory.
    Memory,
    /// What changed is taken as bytes, as a host that stores it does.
    Bytes,
}

/// The engine with its part of the stream.
pub(crate) struct Engine {
    pub(crate) part: Rc<Part>,
    pub(crate) rules: Rc<[Rule]>,
    pub(crate) window_ms: i64,
    pub(crate) way: Way,
    pub(crate) keep: Keep,
}

impl Contender for Engine {
    fn run(&mut self) -> Result<Measured, String> {
        let mut tripline = Tripline::new(&self.rules, self.window_ms);
        let (mut decode, mut step, mut store) =
            (Watch::default(), Watch::default(), Watch::default());
        let mut input = Input::Tick;
        let mut found = Vec::new();
        for body in &self.part.bodies {
            decode.run(|| Tripline::decode(body.as_bytes(), &mut input));
            if self.way == Way::Parse {
                continue;
            }
            let stepped = step.run(|| tripline.step(&input));
            found.extend(stepped.happened.iter().map(tripline::change));
            step.run(|| drop(stepped));
            store.run(|| match self.keep {
                Keep::Memory => tripline.forget(),
                Keep::Bytes => drop(tripline.take()),
            });
        }
        found.extend(tripline.finish().happened.iter().map(tripline::change));
        let stages = [("decode", decode.spent), ("step", step.spent), ("store", store.spent)];
        let cpu = match self.way {
            Way::Parse => decode.spent,
            Way::Match => step.spent + store.spent,
            Way::Both => decode.spent + step.spent + store.spent,
        };
        let found = (self.way != Way::Parse).then(|| Found::changes(found));
        Ok(Measured { cpu, found, stages: stages.into() })
    }
}
