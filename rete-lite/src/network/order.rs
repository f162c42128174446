use alloc::vec::Vec;
use core::cmp::Reverse;

use sorted::SortedSet;

use super::AlphaIndex;
use crate::{Check, Comparison, Pattern, Production};

/// In which order the patterns of `production` are joined.
///
/// First comes the pattern whose constant tests leave the fewest facts, as far
/// as tests without statistics can tell; then, each time, one that an equality
/// ties to those before it rather than one that would multiply with them, and
/// among these again the most selective. Negations follow as soon as every
/// variable they share is bound, but never before the first positive pattern,
/// so that their coming and going does not rebuild everything. Ties go to the
/// older alpha node, which brings equal prefixes of productions together, then
/// to the pattern that was written first.
///
/// The greedy rule is the usual one for conjunctive queries; Doorenbos (1995)
/// orders conditions likewise, by hand or by how many new variables they bring.
pub(super) fn join_order<A>(production: &Production<A>, alphas: &[AlphaIndex]) -> Vec<usize> {
    let patterns = &production.patterns;
    let bound: SortedSet<&str> =
        patterns.iter().filter(|p| !p.negated).flat_map(bound_by).collect();
    let alpha = |index: &usize| alphas.get(*index).copied().unwrap_or(AlphaIndex::MAX);
    let (mut negated, mut positive): (Vec<usize>, Vec<usize>) =
        (0..patterns.len()).partition(|i| patterns.get(*i).is_some_and(|p| p.negated));
    sorted::sort_by(&mut negated, |a, b| (alpha(a), *a).cmp(&(alpha(b), *b)));
    let mut order = Vec::with_capacity(patterns.len());
    let (mut known, mut tied) = (SortedSet::new(), SortedSet::new());
    while let Some(next) = positive.iter().copied().max_by_key(|index| {
        let pattern = patterns.get(*index);
        let ties = pattern.is_some_and(|p| equated_by(p).any(|variable| tied.contains(variable)));
        (ties, pattern.map_or(0, selectivity), Reverse((alpha(index), *index)))
    }) {
        positive.retain(|index| *index != next);
        order.push(next);
        if let Some(pattern) = patterns.get(next) {
            known.extend(bound_by(pattern));
            tied.extend(equated_by(pattern));
        }
        negated.retain(|index| {
            let waits = patterns.get(*index).is_some_and(|pattern| {
                uses(pattern).any(|variable| bound.contains(variable) && !known.contains(variable))
            });
            if !waits {
                order.push(*index);
            }
            waits
        });
    }
    order.extend(negated);
    order
}

/// How much the constant tests of a pattern narrow, in bits of a guess: an
/// equality leaves one fact in 256, an inequality one in 4, the rest half or all.
fn selectivity<A>(pattern: &Pattern<A>) -> u32 {
    let bits = |check: &Check| match check {
        Check::Equal(_) => 8,
        Check::In(list) => 8_u32.saturating_sub(list.len().checked_ilog2().unwrap_or(8)).max(1),
        Check::Less(_) | Check::LessOrEqual(_) | Check::Greater(_) | Check::GreaterOrEqual(_) => 2,
        Check::NotEqual(_) => 1,
        Check::Present => 0,
    };
    pattern.tests.iter().map(|test| bits(&test.check)).sum()
}

fn bound_by<A>(pattern: &Pattern<A>) -> impl Iterator<Item = &str> {
    pattern.bindings.iter().map(|(_, variable)| variable.as_str())
}

/// Variables that an equality ties the pattern to.
fn equated_by<A>(pattern: &Pattern<A>) -> impl Iterator<Item = &str> {
    let equal = pattern.comparisons.iter().filter(|(_, c, _)| *c == Comparison::Equal);
    bound_by(pattern).chain(equal.map(|(.., variable)| variable.as_str()))
}

fn uses<A>(pattern: &Pattern<A>) -> impl Iterator<Item = &str> {
    bound_by(pattern).chain(pattern.comparisons.iter().map(|(.., variable)| variable.as_str()))
}
