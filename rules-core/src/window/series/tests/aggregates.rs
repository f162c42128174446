//! What the aggregates say, down to the last digit.
//!
//! Where Prometheus has the same function over a range, (t − W, t], the
//! cases follow from its definition of it.

use std::vec::Vec;

use super::*;
use crate::expr::Rank;

const MINUTE: Frame = Frame::Sliding(Span::from_secs(60));

fn quantile(q: f64) -> Aggregate {
    Aggregate::Quantile(Rank::new(q).unwrap())
}

/// The aggregate of numbers a second apart.
fn of(aggregate: Aggregate, numbers: &[f64]) -> Option<Value> {
    let samples: Vec<(i64, f64)> =
        (0..).step_by(1_000).zip(numbers).map(|(ts, number)| (ts, *number)).collect();
    let view = view(aggregate, MINUTE);
    filled(view, &samples).value(&view, 1)
}

fn of_samples(aggregate: Aggregate, samples: &[Sample]) -> Option<Value> {
    let view = view(aggregate, MINUTE);
    let mut series = Series::new(&[view]);
    for (ts, sample) in (0..).zip(samples) {
        let _ = series.push(at(ts), sample.clone());
    }
    series.value(&view, 1)
}

fn text(text: &str) -> Sample {
    Sample::Text(text.into())
}

#[test]
fn quantiles_lie_between_the_samples_around_their_rank() {
    let numbers = [4.0, 1.0, 3.0, 2.0];
    for (q, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.75, 3.25), (1.0, 4.0)] {
        assert_eq!(of(quantile(q), &numbers), number(expected), "{q}");
    }
    assert_eq!(of(quantile(0.8), &[0.0, 1.0, 2.0]), number(1.6));
    assert_eq!(of(quantile(0.3), &[7.25]), number(7.25));
    assert_eq!(of(quantile(0.5), &[]), None);
}

#[test]
fn a_quantile_between_equal_samples_is_that_sample() {
    for number in [0.1, 80.1, -1.0 / 3.0, f64::MAX, 5e-324] {
        assert_eq!(of(quantile(0.3), &[number; 3]), super::number(number));
    }
    assert_eq!(of(quantile(0.5), &[-f64::MAX, f64::MAX]), number(0.0));
}

#[test]
fn the_deviation_is_that_of_the_population() {
    assert_eq!(of(Aggregate::StdDev, &[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), number(2.0));
    assert_eq!(of(Aggregate::StdDev, &[0.0, 8.0, 8.0, 2.0, 3.0]), number(3.249_615_361_854_384));
    assert_eq!(of(Aggregate::StdDev, &[0.1; 7]), number(0.0));
    assert_eq!(of(Aggregate::StdDev, &[1e100, 1e100]), number(0.0));
}

#[test]
fn a_large_mean_costs_the_deviation_nothing() {
    // ±0.1 around 10^8, as the f64s around it have it: the mean is exact.
    let (low, high) = (1e8 - 0.1, 1e8 + 0.1);
    let Some(Value::Number(found)) = of(Aggregate::StdDev, &[low, high].repeat(25)) else {
        panic!()
    };
    let expected = (high - low) / 2.0;
    assert!((found / expected - 1.0).abs() < 1e-9, "{found}, not {expected}");
}

#[test]
fn a_number_too_large_to_be_squared_hides_the_deviation_while_it_is_inside() {
    let deviation = view(Aggregate::StdDev, Frame::Samples(2));
    let mut series = filled(deviation, &[(0, 1e200), (1, 3.0)]);

    assert_eq!(series.value(&deviation, 1), None);
    let _ = series.push(at(2), Sample::Number(5.0));
    assert_eq!(series.value(&deviation, 1), number(1.0));
}

#[test]
fn delta_and_rate_are_of_the_newest_and_the_oldest_sample_and_extrapolate_nothing() {
    assert_eq!(of(Aggregate::Delta, &[3.0, 9.0, 5.0]), number(2.0));
    assert_eq!(of(Aggregate::Rate, &[3.0, 9.0, 5.0]), number(1.0));
    // A counter that restarted fell, and that is what is said.
    assert_eq!(of(Aggregate::Rate, &[100.0, 0.0]), number(-100.0));
    assert_eq!((of(Aggregate::Delta, &[3.0]), of(Aggregate::Rate, &[3.0])), (number(0.0), None));
    let rate = view(Aggregate::Rate, MINUTE);
    assert_eq!(filled(rate, &[(0, 1.0), (0, 2.0)]).value(&rate, 1), None);
}

#[test]
fn changes_are_counted_between_neighbours_inside_the_window() {
    assert_eq!(of(Aggregate::Changes, &[1.0, 1.0, 2.0, 1.0, 1.0]), number(2.0));
    assert_eq!(of(Aggregate::Changes, &[1.0]), number(0.0));
    let changes = view(Aggregate::Changes, Frame::Samples(2));
    assert_eq!(filled(changes, &[(0, 1.0), (1, 2.0), (2, 2.0)]).value(&changes, 1), number(0.0));
}

#[test]
fn minus_zero_is_zero() {
    assert_eq!(of(Aggregate::Changes, &[0.0, -0.0]), number(0.0));
    assert_eq!(of(Aggregate::Distinct, &[0.0, -0.0]), number(1.0));
}

#[test]
fn truths_are_counted_when_true_but_each_is_a_sample() {
    let truths = [true, false, true, false].map(Sample::Bool);

    assert_eq!(of_samples(Aggregate::Count, &truths), number(2.0));
    assert_eq!(of_samples(Aggregate::All, &truths), Some(Value::Bool(false)));
    assert_eq!(of_samples(Aggregate::Any, &truths), Some(Value::Bool(true)));
    assert_eq!(of_samples(Aggregate::Count, &truths[1..2]), number(0.0));
    assert_eq!(of_samples(Aggregate::Any, &truths[1..2]), Some(Value::Bool(false)));
}

#[test]
fn texts_are_compared_and_told_apart() {
    let states = [text("idle"), text("run"), text("run"), text("idle"), Sample::Bool(true)];

    assert_eq!(of_samples(Aggregate::First, &states), Some(Value::Text("idle".into())));
    assert_eq!(of_samples(Aggregate::Last, &states[..3]), Some(Value::Text("run".into())));
    assert_eq!(of_samples(Aggregate::Changes, &states), number(3.0));
    assert_eq!(of_samples(Aggregate::Distinct, &states), number(3.0));
    assert_eq!(of_samples(Aggregate::Count, &states), number(5.0));
}

#[test]
fn a_sample_of_another_type_is_left_out_and_counted() {
    let views = [Aggregate::Avg, Aggregate::All, Aggregate::Last].map(|a| view(a, MINUTE));
    let mut series = Series::new(&views);

    let errors = [Sample::Number(2.0), text("off"), Sample::Bool(true)]
        .map(|sample| series.push(at(1), sample).type_errors);

    assert_eq!(errors, [1, 2, 1]);
    assert_eq!(
        views.map(|view| series.value(&view, 1)),
        [number(2.0), Some(Value::Bool(true)), Some(Value::Bool(true))]
    );
    assert_eq!(series.value(&views[0], 2), None);
}

#[test]
fn a_sample_that_no_view_takes_is_not_kept() {
    let mut series = Series::new(&[view(Aggregate::Avg, MINUTE)]);

    let pushed = series.push(at(0), text("off"));

    assert_eq!((pushed.type_errors, series.is_empty()), (1, true));
}

#[test]
fn the_mean_of_equal_samples_is_that_sample() {
    for number in [80.1, 0.1, -1.0 / 3.0, 1e300, f64::MAX, 5e-324] {
        for count in 1..60 {
            let numbers: Vec<f64> = core::iter::repeat_n(number, count).collect();
            assert_eq!(of(Aggregate::Avg, &numbers), super::number(number), "of {count}");
        }
    }
}

#[test]
fn a_sum_past_the_largest_number_is_missing_until_the_excess_has_left() {
    let sum = view(Aggregate::Sum, Frame::Sliding(span(10)));
    let mut series = filled(sum, &[(0, f64::MAX), (1, f64::MAX), (2, 0.1), (3, 0.2)]);

    assert_eq!(series.value(&sum, 1), None);
    series.advance(at(10));
    assert_eq!(series.value(&sum, 1), number(f64::MAX));
    series.advance(at(11));
    assert_eq!(series.value(&sum, 1), number(0.1 + 0.2));
}

#[test]
fn a_number_that_is_not_finite_is_no_sample() {
    assert_eq!(of(Aggregate::Count, &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), None);
}

/// A million readings that nearly cancel, each 10^9 times what is left of them.
#[test]
fn a_million_cancelling_readings_do_not_drift() {
    let mut noise = 1_u64;
    let sum = view(Aggregate::Sum, Frame::Sliding(span(1_000)));
    let mut series = Series::new(&[sum]);
    let mut scaled = std::collections::VecDeque::new();
    let mut expected: i128 = 0;
    for ts in 0..1_000_000_i64 {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let small = i128::from(noise >> 44);
        let sample = if ts % 2 == 0 { 1_000_000_007_000_000 } else { -1_000_000_007_000_000 };
        scaled.push_back(sample + small);
        expected += sample + small;
        if scaled.len() > 1_000 {
            expected -= scaled.pop_front().unwrap();
        }

        let _ = series.push(at(ts), Sample::Number((sample + small) as f64 / 1_048_576.0));

        let expected = expected as f64 / 1_048_576.0;
        let Some(Value::Number(found)) = series.value(&sum, 1) else { panic!("nothing at {ts}") };
        let error = (found - expected).abs();
        assert!(error <= 1e-9 * expected.abs(), "at {ts}: off by {error}");
    }
}
