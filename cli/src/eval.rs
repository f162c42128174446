//! `tripline eval`: what an expression comes to on recorded readings.

use std::io::Write;

use rules_core::{Value, expr, partition::Probe};

use crate::{Fault, recording::Recording, replay::input::Input};

/// Evaluate an expression on a device's recorded readings, and print its value as JSON
///
/// It sees exactly the readings of the device with event times up to and with
/// TIME, each once, whatever their order in the file. A window is (TIME - W,
/// TIME], hopping windows and sessions give the last one closed by TIME, a
/// field is its last value. Missing and unknown are null; a duration comes in
/// seconds.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The expression, of any type; one that begins with `-` follows `--`
    #[arg(value_name = "EXPR")]
    expression: String,
    #[command(flatten)]
    input: Input,
    /// The device whose readings count
    #[arg(long, value_name = "DEVICE")]
    device: String,
    /// When to evaluate [default: the newest event time of the device]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A window with fewer samples is missing
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    min_samples: u32,
}

const EXAMPLES: &str = "\
Exit code: 0, 1 if the expression or a file is at fault or the device is not in it,
2 for wrong usage.

Examples:
  tripline eval 'avg(temp, 5m)' --readings day.ndjson --device boiler-1
  tripline eval 'max(temp, 1h) - min(temp, 1h) > 20' --readings log.csv --device boiler-1 \\
    --at 2026-03-01T12:00:00Z
  tripline eval --readings log.csv --device boiler-1 -- '-temp'";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let at = arguments.input.time("--at", arguments.at.as_deref())?;
    let text = &arguments.expression;
    let expression = expr::parse(text).map_err(|mistakes| {
        for mistake in mistakes {
            let before = text.get(..mistake.place.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
            eprintln!("EXPR:{line}:{column}: {mistake}");
        }
        Fault::Reported
    })?;
    let device = &arguments.device;
    let recording = Recording::read(&arguments.input, |name| name == device)?;
    let at = match at {
        Some(at) => at,
        None => recording.newest(device)?,
    };
    let mut probe = Probe::new(expression, arguments.min_samples);
    for reading in recording.of(device)?.iter().take_while(|reading| reading.ts <= at) {
        probe.reading(reading);
    }
    let value = json(probe.value_at(at).as_ref());
    writeln!(std::io::stdout(), "{value}").map_err(|why| Fault::Output(why.kind()))
}

/// A value as replays print it; missing and unknown are null.
pub(crate) fn json(value: Option<&Value>) -> serde_json::Value {
    match value {
        None | Some(Value::Null) => serde_json::Value::Null,
        Some(Value::Bool(truth)) => (*truth).into(),
        Some(Value::Number(number)) => (*number).into(),
        Some(Value::Text(text)) => text.as_str().into(),
    }
}
