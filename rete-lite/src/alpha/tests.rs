use std::{string::String, vec, vec::Vec};

use proptest::prelude::*;

use crate::{
    AlphaNetwork, Check, Fact, ProductionId, Scalar, Test,
    alpha::{Change, Moved},
    tests::row::{Field, Row, checks, number, rows},
};

fn routed(network: &AlphaNetwork<u8>, row: &Row) -> Vec<u32> {
    let mut productions = vec![ProductionId(77)];
    network.route(row, &mut productions);
    productions.into_iter().map(|ProductionId(id)| id).collect()
}

#[test]
fn a_production_without_tests_wants_every_fact() {
    let mut network: AlphaNetwork<u8> = AlphaNetwork::new();
    network.add(ProductionId(3), []);

    assert_eq!(routed(&network, &Row(vec![])), [3]);
}

#[test]
fn equal_lists_of_tests_share_their_nodes_whatever_their_order() {
    let mut network: AlphaNetwork<u8> = AlphaNetwork::new();
    let tests = [
        Test::new(1, Check::Present),
        Test::new(0, Check::Greater(number(80.0))),
        Test::new(0, Check::NotEqual(number(99.0))),
    ];
    network.add(ProductionId(0), tests.clone());
    network.add(ProductionId(1), tests.iter().rev().cloned());
    network.add(ProductionId(2), tests.iter().chain(&tests).cloned());

    assert_eq!(network.nodes(), 3);
}

#[test]
fn thresholds_part_exactly_at_their_value() {
    let mut network: AlphaNetwork<u8> = AlphaNetwork::new();
    for (id, check) in [Check::Less, Check::LessOrEqual, Check::Greater, Check::GreaterOrEqual]
        .into_iter()
        .flat_map(|check| [1.0, 2.0, 3.0].map(|bound| check(number(bound))))
        .enumerate()
    {
        network.add(ProductionId(u32::try_from(id).unwrap()), [Test::new(0, check)]);
    }

    let at = |value| routed(&network, &Row(vec![(0, Field::Of(number(value)))]));

    assert_eq!(at(2.0), [2, 4, 5, 6, 9, 10]);
    assert_eq!(at(2.5), [2, 5, 6, 7, 9, 10]);
    assert_eq!(at(f64::NAN), [] as [u32; 0]);
}

#[test]
fn a_test_against_nan_never_holds_but_leaves_the_other_alternative() {
    let mut network: AlphaNetwork<u8> = AlphaNetwork::new();
    network.add(ProductionId(0), [Test::new(0, Check::NotEqual(number(f64::NAN)))]);
    network.add(ProductionId(1), [Test::new(0, Check::Less(number(f64::NAN)))]);
    network.add(ProductionId(1), [Test::new(0, Check::Present)]);

    assert_eq!(routed(&network, &Row(vec![(0, Field::Of(number(1.0)))])), [1]);
}

fn test_lists() -> impl Strategy<Value = Vec<(u32, Vec<Test<u8>>)>> {
    let test = (0_u8..4, checks()).prop_map(|(attribute, check)| Test { attribute, check });
    prop::collection::vec((0_u32..20, prop::collection::vec(test, 0..4)), 0..40)
}

/// The productions of which one list of tests holds, by asking each test of each.
fn brute_force(lists: &[(u32, Vec<Test<u8>>)], row: &Row) -> Vec<u32> {
    let holds = |test: &Test<u8>| row.value(&test.attribute).is_some_and(|v| test.check.holds(v));
    let mut ids: Vec<u32> =
        lists.iter().filter(|(_, tests)| tests.iter().all(holds)).map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever the productions and the fact, the network finds those that
    /// asking every test of every production finds, in order, each once; in
    /// whichever order they were added.
    #[test]
    fn route_finds_what_brute_force_finds(lists in test_lists(), rows in prop::collection::vec(rows(), 1..4)) {
        let (mut network, mut reversed) = (AlphaNetwork::new(), AlphaNetwork::new());
        for (id, tests) in &lists {
            network.add(ProductionId(*id), tests.clone());
        }
        for (id, tests) in lists.iter().rev() {
            reversed.add(ProductionId(*id), tests.iter().rev().cloned());
        }
        prop_assert_eq!(network.nodes(), reversed.nodes());
        for row in rows {
            let expected = brute_force(&lists, &row);
            prop_assert_eq!(&routed(&network, &row), &expected);
            prop_assert_eq!(&routed(&reversed, &row), &expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// What a change moves is what the routes of both states differ in, when
    /// every production has one list of tests.
    #[test]
    fn a_change_moves_what_the_routes_differ_in(lists in test_lists(), old in rows(), new in rows()) {
        let mut network = AlphaNetwork::new();
        for (id, (_, tests)) in (0..).zip(&lists) {
            network.add(ProductionId(id), tests.clone());
        }
        let (was, is) = (routed(&network, &old), routed(&network, &new));

        let Moved { begun, ended } = network.moved(&Change::new(network.names(), &old, &new));

        let ids = |moved: Vec<ProductionId>| {
            let mut ids: Vec<u32> = moved.into_iter().map(|ProductionId(id)| id).collect();
            ids.sort_unstable();
            ids
        };
        let only = |one: &[u32], other: &[u32]| -> Vec<u32> {
            one.iter().filter(|id| !other.contains(id)).copied().collect()
        };
        prop_assert_eq!(ids(begun), only(&is, &was));
        prop_assert_eq!(ids(ended), only(&was, &is));
    }
}

/// Attributes may be owned where the fact's are borrowed.
#[test]
fn owned_attributes_are_found_by_borrowed_ones() {
    struct One<'a>(&'a str, f64);
    impl Fact for One<'_> {
        type Attribute = str;
        fn values(&self) -> impl Iterator<Item = (&str, Scalar<'_>)> {
            core::iter::once((self.0, Scalar::Number(self.1)))
        }
    }
    let mut network: AlphaNetwork<String> = AlphaNetwork::new();
    network.add(ProductionId(5), [Test::new("temp", Check::Equal(number(1.0)))]);
    let mut found = vec![];

    network.route(&One("temp", 1.0), &mut found);

    assert_eq!(found, [ProductionId(5)]);
}
