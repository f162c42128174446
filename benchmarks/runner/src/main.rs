//! Measures engines side by side on one stream and writes down what came of it.
//!
//! - [`part`]: parts of the stream, [`field`]: who runs on which of them;
//! - [`rounds`]: alternating rounds; [`contender`]: what a round runs;
//! - [`programs`], [`engine`]: the contenders;
//! - [`cpu`]: the clock.

use std::{process::ExitCode, time::Duration};

use bench_workload::rule::W1_WINDOW_MS;

mod contender;
mod cpu;
mod engine;
mod field;
mod part;
mod programs;
mod rounds;

use field::Field;
use rounds::{Outcome, Spread};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = words.iter().any(|word| word == "--quick");
    let only: Option<u32> = words.iter().find_map(|word| word.parse().ok());
    let counts =
        [100, 1_000, 10_000].into_iter().filter(|count| only.is_none_or(|it| it == *count));
    for count in counts {
        if let Err(why) = throughput(count, is_quick) {
            eprintln!("benchmarks: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn throughput(count: u32, is_quick: bool) -> Result<(), String> {
    let (rounds, budget) = if is_quick { (3, 2) } else { (7, 10) };
    let mut field = Field::new(count, W1_WINDOW_MS, Duration::from_secs(budget));
    field.add_ours()?;
    field.check_published()?;
    println!("\n{count} rules, {rounds} rounds");
    for outcome in rounds::run(&mut field.entries, rounds)? {
        println!("{}", line(&outcome));
    }
    Ok(())
}

fn line(outcome: &Outcome) -> String {
    let rate = Spread::of(&outcome.rates);
    let ratio = Spread::of(&outcome.ratios);
    let all: f64 = outcome.stages.values().map(Duration::as_secs_f64).sum();
    let stages: Vec<String> = outcome
        .stages
        .iter()
        .map(|(stage, spent)| {
            let nanoseconds = spent.as_secs_f64() * 1e9 / outcome.readings as f64;
            let share = 100.0 * spent.as_secs_f64() / all;
            format!("{stage} {nanoseconds:.0} ns ({share:.0} %)")
        })
        .collect();
    format!(
        "{:25} {:>7} readings {:>11.0}/s ({:.0} to {:.0})  ÷ bound {:.4}  {}",
        outcome.name,
        outcome.readings,
        rate.median,
        rate.least,
        rate.most,
        ratio.median,
        stages.join(", ")
    )
}
