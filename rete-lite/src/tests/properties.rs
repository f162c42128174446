use std::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use proptest::prelude::*;

use super::{
    oracle::{self, Facts},
    row::{Field, Row, checks, number},
};
use crate::{
    Activation, Check, Comparison, Constant, Delta, FactId, Limits, Network, Pattern, Production,
    ProductionId, Refused, Session, Test,
};

#[derive(Clone, Debug)]
enum Op {
    Assert(Row),
    /// Which of the facts, modulo how many there are.
    Retract(usize),
    Update(usize, Row),
}

/// Facts over few attributes and values, so that joins often find partners.
fn rows() -> impl Strategy<Value = Row> {
    let field = prop_oneof![
        1 => Just(Field::Null),
        1 => prop::sample::select(&[f64::NAN, -0.0][..]).prop_map(|n| Field::Of(number(n))),
        12 => (0_u8..3).prop_map(|whole| Field::Of(number(f64::from(whole)))),
        4 => prop::sample::select(&["a", "b"][..]).prop_map(|text| Field::Of(Constant::from(text))),
    ];
    prop::collection::btree_map(0_u8..4, field, 2..5)
        .prop_map(|fields| Row(fields.into_iter().collect()))
}

fn patterns() -> impl Strategy<Value = Pattern<u8>> {
    let check = prop_oneof![
        3 => checks(),
        3 => (0_u8..3).prop_map(|whole| Check::GreaterOrEqual(number(f64::from(whole)))),
    ];
    let tests = prop::collection::vec((0_u8..4, check), 0..2);
    let variable = || prop::sample::select(&["x", "y"][..]).prop_map(String::from);
    let bindings = prop::collection::vec((0_u8..4, variable()), 0..3);
    let comparison = prop::sample::select(
        &[
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ][..],
    );
    let comparisons = prop::collection::vec((0_u8..4, comparison, variable()), 0..2);
    (tests, bindings, comparisons, prop::bool::weighted(0.3)).prop_map(
        |(tests, bindings, comparisons, negated)| Pattern {
            tests: tests.into_iter().map(|(a, check)| Test { attribute: a, check }).collect(),
            bindings,
            comparisons,
            negated,
        },
    )
}

/// Patterns are drawn from a small pool, so that productions share them.
fn productions() -> impl Strategy<Value = Vec<Production<u8>>> {
    let pool = prop::collection::vec(patterns(), 1..5);
    let picks =
        prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..5), 1..5);
    (pool, picks).prop_map(|(pool, picks)| {
        let production = |(id, places): (u32, Vec<prop::sample::Index>)| {
            let patterns = places.iter().map(|place| place.get(&pool).clone()).collect();
            bounded(Production { id: ProductionId(id), patterns })
        };
        (0..).zip(picks).map(production).collect()
    })
}

/// Without the comparisons whose variable nobody binds, which would be refused.
fn bounded(mut production: Production<u8>) -> Production<u8> {
    let bound: BTreeSet<String> = production
        .patterns
        .iter()
        .filter(|p| !p.negated)
        .flat_map(|p| &p.bindings)
        .map(|(_, variable)| variable.clone())
        .collect();
    for pattern in &mut production.patterns {
        let own: BTreeSet<String> = pattern.bindings.iter().map(|(_, v)| v.clone()).collect();
        pattern
            .comparisons
            .retain(|(.., variable)| bound.contains(variable) || own.contains(variable));
    }
    production
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => rows().prop_map(Op::Assert),
        1 => any::<usize>().prop_map(Op::Retract),
        2 => (any::<usize>(), rows()).prop_map(|(place, row)| Op::Update(place, row)),
    ];
    prop::collection::vec(op, 1..14)
}

/// A session beside the plain facts that it should have.
struct Pair {
    session: Session<u8, Row>,
    facts: Facts,
}

impl Pair {
    fn new(productions: &[Production<u8>], limits: Limits) -> Self {
        let network = Network::new(productions.iter().cloned()).unwrap();
        Self { session: Session::with_limits(Arc::new(network), limits), facts: Facts::new() }
    }

    /// Does `op` on both; on the facts only if the session did not refuse.
    fn apply(&mut self, op: &Op) -> Result<Delta, Refused> {
        let pick = |place: usize| self.facts.keys().nth(place % self.facts.len().max(1)).copied();
        match op {
            Op::Assert(row) => {
                let (id, delta) = self.session.assert(row.clone())?;
                assert!(self.facts.insert(id, row.clone()).is_none());
                Ok(delta)
            }
            Op::Retract(place) => {
                let id = pick(*place).unwrap_or(FactId(u64::MAX));
                let (_, delta) = self.session.retract(id)?;
                self.facts.remove(&id);
                Ok(delta)
            }
            Op::Update(place, row) => {
                let id = pick(*place).unwrap_or(FactId(u64::MAX));
                let delta = self.session.update(id, row.clone())?;
                self.facts.insert(id, row.clone());
                Ok(delta)
            }
        }
    }

    fn matches(&self) -> BTreeSet<Activation> {
        let activations = self.session.activations();
        let set: BTreeSet<Activation> = activations.iter().cloned().collect();
        assert!(set.iter().eq(&activations), "ascending, each once");
        set
    }
}

/// The activations with facts in the place of their names.
fn by_content(matches: &BTreeSet<Activation>, facts: &Facts) -> Vec<String> {
    let text = |activation: &Activation| {
        let rows: Vec<_> = activation.facts.iter().map(|id| id.map(|id| &facts[&id])).collect();
        std::format!("{:?} {rows:?}", activation.production)
    };
    let mut all: Vec<String> = matches.iter().map(text).collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// After every operation the session has the matches that trying every
    /// combination finds, and has told exactly what changed.
    #[test]
    fn session_matches_what_brute_force_matches(productions in productions(), ops in ops()) {
        let mut pair = Pair::new(&productions, Limits::default());
        let mut before = oracle::matches(&productions, &pair.facts);
        prop_assert_eq!(pair.matches(), before.clone());
        for op in &ops {
            let delta = pair.apply(op).unwrap_or_default();
            let after = oracle::matches(&productions, &pair.facts);
            prop_assert_eq!(pair.matches(), after.clone());
            prop_assert!(delta.begun.iter().eq(after.difference(&before)), "{:?}", delta);
            prop_assert!(delta.ended.iter().eq(before.difference(&after)), "{:?}", delta);
            before = after;
        }
    }

    /// When every fact is retracted, nothing is left in any memory.
    #[test]
    fn retraction_leaves_memory_as_new(productions in productions(), ops in ops()) {
        let mut pair = Pair::new(&productions, Limits::default());
        let fresh = pair.session.memory.contents();
        for op in &ops {
            let _ = pair.apply(op);
        }
        for id in pair.facts.keys().rev() {
            pair.session.retract(*id).unwrap();
        }
        prop_assert_eq!(pair.session.memory.contents(), fresh);
    }

    /// What matches depends neither on the order in which facts came and went
    /// nor on that of the productions.
    #[test]
    fn matches_do_not_depend_on_order(
        productions in productions(), ops in ops(), places in prop::collection::vec(any::<usize>(), 14),
    ) {
        let mut pair = Pair::new(&productions, Limits::default());
        for op in &ops {
            let _ = pair.apply(op);
        }
        let reversed: Vec<_> = productions.iter().rev().cloned().collect();
        let mut other = Pair::new(&reversed, Limits::default());
        let mut rows: BTreeMap<_, _> = (0..).zip(&places).zip(pair.facts.values())
            .map(|((number, place), row)| ((*place, number), row.clone())).collect();
        while let Some((_, row)) = rows.pop_first() {
            other.apply(&Op::Assert(row)).unwrap();
        }
        prop_assert_eq!(
            by_content(&pair.matches(), &pair.facts), by_content(&other.matches(), &other.facts)
        );
    }

    /// An operation that a limit refuses has changed nothing, and the next
    /// ones go on as if it had not been tried.
    #[test]
    fn refused_operation_leaves_session_as_it_was(
        productions in productions(), ops in ops(), tokens in 0_usize..16,
    ) {
        let limits = Limits { facts: 4, tokens };
        let mut pair = Pair::new(&productions, limits);
        for op in &ops {
            let before = pair.session.memory.contents();
            let result = pair.apply(op);
            if let Err(refused) = result {
                prop_assert_eq!(pair.session.memory.contents(), before, "{}", refused.to_string());
            }
            prop_assert_eq!(pair.matches(), oracle::matches(&productions, &pair.facts));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The same after hundreds of operations, which let tables grow and shrink.
    #[test]
    fn a_long_session_matches_what_brute_force_matches(
        ops in prop::collection::vec((rows(), any::<usize>(), 0_u8..4), 100..300),
    ) {
        let on = |value: u8| Pattern::new().test(0, Check::GreaterOrEqual(number(f64::from(value))));
        let productions = [
            Production::new(ProductionId(0))
                .when(on(1).bind(1, "x").bind(2, "y"))
                .when(on(2).bind(2, "x").bind(3, "y")),
            Production::new(ProductionId(1)).when(on(2).bind(1, "x")).unless(on(1).bind(2, "x")),
        ];
        let mut pair = Pair::new(&productions, Limits::default());
        for (row, place, kind) in ops {
            // First it grows, then it shrinks.
            let op = match kind {
                0 => Op::Update(place, row),
                1 => Op::Retract(place),
                _ if pair.facts.len() < 60 => Op::Assert(row),
                _ => Op::Retract(place),
            };
            let _ = pair.apply(&op);
        }
        prop_assert_eq!(pair.matches(), oracle::matches(&productions, &pair.facts));
        while let Some(id) = pair.facts.keys().nth(pair.facts.len() / 2).copied() {
            pair.session.retract(id).unwrap();
            pair.facts.remove(&id);
            if pair.facts.len().is_multiple_of(8) {
                prop_assert_eq!(pair.matches(), oracle::matches(&productions, &pair.facts));
            }
        }
    }
}
