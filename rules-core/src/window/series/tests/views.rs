//! What remains of a series when the rules change.

use super::*;

const MINUTE: Frame = Frame::Sliding(Span::from_secs(60));
const HOPPING: Frame = Frame::Hopping { width: Span::from_secs(60), every: Span::from_secs(60) };
const SESSION: Frame = Frame::Session { gap: Span::from_secs(10), max: Some(Span::from_secs(15)) };

fn seconds(series: &mut Series, seconds: impl IntoIterator<Item = i64>) {
    for second in seconds {
        let _ = series.push(at(second * 1_000), Sample::Number(second as f64));
    }
}

#[test]
fn a_view_that_remains_keeps_its_samples_and_what_it_closed() {
    let (sum, hopping) = (view(Aggregate::Sum, MINUTE), view(Aggregate::Sum, HOPPING));
    let mut series = Series::new(&[sum, hopping]);
    seconds(&mut series, [1, 2, 61]);

    series.lay_views(&[hopping, view(Aggregate::Max, MINUTE)]);

    assert_eq!(series.value(&hopping, 1), number(3.0));
    assert_eq!(series.view_closes_at(&hopping), Some(at(120_000)));
    assert_eq!(series.value(&sum, 1), None);
}

#[test]
fn a_new_view_starts_with_the_samples_that_are_there() {
    let mut series = Series::new(&[view(Aggregate::Sum, MINUTE)]);
    seconds(&mut series, [10, 30, 50, 62, 64]);
    let views = [MINUTE, HOPPING, SESSION].map(|frame| view(Aggregate::Count, frame));

    series.lay_views(&views);

    assert_eq!(views.map(|view| series.value(&view, 1)), [number(5.0), None, None]);
    let closings = views.map(|view| series.view_closes_at(&view));
    assert_eq!(closings, [None, Some(at(120_000)), Some(at(74_000))]);
    series.close(at(120_000));
    assert_eq!(views.map(|view| series.value(&view, 1)), [number(5.0), number(2.0), number(2.0)]);
}

#[test]
fn samples_that_no_view_sees_any_more_are_forgotten() {
    let mut series = Series::new(&[view(Aggregate::Sum, MINUTE)]);
    seconds(&mut series, 0..60);

    series.lay_views(&[view(Aggregate::Sum, Frame::Sliding(Span::from_secs(10)))]);
    assert_eq!(series.samples(), 10);
    series.lay_views(&[]);
    assert!(series.is_empty());
}

#[test]
fn a_series_that_was_read_back_keeps_everything_until_views_are_laid() {
    let views = [view(Aggregate::Sum, HOPPING)];
    let mut series = Series::new(&views);
    seconds(&mut series, [1, 2, 61]);
    let bytes = encoded(&series);

    let mut loaded: Series = Series::from_bytes(&bytes).unwrap();
    loaded.advance(at(i64::MAX));
    loaded.close(at(i64::MAX));
    assert!(!loaded.coarsen());

    assert_eq!(encoded(&loaded), bytes);
    loaded.lay_views(&views);
    assert_eq!((encoded(&loaded), loaded.value(&views[0], 1)), (bytes, number(3.0)));
}

#[test]
fn a_narrow_view_that_remains_is_the_same_in_memory_and_after_decoding() {
    let narrow = view(Aggregate::Sum, Frame::Sliding(span(10_000)));
    let mut series = Series::new(&[narrow, view(Aggregate::Sum, MINUTE)]);
    seconds(&mut series, [1, 2]);
    // The narrow view has left all samples behind, the wide one has not.
    series.advance(at(30_000));
    let stored = reloaded(&series, &[narrow]);

    series.lay_views(&[narrow]);

    assert_eq!(encoded(&series), encoded(&stored));
    series.advance(at(30_000));
    assert_eq!(series.value(&narrow, 1), None);
}
