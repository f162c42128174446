//! `tripline replay`: recorded readings through the production engine.
//!
//! - [`input`]: which readings; [`source`]: from NDJSON ([`ndjson`]) or CSV ([`table`]);
//! - [`judge`]: the engine under a clock that is the newest event time;
//! - [`output`]: transitions and counts as JSON;
//! - [`complaints`]: readings that cannot be used;
//! - [`progress`]: a line on the terminal while it takes long.

use std::{io::BufWriter, time::Instant};

use rules_core::{
    Rule, Span, Timestamp,
    partition::{Receipt, Settings},
};

use crate::{Fault, duration, rule_file};

pub(crate) mod complaints;
pub(crate) mod input;
pub(crate) mod judge;
mod ndjson;
mod output;
mod progress;
pub(crate) mod source;
mod table;
mod time;

use complaints::Complaints;
use input::Input;
use judge::Judge;
use output::{Output, Stats};
use progress::Progress;
use source::Item;

/// Judge recorded readings by rules, and print every transition
///
/// The readings go through the production engine under a clock that is the
/// newest event time so far, so a replay gives what the service would have given.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files that hold one rule or a list of rules: JSON, or YAML by the extension .yaml or .yml
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    rules: Vec<String>,
    #[command(flatten)]
    input: Input,
    /// Let the clock run on to this time after the last reading
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    order: Order,
    /// Print the counts as one JSON object on standard error
    #[arg(long)]
    stats: bool,
}

/// How readings that come late or twice are treated.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// How far behind a device's newest event time repeats are recognised; 0s turns it off
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration::parse)]
    dedup_horizon: Span,
    /// How long a reading may be overtaken by newer ones of its device
    ///
    /// Readings wait that long, and are judged in the order of their event times.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = lateness)]
    allowed_lateness: Span,
}

impl Order {
    pub(crate) fn settings(&self) -> Settings {
        let Self { dedup_horizon, allowed_lateness } = *self;
        Settings { dedup_horizon, allowed_lateness, ..Settings::default() }
    }
}

fn lateness(text: &str) -> Result<Span, String> {
    let lateness = duration::parse(text)?;
    let most = Settings::ALLOWED_LATENESS_MAX;
    if lateness > most { Err(format!("at most {most} is allowed")) } else { Ok(lateness) }
}

const EXAMPLES: &str = "\
Prints one JSON object a line for each transition:
  {\"rule\":…,\"device\":…,\"state\":\"firing\",\"at\":…,\"started_at\":…,\"value\":…,\"episode\":…}

Exit code: 0, 1 if a file is at fault, 2 for wrong usage. A reading that cannot be
used is told on standard error and counted as refused; the others count all the same.

Examples:
  tripline replay --rules rules.json --readings yesterday.ndjson
  tripline replay --rules hot.json cold.json --readings machine.csv --csv-device machine --stats
  zcat log.csv.gz | tripline replay --rules hot.json --readings - --csv-device sensor
  tripline replay --rules silent.json --readings day.ndjson --until 2026-03-02T00:00:00Z
  tripline replay --rules rules.yaml --readings gateway.ndjson --allowed-lateness 2h";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let until = arguments.input.time("--until", arguments.until.as_deref())?;
    let rules = rule_file::read_or_complain(&arguments.rules)?;
    replay(arguments, rules.into_iter().map(|found| found.rule).collect(), until)
}

fn replay(arguments: &Arguments, rules: Vec<Rule>, until: Option<Timestamp>) -> Result<(), Fault> {
    let begun = Instant::now();
    let rule_count = rules.len();
    let (source, meter) = arguments.input.open()?;
    let mut progress = Progress::new(meter);
    let mut judge = Judge::new(rules, arguments.order.settings());
    let mut output = Output::new(BufWriter::with_capacity(1 << 16, std::io::stdout().lock()));
    let mut listener = |transition: &_| output.transition(transition);
    let mut complaints = Complaints::new(&arguments.input.readings);
    for item in source {
        match item? {
            Item::Reading { line, reading } => {
                if let Receipt::Refused { code, message } =
                    judge.reading(&reading, &mut listener)?
                {
                    complaints.add(line, &code, &message);
                }
            }
            Item::Refused { line, code, message } => {
                judge.refuse();
                complaints.add(line, code, &message);
            }
        }
        progress.step();
    }
    judge.finish(until, &mut listener)?;
    output.flush()?;
    progress.clear();
    complaints.sum_up();
    if arguments.stats {
        let counters = judge.counters();
        eprintln!("{}", Stats::new(counters, rule_count, begun.elapsed()).to_json());
    }
    Ok(())
}
