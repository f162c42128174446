//! Rules over every window and aggregate, with readings that overtake each
//! other, against a program that looks at the whole history each time.

use std::{fmt::Write as _, format, string::String, vec, vec::Vec};

use proptest::prelude::*;

use super::{Bench, play};
use crate::{Span, partition::Settings};

/// Seconds throughout.
#[derive(Clone, Copy, Debug)]
enum Frame {
    Sliding(i64),
    Samples(usize),
    Hopping(i64, i64),
    Session(i64, Option<i64>),
}

/// What is asked of the window, with a threshold that no value meets exactly
/// unless both compute it without rounding.
const AGGREGATES: [(&str, &str); 18] = [
    ("count(v, ", ") >= 3"),
    ("count(v > 1, ", ") >= 2"),
    ("sum(v, ", ") >= 6"),
    ("avg(v, ", ") >= 2"),
    ("min(v, ", ") >= 2"),
    ("max(v, ", ") >= 4"),
    ("range(v, ", ") >= 3"),
    ("stddev(v, ", ") >= 1.23"),
    ("median(v, ", ") >= 2.5"),
    ("quantile(0.9, v, ", ") >= 3.33"),
    ("first(v, ", ") >= 3"),
    ("last(v, ", ") >= 3"),
    ("delta(v, ", ") >= 1"),
    ("rate(v, ", ") >= 0.37"),
    ("changes(v, ", ") >= 2"),
    ("distinct(v, ", ") >= 3"),
    ("all(v > 1, ", ")"),
    ("any(v > 3, ", ")"),
];

impl Frame {
    fn text(self) -> String {
        match self {
            Self::Sliding(width) => format!("{width}s"),
            Self::Samples(count) => format!("{count} samples"),
            Self::Hopping(width, every) => format!("{width}s, every {every}s"),
            Self::Session(gap, None) => format!("session {gap}s"),
            Self::Session(gap, Some(max)) => format!("session {gap}s max {max}s"),
        }
    }
}

fn frames() -> impl Strategy<Value = Frame> {
    prop_oneof![
        (1_i64..25).prop_map(Frame::Sliding),
        (1_usize..6).prop_map(Frame::Samples),
        (1_i64..25, 1_i64..12).prop_map(|(width, every)| Frame::Hopping(width, every)),
        (1_i64..7, prop::option::of(0_i64..15))
            .prop_map(|(gap, max)| Frame::Session(gap, max.map(|more| gap + more))),
    ]
}

/// The truth of the aggregate at `index` over values with their times; `None` is unknown.
fn holds(index: usize, samples: &[(i64, f64)], min_samples: usize) -> Option<bool> {
    if samples.len() < min_samples.max(1) {
        return None;
    }
    let values: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let (first, last) = (values[0], values[values.len() - 1]);
    let sum: f64 = values.iter().sum();
    let spread = sorted[sorted.len() - 1] - sorted[0];
    let quantile = |tenths: usize| {
        let rank = tenths * (sorted.len() - 1);
        let (below, above) = (sorted[rank / 10], sorted[rank.div_ceil(10)]);
        below + (above - below) * ((rank % 10) as f64 / 10.0)
    };
    let squares: f64 = values.iter().map(|value| (value - sum / count).powi(2)).sum();
    let changes = values.windows(2).filter(|pair| pair[0].to_bits() != pair[1].to_bits()).count();
    let seconds = (samples[samples.len() - 1].0 - samples[0].0) as f64;
    Some(match index {
        0 => values.len() >= 3,
        1 => values.iter().filter(|value| **value > 1.0).count() >= 2,
        2 => sum >= 6.0,
        3 => sum / count >= 2.0,
        4 => sorted[0] >= 2.0,
        5 => sorted[sorted.len() - 1] >= 4.0,
        6 => spread >= 3.0,
        7 => (squares / count).sqrt() >= 1.23,
        8 => quantile(5) >= 2.5,
        9 => quantile(9) >= 3.33,
        10 => first >= 3.0,
        11 => last >= 3.0,
        12 => last - first >= 1.0,
        13 if seconds == 0.0 => return None,
        13 => (last - first) / seconds >= 0.37,
        14 => changes >= 2,
        15 => {
            sorted.dedup();
            sorted.len() >= 3
        }
        16 => values.iter().all(|value| *value > 1.0),
        _ => values.iter().any(|value| *value > 3.0),
    })
}

/// Every judgement: when, and over which samples. At equal times readings
/// come before what closes.
fn judgements(frame: Frame, readings: &[(i64, f64)], end: i64) -> Vec<(i64, Vec<(i64, f64)>)> {
    let hop = |e: i64, width: i64| {
        readings.iter().filter(|(t, _)| e - width <= *t && *t < e).copied().collect::<Vec<_>>()
    };
    let mut all = vec![];
    let mut session: Vec<(i64, f64)> = vec![];
    let mut closed: Vec<(i64, f64)> = vec![];
    for t in 0..=end {
        for (index, reading) in readings.iter().enumerate().filter(|(_, reading)| reading.0 == t) {
            let seen = &readings[..=index];
            let samples = match frame {
                Frame::Sliding(width) => {
                    seen.iter().filter(|(at, _)| t - width < *at).copied().collect()
                }
                Frame::Samples(count) => seen[seen.len().saturating_sub(count)..].to_vec(),
                Frame::Hopping(width, every) => hop(last_end(t - 1, every), width),
                Frame::Session(..) => {
                    session.push(*reading);
                    closed.clone()
                }
            };
            all.push((t, samples));
        }
        match frame {
            Frame::Hopping(width, every) if last_end(t, every) == t => {
                all.push((t, hop(t, width)));
            }
            Frame::Session(gap, max) => {
                let over = session.last().is_some_and(|last| t >= last.0 + gap)
                    || session.first().zip(max).is_some_and(|(first, max)| t >= first.0 + max);
                if over {
                    closed = std::mem::take(&mut session);
                    all.push((t, closed.clone()));
                }
            }
            _ => {}
        }
    }
    all
}

/// The last end of a hopping window at or before `t`: ends are multiples since
/// 1970, not since the script's time 0.
fn last_end(t: i64, every: i64) -> i64 {
    let zero = super::ZERO / 1_000;
    (t + zero).div_euclid(every) * every - zero
}

/// What alerts say: with `for` 0 and without `clear`, they follow the truth.
fn oracle(index: usize, judgements: &[(i64, Vec<(i64, f64)>)], min_samples: usize) -> Vec<String> {
    let mut fires = false;
    let mut told = vec![];
    for (t, samples) in judgements {
        match holds(index, samples, min_samples) {
            Some(truth) if truth != fires => {
                fires = truth;
                let state = if truth { "firing" } else { "resolved" };
                told.push(format!("{state} a{index}{{d}} at {}", Span::from_secs(*t)));
            }
            _ => {}
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// For every aggregate at once: whatever the frame, and in whatever order
    /// the readings come within the allowed lateness.
    #[test]
    fn rules_over_windows_fire_as_a_look_at_the_whole_history_says(
        frame in frames(),
        steps in prop::collection::vec((0_i64..9, 0_i8..5, 0_i64..10), 1..30),
        lateness in prop_oneof![Just(0_i64), Just(10)],
        min_samples in 1_usize..4,
    ) {
        let rules: Vec<String> = AGGREGATES
            .iter()
            .enumerate()
            .map(|(index, (before, after))| format!(
                r#"{{"id": "a{index}", "when": "{before}{}{after}", "min_samples": {min_samples}}}"#,
                frame.text()
            ))
            .collect();
        let mut ts = 0;
        // When it arrives, and what.
        let mut arrivals = vec![];
        for (pause, value, delay) in steps {
            // Two readings of one time and value would be one.
            ts += pause.max(1);
            arrivals.push((ts + delay.min(lateness), (ts, f64::from(value))));
        }
        let readings: Vec<_> = arrivals.iter().map(|(_, reading)| *reading).collect();
        let end = ts + 60;
        arrivals.sort_by_key(|(now, (ts, _))| (*now, *ts));
        let mut script = String::new();
        for (now, (ts, value)) in arrivals {
            writeln!(script, "{now}s @{ts}s d v={value}").unwrap();
        }
        writeln!(script, "{}s tick", end + lateness).unwrap();
        let documents: Vec<&str> = rules.iter().map(String::as_str).collect();
        let allowed_lateness = Span::from_secs(lateness);
        let settings = Settings { allowed_lateness, ..Settings::default() };

        let transcript = play(&mut Bench::with(&documents, settings), &script);

        let judgements = judgements(frame, &readings, end);
        for index in 0..AGGREGATES.len() {
            let name = format!(" a{index}{{");
            let told: Vec<_> = transcript
                .lines()
                .filter(|line| line.starts_with("    ") && line.contains(&name))
                .map(|line| line.trim().split(" since ").next().unwrap())
                .collect();
            prop_assert_eq!(told, oracle(index, &judgements, min_samples), "{}", transcript);
        }
    }
}
