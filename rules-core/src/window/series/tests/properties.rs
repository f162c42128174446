//! Every aggregate over every frame against the oracle.
//!
//! Run more cases with `PROPTEST_CASES=10000 cargo test -p rules-core --release series`.

use std::vec::Vec;

use proptest::prelude::*;

use super::{
    super::{Sample, Series, View},
    at, encoded,
    oracle::{Closing, History},
    reloaded, span,
};
use crate::{
    Value,
    expr::{Aggregate, Frame, Rank},
};

/// What is done to the series, and how long after what was done before.
#[derive(Clone, Debug)]
enum Step {
    Push(i64, Sample),
    Advance(i64),
    Close(i64),
    Reload,
}

fn aggregates() -> Vec<Aggregate> {
    let mut all = Aggregate::ALL.to_vec();
    all.extend([0.0, 0.1, 0.9, 1.0].map(|q| Aggregate::Quantile(Rank::new(q).unwrap())));
    all
}

/// Numbers that come again, and whose sums are exact in any order.
fn numbers() -> impl Strategy<Value = Sample> {
    prop_oneof![
        (-3_i32..4).prop_map(|number| Sample::Number(f64::from(number))),
        (-50_000_000_i32..50_000_000)
            .prop_map(|number| Sample::Number(f64::from(number) / 1_024.0)),
    ]
}

fn samples() -> impl Strategy<Value = Sample> {
    prop_oneof![
        4 => numbers(),
        1 => any::<bool>().prop_map(Sample::Bool),
        1 => "[a-c]".prop_map(Sample::Text),
    ]
}

/// Numbers of very different sizes, whose sums take several parts.
fn wide_numbers() -> impl Strategy<Value = Sample> {
    (any::<i32>(), -60_i32..60)
        .prop_map(|(digits, exponent)| Sample::Number(f64::from(digits) * 2_f64.powi(exponent)))
}

fn frames() -> impl Strategy<Value = Frame> {
    prop_oneof![
        (1_i64..60).prop_map(|width| Frame::Sliding(span(width))),
        (1_u32..12).prop_map(Frame::Samples),
        (1_i64..60, 1_i64..60)
            .prop_map(|(width, every)| Frame::Hopping { width: span(width), every: span(every) }),
        (1_i64..20).prop_map(|gap| Frame::Session { gap: span(gap), max: None }),
        (1_i64..20, 1_i64..40)
            .prop_map(|(gap, max)| Frame::Session { gap: span(gap), max: Some(span(max)) }),
    ]
}

fn steps(samples: impl Strategy<Value = Sample> + 'static) -> impl Strategy<Value = Vec<Step>> {
    let gap = || prop_oneof![3 => 0_i64..4, 2 => 0_i64..15, 1 => 0_i64..100];
    let step = prop_oneof![
        8 => (gap(), samples).prop_map(|(gap, sample)| Step::Push(gap, sample)),
        1 => gap().prop_map(Step::Advance),
        2 => gap().prop_map(Step::Close),
        1 => Just(Step::Reload),
    ];
    prop::collection::vec(step, 1..60)
}

/// Exactly, but for what a plain sum of squares or a quotient rounds.
fn agree(aggregate: Aggregate, found: Option<&Value>, expected: Option<&Value>) -> bool {
    match (found, expected) {
        (Some(Value::Number(found)), Some(Value::Number(expected)))
            if matches!(aggregate, Aggregate::Avg | Aggregate::StdDev) =>
        {
            (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3)
        }
        (found, expected) => found == expected,
    }
}

fn closes(view: &View) -> bool {
    matches!(view.frame, Frame::Hopping { .. } | Frame::Session { .. })
}

proptest! {
    /// Whatever comes, and whenever it is asked, stored and loaded, every
    /// view says what a look at the whole history says.
    #[test]
    fn every_view_says_what_a_recompute_says(
        frames in prop::collection::vec(frames(), 1..4),
        start in -100_i64..100,
        steps in steps(samples()),
        min_samples in 0_u32..4,
    ) {
        let views: Vec<View> = frames
            .iter()
            .flat_map(|frame| aggregates().into_iter().map(|aggregate| View { aggregate, frame: *frame }))
            .collect();
        let mut series = Series::new(&views);
        let mut history = History::default();
        let mut t = start;
        for step in steps {
            match step {
                Step::Push(gap, sample) => {
                    t += gap;
                    prop_assert!(!series.push(at(t), sample.clone()).coarsened);
                    history.samples.push((t, sample));
                    // What closes at the same time closes after all readings.
                    check(&series, &history, &views, t, t - 1, min_samples)?;
                    continue;
                }
                Step::Advance(gap) | Step::Close(gap) => t += gap,
                Step::Reload => series = reloaded(&series, &views),
            }
            series.advance(at(t));
            series.close(at(t));
            check(&series, &history, &views, t, t, min_samples)?;
            t += 1;
        }
    }

    /// A series that is stored and loaded between readings is, and is stored
    /// as, the same as one that never was.
    #[test]
    fn storing_and_loading_changes_nothing(
        frames in prop::collection::vec(frames(), 1..3),
        aggregate in prop::sample::select(aggregates()),
        steps in steps(prop_oneof![wide_numbers(), samples()]),
    ) {
        let views: Vec<View> = frames.into_iter().map(|frame| View { aggregate, frame }).collect();
        let (mut resident, mut loaded) = (Series::new(&views), Series::new(&views));
        let mut t = 0;
        for step in steps {
            loaded = reloaded(&loaded, &views);
            match step {
                Step::Push(gap, sample) => {
                    t += gap;
                    prop_assert_eq!(resident.push(at(t), sample.clone()), loaded.push(at(t), sample));
                }
                Step::Close(gap) => {
                    t += gap;
                    resident.close(at(t));
                    loaded.close(at(t));
                }
                Step::Advance(gap) => t += gap,
                Step::Reload => {}
            }
            resident.advance(at(t));
            loaded.advance(at(t));
            prop_assert_eq!(encoded(&resident), encoded(&loaded));
            prop_assert_eq!(resident.closes_at(), loaded.closes_at());
            for view in &views {
                prop_assert_eq!(resident.value(view, 2), loaded.value(view, 2));
                prop_assert_eq!(resident.missing_at(view, 2), loaded.missing_at(view, 2));
            }
        }
    }

    /// Panes depend on what is stored alone: not on whether a series was
    /// loaded before its samples were merged, nor on how far its views had advanced.
    #[test]
    fn storing_and_loading_changes_no_pane(
        frames in prop::collection::vec(frames(), 1..4),
        aggregate in prop::sample::select(aggregates()),
        inside in prop::collection::vec((0_i64..5, samples()), 100..200),
        silence in 0_i64..100,
        more in prop::collection::vec((0_i64..20, samples()), 1..20),
    ) {
        let wide = [Frame::Sliding(span(700))];
        let views: Vec<View> =
            frames.into_iter().chain(wide).map(|frame| View { aggregate, frame }).collect();
        let mut resident = Series::new(&views);
        let mut t = 0;
        for (gap, sample) in inside {
            t += gap;
            let _ = resident.push(at(t), sample);
        }
        t += silence;
        resident.advance(at(t));
        let mut loaded = reloaded(&resident, &views);

        prop_assert_eq!(resident.coarsen(), loaded.coarsen());

        for (gap, sample) in more {
            prop_assert_eq!(encoded(&resident), encoded(&loaded));
            // A sample that no view takes moves nothing.
            resident.advance(at(t));
            loaded.advance(at(t));
            for view in &views {
                prop_assert_eq!(resident.value(view, 1), loaded.value(view, 1), "{:?}", view);
            }
            t += gap;
            prop_assert_eq!(resident.push(at(t), sample.clone()), loaded.push(at(t), sample));
            loaded = reloaded(&loaded, &views);
        }
    }

    /// What was there before the samples that a sliding view sees leaves no trace.
    #[test]
    fn bytes_depend_on_the_samples_inside_alone(
        aggregate in prop::sample::select(aggregates()),
        before in prop::collection::vec((0_i64..100, wide_numbers()), 0..30),
        inside in prop::collection::vec((0_i64..5, prop_oneof![wide_numbers(), samples()]), 1..10),
    ) {
        let views = [View { aggregate, frame: Frame::Sliding(span(50)) }];
        let (mut old, mut new) = (Series::new(&views), Series::new(&views));
        let mut t = 0;
        for (gap, sample) in before {
            t += gap;
            let _ = old.push(at(t), sample);
        }
        t += 100;
        for (gap, sample) in inside {
            t += gap;
            prop_assert_eq!(old.push(at(t), sample.clone()), new.push(at(t), sample));
        }
        old.advance(at(t));
        prop_assert_eq!(encoded(&old), encoded(&new));
        prop_assert_eq!(old.value(&views[0], 1), new.value(&views[0], 1));
    }

    /// Bytes that are no series of ours do no harm.
    #[test]
    fn any_bytes_read_back_as_some_series_or_none(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        frame in frames(),
    ) {
        play(&bytes, frame);
    }

    /// Nor do bytes of ours, panes and all, of which some were changed.
    #[test]
    fn torn_bytes_read_back_as_some_series_or_none(
        inside in prop::collection::vec((0_i64..5, samples()), 100..150),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        frame in frames(),
    ) {
        let wide = [frame, Frame::Sliding(span(1_000))];
        let views: Vec<View> = wide
            .iter()
            .flat_map(|frame| aggregates().into_iter().map(|aggregate| View { aggregate, frame: *frame }))
            .collect();
        let mut series = Series::new(&views);
        let mut t = 0;
        for (gap, sample) in inside {
            t += gap;
            let _ = series.push(at(t), sample);
        }
        prop_assert!(series.coarsen());
        let mut bytes = encoded(&series);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        play(&bytes, frame);
    }
}

/// Reads a series back and does everything with it that can be done.
fn play(bytes: &[u8], frame: Frame) {
    let views: Vec<View> =
        aggregates().into_iter().map(|aggregate| View { aggregate, frame }).collect();
    if let Some(mut series) = Series::from_bytes(bytes) {
        let _ = encoded(&series);
        series.lay_views(&views);
        let _ = series.push(at(1_000), Sample::Number(1.0));
        for view in &views {
            let _ = (series.value(view, 1), series.missing_at(view, 1));
        }
        let _ = encoded(&reloaded(&series, &views));
        let _ = series.coarsen();
        let _ = series.push(at(1_001), Sample::Text("a".into()));
        for t in [1_020, i64::MAX] {
            series.advance(at(t));
            series.close(at(t));
        }
        for view in &views {
            let _ = series.value(view, 1);
        }
        let _ = encoded(&series);
    }
}

/// Compares every view with the oracle: sliding ones at `t`, others when
/// everything up to `closed` has closed.
fn check(
    series: &Series,
    history: &History,
    views: &[View],
    t: i64,
    closed: i64,
    min_samples: u32,
) -> Result<(), TestCaseError> {
    for view in views {
        let found = series.value(view, min_samples);
        if closes(view) {
            let Closing { value, next } = history.closing(view, closed, min_samples as usize);
            let next = next.map(at);
            prop_assert_eq!(series.view_closes_at(view), next, "{:?} after {}", view, closed);
            prop_assert!(
                agree(view.aggregate, found.as_ref(), value.as_ref()),
                "{view:?} closed up to {closed}: {found:?}, not {value:?}"
            );
        } else {
            let value = history.value(view, t, min_samples as usize);
            prop_assert!(
                agree(view.aggregate, found.as_ref(), value.as_ref()),
                "{view:?} at {t}: {found:?}, not {value:?}"
            );
        }
    }
    Ok(())
}
