use std::{string::String, sync::Arc, vec, vec::Vec};

use super::row::{Field, Row, number};
use crate::{
    Activation, Check, Comparison, Constant, Delta, FactId, Network, Pattern, Production,
    ProductionId, Session,
};

pub(super) const KIND: u8 = 0;
pub(super) const SITE: u8 = 1;
pub(super) const VALUE: u8 = 2;

pub(super) const ALARM: ProductionId = ProductionId(7);

pub(super) fn of(kind: &str) -> Pattern<u8> {
    Pattern::new().test(KIND, Check::Equal(Constant::from(kind)))
}

pub(super) fn fact(kind: &str, site: &str, value: f64) -> Row {
    let text = |text: &str| Field::Of(Constant::from(text));
    Row(vec![(KIND, text(kind)), (SITE, text(site)), (VALUE, Field::Of(number(value)))])
}

/// Something hot and something open on one site, unless the site is serviced.
pub(super) fn alarm() -> Production<u8> {
    Production::new(ALARM)
        .when(of("hot").bind(SITE, "site"))
        .when(of("open").bind(SITE, "site"))
        .unless(of("service").bind(SITE, "site"))
}

pub(super) fn session(productions: impl IntoIterator<Item = Production<u8>>) -> Session<u8, Row> {
    Session::new(Arc::new(Network::new(productions).unwrap()))
}

pub(super) fn add(session: &mut Session<u8, Row>, row: Row) -> FactId {
    session.assert(row).unwrap().0
}

fn begun(delta: &Delta) -> Vec<Vec<Option<FactId>>> {
    assert_eq!(delta.ended, []);
    delta.begun.iter().map(|activation| activation.facts.clone()).collect()
}

#[test]
fn facts_that_agree_on_a_variable_match_and_others_do_not() {
    let mut session = session([alarm()]);
    let hot = add(&mut session, fact("hot", "a", 1.0));
    let elsewhere = session.assert(fact("open", "b", 1.0)).unwrap().1;

    let (open, delta) = session.assert(fact("open", "a", 1.0)).unwrap();

    assert!(elsewhere.is_empty());
    assert_eq!(begun(&delta), [[Some(hot), Some(open), None]]);
    assert_eq!(session.activations(), delta.begun);
}

#[test]
fn a_fact_against_it_ends_a_match_until_the_last_one_has_gone() {
    let mut session = session([alarm()]);
    add(&mut session, fact("hot", "a", 1.0));
    add(&mut session, fact("open", "a", 1.0));
    let matched = session.activations();

    let (first, ended) = session.assert(fact("service", "a", 1.0)).unwrap();
    let (second, nothing) = session.assert(fact("service", "a", 2.0)).unwrap();
    let (_, still) = session.retract(first).unwrap();
    let (_, again) = session.retract(second).unwrap();

    assert_eq!((ended.begun, ended.ended), (vec![], matched.clone()));
    assert!(nothing.is_empty() && still.is_empty());
    assert_eq!((again.begun, again.ended), (matched, vec![]));
}

#[test]
fn retracting_gives_the_fact_back_and_ends_its_matches() {
    let mut session = session([alarm()]);
    let hot = add(&mut session, fact("hot", "a", 41.0));
    add(&mut session, fact("open", "a", 1.0));
    let matched = session.activations();

    let (row, delta) = session.retract(hot).unwrap();

    assert!(matches!(row.0.last(), Some((VALUE, Field::Of(Constant::Number(41.0))))));
    assert_eq!(delta.ended, matched);
    assert_eq!(session.activations(), []);
}

#[test]
fn an_update_of_what_no_pattern_reads_costs_and_changes_nothing() {
    let mut session = session([alarm()]);
    let hot = add(&mut session, fact("hot", "a", 1.0));
    add(&mut session, fact("open", "a", 1.0));
    let before = session.memory.contents();

    let delta = session.update(hot, fact("hot", "a", 2.0)).unwrap();

    assert!(delta.is_empty());
    assert_eq!(session.memory.contents(), before);
}

#[test]
fn an_update_moves_matches_to_where_the_fact_has_gone() {
    let mut session = session([alarm()]);
    let hot = add(&mut session, fact("hot", "a", 1.0));
    let here = add(&mut session, fact("open", "a", 1.0));
    let there = add(&mut session, fact("open", "b", 1.0));

    let delta = session.update(hot, fact("hot", "b", 1.0)).unwrap();

    let activation =
        |open| Activation { production: ALARM, facts: vec![Some(hot), Some(open), None] };
    assert_eq!(delta, Delta { begun: vec![activation(there)], ended: vec![activation(here)] });
}

#[test]
fn a_production_of_negations_alone_matches_before_the_first_fact() {
    let quiet = Production::new(ALARM).unless(of("hot"));
    let mut session = session([quiet]);
    assert_eq!(session.activations(), [Activation { production: ALARM, facts: vec![None] }]);

    let (_, delta) = session.assert(fact("hot", "a", 1.0)).unwrap();

    assert_eq!(delta.ended.len(), 1);
    assert_eq!(session.activations(), []);
}

#[test]
fn values_are_compared_across_facts_whichever_pattern_binds() {
    let warmer = |first: Pattern<u8>, second: Pattern<u8>| {
        let production = Production::new(ALARM).when(first).when(second);
        let mut session = session([production]);
        add(&mut session, fact("in", "a", 20.0));
        add(&mut session, fact("out", "a", 30.0));
        add(&mut session, fact("out", "a", 20.0));
        session.activations().len()
    };
    let inside = || of("in").bind(VALUE, "in");
    let outside = || of("out").compare(VALUE, Comparison::Greater, "in");

    assert_eq!((warmer(inside(), outside()), warmer(outside(), inside())), (1, 1));
}

#[test]
fn one_fact_may_meet_two_patterns_and_joins_with_itself_once() {
    let pair = Production::new(ALARM)
        .when(of("hot").bind(SITE, "site"))
        .when(of("hot").bind(SITE, "site"));
    let mut session = session([pair]);

    let (a, first) = session.assert(fact("hot", "a", 1.0)).unwrap();
    let (b, second) = session.assert(fact("hot", "a", 2.0)).unwrap();

    assert_eq!(begun(&first), [[Some(a), Some(a)]]);
    assert_eq!(begun(&second), [[Some(a), Some(b)], [Some(b), Some(a)], [Some(b), Some(b)]]);
}

#[test]
fn null_and_nan_bind_nothing() {
    let mut session = session([Production::new(ALARM).when(Pattern::new().bind(VALUE, "v"))]);

    add(&mut session, Row(vec![(VALUE, Field::Null)]));
    add(&mut session, Row(vec![(VALUE, Field::Of(number(f64::NAN)))]));

    assert_eq!(session.activations(), []);
}

#[test]
fn variables_within_one_fact_must_agree() {
    let mirrored = Pattern::new().bind(SITE, "same").bind(KIND, "same");
    let mut session = session([Production::new(ALARM).when(mirrored)]);

    add(&mut session, fact("a", "b", 1.0));
    let twin = add(&mut session, fact("a", "a", 1.0));

    let facts: Vec<_> = session.activations().into_iter().map(|a| a.facts).collect();
    assert_eq!(facts, [[Some(twin)]]);
}

#[test]
fn sessions_share_a_network_and_nothing_else() {
    let network = Arc::new(Network::<u8>::new([alarm()]).unwrap());
    let mut one: Session<u8, Row> = Session::new(Arc::clone(&network));
    let mut other: Session<u8, Row> = Session::new(network);

    add(&mut one, fact("hot", "a", 1.0));
    add(&mut other, fact("open", "a", 1.0));

    assert_eq!((one.activations(), other.activations()), (vec![], vec![]));
}

#[test]
fn owned_attributes_are_matched_by_borrowed_ones() {
    struct Borrowed(Vec<(&'static str, f64)>);
    impl crate::Fact for Borrowed {
        type Attribute = str;
        fn values(&self) -> impl Iterator<Item = (&str, crate::Scalar<'_>)> {
            self.0.iter().map(|(name, value)| (*name, crate::Scalar::Number(*value)))
        }
    }
    let pattern = Pattern::new().bind("temp", "t");
    let network = Network::<String>::new([Production::new(ALARM).when(pattern)]).unwrap();
    let mut session = Session::new(Arc::new(network));

    let (_, delta) = session.assert(Borrowed(vec![("temp", 1.0)])).unwrap();

    assert_eq!(delta.begun.len(), 1);
}
