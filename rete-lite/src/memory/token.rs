use alloc::{collections::BTreeSet, vec::Vec};

use crate::{
    FactId,
    network::{NodeIndex, ROOT},
};

/// Names a token among those that live; used again after it has gone.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct TokenId(u32);

/// A match of the first patterns of a chain: that of its parent, and one fact
/// more (none at a negation).
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) node: NodeIndex,
    /// The root's is itself.
    pub(crate) parent: TokenId,
    pub(crate) fact: Option<FactId>,
    pub(crate) children: BTreeSet<TokenId>,
    /// At a negation, how many facts agree; it is a match while none does.
    pub(crate) blockers: usize,
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

impl Tokens {
    pub(super) fn new(max: usize) -> Self {
        Self { places: Vec::new(), free: Vec::new(), max, refused: false }
    }

    pub(super) fn add_root(&mut self) -> TokenId {
        let root = TokenId(0);
        self.place(Token {
            node: ROOT,
            parent: root,
            fact: None,
            children: BTreeSet::new(),
            blockers: 0,
        })
        .unwrap_or(root)
    }

    /// Adds a token below `parent`; none if there are too many already.
    pub(super) fn add(
        &mut self,
        node: NodeIndex,
        parent: TokenId,
        fact: Option<FactId>,
    ) -> Option<TokenId> {
        if self.len() >= self.max {
            self.refused = true;
            return None;
        }
        let id =
            self.place(Token { node, parent, fact, children: BTreeSet::new(), blockers: 0 })?;
        if let Some(parent) = self.get_mut(parent) {
            parent.children.insert(id);
        }
        Some(id)
    }

    pub(super) fn remove(&mut self, id: TokenId) {
        let place = usize::try_from(id.0).ok().and_then(|place| self.places.get_mut(place));
        let Some(token) = place.and_then(Option::take) else { return };
        self.free.push(id);
        if let Some(parent) = self.get_mut(token.parent) {
            parent.children.remove(&id);
        }
    }

    pub(crate) fn get_mut(&mut self, id: TokenId) -> Option<&mut Token> {
        self.places.get_mut(usize::try_from(id.0).ok()?)?.as_mut()
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
        self.places.get(usize::try_from(id.0).ok()?)?.as_ref()
    }

    /// How many live, the root not counted.
    pub(crate) fn len(&self) -> usize {
        self.places.len().saturating_sub(self.free.len() + 1)
    }

    fn place(&mut self, token: Token) -> Option<TokenId> {
        if let Some(id) = self.free.pop() {
            let place = self.places.get_mut(usize::try_from(id.0).ok()?)?;
            *place = Some(token);
            return Some(id);
        }
        let id = TokenId(u32::try_from(self.places.len()).ok()?);
        self.places.push(Some(token));
        Some(id)
    }
}
