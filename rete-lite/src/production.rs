use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{Check, Comparison, ProductionId, Test, limits};

/// What is looked for among the facts: one fact for each pattern, such that
/// all variables agree, and no fact for any negated pattern.
///
/// The order of patterns has no meaning, except that activations name their
/// facts in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Production<A> {
    /// Its name.
    pub id: ProductionId,
    /// In the order in which activations name their facts.
    pub patterns: Vec<Pattern<A>>,
}

/// What is asked of one fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern<A> {
    /// All must hold.
    pub tests: Vec<Test<A>>,
    /// Attributes whose values must equal those that other patterns bind to
    /// the same variable. Null and NaN bind nothing: the fact does not match.
    pub bindings: Vec<(A, String)>,
    /// `attribute comparison variable`.
    pub comparisons: Vec<(A, Comparison, String)>,
    /// There must be no such fact.
    pub negated: bool,
}

/// Why a set of productions was refused. Each message says what was found and
/// what is allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProductionError {
    /// It would match without any fact.
    NoPatterns {
        /// The one without.
        production: ProductionId,
    },
    /// More patterns than [`limits::PATTERNS_MAX`].
    TooManyPatterns {
        /// The one with too many.
        production: ProductionId,
        /// How many it has.
        found: usize,
    },
    /// A pattern with more tests, bindings and comparisons than [`limits::TESTS_MAX`].
    TooManyTests {
        /// Whose pattern.
        production: ProductionId,
        /// The pattern, counted from 0.
        pattern: usize,
        /// How many it has.
        found: usize,
    },
    /// A comparison with a variable that no pattern binds where it can be seen:
    /// a positive one, or the comparing pattern itself.
    UnboundVariable {
        /// Whose pattern.
        production: ProductionId,
        /// The pattern, counted from 0.
        pattern: usize,
        /// The variable.
        variable: String,
    },
    /// Two productions of one name.
    Duplicate {
        /// The name.
        production: ProductionId,
    },
    /// More productions than [`limits::PRODUCTIONS_MAX`].
    TooManyProductions {
        /// How many there are.
        found: usize,
    },
}

impl<A> Production<A> {
    /// A production without patterns yet.
    #[must_use]
    pub fn new(id: ProductionId) -> Self {
        Self { id, patterns: Vec::new() }
    }

    /// There is such a fact.
    #[must_use]
    pub fn when(mut self, pattern: Pattern<A>) -> Self {
        self.patterns.push(Pattern { negated: false, ..pattern });
        self
    }

    /// There is no such fact.
    #[must_use]
    pub fn unless(mut self, pattern: Pattern<A>) -> Self {
        self.patterns.push(Pattern { negated: true, ..pattern });
        self
    }
}

impl<A> Pattern<A> {
    /// A pattern that every fact meets.
    #[must_use]
    pub fn new() -> Self {
        Self { tests: Vec::new(), bindings: Vec::new(), comparisons: Vec::new(), negated: false }
    }

    /// Asks `check` of `attribute`.
    #[must_use]
    pub fn test(mut self, attribute: impl Into<A>, check: Check) -> Self {
        self.tests.push(Test::new(attribute, check));
        self
    }

    /// Binds the value of `attribute` to `variable`: it must equal whatever
    /// else is bound to it.
    #[must_use]
    pub fn bind(mut self, attribute: impl Into<A>, variable: impl Into<String>) -> Self {
        self.bindings.push((attribute.into(), variable.into()));
        self
    }

    /// Compares the value of `attribute` with that of `variable`.
    #[must_use]
    pub fn compare(
        mut self,
        attribute: impl Into<A>,
        comparison: Comparison,
        variable: impl Into<String>,
    ) -> Self {
        self.comparisons.push((attribute.into(), comparison, variable.into()));
        self
    }

    /// How many things it asks.
    pub(crate) fn len(&self) -> usize {
        self.tests.len() + self.bindings.len() + self.comparisons.len()
    }

    pub(crate) fn binds(&self, variable: &str) -> bool {
        self.bindings.iter().any(|(_, bound)| bound == variable)
    }
}

impl<A> Default for Pattern<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for ProductionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPatterns { production } => {
                write!(f, "production {}: no patterns, and one at least is needed", production.0)
            }
            Self::TooManyPatterns { production, found } => {
                let allowed = limits::PATTERNS_MAX;
                write!(
                    f,
                    "production {}: {found} patterns, and {allowed} are allowed",
                    production.0
                )
            }
            Self::TooManyTests { production, pattern, found } => {
                let (production, allowed) = (production.0, limits::TESTS_MAX);
                write!(
                    f,
                    "production {production}: pattern {pattern} asks {found} things, \
                     and {allowed} are allowed"
                )
            }
            Self::UnboundVariable { production, pattern, variable } => write!(
                f,
                "production {}: pattern {pattern} compares with {variable:?}, which neither it \
                 nor a positive pattern binds",
                production.0
            ),
            Self::Duplicate { production } => {
                write!(f, "production {}: stands there twice, and names are unique", production.0)
            }
            Self::TooManyProductions { found } => {
                let allowed = limits::PRODUCTIONS_MAX;
                write!(f, "{found} productions, and {allowed} are allowed")
            }
        }
    }
}

impl core::error::Error for ProductionError {}
