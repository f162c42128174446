//! What a memory holds, in words that do not depend on the numbers of tokens.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::{Key, List, Memory, TokenId};
use crate::FactId;

impl<F> Memory<F> {
    /// Every fact, token, list and symbol.
    pub(crate) fn contents(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for held in self.facts.iter() {
            lines.insert(format!("fact {:?}", held.id));
            lines.extend(held.places.iter().map(|place| {
                let tokens = self.chains(self.tokens.of_fact(place.tokens));
                format!("fact {:?} in {}: {tokens:?}", held.id, place.alpha)
            }));
        }
        for (list, key, facts) in self.fact_lists.all() {
            let facts = facts.into_iter().map(|fact| self.facts.get(fact).unwrap().id);
            let facts: BTreeSet<FactId> = facts.collect();
            lines.insert(format!("{list:?} by {:?}: {facts:?}", self.values(&key)));
        }
        for (list, key, tokens) in self.token_lists.all() {
            let tokens = self.chains(tokens.into_iter());
            lines.insert(format!("{list:?} by {:?}: {tokens:?}", self.values(&key)));
        }
        lines.insert(format!("{} tokens, linked {:?}", self.tokens.len(), self.linked));
        lines.extend(self.facts.symbols().values().into_values());
        lines
    }

    /// How many nodes have facts, and how many have tokens.
    pub(crate) fn nodes_in_use(&self) -> (usize, usize) {
        let facts = self.fact_lists.all().into_iter();
        let facts = facts.filter(|(list, ..)| matches!(list, List::Facts(_))).count();
        let tokens = self.token_lists.all().into_iter();
        let is_beta = |list: &List| matches!(list, List::Matches(_) | List::Waiting(_));
        (facts, tokens.filter(|(list, ..)| is_beta(list)).count())
    }

    /// The values that a key stands for.
    fn values(&self, key: &Key) -> Vec<String> {
        let values = self.facts.symbols().values();
        let value = |symbol| values.get(symbol).cloned().unwrap_or(format!("{symbol:?}"));
        match key {
            Key::None => Vec::new(),
            Key::One(symbol) => Vec::from([value(symbol)]),
            Key::Many(symbols) => symbols.iter().map(value).collect(),
        }
    }

    /// The tokens by their facts, with what blocks them and hangs below them.
    fn chains(&self, tokens: impl Iterator<Item = TokenId>) -> BTreeSet<String> {
        let chain = |id: TokenId| {
            let token = self.tokens.get(id).unwrap();
            let facts = self.chain(id);
            format!(
                "{facts:?} blocked {} children {}",
                token.blockers,
                self.tokens.children(id).count()
            )
        };
        tokens.map(chain).collect()
    }

    fn chain(&self, id: TokenId) -> Vec<Option<FactId>> {
        let token = self.tokens.get(id).unwrap();
        let mut facts = if token.parent == id { Vec::new() } else { self.chain(token.parent) };
        facts.push(token.fact.map(|fact| self.facts.get(fact).unwrap().id));
        facts
    }
}
