//! The `cel` crate: each rule is a program, compiled once; windows are kept
//! for it, and what it can look at is put into its context at each reading.

use std::collections::BTreeMap;

use bench_workload::{
    rule::{Kind, Rule, Seen},
    unshared::Judge,
};
use cel::{Context, Program, Value};

/// Asks a compiled expression.
pub(crate) struct Cel {
    programs: BTreeMap<u32, Program>,
    context: Context<'static, 'static>,
}

impl Cel {
    pub(crate) fn new(rules: &[Rule]) -> Result<Self, String> {
        let compile = |rule: &Rule| {
            let text = condition(rule);
            let program = Program::compile(&text).map_err(|why| format!("{text}: {why}"))?;
            Ok((rule.number, program))
        };
        let programs = rules.iter().map(compile).collect::<Result<_, String>>()?;
        Ok(Self { programs, context: Context::default() })
    }
}

impl Judge for Cel {
    fn see(&mut self, seen: &Seen) {
        let context = &mut self.context;
        context.add_variable_from_value("temp", seen.temp);
        context.add_variable_from_value("motion", seen.motion);
        context.add_variable_from_value("door_open", seen.door_open);
        context.add_variable_from_value("avg60", seen.mean);
        context.add_variable_from_value("max60", seen.max);
        context.add_variable_from_value("count60", seen.count);
    }

    fn matches(&mut self, rule: &Rule) -> bool {
        let program = self.programs.get(&rule.number);
        let value = program.and_then(|program| program.execute(&self.context).ok());
        value == Some(Value::Bool(true))
    }
}

fn condition(rule: &Rule) -> String {
    let threshold = rule.threshold;
    match rule.kind {
        Kind::Temp => format!("temp > {threshold}"),
        Kind::Motion => "motion && !door_open".to_owned(),
        Kind::Mean => format!("avg60 > {threshold}"),
        Kind::Max => format!("max60 > {threshold}"),
        Kind::Count => format!("count60 > {threshold}"),
    }
}
