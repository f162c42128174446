//! The programs written for W1, as contenders.

use std::{hint::black_box, rc::Rc};

use bench_cpu::Watch;
use bench_workload::{
    alerts::Alert,
    bound::Bound,
    found::Found,
    line::{self, Line},
    stream::BATCH,
    unshared::{Judge, Unshared},
};

use crate::{
    contender::{Contender, Measured},
    part::Part,
};

/// How much of the way from bytes to alerts is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// Only reading the JSON.
    Parse,
    /// Only judging what was read before.
    Match,
    /// Both.
    Both,
}

/// A program that takes lines one by one.
pub(crate) trait Program {
    /// Takes in a line.
    fn see(&mut self, line: &Line<'_>);
    /// What fired.
    fn alerts(&self) -> &[Alert];
}

impl Program for Bound {
    #[inline]
    fn see(&mut self, line: &Line<'_>) {
        self.see(line);
    }

    fn alerts(&self) -> &[Alert] {
        &self.alerts
    }
}

impl<J: Judge> Program for Unshared<J> {
    #[inline]
    fn see(&mut self, line: &Line<'_>) {
        self.see(line);
    }

    fn alerts(&self) -> &[Alert] {
        &self.alerts
    }
}

/// A program with its part of the stream.
pub(crate) struct Lines<F> {
    pub(crate) part: Rc<Part>,
    pub(crate) way: Way,
    /// Makes the program anew, with nothing seen.
    pub(crate) fresh: F,
}

impl<P: Program, F: FnMut() -> Result<P, String>> Contender for Lines<F> {
    fn run(&mut self) -> Result<Measured, String> {
        let mut program = (self.fresh)()?;
        let mut watch = Watch::default();
        let bodies = || self.part.bodies.iter().map(String::as_bytes);
        match self.way {
            Way::Parse => watch.run(|| {
                bodies().for_each(|body| line::each(body, |line| _ = black_box(*line)));
            }),
            Way::Match => {
                let mut lines = Vec::with_capacity(BATCH);
                for body in bodies() {
                    lines.clear();
                    line::each(body, |line| lines.push(*line));
                    watch.run(|| lines.iter().for_each(|line| program.see(line)));
                }
            }
            Way::Both => watch.run(|| {
                bodies().for_each(|body| line::each(body, |line| program.see(line)));
            }),
        }
        let found = (self.way != Way::Parse).then(|| Found::alerts(program.alerts()));
        Ok(Measured { cpu: watch.spent, found, ..Measured::default() })
    }
}
