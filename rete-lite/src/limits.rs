//! How much there may be of everything, and why.

/// Most patterns of one production. A match is passed from pattern to pattern
/// by recursion, so this bounds the stack too.
pub const PATTERNS_MAX: usize = 32;

/// Most tests, bindings and comparisons of one pattern: more than a fact of
/// any sense has attributes.
pub const TESTS_MAX: usize = 64;

/// Most productions of one network: ten times the 10,000 that it is measured with.
pub const PRODUCTIONS_MAX: usize = 100_000;

/// What one session may hold. Facts come from outside and joins multiply, so
/// both have a bound; what would pass it is refused and changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Facts at one time.
    pub facts: usize,
    /// Partial and whole matches at one time, about 100 bytes each with their index entries.
    pub tokens: usize,
}

impl Default for Limits {
    /// 100,000 facts and 1,000,000 tokens: about 100 MB, what a small host has.
    fn default() -> Self {
        Self { facts: 100_000, tokens: 1_000_000 }
    }
}
