//! Series that hold more than is kept exactly.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "all counts are small"
)]

use std::vec::Vec;

use super::{
    super::{
        COUNT_SAMPLES_MAX, PANES_PER_WINDOW_MAX, Pushed, SERIES_PANES_MAX, SERIES_TEXTS_MAX,
        WINDOW_SAMPLES_MAX, resolution,
    },
    *,
};
use crate::expr::Rank;

/// A number for each time that goes up and down and has many digits.
fn wave(ts: i64) -> f64 {
    ((ts * 7_919) % 10_007) as f64 / 10.0 + ts as f64 / 1e6
}

/// A series that gets `wave` at every multiple of `step` below `end`, and how
/// often it was coarsened.
fn waved(views: &[View], step: i64, end: i64) -> (Series, usize) {
    let mut series = Series::new(views);
    let mut coarsened = 0;
    for ts in (0..end).step_by(usize::try_from(step).unwrap()) {
        coarsened += usize::from(series.push(at(ts), Sample::Number(wave(ts))).coarsened);
    }
    (series, coarsened)
}

#[allow(clippy::needless_pass_by_value, reason = "as `Series::value` gives it")]
fn as_number(value: Option<Value>) -> f64 {
    let Some(Value::Number(number)) = &value else { panic!("{value:?}") };
    *number
}

/// What lies in a window that begins somewhere between `early` and `late`:
/// the exact aggregates of the samples from `from` on.
fn exact(from: i64, end: i64, step: i64) -> (f64, f64, f64, f64) {
    let numbers: Vec<f64> =
        (0..end).step_by(step as usize).filter(|ts| *ts >= from).map(wave).collect();
    (
        numbers.len() as f64,
        numbers.iter().sum(),
        numbers.iter().copied().fold(f64::MAX, f64::min),
        numbers.iter().copied().fold(f64::MIN, f64::max),
    )
}

#[test]
fn a_window_with_panes_is_exact_up_to_one_pane_at_its_old_edge() {
    let (width, step, end) = (2_000_000, 10, 3_000_000);
    let frame = Frame::Sliding(span(width));
    let views = [Aggregate::Count, Aggregate::Sum, Aggregate::Min, Aggregate::Max]
        .map(|aggregate| view(aggregate, frame));
    let (series, coarsened) = waved(&views, step, end);
    let pane = resolution(frame).unwrap().as_millis();

    let last = end - step;
    let (most, _, low, high) = exact(last - width - pane, end, step);
    let (least, _, inner_low, inner_high) = exact(last - width + 1, end, step);
    let [count, sum, min, max] = views.map(|view| as_number(series.value(&view, 1)));

    assert!(coarsened > 1 && series.samples() <= WINDOW_SAMPLES_MAX + SERIES_PANES_MAX);
    assert!((least..=most).contains(&count), "{least} {count} {most}");
    // Exactly the last `count` samples are in.
    let (_, expected, ..) = exact(end - count as i64 * step, end, step);
    assert!((sum / expected - 1.0).abs() < 1e-12, "{sum}, not {expected}");
    assert!(low <= min && min <= inner_low && inner_high <= max && max <= high);
}

#[test]
fn quantiles_and_deviation_survive_in_panes() {
    let (width, step, end) = (2_000_000, 10, 2_000_000);
    let frame = Frame::Sliding(span(width));
    let ranks = [0.0, 0.1, 0.5, 0.75, 0.99, 1.0];
    let mut views = ranks.map(|q| view(Aggregate::Quantile(Rank::new(q).unwrap()), frame)).to_vec();
    views.push(view(Aggregate::StdDev, frame));
    let (series, coarsened) = waved(&views, step, end);

    let mut numbers: Vec<f64> = (0..end).step_by(step as usize).map(wave).collect();
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    let expected = (squares / numbers.len() as f64).sqrt();
    numbers.sort_by(f64::total_cmp);

    assert!(coarsened > 0);
    assert!((as_number(series.value(&views[6], 1)) / expected - 1.0).abs() < 1e-9);
    for (q, view) in ranks.iter().zip(&views) {
        let found = as_number(series.value(view, 1));
        let rank = numbers.partition_point(|number| *number < found) as f64;
        let off = rank / (numbers.len() - 1) as f64 - q;
        assert!(off.abs() < 0.02, "{found} lies {off} off rank {q}");
    }
    assert_eq!(series.value(&views[0], 1), number(numbers[0]));
    assert_eq!(series.value(&views[5], 1), number(numbers[numbers.len() - 1]));
}

#[test]
fn a_narrow_view_beside_a_wide_one_stays_exact() {
    let (narrow, wide) = (Frame::Sliding(span(10_000)), Frame::Sliding(span(10_000_000)));
    let views = [view(Aggregate::Sum, narrow), view(Aggregate::Count, wide)];
    let (series, coarsened) = waved(&views, 10, 2_000_000);
    let alone = waved(&views[..1], 10, 2_000_000).0;

    assert!(coarsened > 0);
    assert_eq!(series.value(&views[0], 1), alone.value(&views[0], 1));
    assert_eq!(series.value(&views[1], 1), number(200_000.0));
}

#[test]
fn the_samples_of_a_count_window_are_never_merged() {
    let counted = Frame::Samples(COUNT_SAMPLES_MAX);
    let views = [view(Aggregate::Sum, counted), view(Aggregate::Count, Frame::Sliding(Span::MAX))];
    let (series, coarsened) = waved(&views, 10, 1_500_000);
    let alone = waved(&views[..1], 10, 1_500_000).0;

    assert!(coarsened > 0);
    assert_eq!(series.value(&views[0], COUNT_SAMPLES_MAX), alone.value(&views[0], 1));
    assert_eq!(resolution(counted), None);
}

#[test]
fn hopping_windows_and_sessions_keep_their_edges_through_a_merge() {
    let hopping = Frame::Hopping { width: span(2_000_000), every: span(500_000) };
    let session = Frame::Session { gap: span(1_000), max: None };
    let views = [hopping, session].map(|frame| view(Aggregate::Count, frame));
    let mut series = Series::new(&views);
    // A session from 300 s on, and a gap before it.
    for ts in (0..2_000_000).step_by(10).filter(|ts| !(200_000..300_000).contains(ts)) {
        let _ = series.push(at(ts), Sample::Number(1.0));
    }

    series.close(at(2_000_990));

    assert_eq!(series.value(&views[0], 1), number(190_000.0));
    assert_eq!(series.value(&views[1], 1), number(170_000.0));
    assert_eq!(reloaded(&series, &views).closes_at(), series.closes_at());
}

#[test]
fn a_series_with_panes_reads_back_as_it_was() {
    let frame = Frame::Sliding(span(2_000_000));
    let views = Aggregate::ALL.map(|aggregate| view(aggregate, frame));
    let (mut series, coarsened) = waved(&views, 10, 1_000_000);
    let mut loaded = reloaded(&series, &views);

    assert!(coarsened > 0);
    let bytes = encoded(&series).len();
    assert!(bytes <= series.bytes() && bytes < 2_000_000 / 3 * 2, "{bytes} of {}", series.bytes());
    for ts in (1_000_000..2_500_000).step_by(1_000) {
        assert_eq!(
            series.push(at(ts), Sample::Number(wave(ts))),
            loaded.push(at(ts), Sample::Number(wave(ts)))
        );
    }
    assert_eq!(encoded(&series), encoded(&loaded));
    for view in &views {
        assert_eq!(series.value(view, 1), loaded.value(view, 1), "{view:?}");
    }
}

#[test]
fn the_number_of_panes_is_bounded_whatever_the_widths() {
    let views: Vec<View> = (1..12)
        .map(|times| view(Aggregate::Count, Frame::Sliding(span(400_000 * times))))
        .collect();
    let (series, _) = waved(&views, 7, 4_400_000);

    assert!(series.samples() <= WINDOW_SAMPLES_MAX + SERIES_PANES_MAX);
    assert!(i64::from(PANES_PER_WINDOW_MAX) * 2 == SERIES_PANES_MAX as i64);
}

#[test]
fn coarsening_makes_room_until_nothing_is_left() {
    let views = [view(Aggregate::Sum, Frame::Sliding(Span::MAX))];
    let (mut series, _) = waved(&views, 1_000, 1_000_000);
    let mut before = encoded(&series).len();
    let sum = series.value(&views[0], 1);

    assert!(series.coarsen());
    assert_eq!(series.value(&views[0], 1), sum);
    while !series.is_empty() {
        assert!(encoded(&series).len() <= before);
        before = encoded(&series).len();
        assert!(series.coarsen());
    }
    assert!(!series.coarsen());
}

#[test]
fn more_texts_than_there_is_room_for_push_out_the_oldest_samples() {
    let views = [view(Aggregate::Distinct, Frame::Sliding(Span::MAX))];
    let mut series = Series::new(&views);
    let push = |series: &mut Series, ts: i64| {
        series.push(at(ts), Sample::Text(std::format!("state {ts}")))
    };
    let most = i64::try_from(SERIES_TEXTS_MAX).unwrap();
    for ts in 0..most {
        assert_eq!(push(&mut series, ts), Pushed::default());
    }

    assert!(push(&mut series, most).coarsened);

    assert_eq!(series.value(&views[0], 1), number(most as f64));
    assert!(series.push(at(most), Sample::Text("x".repeat(20_000))).coarsened);
    assert_eq!(series.value(&views[0], 1), number(most as f64));
}
