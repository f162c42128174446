use std::{string::ToString, vec};

use expect_test::expect;

use super::sessions::{ALARM, SITE, add, alarm, fact, of, session};
use crate::{Constant, Network, Production, ProductionId, Step, WhyNot};

#[test]
fn a_match_is_explained_by_its_facts_and_bindings() {
    let mut session = session([alarm()]);
    let hot = add(&mut session, fact("hot", "a", 1.0));
    let open = add(&mut session, fact("open", "a", 1.0));
    let activation = session.activations().remove(0);

    let why = session.why(&activation).unwrap();

    let facts: vec::Vec<_> = why.facts.iter().map(|fact| fact.map(|(id, _)| id)).collect();
    assert_eq!(facts, [Some(hot), Some(open), None]);
    assert_eq!(why.bindings, [("site".to_string(), Constant::from("a"))]);
}

#[test]
fn what_matches_no_more_is_not_explained() {
    let mut session = session([alarm()]);
    let hot = add(&mut session, fact("hot", "a", 1.0));
    add(&mut session, fact("open", "a", 1.0));
    let activation = session.activations().remove(0);

    session.retract(hot).unwrap();

    assert!(session.why(&activation).is_none());
}

#[test]
fn why_not_names_the_first_pattern_at_which_nothing_is_left() {
    let mut session = session([alarm()]);
    let why_not = |session: &crate::Session<_, _>| session.explain(ALARM).unwrap().why_not();
    assert_eq!(why_not(&session), Some(WhyNot::NoFact { pattern: 0 }));

    add(&mut session, fact("hot", "a", 1.0));
    assert_eq!(why_not(&session), Some(WhyNot::NoFact { pattern: 1 }));

    add(&mut session, fact("open", "b", 1.0));
    let no_partner = WhyNot::NoPartner { pattern: 1, facts: 1, matches: 1 };
    assert_eq!(why_not(&session), Some(no_partner));

    add(&mut session, fact("service", "a", 1.0));
    add(&mut session, fact("open", "a", 1.0));
    let blocked = WhyNot::Blocked { pattern: 2, facts: 1, matches: 1 };
    assert_eq!(why_not(&session), Some(blocked));

    add(&mut session, fact("hot", "b", 1.0));
    assert_eq!(why_not(&session), None);
}

#[test]
fn an_explanation_counts_alpha_and_beta_memories() {
    let mut session = session([alarm()]);
    for site in ["a", "a", "b"] {
        add(&mut session, fact("hot", site, 1.0));
        add(&mut session, fact("open", site, 1.0));
    }
    add(&mut session, fact("service", "b", 1.0));

    let explanation = session.explain(ALARM).unwrap();

    let step = |pattern, negated, facts, matches| Step { pattern, negated, facts, matches };
    let expected = [step(0, false, 3, 3), step(2, true, 1, 2), step(1, false, 3, 4)];
    assert_eq!(explanation.steps, expected);
    assert!(session.explain(ProductionId(99)).is_none());
}

#[test]
fn reasons_read_as_sentences() {
    let text = [
        WhyNot::NoFact { pattern: 0 },
        WhyNot::NoPartner { pattern: 1, facts: 3, matches: 2 },
        WhyNot::Blocked { pattern: 2, facts: 1, matches: 4 },
    ]
    .map(|reason| reason.to_string())
    .join("\n");

    expect![[r#"
        pattern 0: no fact meets its tests
        pattern 1: 3 facts meet its tests, none agrees with any of the 2 matches before it
        pattern 2: each of the 4 matches before it has a fact against it; 1 meet its tests"#]]
    .assert_eq(&text);
}

#[test]
fn a_network_is_drawn_with_what_is_shared_drawn_once() {
    let shorter = Production::new(ProductionId(8)).when(of("hot").bind(SITE, "s"));

    let dot = Network::new([alarm(), shorter]).unwrap().to_dot();

    expect![[r#"
        digraph rete {
          alpha0 [shape=box, label="0 == \"hot\"\n1 comparable"];
          alpha1 [shape=box, label="0 == \"open\"\n1 comparable"];
          alpha2 [shape=box, label="0 == \"service\"\n1 comparable"];
          beta0 [shape=point];
          beta1 [shape=ellipse, label="1 join"];
          beta0 -> beta1;
          alpha0 -> beta1;
          production8 [shape=doubleoctagon, label="8"];
          beta1 -> production8;
          beta2 [shape=ellipse, style=dashed, label="2 no\n1 == 1.1"];
          beta1 -> beta2;
          alpha2 -> beta2;
          beta3 [shape=ellipse, label="3 join\n1 == 1.1"];
          beta2 -> beta3;
          alpha1 -> beta3;
          production7 [shape=doubleoctagon, label="7"];
          beta3 -> production7;
        }
    "#]]
    .assert_eq(&dot);
}
