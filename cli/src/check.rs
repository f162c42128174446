//! `tripline check`: every mistake in rule files, or what the rules will cost.

use std::io::{self, Write};

use rules_core::{
    Rule, Span,
    cost::{Cost, Quota},
};

use crate::{
    Fault, duration,
    rule_file::{self, FileMistake, FileRule},
};

mod report;
use report::Report;

/// Say every mistake in files of rules, each with line and column, or what each rule reads, keeps and costs
///
/// The cost is that of a device that sends one reading in the interval, once
/// all windows are full. A set of rules that costs more than the quota for
/// the device it costs most for is refused, as the service refuses it.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files that hold one rule or a list of rules: JSON, or YAML by the extension .yaml or .yml
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Print one JSON object instead of lines for people
    #[arg(long)]
    json: bool,
    /// The time between two readings of a device that costs are told for
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = interval)]
    interval: Span,
    /// Most bytes of state a device that are allowed
    #[arg(long, value_name = "BYTES", default_value_t = Quota::BYTES_PER_DEVICE)]
    quota_bytes_per_device: u64,
    /// Most steps a reading that are allowed
    #[arg(long, value_name = "STEPS", default_value_t = Quota::STEPS_PER_READING)]
    quota_steps_per_reading: u64,
}

const EXAMPLES: &str = "\
Exit code: 0 if every rule is right, 1 with every mistake, 2 for wrong usage.

Examples:
  tripline check examples/rules/boiler-hot.json
  tripline check --interval 10s rules.yaml
  tripline check --json rules.yaml | jq '.mistakes[].message'";

fn interval(text: &str) -> Result<Span, String> {
    let interval = duration::parse(text)?;
    if interval == Span::ZERO { Err("at least 1ms is wanted".to_owned()) } else { Ok(interval) }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let report = match rule_file::read(&arguments.files) {
        Ok(found) => check(&found, arguments),
        Err(mistakes) => Report::of_mistakes(mistakes, arguments.interval),
    };
    let mut out = io::stdout().lock();
    let printed = if arguments.json {
        writeln!(out, "{}", report.to_json())
    } else {
        for warning in report.warnings() {
            eprintln!("{warning}");
        }
        write!(out, "{report}")
    };
    printed.map_err(|why| Fault::Output(why.kind()))?;
    if report.mistakes.is_empty() { Ok(()) } else { Err(Fault::Reported) }
}

fn check(found: &[FileRule], arguments: &Arguments) -> Report {
    let interval = arguments.interval;
    let quota = Quota {
        bytes_per_device: arguments.quota_bytes_per_device,
        steps_per_reading: arguments.quota_steps_per_reading,
    };
    let rules: Vec<Rule> = found.iter().map(|found| found.rule.clone()).collect();
    let mut report = Report::of_rules(found, &rules, quota, interval);
    if let Err(over) = quota.admit(&rules, interval) {
        let cost = |found: &&FileRule| {
            let Cost { bytes_per_device, steps_per_reading, .. } = Cost::of(&found.rule, interval);
            (bytes_per_device, steps_per_reading)
        };
        if let Some(dearest) = found.iter().max_by_key(cost) {
            let message = format!("{over}; rule {} takes most", dearest.rule.id);
            report.mistakes.push(FileMistake::at(dearest, "over_quota", message));
        }
    }
    report
}
