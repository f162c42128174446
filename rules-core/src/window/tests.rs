use std::vec::Vec;

use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn window(aggregate: Aggregate, width_ms: i64) -> SlidingWindow {
    SlidingWindow::new(aggregate, Span::from_millis(width_ms))
}

fn filled(aggregate: Aggregate, width_ms: i64, samples: &[(i64, f64)]) -> SlidingWindow {
    let mut window = window(aggregate, width_ms);
    for (ts, number) in samples {
        assert_eq!(window.push(at(*ts), Sample::Number(*number)), None);
    }
    window
}

const KNOWN: [Aggregate; 5] =
    [Aggregate::Count, Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max];

fn values(samples: &[(i64, f64)]) -> [Option<f64>; 5] {
    KNOWN.map(|aggregate| filled(aggregate, 60 * SECOND, samples).value(1))
}

fn encoded(window: &SlidingWindow) -> Vec<u8> {
    postcard::to_allocvec(window).unwrap()
}

#[test]
fn a_sample_exactly_as_old_as_the_window_is_out() {
    let mut window = filled(Aggregate::Count, 60 * SECOND, &[(0, 1.0), (1, 1.0), (60_000, 1.0)]);

    assert_eq!(window.value(1), Some(2.0));
    window.advance(at(60_001));
    assert_eq!(window.value(1), Some(1.0));
    window.advance(at(119_999));
    assert_eq!(window.value(1), Some(1.0));
    window.advance(at(120_000));
    assert_eq!(window.value(1), None);
}

#[test]
fn every_aggregate_of_the_same_samples() {
    assert_eq!(
        values(&[(0, 4.0), (0, -1.5), (7, 3.5)]),
        [Some(3.0), Some(6.0), Some(2.0), Some(-1.5), Some(4.0)]
    );
    assert_eq!(values(&[]), [None; 5]);
}

#[test]
fn truths_are_counted_when_true_but_each_is_a_sample() {
    let mut truths = window(Aggregate::Count, 60 * SECOND);
    for (ts, truth) in [(0, true), (1, false), (2, true), (3, false)] {
        assert_eq!(truths.push(at(ts), Sample::Bool(truth)), None);
    }

    assert_eq!(truths.value(4), Some(2.0));
    assert_eq!(truths.value(5), None);
    truths.advance(at(60_002));
    assert_eq!(truths.value(1), Some(0.0));
}

#[test]
fn a_value_ends_when_the_first_sample_that_it_needs_leaves() {
    let window = filled(Aggregate::Max, 60 * SECOND, &[(0, 1.0), (10_000, 5.0), (20_000, 2.0)]);

    assert_eq!(window.missing_at(1), Some(at(80_000)));
    assert_eq!(window.missing_at(0), Some(at(80_000)));
    assert_eq!(window.missing_at(3), Some(at(60_000)));
    assert_eq!(window.missing_at(4), None);
}

#[test]
fn the_mean_of_equal_samples_is_that_sample() {
    for number in [80.1, 0.1, -1.0 / 3.0, 1e300, f64::MAX, 5e-324] {
        let mut window = window(Aggregate::Avg, 1_000);
        for ts in 1..=1_000 {
            assert_eq!(window.push(at(ts), Sample::Number(number)), None);
            assert_eq!(window.value(1), Some(number), "of {ts} samples");
        }
    }
}

#[test]
fn a_sum_past_the_largest_number_is_missing_until_the_excess_has_left() {
    let mut sum = filled(Aggregate::Sum, 10, &[(0, f64::MAX), (1, f64::MAX), (2, 0.1), (3, 0.2)]);

    assert_eq!(sum.value(1), None);
    sum.advance(at(10));
    assert_eq!(sum.value(1), Some(f64::MAX));
    sum.advance(at(11));
    assert_eq!(sum.value(1), Some(0.1 + 0.2));
}

#[test]
fn large_samples_leave_nothing_behind() {
    let mut sum = filled(Aggregate::Sum, 10, &[(0, 1e300), (1, -1e200), (2, 1e100), (3, 1.0)]);

    for (t, expected) in [(10, -1e200), (11, 1e100), (12, 1.0)] {
        sum.advance(at(t));
        assert_eq!(sum.value(1), Some(expected));
    }
}

#[test]
fn a_full_window_gives_up_its_oldest_sample_and_says_so() {
    let most = i64::try_from(WINDOW_SAMPLES_MAX).unwrap();
    for aggregate in KNOWN {
        let mut window = window(aggregate, 10 * most);
        for ts in 0..most {
            assert_eq!(window.push(at(ts), Sample::Number(1.0)), None);
        }

        assert_eq!(window.push(at(most), Sample::Number(2.0)), Some(GivenUp(at(0))));

        assert_eq!(window.missing_at(1), Some(at(most + 10 * most)));
        assert_eq!(window.missing_at(u32::try_from(most).unwrap()), Some(at(1 + 10 * most)));
        assert!(encoded(&window).len() <= WINDOW_SAMPLES_MAX * SAMPLE_BYTES + 20);
    }
}

#[test]
fn a_number_that_is_not_finite_is_no_sample() {
    assert_eq!(values(&[(0, f64::NAN), (1, f64::INFINITY), (2, f64::NEG_INFINITY)]), [None; 5]);
}

/// After −2^38 has come and gone, the parts of the sum are cut otherwise.
#[test]
fn a_mean_depends_on_the_sum_and_not_on_how_it_came_about() {
    let samples = [
        Scaled(-397_868_367, 68),
        Scaled(9_066, 38),
        Scaled(27_111_812, 0),
        Scaled(-1, 40),
        Scaled(-39_625_023, 47),
        Scaled(1_968, 35),
        Scaled(-950_275_163, 70),
    ];
    let mut resident = window(Aggregate::Avg, 49);
    for (ts, sample) in [0, 4, 4, 23, 36, 40, 49].into_iter().zip(samples) {
        assert_eq!(resident.push(at(ts), Sample::Number(sample.number())), None);
    }

    let loaded: SlidingWindow = postcard::from_bytes(&encoded(&resident)).unwrap();

    assert_eq!(resident.value(1), loaded.value(1));
}

/// A million readings that nearly cancel, each 10^9 times what is left of them.
#[test]
fn a_million_cancelling_readings_do_not_drift() {
    let mut noise = 1_u64;
    let mut window = window(Aggregate::Sum, 1_000);
    let mut scaled = VecDeque::new();
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

        let number = (sample + small) as f64 / 1_048_576.0;
        assert_eq!(window.push(at(ts), Sample::Number(number)), None);

        let expected = expected as f64 / 1_048_576.0;
        let error = (window.value(1).unwrap() - expected).abs();
        assert!(error <= 1e-9 * expected.abs(), "at {ts}: off by {error}");
    }
}

/// Bytes that are no window of ours read back as some window, which works.
#[test]
fn lists_that_do_not_fit_together_are_cut() {
    let mut torn = encoded(&filled(Aggregate::Max, 1_000, &[(0, 3.0), (1, 2.0), (2, 1.0)]));
    // The list of values, without its last two.
    let at_count = torn.len() - 25;
    assert_eq!(torn[at_count], 3);
    torn[at_count] = 1;
    torn.truncate(torn.len() - 16);

    let window: SlidingWindow = postcard::from_bytes(&torn).unwrap();

    assert_eq!((window.value(1), window.value(4)), (Some(3.0), None));
}

/// A number as (digits, exponent): digits · 2^(exponent − 40).
#[derive(Clone, Copy, Debug)]
struct Scaled(i32, u32);

impl Scaled {
    fn number(self) -> f64 {
        f64::from(self.0) * 2_f64.powi(i32::try_from(self.1).unwrap() - 40)
    }

    /// Times 2^40.
    fn exact(self) -> i128 {
        i128::from(self.0) << self.1
    }
}

/// The aggregate of what lies in (t − W, t], by looking at everything that
/// ever came and in exact integers.
fn naive(aggregate: Aggregate, width: i64, samples: &[(i64, Scaled)], t: i64) -> Option<f64> {
    let inside: Vec<Scaled> = samples
        .iter()
        .filter(|(ts, _)| t - width < *ts && *ts <= t)
        .map(|(_, sample)| *sample)
        .collect();
    let numbers = inside.iter().map(|sample| sample.number());
    let sum: i128 = inside.iter().map(|sample| sample.exact()).sum();
    if inside.is_empty() {
        return None;
    }
    match aggregate {
        Aggregate::Count => Some(inside.len() as f64),
        Aggregate::Sum => Some(sum as f64 / 2_f64.powi(40)),
        Aggregate::Avg => Some(sum as f64 / inside.len() as f64 / 2_f64.powi(40)),
        Aggregate::Min => numbers.reduce(f64::min),
        Aggregate::Max => numbers.reduce(f64::max),
        _ => None,
    }
}

fn scaled() -> impl Strategy<Value = Scaled> {
    prop_oneof![
        3 => (-20_i32..20, Just(40_u32)),
        2 => (-10_000_i32..10_000, 30_u32..42),
        1 => (any::<i32>(), 0_u32..80),
    ]
    .prop_map(|(digits, exponent)| Scaled(digits, exponent))
}

fn aggregates() -> impl Strategy<Value = Aggregate> {
    prop::sample::select(&KNOWN[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// After each sample, and some time later, the window says what a
    /// recompute over everything that ever came says; the sum to the last bit.
    #[test]
    fn a_window_says_what_a_recompute_says(
        aggregate in aggregates(),
        width in 1_i64..60,
        steps in prop::collection::vec((0_i64..25, scaled(), 0_i64..25), 1..40),
    ) {
        let mut window = window(aggregate, width);
        let mut samples = Vec::new();
        let mut t = 0;
        for (gap, sample, pause) in steps {
            t += gap;
            samples.push((t, sample));
            prop_assert_eq!(window.push(at(t), Sample::Number(sample.number())), None);
            for t in [t, t + pause] {
                window.advance(at(t));
                let (found, expected) = (window.value(1), naive(aggregate, width, &samples, t));
                if aggregate == Aggregate::Avg {
                    let error = found.zip(expected).map_or(0.0, |(a, b)| (a - b).abs() / b.abs().max(1e-30));
                    prop_assert!(found.is_some() == expected.is_some() && error < 3e-16, "{found:?} {expected:?}");
                } else {
                    prop_assert_eq!(found, expected);
                }
            }
            t += pause;
        }
    }

    /// A window that was stored and loaded between any two readings is, and
    /// stores, the same as one that never was.
    #[test]
    fn storing_and_loading_changes_nothing(
        aggregate in aggregates(),
        width in 1_i64..60,
        steps in prop::collection::vec((0_i64..25, scaled(), any::<bool>()), 1..40),
    ) {
        let (mut resident, mut reloaded) = (window(aggregate, width), window(aggregate, width));
        let mut t = 0;
        for (gap, sample, reload) in steps {
            t += gap;
            let sample = if sample.0 % 7 == 0 { Sample::Bool(sample.1 % 2 == 0) } else { Sample::Number(sample.number()) };
            prop_assert_eq!(resident.push(at(t), sample), reloaded.push(at(t), sample));
            if reload {
                reloaded = postcard::from_bytes(&encoded(&reloaded)).unwrap();
            }
            prop_assert_eq!(&resident, &reloaded);
            prop_assert_eq!(encoded(&resident), encoded(&reloaded));
            prop_assert_eq!(resident.value(2), reloaded.value(2));
        }
    }

    /// The mean is within one rounding of the exact quotient.
    #[test]
    fn the_mean_is_the_rounded_quotient(samples in prop::collection::vec(-1_000_000_i32..1_000_000, 1..50)) {
        let mut mean = window(Aggregate::Avg, 100);
        for (ts, sample) in (0..).zip(&samples) {
            prop_assert_eq!(mean.push(at(ts), Sample::Number(f64::from(*sample))), None);
        }
        let sum: i64 = samples.iter().map(|sample| i64::from(*sample)).sum();
        prop_assert_eq!(mean.value(1), Some(sum as f64 / samples.len() as f64));
    }
}
