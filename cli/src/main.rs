//! The `tripline` command: checks rules, plays scenarios, replays recorded readings through
//! the production engine, explains what came of them, and simulates devices.
//!
//! Exit codes: 0 fine, 1 the input is at fault, 2 wrong usage.

use std::{io, process::ExitCode};

use clap::{Parser, Subcommand};

mod check;
mod duration;
mod eval;
mod explain;
mod recording;
mod replay;
mod rule_file;
mod simulate;
mod test;

/// Rules for readings of devices: check them, test them, replay recorded readings through them
#[derive(Parser)]
#[command(name = "tripline", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Replay(replay::Arguments),
    Eval(eval::Arguments),
    Explain(explain::Arguments),
    Simulate(simulate::Arguments),
    Test(test::Arguments),
}

const EXAMPLES: &str = "\
Examples:
  tripline check examples/rules/*.json
  tripline test tests/scenarios
  tripline replay --rules boiler.json --readings yesterday.ndjson
  tripline replay --rules boiler.json --readings boiler-1.csv --stats
  tripline eval 'avg(temp, 5m)' --readings yesterday.ndjson --device boiler-1
  tripline explain --rules boiler.json --readings yesterday.ndjson --device boiler-1
  tripline simulate --to mqtt://127.0.0.1:1883";

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
    };
    match outcome {
        // Whoever read our output may have seen enough: `tripline replay … | head`.
        Ok(()) | Err(Fault::Output(io::ErrorKind::BrokenPipe)) => ExitCode::SUCCESS,
        Err(Fault::Reported) => ExitCode::from(1),
        Err(Fault::Input(message)) => {
            eprintln!("tripline: {message}");
            ExitCode::from(1)
        }
        Err(Fault::Output(why)) => {
            eprintln!("tripline: standard output: {why}");
            ExitCode::from(1)
        }
        Err(Fault::Usage(message)) => {
            eprintln!("tripline: {message}");
            ExitCode::from(2)
        }
    }
}

/// Why the command did not do what was asked.
enum Fault {
    /// The input is at fault, and what is wrong was already printed.
    Reported,
    /// The input is at fault.
    Input(String),
    /// The command line asks for what there is not.
    Usage(String),
    /// What we have to say cannot be written.
    Output(io::ErrorKind),
}
