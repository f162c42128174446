//! `tripline check`: every mistake in rule files, or what the rules will cost.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use rules_core::{Missing, Rule, Span, expr::Expr};
use serde_json::json;

use crate::{
    Fault,
    rule_file::{self, FileMistake, FileRule},
};

/// Say every mistake in files of rules, each with line and column, or what each rule reads and keeps
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files that hold one rule or a list of rules: JSON, or YAML by the extension .yaml or .yml
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
    let mut out = io::stdout().lock();
    let printed = match rule_file::read(&arguments.files) {
        Ok(rules) if arguments.json => writeln!(out, "{}", report(&rules, &[])),
        Ok(rules) => rules.iter().try_for_each(|found| {
            if let Some(warning) = warning(&found.rule) {
                eprintln!("{}:{}:{}: warning: {warning}", found.file, found.line, found.column);
            }
            writeln!(out, "{}", Cost::of(&found.rule).line(&found.rule))
        }),
        Err(mistakes) => {
            let told = if arguments.json {
                writeln!(out, "{}", report(&[], &mistakes))
            } else {
                mistakes.iter().try_for_each(|mistake| writeln!(out, "{mistake}"))
            };
            return told.map_err(|why| Fault::Output(why.kind())).and(Err(Fault::Reported));
        }
    };
    printed.map_err(|why| Fault::Output(why.kind()))
}

fn report(rules: &[FileRule], mistakes: &[FileMistake]) -> serde_json::Value {
    let rules: Vec<_> = rules.iter().map(|found| Cost::of(&found.rule).to_json(found)).collect();
    json!({ "rules": rules, "mistakes": mistakes })
}

/// What is right by the grammar and surprises its author on a silent device.
fn warning(rule: &Rule) -> Option<&'static str> {
    let speaks_of_silence =
        [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten().any(|expr| {
            let mut found = None;
            expr.visit(&mut |part| found = found.or(matches!(part, Expr::Absent(_)).then_some(())));
            found.is_some()
        });
    (!speaks_of_silence && rule.missing == Missing::Hold).then_some(
        "when a device falls silent, this alert stays as it is for ever; \
         a rule with `absent`, or `\"missing\": \"clear\"` over windows, ends it",
    )
}

/// What a rule makes the engine keep and do.
struct Cost {
    fields: Vec<String>,
    windows: Vec<String>,
    timers: Vec<String>,
}

impl Cost {
    fn of(rule: &Rule) -> Self {
        let conditions = [Some(&rule.when), rule.clear.as_ref()];
        let (mut fields, mut windows) = (BTreeSet::new(), BTreeSet::new());
        let mut absences = BTreeSet::new();
        for condition in conditions.into_iter().flatten() {
            fields.extend(condition.fields());
            condition.visit(&mut |expr| match expr {
                Expr::Window(call) => {
                    windows.insert(call.to_string());
                }
                Expr::Absent(span) => {
                    absences.insert(*span);
                }
                _ => {}
            });
        }
        let mut timers: Vec<String> =
            absences.iter().map(|span| format!("absent {span}")).collect();
        for (name, span) in [("for", rule.hold), ("keep_firing_for", rule.keep_firing)] {
            if span > Span::ZERO {
                timers.push(format!("{name} {span}"));
            }
        }
        Self {
            fields: fields.into_iter().map(str::to_owned).collect(),
            windows: windows.into_iter().collect(),
            timers,
        }
    }

    fn line(&self, rule: &Rule) -> String {
        let [fields, windows, timers] =
            [&self.fields, &self.windows, &self.timers].map(|names| match names.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            });
        format!("{}: ok; fields: {fields}; windows: {windows}; timers: {timers}", rule.id)
    }

    fn to_json(&self, found: &FileRule) -> serde_json::Value {
        json!({
            "file": found.file,
            "rule": found.rule.id,
            "fields": self.fields,
            "windows": self.windows,
            "timers": self.timers,
            "warning": warning(&found.rule),
        })
    }
}
