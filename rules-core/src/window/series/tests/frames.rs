//! Which samples each frame looks at, and when it closes.

use super::*;

#[test]
fn a_sample_exactly_as_old_as_a_sliding_window_is_out() {
    let count = view(Aggregate::Count, Frame::Sliding(span(60)));
    let mut series = filled(count, &[(0, 1.0), (1, 1.0), (60, 1.0)]);

    assert_eq!(series.value(&count, 1), number(2.0));
    assert_eq!(series.missing_at(&count, 2), Some(at(61)));
    series.advance(at(61));
    assert_eq!(series.value(&count, 1), number(1.0));
    assert_eq!((series.missing_at(&count, 2), series.missing_at(&count, 1)), (None, Some(at(120))));
    series.advance(at(120));
    assert_eq!(series.value(&count, 1), None);
}

#[test]
fn a_count_window_holds_the_last_samples_however_old() {
    let sum = view(Aggregate::Sum, Frame::Samples(2));
    let mut series = filled(sum, &[(0, 1.0), (1, 2.0), (1_000_000, 4.0)]);

    series.advance(at(i64::MAX));
    assert_eq!(series.value(&sum, 2), number(6.0));
    assert_eq!((series.closes_at(), series.missing_at(&sum, 1)), (None, None));
}

#[test]
fn a_hopping_window_leaves_out_a_sample_at_its_end_and_holds_one_at_its_start() {
    let frame = Frame::Hopping { width: span(60), every: span(60) };
    let count = view(Aggregate::Count, frame);
    let mut series = filled(count, &[(-60, 1.0), (-30, 1.0), (0, 1.0)]);

    assert_eq!((series.value(&count, 1), series.closes_at()), (None, Some(at(0))));
    series.close(at(0));
    assert_eq!((series.value(&count, 1), series.closes_at()), (number(2.0), Some(at(60))));
    let mut series = reloaded(&series, &[count]);
    series.close(at(60));
    assert_eq!((series.value(&count, 1), series.closes_at()), (number(1.0), Some(at(120))));
    series.close(at(120));
    assert_eq!((series.value(&count, 1), series.closes_at()), (None, None));
}

#[test]
fn a_gap_between_hopping_windows_leaves_samples_out() {
    let frame = Frame::Hopping { width: span(10), every: span(60) };
    let count = view(Aggregate::Count, frame);
    let mut series = filled(count, &[(49, 1.0)]);

    assert_eq!((series.closes_at(), series.is_empty()), (None, true));
    let _ = series.push(at(50), Sample::Number(1.0));
    assert_eq!(series.closes_at(), Some(at(60)));
    series.close(at(60));
    assert_eq!(series.value(&count, 1), number(1.0));
}

#[test]
fn a_session_closes_a_gap_after_its_last_sample_and_holds_one_exactly_there() {
    let sum = view(Aggregate::Sum, Frame::Session { gap: span(10), max: None });
    let mut series = filled(sum, &[(0, 1.0), (10, 2.0)]);

    assert_eq!((series.value(&sum, 1), series.closes_at()), (None, Some(at(20))));
    series.close(at(20));
    assert_eq!((series.value(&sum, 2), series.closes_at()), (number(3.0), None));
    assert_eq!(series.value(&sum, 3), None);
    let _ = series.push(at(21), Sample::Number(9.0));
    assert_eq!((series.value(&sum, 1), series.closes_at()), (number(3.0), Some(at(31))));
}

#[test]
fn a_session_lasts_no_longer_than_its_bound() {
    let frame = Frame::Session { gap: span(10), max: Some(span(15)) };
    let sum = view(Aggregate::Sum, frame);
    let mut series = filled(sum, &[(0, 1.0), (10, 2.0), (15, 4.0)]);

    assert_eq!(series.closes_at(), Some(at(15)));
    let _ = series.push(at(16), Sample::Number(8.0));
    assert_eq!((series.value(&sum, 1), series.closes_at()), (number(7.0), Some(at(26))));
}
