use super::{Entries, FactRef, Ref, Slab};
use crate::network::{NodeIndex, ROOT};

pub(crate) type TokenId = Ref<Token>;

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
    pub(crate) fact: Option<FactRef>,
    /// At a negation, how many facts agree; it is a match while none does.
    pub(crate) blockers: u32,
    /// While it is a match, where it is listed as one.
    pub(crate) listed: Entries<TokenId>,
    /// At a negation, where it waits for facts.
    pub(crate) waiting: Entries<TokenId>,
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

/// All tokens.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    slab: Slab<Token>,
    max: usize,
    /// Whether one was refused since the last [`Tokens::take_refused`].
    refused: bool,
}

impl TokenId {
    pub(crate) const ROOT: Self = Self::FIRST;
}

impl Tokens {
    /// With the root, and no more than `max` others.
    pub(super) fn new(max: usize) -> Self {
        let mut slab = Slab::default();
        slab.insert(Token::new(ROOT, TokenId::ROOT, None));
        Self { slab, max, refused: false }
    }

    /// Adds a token below `parent`, and before `head` in the list of its fact,
    /// which it then is itself; none if there are too many already.
    pub(super) fn add(
        &mut self,
        node: NodeIndex,
        parent: TokenId,
        fact: Option<(FactRef, &mut Option<TokenId>)>,
    ) -> Option<TokenId> {
        if self.len() >= self.max {
            self.refused = true;
            return None;
        }
        let mut token = Token::new(node, parent, fact.as_ref().map(|(fact, _)| *fact));
        // Nobody asks for the children of the root, which never goes.
        let is_first = parent == TokenId::ROOT;
        let sibling = self.get(parent)?.first_child.filter(|_| !is_first);
        let same_fact = fact.as_ref().and_then(|(_, head)| **head);
        token.siblings.after = sibling;
        token.same_fact.after = same_fact;
        let id = self.slab.insert(token)?;
        if let Some((_, head)) = fact {
            *head = Some(id);
        }
        if let Some(parent) = self.get_mut(parent).filter(|_| !is_first) {
            parent.first_child = Some(id);
        }
        if let Some(sibling) = sibling.and_then(|sibling| self.get_mut(sibling)) {
            sibling.siblings.before = Some(id);
        }
        if let Some(token) = same_fact.and_then(|token| self.get_mut(token)) {
            token.same_fact.before = Some(id);
        }
        Some(id)
    }

    /// Removes a token without children, out of the list of its fact that
    /// begins with `head` too.
    pub(super) fn remove(&mut self, id: TokenId, head: Option<&mut Option<TokenId>>) {
        let Some(token) = self.slab.remove(id) else { return };
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
        self.slab.get_mut(id)
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
        self.slab.get(id)
    }

    /// How many live, the root not counted.
    pub(crate) fn len(&self) -> usize {
        self.slab.len().saturating_sub(1)
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
}

impl Token {
    fn new(node: NodeIndex, parent: TokenId, fact: Option<FactRef>) -> Self {
        Self {
            node,
            parent,
            fact,
            blockers: 0,
            listed: None,
            waiting: None,
            first_child: None,
            siblings: Links::default(),
            same_fact: Links::default(),
        }
    }
}
