use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{borrow::Borrow, fmt};

use crate::{
    Activation, Constant, Fact, FactId, ProductionId, Session,
    memory::{Key, List},
    network::{Kind, Slot},
};

/// Why a production matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Why<'a, F> {
    /// The fact that each pattern found, in the order in which patterns were
    /// written; none for negated ones.
    pub facts: Vec<Option<(FactId, &'a F)>>,
    /// The values of its variables, by name; not of those that only a negated
    /// pattern has.
    pub bindings: Vec<(String, Constant)>,
}

/// How far a production gets: its patterns in the order in which they are joined.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// Which production.
    pub production: ProductionId,
    /// One for each pattern.
    pub steps: Vec<Step>,
}

/// What one pattern does to the matches of those before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Step {
    /// The pattern, by its place in the production.
    pub pattern: usize,
    /// Whether it asks that there be no such fact.
    pub negated: bool,
    /// How many facts meet its tests: the size of its alpha memory.
    pub facts: usize,
    /// How many matches of the patterns up to this one there are: the size of
    /// its beta memory.
    pub matches: usize,
}

/// Why a production does not match: the first pattern in join order at which
/// nothing is left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyNot {
    /// No fact meets the pattern's own tests.
    NoFact {
        /// The pattern, by its place in the production.
        pattern: usize,
    },
    /// Facts meet its tests, but none agrees with a match of those before it.
    NoPartner {
        /// The pattern, by its place in the production.
        pattern: usize,
        /// How many facts meet its tests.
        facts: usize,
        /// How many matches they were put to.
        matches: usize,
    },
    /// It is negated, and there is a fact against every match of those before it.
    Blocked {
        /// The pattern, by its place in the production.
        pattern: usize,
        /// How many facts meet its tests.
        facts: usize,
        /// How many matches they stand against.
        matches: usize,
    },
}

impl<A, F: Fact> Session<A, F> {
    /// Why `activation` holds; `None` if it does not, or not any more.
    ///
    /// Looks through the matches of its production: O(patterns) for each.
    pub fn why(&self, activation: &Activation) -> Option<Why<'_, F>>
    where
        A: Borrow<F::Attribute>,
    {
        let (last, plan) = self.network.compiled(activation.production)?;
        let mut matches = self.memory.token_lists.members(List::Matches(last), &Key::None);
        let token = matches.find(|token| {
            self.memory.activation(activation.production, plan, *token) == *activation
        })?;
        let facts = activation.facts.iter();
        let value = |slot: &Slot| self.memory.slot(&self.network, token, *slot)?.to_constant();
        let bindings = plan.variables.iter();
        Some(Why {
            facts: facts.map(|id| Some(((*id)?, self.fact((*id)?)?))).collect(),
            bindings: bindings.filter_map(|(n, slot)| Some((n.to_owned(), value(slot)?))).collect(),
        })
    }
}

impl<A, F> Session<A, F> {
    /// How far `production` gets with the facts there are; `None` if there is
    /// no such production. [`Explanation::why_not`] says where it ends. Takes O(patterns).
    pub fn explain(&self, production: ProductionId) -> Option<Explanation> {
        let (last, plan) = self.network.compiled(production)?;
        let mut steps = Vec::with_capacity(plan.order.len());
        let mut index = last;
        for pattern in plan.order.iter().rev() {
            let node = self.network.node(index)?;
            steps.push(Step {
                pattern: *pattern,
                negated: node.kind == Kind::Negation,
                facts: self.memory.fact_lists.len(List::Facts(node.alpha), &Key::None),
                matches: self.memory.token_lists.len(List::Matches(index), &Key::None),
            });
            index = node.parent;
        }
        steps.reverse();
        Some(Explanation { production, steps })
    }
}

impl Explanation {
    /// Where the production ends; `None` if it matches.
    #[must_use]
    pub fn why_not(&self) -> Option<WhyNot> {
        // Before the first pattern there is the one empty match.
        let mut before = 1;
        for step in &self.steps {
            let Step { pattern, facts, .. } = *step;
            if step.matches == 0 {
                return Some(match step.negated {
                    true => WhyNot::Blocked { pattern, facts, matches: before },
                    false if facts == 0 => WhyNot::NoFact { pattern },
                    false => WhyNot::NoPartner { pattern, facts, matches: before },
                });
            }
            before = step.matches;
        }
        None
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFact { pattern } => write!(f, "pattern {pattern}: no fact meets its tests"),
            Self::NoPartner { pattern, facts, matches } => write!(
                f,
                "pattern {pattern}: {facts} facts meet its tests, none agrees with any of the \
                 {matches} matches before it"
            ),
            Self::Blocked { pattern, facts, matches } => write!(
                f,
                "pattern {pattern}: each of the {matches} matches before it has a fact against it; \
                 {facts} meet its tests"
            ),
        }
    }
}
