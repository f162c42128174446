//! `cargo xtask`: all set-up and chores of this repository, in Rust.
//!
//! Works from a fresh clone with Rust and Node 18 or newer. Whatever else is
//! needed is installed by a step that says what it does and why; a step whose
//! work is already done costs a few milliseconds.
//!
//! - [`catalogue`]: every step by name, with what it needs;
//! - [`schedule`]: runs steps, shows their progress and sums up;
//! - [`process`]: child processes in groups of their own, with time limits;
//! - [`setup`], [`build`], [`check`]: what the steps do;
//! - [`dev`]: everything on this machine;
//! - [`bench`]: engines side by side;
//! - [`fuzz`]: libFuzzer, for as long as one likes.

use std::{io, process::ExitCode};

mod bench;
mod build;
mod catalogue;
mod check;
mod dev;
mod fuzz;
mod process;
mod repository;
mod schedule;
mod setup;
mod wasm;

use repository::Repository;

const HELP: &str = "\
cargo xtask COMMAND

  dev     Run everything on this machine: Worker, broker, bridge, simulated devices, alerts.
            --host worker|spin   where the service runs (default: worker)
            --broker URL         use your broker instead of starting one
            --no-simulate        start no devices
  test    Set up, then run every check and every test.
            --only NAME[,NAME]   only these steps, and what they need
            --list               print the names of the steps
  build   Build the Worker, the Spin component and the commands tripline and tripline-bridge;
            print sizes and bindings.
  bench   Measure the engine beside others on one stream; minutes on a quiet machine.
            --quick              fewer rounds and shorter runs
            --smoke              a look at whether it works; its figures mean nothing
            --only PART[,PART]   only these of w1, w2, memory, hosts
            --rules N[,N]        these counts of rules (default: 100,1000,10000)
            --no-docs            leave docs/performance.md as it is
  fuzz    Look for inputs that the code does not expect, with nightly Rust and libFuzzer.
            TARGET               only this one of the targets in fuzz/fuzz_targets
            --seconds N          how long for each (default: 60)
  lint    Check formatting, run clippy on every crate, check the house rules.
  help    Print this.

Needs Rust and Node 18 or newer; everything else is installed when a step first needs it.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Reported) => ExitCode::FAILURE,
        Err(Failure::Message(message)) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(message)) => {
            eprintln!("xtask: {message}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

/// Why a command did not succeed.
enum Failure {
    /// It was already told.
    Reported,
    /// Something went wrong, with what to do about it.
    Message(String),
    /// The command line asks for what there is not.
    Usage(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Message(error.to_string())
    }
}

fn dispatch(words: &[&str]) -> Result<(), Failure> {
    match words {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{HELP}");
            Ok(())
        }
        ["test", "--list"] => {
            print!("{}", catalogue::listing());
            Ok(())
        }
        ["test"] => schedule::run(&Repository::find()?, catalogue::TEST),
        ["test", "--only", names] => {
            let names = catalogue::named(names).map_err(Failure::Usage)?;
            schedule::run(&Repository::find()?, &names)
        }
        ["dev", options @ ..] => dev::run(&Repository::find()?, &dev::Options::parse(options)?),
        ["build"] => schedule::run(&Repository::find()?, catalogue::BUILD),
        ["fuzz", options @ ..] => fuzz::run(&Repository::find()?, &fuzz::Options::parse(options)?),
        ["bench", options @ ..] => bench::run(&Repository::find()?, options),
        ["lint"] => schedule::run(&Repository::find()?, catalogue::LINT),
        _ => Err(Failure::Usage(format!("no command `{}`", words.join(" ")))),
    }
}
