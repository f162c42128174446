//! How much room a stored series takes.

use super::*;

/// Bytes a sample of an hour of numbers, one a second.
fn bytes_a_sample(number: impl Fn(i64) -> f64) -> f64 {
    let view = view(Aggregate::Avg, Frame::Sliding(Span::from_secs(3_600)));
    let mut series = Series::new(&[view]);
    for second in 0..3_600 {
        let _ = series.push(at(second * 1_000), Sample::Number(number(second)));
    }
    let loaded = reloaded(&series, &[view]);
    assert_eq!(series.value(&view, 3_600), loaded.value(&view, 3_600));
    assert!(encoded(&series).len() <= series.bytes());
    encoded(&series).len() as f64 / 3_600.0
}

#[test]
fn a_sensor_s_number_takes_three_bytes_and_any_other_nine() {
    let wave = |second: i64| (second * 37 % 100 - 50) as f64;

    assert!(bytes_a_sample(|second| wave(second) / 10.0) < 3.1);
    assert!(bytes_a_sample(|second| 100_000.0 + wave(second)) < 3.1);
    assert!(bytes_a_sample(|second| wave(second) / 3.0) < 9.1);
    assert!(bytes_a_sample(|second| wave(second) * 1e300) < 9.1);
}

#[test]
fn decimals_read_back_to_the_last_digit() {
    let frame = Frame::Samples(8);
    let views = [Aggregate::First, Aggregate::Last].map(|aggregate| view(aggregate, frame));
    for last in [0.1, 0.3, 1.1, 80.1, 1e-6, 1e-7, 0.1 + 0.2, 1e15 / 3.0, 2e15, 5e-324, f64::MAX] {
        let mut series = Series::new(&views);
        for (ts, number) in [(0, -last), (1, 21.5), (2, last)] {
            let _ = series.push(at(ts), Sample::Number(number));
        }

        let loaded = reloaded(&series, &views);

        assert_eq!(views.map(|view| loaded.value(&view, 1)), [number(-last), number(last)]);
    }
}
