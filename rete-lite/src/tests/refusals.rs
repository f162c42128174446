use std::{string::ToString, sync::Arc, vec};

use super::{
    row::{Row, number},
    sessions::{ALARM, SITE, VALUE, add, alarm, fact, of},
};
use crate::{
    Check, Comparison, FactId, Limits, Network, Pattern, Production, ProductionError, ProductionId,
    Refused, Session, limits,
};

fn refusal(productions: impl IntoIterator<Item = Production<u8>>) -> ProductionError {
    Network::new(productions).unwrap_err()
}

fn production(patterns: impl IntoIterator<Item = Pattern<u8>>) -> Production<u8> {
    patterns.into_iter().fold(Production::new(ALARM), Production::when)
}

#[test]
fn a_production_needs_a_pattern_and_a_name_of_its_own() {
    assert_eq!(refusal([production([])]), ProductionError::NoPatterns { production: ALARM });
    assert_eq!(refusal([alarm(), alarm()]), ProductionError::Duplicate { production: ALARM });
}

#[test]
fn patterns_and_tests_have_limits() {
    let many = limits::PATTERNS_MAX + 1;
    let patterns = refusal([production(vec![of("hot"); many])]);
    let long = (0..=limits::TESTS_MAX)
        .fold(Pattern::new(), |pattern, _| pattern.test(VALUE, Check::Less(number(1.0))));
    let tests = refusal([production([of("hot"), long])]);

    assert_eq!(patterns, ProductionError::TooManyPatterns { production: ALARM, found: many });
    let found = limits::TESTS_MAX + 1;
    assert_eq!(tests, ProductionError::TooManyTests { production: ALARM, pattern: 1, found });
}

#[test]
fn the_longest_production_matches() {
    let longest = production(vec![of("hot").bind(SITE, "site"); limits::PATTERNS_MAX]);
    let mut session = Session::new(Arc::new(Network::new([longest]).unwrap()));

    let (_, delta) = session.assert(fact("hot", "a", 1.0)).unwrap();

    assert_eq!(delta.begun.len(), 1);
}

#[test]
fn productions_have_a_limit() {
    let many = limits::PRODUCTIONS_MAX + 1;
    let all = (0..).map(|id| Production::new(ProductionId(id)).when(of("hot"))).take(many);

    assert_eq!(refusal(all), ProductionError::TooManyProductions { found: many });
}

#[test]
fn a_variable_that_only_a_negation_binds_is_unbound_elsewhere() {
    let error = refusal([Production::new(ALARM)
        .unless(of("service").bind(VALUE, "until"))
        .when(of("hot").compare(VALUE, Comparison::Less, "until"))]);

    let message = "production 7: pattern 1 compares with \"until\", which neither it nor a \
                   positive pattern binds";
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_fact_too_many_is_refused() {
    let network = Arc::new(Network::new([alarm()]).unwrap());
    let mut session = Session::with_limits(network, Limits { facts: 1, tokens: 10 });
    add(&mut session, fact("hot", "a", 1.0));

    let refused = session.assert(fact("open", "a", 1.0)).unwrap_err();

    assert_eq!(refused, Refused::TooManyFacts { allowed: 1 });
    assert_eq!(session.facts().count(), 1);
}

#[test]
fn a_join_that_would_multiply_too_far_is_refused_and_leaves_no_trace() {
    let product = production([of("hot"), of("open"), of("open")]);
    let network = Arc::new(Network::new([product]).unwrap());
    let mut session = Session::with_limits(network, Limits { facts: 100, tokens: 50 });
    for _ in 0..6 {
        add(&mut session, fact("open", "a", 1.0));
    }
    add(&mut session, fact("hot", "a", 1.0));
    let before = session.memory.contents();

    let refused = session.assert(fact("hot", "b", 1.0)).unwrap_err();

    assert_eq!(refused, Refused::TooManyTokens { allowed: 50 });
    assert_eq!(session.memory.contents(), before);
}

/// A retraction may bring matches too, where the fact stood against them.
#[test]
fn a_retraction_that_would_unblock_too_much_is_refused_and_the_fact_stays() {
    let guarded = Production::new(ALARM).when(of("hot")).unless(of("service")).when(of("open"));
    let network = Arc::new(Network::new([guarded]).unwrap());
    let mut session = Session::with_limits(network, Limits { facts: 100, tokens: 20 });
    let service = add(&mut session, fact("service", "a", 1.0));
    for _ in 0..5 {
        add(&mut session, fact("hot", "a", 1.0));
        add(&mut session, fact("open", "a", 1.0));
    }
    let before = session.memory.contents();

    let refused = session.retract(service).unwrap_err();

    assert_eq!(
        refused.to_string(),
        "the facts would have more than the 20 tokens that are allowed"
    );
    assert_eq!(session.memory.contents(), before);
    assert!(session.fact(service).is_some());
}

#[test]
fn a_fact_that_is_not_there_is_neither_retracted_nor_updated() {
    let mut session: Session<u8, Row> = Session::new(Arc::new(Network::new([alarm()]).unwrap()));
    let id = add(&mut session, fact("hot", "a", 1.0));
    session.retract(id).unwrap();

    let twice = session.retract(id).unwrap_err();
    let update = session.update(FactId(9), fact("hot", "a", 1.0)).unwrap_err();

    assert_eq!(twice, Refused::UnknownFact { fact: id });
    assert_eq!(update.to_string(), "there is no fact 9");
}
