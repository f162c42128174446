//! Names in messages: those there are, and the one that somebody meant who wrote something unknown.

use alloc::{string::String, vec::Vec};
use core::iter;

use sorted::Gather;

/// The name of `allowed` that is nearest to `found`, if it is near enough to
/// be meant: a third of its letters wrong at most, in either case of letters.
pub(crate) fn nearest<'a>(
    found: &str,
    allowed: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let mut nearest = Nearest::to(found);
    for name in allowed {
        nearest.consider(name);
    }
    nearest.name()
}

/// The [`nearest`] of the names considered so far.
pub(crate) struct Nearest<'a> {
    found: String,
    best: Option<(usize, &'a str)>,
}

impl<'a> Nearest<'a> {
    pub(crate) fn to(found: &str) -> Self {
        Self { found: found.to_ascii_lowercase(), best: None }
    }

    pub(crate) fn consider(&mut self, name: &'a str) {
        let (wanted, given) = (name.chars().count(), self.found.chars().count());
        let most = (wanted.max(given) / 3).max(1);
        // Each letter too many is an edit, so long texts need no look.
        if wanted.abs_diff(given) > most {
            return;
        }
        let distance = edit_distance(&self.found, &name.to_ascii_lowercase());
        if distance <= most && self.best.is_none_or(|(best, _)| distance < best) {
            self.best = Some((distance, name));
        }
    }

    pub(crate) fn name(&self) -> Option<&'a str> {
        self.best.map(|(_, name)| name)
    }
}

/// Names for a message, each between the first two texts of `around`, with
/// the third between them.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, around: [&str; 3]) -> String {
    let [open, close, between] = around;
    let mut list = String::new();
    for name in names {
        let begins = if list.is_empty() { "" } else { between };
        for part in [begins, open, name, close] {
            list.push_str(part);
        }
    }
    list
}

/// Levenshtein distance, and a swap of two neighbours counts as one edit
/// ("optimal string alignment").
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().gather();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).gather();
    let mut last = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = iter::once(row + 1).collect::<Vec<usize>>();
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&previous, column).saturating_add(usize::from(letter != *other));
            let dropped = at(&previous, column + 1).min(at(&current, column)).saturating_add(1);
            let mut best = replaced.min(dropped);
            let swapped = column > 0
                && last == Some(*other)
                && right.get(column - 1).is_some_and(|earlier| *earlier == letter);
            if swapped {
                best = best.min(at(&before, column - 1).saturating_add(1));
            }
            current.push(best);
        }
        before = core::mem::replace(&mut previous, current);
        last = Some(letter);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_in_a_short_name_and_a_third_of_a_long_one_are_forgiven() {
        let allowed = ["avg", "max", "min", "keep_firing_for", "severity"];
        for (found, meant) in [
            ("avgg", Some("avg")),
            ("vag", Some("avg")),
            ("AVG", Some("avg")),
            ("keepfiringfor", Some("keep_firing_for")),
            ("sevrity", Some("severity")),
            ("humidity", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, allowed), meant, "{found}");
        }
    }
}
