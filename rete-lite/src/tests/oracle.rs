//! What matches, by trying every fact for every pattern.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec,
    vec::Vec,
};

use super::row::Row;
use crate::{Activation, Fact, FactId, Pattern, Production, Scalar};

pub(super) type Facts = BTreeMap<FactId, Row>;
type Variables<'a> = BTreeMap<&'a str, Scalar<'a>>;

/// All matches of `productions` among `facts`.
pub(super) fn matches(productions: &[Production<u8>], facts: &Facts) -> BTreeSet<Activation> {
    let mut found = BTreeSet::new();
    for production in productions {
        let mut chosen = vec![];
        choose(production, facts, &mut chosen, &mut found);
    }
    found
}

fn choose(
    production: &Production<u8>,
    facts: &Facts,
    chosen: &mut Vec<Option<FactId>>,
    found: &mut BTreeSet<Activation>,
) {
    let Some(pattern) = production.patterns.get(chosen.len()) else {
        if agrees(production, facts, chosen) {
            found.insert(Activation { production: production.id, facts: chosen.clone() });
        }
        return;
    };
    let candidates: Vec<Option<FactId>> = if pattern.negated {
        vec![None]
    } else {
        facts.iter().filter(|(_, row)| tested(pattern, row)).map(|(id, _)| Some(*id)).collect()
    };
    for candidate in candidates {
        chosen.push(candidate);
        choose(production, facts, chosen, found);
        chosen.pop();
    }
}

/// Whether the variables of the chosen facts agree, and no negated pattern has a fact.
fn agrees(production: &Production<u8>, facts: &Facts, chosen: &[Option<FactId>]) -> bool {
    let pairs = || production.patterns.iter().zip(chosen);
    let positive = || pairs().filter_map(|(pattern, id)| Some((pattern, &facts[&(*id)?])));
    let mut variables = Variables::new();
    positive().all(|(pattern, row)| bind(pattern, row, &mut variables))
        && positive().all(|(pattern, row)| compares(pattern, row, &variables))
        && pairs().filter(|(pattern, _)| pattern.negated).all(|(pattern, _)| {
            !facts.values().any(|row| {
                let mut local = variables.clone();
                tested(pattern, row)
                    && bind(pattern, row, &mut local)
                    && compares(pattern, row, &local)
            })
        })
}

fn tested(pattern: &Pattern<u8>, row: &Row) -> bool {
    let mut tests = pattern.tests.iter();
    tests.all(|test| row.value(&test.attribute).is_some_and(|value| test.check.holds(value)))
}

fn bind<'a>(pattern: &'a Pattern<u8>, row: &'a Row, variables: &mut Variables<'a>) -> bool {
    pattern.bindings.iter().all(|(attribute, variable)| {
        let Some(value) = row.value(attribute) else { return false };
        let bound = *variables.entry(variable).or_insert(value);
        bound.order(value).is_some_and(Ordering::is_eq)
    })
}

fn compares(pattern: &Pattern<u8>, row: &Row, variables: &Variables<'_>) -> bool {
    pattern.comparisons.iter().all(|(attribute, comparison, variable): &(u8, _, String)| {
        let value = row.value(attribute);
        value.is_some_and(|value| comparison.holds(value, variables[variable.as_str()]))
    })
}
