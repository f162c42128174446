use std::cell::RefCell;

use sorted::SortedMap;

use super::Machine;
use crate::ports::Version;

/// Most bytes of memory that a scope's state may take, about, to be kept: with
/// the four scopes and more that an object's 128 MB may have to do for, half of them.
///
/// Source: <https://developers.cloudflare.com/durable-objects/platform/limits>.
const KEPT_BYTES_MAX: usize = 16_000_000;

/// Loaded state that goes on from one request to the next, by scope, so that
/// its cells need not be read again.
///
/// What is here is as good as its version: a commit on it is refused if
/// anybody else has committed since, and who takes it puts it back only once
/// everything it changed is stored.
#[derive(Debug)]
pub(super) struct Kept<M: Machine>(RefCell<SortedMap<String, (Version, M::State)>>);

impl<M: Machine> Default for Kept<M> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<M: Machine> Kept<M> {
    /// Hands over what is kept of `scope`, if version `rules` of the rule set
    /// has judged it; whatever else there is of it is gone.
    pub(super) fn take(&self, scope: &str, rules: Version) -> Option<(Version, M::State)> {
        let kept = self.0.borrow_mut().remove(scope);
        kept.filter(|(_, state)| M::rules_version(state) == rules)
    }

    /// Keeps `state`, which is stored as `version` of `scope`, unless it has grown too large.
    pub(super) fn put(&self, scope: &str, version: Version, state: M::State) {
        if M::weight(&state).is_some_and(|weight| weight <= KEPT_BYTES_MAX) {
            self.0.borrow_mut().insert(scope.to_owned(), (version, state));
        }
    }
}
