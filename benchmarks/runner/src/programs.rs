//! The programs written for W1, as contenders.

use std::{hint::black_box, rc::Rc};

use bench_workload::{
    alerts::Alert,
    bound::Bound,
    line::{self, Line},
    rule::Rule,
    unshared::Unshared,
};

use crate::{
    contender::{Contender, Found, Measured},
    cpu::Watch,
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
    /// Nothing seen yet.
    fn new(rules: &[Rule], window_ms: i64) -> Self;
    /// Takes in a line.
    fn see(&mut self, line: &Line<'_>);
    /// What fired.
    fn alerts(&self) -> &[Alert];
}

impl Program for Bound {
    fn new(rules: &[Rule], window_ms: i64) -> Self {
        Self::new(rules, window_ms)
    }

    #[inline]
    fn see(&mut self, line: &Line<'_>) {
        self.see(line);
    }

    fn alerts(&self) -> &[Alert] {
        &self.alerts
    }
}

impl Program for Unshared {
    fn new(rules: &[Rule], window_ms: i64) -> Self {
        Self::new(rules, window_ms)
    }

    #[inline]
    fn see(&mut self, line: &Line<'_>) {
        self.see(line);
    }

    fn alerts(&self) -> &[Alert] {
        &self.alerts
    }
}

/// A program with its part of the stream.
pub(crate) struct Lines<P> {
    pub(crate) part: Rc<Part>,
    pub(crate) rules: Rc<[Rule]>,
    pub(crate) window_ms: i64,
    pub(crate) way: Way,
    pub(crate) program: std::marker::PhantomData<P>,
}

impl<P: Program> Contender for Lines<P> {
    fn run(&mut self) -> Result<Measured, String> {
        let mut program = P::new(&self.rules, self.window_ms);
        let mut watch = Watch::default();
        let bodies = || self.part.bodies.iter().map(String::as_bytes);
        match self.way {
            Way::Parse => watch.run(|| {
                bodies().for_each(|body| line::each(body, |line| _ = black_box(*line)));
            }),
            Way::Match => {
                let mut lines = Vec::with_capacity(self.part.len());
                bodies().for_each(|body| line::each(body, |line| lines.push(*line)));
                watch.run(|| lines.iter().for_each(|line| program.see(line)));
            }
            Way::Both => watch.run(|| {
                bodies().for_each(|body| line::each(body, |line| program.see(line)));
            }),
        }
        let found = (self.way != Way::Parse).then(|| Found::alerts(program.alerts()));
        Ok(Measured { cpu: watch.spent, found, ..Measured::default() })
    }
}
