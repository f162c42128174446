use alloc::{collections::BTreeSet, vec::Vec};

use super::Sample;
use crate::{Timestamp, Value, expr::Aggregate};

/// The aggregate of samples of which it takes each, oldest first.
pub(super) fn compute(aggregate: Aggregate, samples: &[&(Timestamp, Sample)]) -> Option<Value> {
    let (first_at, first) = *samples.first()?;
    let (last_at, last) = *samples.last()?;
    let numbers = || {
        samples.iter().filter_map(|(_, sample)| match sample {
            Sample::Number(number) => Some(*number),
            _ => None,
        })
    };
    let truths = || samples.iter().map(|(_, sample)| *sample != Sample::Bool(false));
    let mut sum = super::super::exact_sum::ExactSum::default();
    numbers().for_each(|number| sum.add(number));
    let delta = || match (first, last) {
        (Sample::Number(first), Sample::Number(last)) => Some(last - first),
        _ => None,
    };
    let number = match aggregate {
        Aggregate::First => return Some(first.to_value()),
        Aggregate::Last => return Some(last.to_value()),
        Aggregate::All => return Some(Value::Bool(truths().all(|truth| truth))),
        Aggregate::Any => return Some(Value::Bool(truths().any(|truth| truth))),
        Aggregate::Count => truths().filter(|truth| *truth).count() as f64,
        Aggregate::Sum => sum.rounded(),
        Aggregate::Avg => sum.divided_by(samples.len()),
        Aggregate::Min => numbers().reduce(f64::min)?,
        Aggregate::Max => numbers().reduce(f64::max)?,
        Aggregate::Range => numbers().reduce(f64::max)? - numbers().reduce(f64::min)?,
        Aggregate::StdDev => {
            let mean = sum.divided_by(samples.len());
            let squares: f64 = numbers().map(|number| (number - mean) * (number - mean)).sum();
            libm::sqrt(squares / samples.len() as f64)
        }
        Aggregate::Quantile(rank) => {
            let mut sorted: Vec<f64> = numbers().collect();
            sorted.sort_by(f64::total_cmp);
            quantile(&sorted, rank.get())?
        }
        Aggregate::Delta => delta()?,
        Aggregate::Rate => {
            let elapsed = last_at.since(*first_at).as_millis() as f64 / 1_000.0;
            delta()? / if elapsed > 0.0 { elapsed } else { return None }
        }
        Aggregate::Changes => {
            samples.iter().zip(samples.iter().skip(1)).filter(|(a, b)| a.1 != b.1).count() as f64
        }
        Aggregate::Distinct => {
            let keys: BTreeSet<_> = samples.iter().map(|(_, sample)| sample.key()).collect();
            keys.len() as f64
        }
    };
    number.is_finite().then_some(Value::Number(number))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank of a sample")]
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = q * (sorted.len() - 1) as f64;
    let below = libm::floor(place);
    let lower = *sorted.get(below as usize)?;
    let upper = sorted.get(below as usize + 1).copied().unwrap_or(lower);
    let part = place - below;
    Some(if part == 0.0 { lower } else { lower * (1.0 - part) + upper * part })
}
