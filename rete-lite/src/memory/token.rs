use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::{
    FactId,
    network::{NodeIndex, ROOT},
};

/// Names a token among those that live; used again after it has gone.
///
/// Counted from 1, so that an optional one is four bytes too.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TokenId(NonZeroU32);

/// A match of the first patterns of a chain: that of its parent, and one fact
/// more (none at a negation).
///
/// Tokens hang in two kinds of lists that run through them: the children of
/// one parent, and those that end with one fact at one alpha node.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) node: NodeIndex,
    /// The root's is itself.
    pub(crate) parent: TokenId,
    pub(crate) fact: Option<FactId>,
    /// At a negation, how many facts agree; it is a match while none does.
    pub(crate) blockers: u32,
    /// Where it stands among the matches of its node, while it is one.
    pub(super) place: usize,
    first_child: Option<TokenId>,
    siblings: Links,
    same_fact: Links,
}

/// The neighbours in a list.
#[derive(Clone, Copy, Debug, Default)]
struct Links {
    before: Option<TokenId>,
    after: Option<TokenId>,
}

/// All tokens; a token that goes leaves its place to the next that comes.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    places: Vec<Option<Token>>,
    free: Vec<TokenId>,
    max: usize,
    /// Whether one was refused since the last [`Tokens::take_refused`].
    refused: bool,
}

impl TokenId {
    pub(super) const ROOT: Self = Self(NonZeroU32::MIN);

    fn place(self) -> usize {
        usize::try_from(self.0.get()).map_or(usize::MAX, |number| number - 1)
    }
}

impl Tokens {
    /// With the root, and no more than `max` others.
    pub(super) fn new(max: usize) -> Self {
        let root = Token {
            node: ROOT,
            parent: TokenId::ROOT,
            fact: None,
            blockers: 0,
            place: 0,
            first_child: None,
            siblings: Links::default(),
            same_fact: Links::default(),
        };
        Self { places: Vec::from([Some(root)]), free: Vec::new(), max, refused: false }
    }

    /// Adds a token below `parent`, and before `head` in the list of its fact,
    /// which it then is itself; none if there are too many already.
    pub(super) fn add(
        &mut self,
        node: NodeIndex,
        parent: TokenId,
        fact: Option<(FactId, &mut Option<TokenId>)>,
    ) -> Option<TokenId> {
        if self.len() >= self.max {
            self.refused = true;
            return None;
        }
        let id = self.next_id()?;
        let sibling = self.get_mut(parent)?.first_child.replace(id);
        if let Some(sibling) = sibling.and_then(|sibling| self.get_mut(sibling)) {
            sibling.siblings.before = Some(id);
        }
        let (fact, same_fact) = fact.map(|(fact, head)| (fact, head.replace(id))).unzip();
        let same_fact = same_fact.flatten();
        if let Some(token) = same_fact.and_then(|token| self.get_mut(token)) {
            token.same_fact.before = Some(id);
        }
        let token = Token {
            node,
            parent,
            fact,
            blockers: 0,
            place: 0,
            first_child: None,
            siblings: Links { before: None, after: sibling },
            same_fact: Links { before: None, after: same_fact },
        };
        *self.places.get_mut(id.place())? = Some(token);
        Some(id)
    }

    /// Removes a token without children, out of the list of its fact that
    /// begins with `head` too.
    pub(super) fn remove(&mut self, id: TokenId, head: Option<&mut Option<TokenId>>) {
        let Some(token) = self.places.get_mut(id.place()).and_then(Option::take) else { return };
        self.free.push(id);
        let Links { before, after } = token.siblings;
        match before.and_then(|token| self.get_mut(token)) {
            Some(before) => before.siblings.after = after,
            None => {
                if let Some(parent) = self.get_mut(token.parent) {
                    parent.first_child = after;
                }
            }
        }
        if let Some(after) = after.and_then(|token| self.get_mut(token)) {
            after.siblings.before = before;
        }
        let Links { before, after } = token.same_fact;
        match (before.and_then(|token| self.get_mut(token)), head) {
            (Some(before), _) => before.same_fact.after = after,
            (None, Some(head)) => *head = after,
            (None, None) => {}
        }
        if let Some(after) = after.and_then(|token| self.get_mut(token)) {
            after.same_fact.before = before;
        }
    }

    pub(crate) fn get_mut(&mut self, id: TokenId) -> Option<&mut Token> {
        self.places.get_mut(id.place())?.as_mut()
    }

    /// Sets how many there may be, and gives back how many there might be before.
    pub(crate) fn set_max(&mut self, max: usize) -> usize {
        core::mem::replace(&mut self.max, max)
    }

    /// Whether a token has been refused since this was last asked.
    pub(crate) fn take_refused(&mut self) -> bool {
        core::mem::take(&mut self.refused)
    }

    pub(crate) fn get(&self, id: TokenId) -> Option<&Token> {
        self.places.get(id.place())?.as_ref()
    }

    /// How many live, the root not counted.
    pub(crate) fn len(&self) -> usize {
        self.places.len().saturating_sub(self.free.len() + 1)
    }

    pub(super) fn first_child(&self, id: TokenId) -> Option<TokenId> {
        self.get(id)?.first_child
    }

    #[cfg(test)]
    pub(super) fn children(&self, id: TokenId) -> impl Iterator<Item = TokenId> {
        core::iter::successors(self.first_child(id), |child| self.get(*child)?.siblings.after)
    }

    /// The tokens in the list of a fact.
    #[cfg(test)]
    pub(super) fn of_fact(&self, head: Option<TokenId>) -> impl Iterator<Item = TokenId> {
        core::iter::successors(head, |token| self.get(*token)?.same_fact.after)
    }

    fn next_id(&mut self) -> Option<TokenId> {
        if let Some(id) = self.free.pop() {
            return Some(id);
        }
        let id = TokenId(NonZeroU32::MIN.checked_add(u32::try_from(self.places.len()).ok()?)?);
        self.places.push(None);
        Some(id)
    }
}
