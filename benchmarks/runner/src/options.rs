//! What is asked for.

use std::{fmt, time::Duration};

use crate::hosts::Way;

/// What can be measured.
const PARTS: [&str; 4] = ["w1", "w2", "memory", "hosts"];

/// The command line.
pub(crate) struct Options {
    pub(crate) pace: Pace,
    /// Counts of rules for W1.
    pub(crate) rules: Vec<u32>,
    /// Whether the documentation gets the result.
    pub(crate) writes: bool,
    only: Option<Vec<String>>,
}

impl Options {
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut options =
            Self { pace: Pace::FULL, rules: vec![100, 1_000, 10_000], writes: true, only: None };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--quick" => options.pace = Pace::QUICK,
                "--smoke" => options.pace = Pace::SMOKE,
                "--no-docs" => options.writes = false,
                "--only" => options.only = Some(list(word, words.next())?),
                "--rules" => {
                    let counts = list(word, words.next())?;
                    let count =
                        |text: &String| text.parse().map_err(|why| format!("{text}: {why}"));
                    options.rules = counts.iter().map(count).collect::<Result<_, _>>()?;
                }
                _ => return Err(format!("there is no option {word}")),
            }
        }
        let unknown = options.only.iter().flatten().find(|part| !PARTS.contains(&part.as_str()));
        match unknown {
            Some(part) => Err(format!("{part}: there are {}", PARTS.join(", "))),
            None => Ok(options),
        }
    }

    /// Whether `part` is to be measured.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|it| it == part))
    }
}

/// How long and how often.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Rounds in which everybody runs once.
    pub(crate) rounds: usize,
    /// Processor time that one contender may take in one round.
    pub(crate) budget: Duration,
    /// Requests with a thousand readings that a host gets in one round.
    large_requests: usize,
}

impl Pace {
    const FULL: Self = Self { rounds: 7, budget: Duration::from_secs(8), large_requests: 40 };
    const QUICK: Self = Self { rounds: 3, budget: Duration::from_secs(1), large_requests: 20 };
    /// To see whether it works.
    const SMOKE: Self = Self { rounds: 1, budget: Duration::from_millis(20), large_requests: 2 };

    /// Requests in one phase on a host: of small ones more, which cost less.
    pub(crate) fn requests(self, way: Way) -> usize {
        let times = match way.batch {
            1_000.. => 1,
            100.. => 5,
            10.. => 15,
            _ => 25,
        };
        self.large_requests * times
    }

    /// How often a host is started.
    pub(crate) fn starts(self) -> usize {
        self.rounds * 3
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "medians of {} alternating rounds", self.rounds)
    }
}

fn list(option: &str, word: Option<&str>) -> Result<Vec<String>, String> {
    let word = word.ok_or_else(|| format!("{option} takes a list like a,b"))?;
    Ok(word.split(',').map(str::to_owned).collect())
}
