//! Alternating rounds: every contender runs once a round, so that whatever
//! else the machine does meets all of them, and ratios are taken within a round.

use std::{collections::BTreeMap, time::Duration};

use bench_workload::found::Found;

use crate::contender::Contender;

/// A contender and what is known of it before it runs.
pub(crate) struct Entry {
    /// What it is called in the tables.
    pub(crate) name: &'static str,
    /// Readings that it takes in.
    pub(crate) readings: usize,
    /// What it has to find.
    pub(crate) expected: Option<Found>,
    /// It.
    pub(crate) contender: Box<dyn Contender>,
}

/// What the rounds say of one contender.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) readings: usize,
    /// Readings per second of processor time, by round.
    pub(crate) rates: Vec<f64>,
    /// Processor time of the last round by stage, where the contender tells.
    pub(crate) stages: BTreeMap<&'static str, Duration>,
}

/// Runs the rounds, and insists on what each contender has to find.
pub(crate) fn run(entries: &mut [Entry], rounds: usize) -> Result<Vec<Outcome>, String> {
    let outcome = |entry: &Entry| Outcome {
        name: entry.name,
        readings: entry.readings,
        rates: Vec::new(),
        stages: BTreeMap::new(),
    };
    let mut outcomes: Vec<Outcome> = entries.iter().map(outcome).collect();
    for round in 0..rounds {
        eprintln!("  round {} of {rounds}", round + 1);
        for place in 0..entries.len() {
            // Each round begins with another contender.
            let place = (place + round) % entries.len();
            let (entry, outcome) = (&mut entries[place], &mut outcomes[place]);
            let measured = entry.contender.run()?;
            if measured.found != entry.expected {
                return Err(format!(
                    "{} found {:?}, expected were {:?}",
                    entry.name, measured.found, entry.expected
                ));
            }
            outcome.rates.push(entry.readings as f64 / measured.cpu.as_secs_f64());
            outcome.stages = measured.stages;
        }
    }
    Ok(outcomes)
}

/// The middle of some figures and how far they lie apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of figures of which there is at least one.
    pub(crate) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            at(middle)
        } else {
            f64::midpoint(at(middle.wrapping_sub(1)), at(middle))
        };
        Self { least: at(0), median, most: at(sorted.len().wrapping_sub(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two_middle_ones() {
        assert!((Spread::of(&[3.0, 1.0, 2.0]).median - 2.0).abs() < f64::EPSILON);
        assert!((Spread::of(&[4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < f64::EPSILON);
        assert!((Spread::of(&[4.0, 1.0, 2.0]).most - 4.0).abs() < f64::EPSILON);
    }
}
