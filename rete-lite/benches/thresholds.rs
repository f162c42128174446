//! Thresholds on one value: the index against a scan of all of them.
//!
//! Both follow one value through the same series and count what begins and
//! ends to hold. They take turns, and of all rounds the fastest counts, so that
//! what else the machine does falls on both.

use std::{hint::black_box, time::Instant};

use rete_lite::{Inequality, ThresholdIndex};

const ROUNDS: usize = 15;
const VALUES: usize = 20_000;

fn main() {
    println!("nanoseconds for each value; series of {VALUES}, best of {ROUNDS} rounds in turn");
    println!("{:>8} {:>7} {:>10} {:>10} {:>8}", "rules", "series", "scan", "index", "ratio");
    for rules in [100, 1_000, 10_000] {
        for (name, step) in [("walk", 0.5), ("jump", 100.0)] {
            let thresholds = thresholds(rules);
            let series = series(step);
            let index: ThresholdIndex<u32> = thresholds.iter().copied().collect();
            let (mut scan, mut indexed) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..ROUNDS {
                let (by_scan, a) = timed(|| scan_all(&thresholds, &series));
                let (by_index, b) = timed(|| index_all(&index, &series));
                assert_eq!(a, b, "both count the same changes");
                scan = scan.min(by_scan);
                indexed = indexed.min(by_index);
            }
            let ratio = scan / indexed;
            println!("{rules:>8} {name:>7} {scan:>10.1} {indexed:>10.1} {ratio:>7.1}x");
        }
    }
}

/// Half of them `>`, a quarter `<`, the rest inclusive; all within 0 to 100.
fn thresholds(rules: u32) -> Vec<(Inequality, f64, u32)> {
    let mut random = Random(7);
    let inequality = |rule| match rule % 4 {
        0 | 1 => Inequality::Greater,
        2 => Inequality::Less,
        _ => Inequality::GreaterOrEqual,
    };
    (0..rules).map(|rule| (inequality(rule), random.up_to(100.0), rule)).collect()
}

/// Values within 0 to 100, each at most `step` from the one before.
fn series(step: f64) -> Vec<f64> {
    let mut random = Random(11);
    let mut value = 50.0;
    let next = |_| {
        value = f64::clamp(value + random.up_to(2.0 * step) - step, 0.0, 100.0);
        value
    };
    (0..VALUES).map(next).collect()
}

/// As without an index: every comparison is made, and held against the last outcome.
fn scan_all(thresholds: &[(Inequality, f64, u32)], series: &[f64]) -> (u64, u64) {
    let mut held = vec![false; thresholds.len()];
    let (mut begun, mut ended) = (0, 0);
    for value in series {
        for ((inequality, threshold, rule), held) in thresholds.iter().zip(&mut held) {
            let holds = match inequality {
                Inequality::Less => value < threshold,
                Inequality::LessOrEqual => value <= threshold,
                Inequality::Greater => value > threshold,
                Inequality::GreaterOrEqual => value >= threshold,
            };
            if holds != *held {
                *held = holds;
                *(if holds { &mut begun } else { &mut ended }) += u64::from(*rule);
            }
        }
    }
    (begun, ended)
}

fn index_all(index: &ThresholdIndex<u32>, series: &[f64]) -> (u64, u64) {
    let (mut begun, mut ended, mut last) = (0, 0, None);
    for value in series {
        let (begins, ends) = index.changes(last, Some(*value));
        begins.for_each(|rule| begun += u64::from(*rule));
        ends.for_each(|rule| ended += u64::from(*rule));
        last = Some(*value);
    }
    (begun, ended)
}

/// Nanoseconds for each value of a series, and what came out.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64() * 1e9 / VALUES as f64, result)
}

/// Knuth's linear congruential generator: the same series in every run.
struct Random(u64);

impl Random {
    fn up_to(&mut self, bound: f64) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bound * (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
