//! `tripline replay`: recorded readings through the production engine.
//!
//! - [`source`]: readings from NDJSON ([`ndjson`]) or CSV ([`table`]);
//! - [`judge`]: the engine under a clock that is the newest event time;
//! - [`output`]: transitions and counts as JSON;
//! - [`progress`]: a line on the terminal while it takes long.

use std::{io::BufWriter, time::Instant};

use rules_core::{Rule, Span, Timestamp, partition::Settings};

use crate::{Fault, duration, rule_file};

mod judge;
mod ndjson;
mod output;
mod progress;
mod source;
mod table;
mod time;

use judge::Judge;
use output::{Output, Stats};
use progress::Progress;
use source::Item;
use table::Columns;
use time::TimeZone;

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
    /// Readings: NDJSON, or CSV with a header; `-` is standard input
    #[arg(long, value_name = "FILE")]
    readings: String,
    /// CSV: the column that names the device, or else the device itself [default: the file's name without its extension]
    ///
    /// `column:COL` insists on the column.
    #[arg(long, value_name = "COL|NAME", value_parser = table::DeviceFrom::parse)]
    csv_device: Option<table::DeviceFrom>,
    /// CSV: the column of the event time [default: the first that looks like a time]
    #[arg(long, value_name = "COL")]
    csv_time: Option<String>,
    /// Time zone of times that name none: an IANA name like `Europe/Berlin`, `UTC`, or an offset like `+02:00`
    ///
    /// Where the zone's clocks are put back, a time stands for the first of the two instants, and for
    /// the second if the row of the device before it has come as far. A time that clocks put forward
    /// skip is moved forward as they are.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = TimeZone::parse, allow_hyphen_values = true)]
    time_zone: TimeZone,
    /// Let the clock run on to this time after the last reading
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How far behind a device's newest event time repeats are recognised; 0s turns it off
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration::parse)]
    dedup_horizon: Span,
    /// How long a reading may be overtaken by newer ones of its device; only 0s so far
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration::parse)]
    allowed_lateness: Span,
    /// Print the counts as one JSON object on standard error
    #[arg(long)]
    stats: bool,
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
  tripline replay --rules silent.json --readings day.ndjson --until 2026-03-02T00:00:00Z";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    if arguments.allowed_lateness > Span::ZERO {
        return Err(Fault::Usage(
            "--allowed-lateness: this version can only do 0s: a reading that was overtaken is late"
                .to_owned(),
        ));
    }
    let until = match &arguments.until {
        Some(text) => Some(arguments.time_zone.read(text).ok_or_else(|| {
            Fault::Usage(format!("--until {text}: a time like 2026-03-01T00:00:00Z is wanted"))
        })?),
        None => None,
    };
    let rules: Vec<Rule> = match rule_file::read(&arguments.rules) {
        Ok(found) => found.into_iter().map(|found| found.rule).collect(),
        Err(mistakes) => {
            for mistake in mistakes {
                eprintln!("{mistake}");
            }
            return Err(Fault::Reported);
        }
    };
    replay(arguments, rules, until)
}

fn replay(arguments: &Arguments, rules: Vec<Rule>, until: Option<Timestamp>) -> Result<(), Fault> {
    let begun = Instant::now();
    let settings = Settings { dedup_horizon: arguments.dedup_horizon, ..Settings::default() };
    let rule_count = rules.len();
    let columns = Columns {
        device: arguments.csv_device.clone(),
        time: arguments.csv_time.clone(),
        time_zone: arguments.time_zone.clone(),
    };
    let (source, meter) = source::open(&arguments.readings, columns)?;
    let mut progress = Progress::new(meter);
    let mut judge = Judge::new(rules, settings);
    let mut output = Output::new(BufWriter::with_capacity(1 << 16, std::io::stdout().lock()));
    let mut complaints = Complaints::new(&arguments.readings);
    for item in source {
        match item? {
            Item::Reading { line, reading } => {
                let refused = judge.reading(reading, &mut output)?;
                complaints.add(line, refused);
            }
            Item::Refused { line, code, message } => {
                judge.refuse();
                complaints.add(line, Some((code.to_owned(), message)));
            }
        }
        progress.step();
    }
    judge.finish(until, &mut output)?;
    output.flush()?;
    progress.clear();
    complaints.sum_up();
    if arguments.stats {
        let counters = judge.counters();
        eprintln!("{}", Stats::new(counters, rule_count, begun.elapsed()).to_json());
    }
    Ok(())
}

/// Tells of readings that cannot be used: the first ones each, the rest by their number.
struct Complaints<'a> {
    file: &'a str,
    count: u64,
}

impl<'a> Complaints<'a> {
    /// As many as fit on a screen beside what else there is to say.
    const SHOWN_MAX: u64 = 20;

    fn new(file: &'a str) -> Self {
        Self { file: if file == "-" { "standard input" } else { file }, count: 0 }
    }

    fn add(&mut self, line: u64, refused: Option<(String, String)>) {
        let Some((code, message)) = refused else { return };
        self.count += 1;
        if self.count <= Self::SHOWN_MAX {
            eprintln!("{}:{line}: {code}: {message}", self.file);
        }
    }

    fn sum_up(&self) {
        if self.count > Self::SHOWN_MAX {
            eprintln!("{}: {} more refused", self.file, self.count - Self::SHOWN_MAX);
        }
    }
}
