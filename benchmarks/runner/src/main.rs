//! Measures engines side by side on one stream and writes down what came of it.
//!
//! - [`part`]: parts of the stream, [`field`]: who runs on which of them;
//! - [`rounds`]: alternating rounds; [`contender`]: what a round runs;
//! - [`programs`]: written for the workload; [`engine`]: Tripline; [`sqlite`],
//!   [`cel`], [`node`]: others; [`child`]: those that are processes;
//! - [`hosts`]: the applications on their hosts, over HTTP;
//! - [`options`]: what is asked for; [`report`]: tables and plots;
//!   [`places`]: where things are.

use std::process::{Command, ExitCode};

use bench_workload::rule::{W1_WINDOW_MS, W2_WINDOW_MS};
use serde_json::Value;

mod cel;
mod child;
mod contender;
mod engine;
mod field;
mod hosts;
mod node;
mod options;
mod part;
mod places;
mod programs;
mod report;
mod rounds;
mod sqlite;

use field::Field;
use options::Options;
use places::Places;
use report::Report;
use rounds::Outcome;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match Options::parse(&words).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("benchmarks: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let places = Places::find()?;
    let mut report = Report { how: options.pace.to_string(), ..Report::default() };
    if options.wants("w1") {
        for rules in &options.rules {
            report.w1.push((*rules, throughput(*rules, W1_WINDOW_MS, options, &places)?));
        }
    }
    if options.wants("w2") {
        report.w2.push((1_000, throughput(1_000, W2_WINDOW_MS, options, &places)?));
    }
    if options.wants("memory") {
        report.memory = Some(one_answer(&mut Command::new(&places.memory))?);
    }
    if options.wants("hosts") {
        report.hosts = Some(hosts::measure(options.pace, &places)?);
    }
    for (name, text) in report.sections() {
        println!("\n# {name}\n\n{text}");
    }
    if options.writes { report.write(&places.root) } else { Ok(()) }
}

/// Everybody on W1 or, with the longer window, on W2.
fn throughput(
    rules: u32,
    window_ms: i64,
    options: &Options,
    places: &Places,
) -> Result<Vec<Outcome>, String> {
    eprintln!("{rules} rules, window {} s", window_ms / 1_000);
    let mut field = Field::new(rules, window_ms, options.pace.budget);
    field.add_programs()?;
    if window_ms == W1_WINDOW_MS {
        field.check_published()?;
    }
    field.add_tripline()?;
    if window_ms == W1_WINDOW_MS {
        field.add_wasm(places)?;
    }
    field.add_others(places)?;
    rounds::run(&mut field.entries, options.pace.rounds)
}

/// The line of JSON that a program prints.
fn one_answer(command: &mut Command) -> Result<Value, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|why| format!("{name}: {why}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&said)
        .map_err(|why| format!("{name}: {why}: {said}{}", String::from_utf8_lossy(&output.stderr)))
}
