use std::{collections::BTreeSet, string::String, vec, vec::Vec};

use proptest::prelude::*;

use super::{Equality, EqualityIndex, Inequality, Keys, ThresholdIndex};
use crate::{Constant, Scalar};

const INEQUALITIES: [Inequality; 4] =
    [Inequality::Less, Inequality::LessOrEqual, Inequality::Greater, Inequality::GreaterOrEqual];

fn holds(inequality: Inequality, value: f64, threshold: f64) -> bool {
    match inequality {
        Inequality::Less => value < threshold,
        Inequality::LessOrEqual => value <= threshold,
        Inequality::Greater => value > threshold,
        Inequality::GreaterOrEqual => value >= threshold,
    }
}

fn sorted(keys: Keys<'_, u32>) -> Vec<u32> {
    let hint = keys.size_hint();
    let mut keys: Vec<u32> = keys.copied().collect();
    assert!(hint.0 <= keys.len() && keys.len() <= hint.1.unwrap());
    keys.sort_unstable();
    keys
}

fn difference(from: &[u32], without: &[u32]) -> Vec<u32> {
    let without: BTreeSet<&u32> = without.iter().collect();
    from.iter().filter(|key| !without.contains(key)).copied().collect()
}

#[test]
fn an_empty_index_finds_nothing() {
    let index = ThresholdIndex::<u32>::new();

    let (begun, ended) = index.changes(Some(1.0), Some(2.0));

    assert!(index.is_empty());
    assert_eq!((index.matches(1.0).count(), begun.count(), ended.count()), (0, 0, 0));
}

#[test]
fn a_comparison_that_can_never_hold_is_not_kept() {
    let mut index = ThresholdIndex::new();

    assert!(!index.insert(Inequality::Greater, f64::NAN, 0));
    assert!(!index.insert(Inequality::Greater, f64::INFINITY, 0));
    assert!(!index.insert(Inequality::Less, f64::NEG_INFINITY, 0));

    assert!(index.is_empty());
}

#[test]
fn a_change_visits_only_the_thresholds_between_both_values() {
    let index: ThresholdIndex<u32> =
        (0..10_000).map(|c| (Inequality::Greater, f64::from(c), c)).collect();

    let (begun, ended) = index.changes(Some(5_000.5), Some(5_002.5));

    assert_eq!(sorted(begun), [5_001, 5_002]);
    assert_eq!(ended.size_hint(), (0, Some(0)));
}

#[test]
fn what_was_inserted_can_be_removed_and_only_once() {
    let mut index = ThresholdIndex::new();
    assert!(index.insert(Inequality::Less, 0.0, 7));
    assert!(!index.insert(Inequality::Less, -0.0, 7));
    assert_eq!(index.keys_of(Inequality::Less, 0.0), [7]);

    assert!(index.remove(Inequality::Less, -0.0, &7));
    assert!(!index.remove(Inequality::Less, 0.0, &7));

    assert!(index.is_empty());
}

#[test]
fn a_key_of_a_list_does_not_change_when_the_value_moves_within_the_list() {
    let index: EqualityIndex<u32> = ["eco", "auto", "boost"]
        .into_iter()
        .map(|mode| (Equality::Equal, Constant::from(mode), 1))
        .chain([(Equality::Equal, Constant::from("boost"), 2)])
        .collect();

    let (begun, ended) = index.changes(Some(Scalar::Text("eco")), Some(Scalar::Text("boost")));

    assert_eq!((sorted(begun), sorted(ended)), (vec![2], vec![]));
}

/// Few values, so that they often meet, and the odd ones.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-4_i8..5).prop_map(|whole| f64::from(whole) / 2.0),
        1 => prop::sample::select(vec![
            -0.0, 0.0_f64.next_up(), 0.0_f64.next_down(), f64::MAX, f64::MIN,
            f64::INFINITY, f64::NEG_INFINITY, f64::NAN,
        ]),
    ]
}

fn constants() -> impl Strategy<Value = Constant> {
    prop_oneof![
        2 => numbers().prop_map(Constant::Number),
        1 => any::<bool>().prop_map(Constant::Bool),
        2 => "[ab]{0,1}".prop_map(|text: String| Constant::Text(text)),
    ]
}

fn thresholds() -> impl Strategy<Value = Vec<(Inequality, f64, u32)>> {
    let one = (prop::sample::select(INEQUALITIES.to_vec()), numbers());
    prop::collection::vec(one, 0..40).prop_map(|list| {
        (0..).zip(list).map(|(key, (inequality, bound))| (inequality, bound, key)).collect()
    })
}

fn equalities() -> impl Strategy<Value = Vec<(Equality, Constant, u32)>> {
    let equal = prop::collection::vec((constants(), 0_u32..8), 0..20);
    let not_equal = prop::collection::vec(constants(), 0..20);
    (equal, not_equal).prop_map(|(equal, not_equal)| {
        let equal = equal.into_iter().map(|(constant, key)| (Equality::Equal, constant, key));
        let not_equal = (100..).zip(not_equal);
        equal.chain(not_equal.map(|(key, c)| (Equality::NotEqual, c, key))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Prefixes say what asking every comparison says, and a change begins and
    /// ends what the two answers differ in; built at once, one by one in
    /// reverse, or with something taken out again.
    #[test]
    fn threshold_index_finds_what_a_scan_finds(
        list in thresholds(), removed in thresholds(), old in prop::option::of(numbers()), new in numbers(),
    ) {
        let index: ThresholdIndex<u32> = list.iter().copied().collect();
        let mut other = ThresholdIndex::new();
        for (inequality, bound, key) in list.iter().rev() {
            other.insert(*inequality, *bound, *key);
        }
        for (inequality, bound, key) in &removed {
            other.insert(*inequality, *bound, key + 1_000);
        }
        for (inequality, bound, key) in &removed {
            other.remove(*inequality, *bound, &(key + 1_000));
        }
        let scan = |value: f64| -> Vec<u32> {
            list.iter().filter(|(i, bound, _)| holds(*i, value, *bound)).map(|(.., key)| *key).collect()
        };
        let (was, is) = (old.map(scan).unwrap_or_default(), scan(new));
        for index in [&index, &other] {
            prop_assert_eq!(sorted(index.matches(new)), is.clone());
            let (begun, ended) = index.changes(old, Some(new));
            prop_assert_eq!(sorted(begun), difference(&is, &was));
            prop_assert_eq!(sorted(ended), difference(&was, &is));
            // From a place the same, and the place that it leaves is that of the new value.
            let mut place = index.place(old);
            let (begun, ended) = index.advance(&mut place, new);
            prop_assert_eq!(sorted(begun), difference(&is, &was));
            prop_assert_eq!(sorted(ended), difference(&was, &is));
            prop_assert_eq!(place, index.place(Some(new)));
            // All between the numbers around it stand there.
            let (low, high) = index.around(place);
            prop_assert!(new.is_nan() || (low <= new && new <= high));
            if let Some(other) = old.filter(|other| low < *other && *other < high) {
                prop_assert_eq!(place, index.place(Some(other)));
            }
        }
        prop_assert!(index.matches(new).eq(other.matches(new)));
    }

    /// The same of equality, where a key may stand under several constants.
    #[test]
    fn equality_index_finds_what_a_scan_finds(
        list in equalities(), old in prop::option::of(constants()), new in prop::option::of(constants()),
    ) {
        let index: EqualityIndex<u32> = list.iter().cloned().collect();
        let mut other = EqualityIndex::new();
        for (equality, constant, key) in list.iter().rev() {
            other.insert(*equality, constant.clone(), *key);
        }
        prop_assert_eq!(index.len(), other.len());
        let scan = |value: &Option<Constant>| -> Vec<u32> {
            let met = |equality: &Equality, constant: &Constant| {
                let order = value.as_ref()?.as_scalar().order(constant.as_scalar())?;
                Some(order.is_eq() == (*equality == Equality::Equal))
            };
            let keys = list.iter().filter(|(e, c, _)| met(e, c) == Some(true)).map(|(.., key)| *key);
            keys.collect::<BTreeSet<_>>().into_iter().collect()
        };
        let (was, is) = (scan(&old), scan(&new));
        for index in [&index, &other] {
            if let Some(value) = &new {
                prop_assert_eq!(sorted(index.matches(value.as_scalar())), is.clone());
            }
            let (begun, ended) = index.changes(
                old.as_ref().map(Constant::as_scalar), new.as_ref().map(Constant::as_scalar),
            );
            prop_assert_eq!(sorted(begun), difference(&is, &was));
            prop_assert_eq!(sorted(ended), difference(&was, &is));
        }
    }

    /// All comparisons can be taken out again, in whatever order they came.
    #[test]
    fn removal_leaves_equality_index_empty(list in equalities()) {
        let mut index: EqualityIndex<u32> = list.iter().cloned().collect();
        for (equality, constant, key) in &list {
            index.remove(*equality, constant, key);
        }
        prop_assert!(index.is_empty());
    }
}
