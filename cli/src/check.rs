//! `tripline check`: every mistake in rule files, or what the rules will cost.

use std::collections::BTreeSet;

use rules_core::{
    Rule, Span,
    expr::{Expr, Frame, WindowCall},
};
use serde_json::json;

use crate::{
    Fault,
    rule_file::{self, FileMistake},
};

/// Say every mistake in files of rules, each with line and column, or what each rule reads and keeps
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files that hold one rule or an array of rules (JSON)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Print one JSON object instead of lines for people
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Exit code: 0 if every rule is right, 1 with every mistake, 2 for wrong usage.

Examples:
  tripline check examples/rules/boiler-hot.json
  tripline check --json rules.json | jq '.mistakes[].message'";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    match rule_file::read(&arguments.files) {
        Ok(rules) if arguments.json => {
            let rules: Vec<_> = rules.iter().map(|rule| Cost::of(rule).to_json(rule)).collect();
            println!("{}", json!({ "rules": rules, "mistakes": [] }));
            Ok(())
        }
        Ok(rules) => {
            for rule in &rules {
                println!("{}", Cost::of(rule).line(rule));
            }
            Ok(())
        }
        Err(mistakes) => {
            report(&mistakes, arguments.json);
            Err(Fault::Reported)
        }
    }
}

fn report(mistakes: &[FileMistake], json: bool) {
    if json {
        println!("{}", json!({ "rules": [], "mistakes": mistakes }));
        return;
    }
    for mistake in mistakes {
        println!("{mistake}");
    }
    let plural = if mistakes.len() == 1 { "mistake" } else { "mistakes" };
    eprintln!("{} {plural}", mistakes.len());
}

/// What a rule makes the engine keep and do.
struct Cost {
    fields: Vec<String>,
    windows: Vec<String>,
    timers: Vec<String>,
}

impl Cost {
    fn of(rule: &Rule) -> Self {
        let conditions: Vec<&Expr> =
            [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten().collect();
        let mut windows = BTreeSet::new();
        let mut absences = BTreeSet::new();
        for condition in &conditions {
            condition.visit(&mut |expr| match expr {
                Expr::Window(call) => {
                    windows.insert(window_text(call));
                }
                Expr::Absent(span) => {
                    absences.insert(*span);
                }
                _ => {}
            });
        }
        let fields: BTreeSet<&str> = conditions.iter().flat_map(|expr| expr.fields()).collect();
        let mut timers: Vec<String> =
            absences.iter().map(|span| format!("absent {span}")).collect();
        let spans = [("for", rule.hold), ("keep_firing_for", rule.keep_firing)];
        timers.extend(
            spans
                .iter()
                .filter(|(_, span)| *span > Span::ZERO)
                .map(|(name, span)| format!("{name} {span}")),
        );
        Self {
            fields: fields.into_iter().map(str::to_owned).collect(),
            windows: windows.into_iter().collect(),
            timers,
        }
    }

    fn line(&self, rule: &Rule) -> String {
        format!(
            "{}: ok; reads {}; windows {}; timers {}",
            rule.id,
            listed(&self.fields),
            listed(&self.windows),
            listed(&self.timers)
        )
    }

    fn to_json(&self, rule: &Rule) -> serde_json::Value {
        json!({ "rule": rule.id, "fields": self.fields, "windows": self.windows, "timers": self.timers })
    }
}

fn window_text(call: &WindowCall) -> String {
    let Frame::Sliding(width) = call.frame;
    format!("{}({:?}, {width})", call.aggregate.as_str(), call.input)
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
