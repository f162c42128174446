//! What a memory holds, in words that do not depend on the numbers of tokens.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::{Memory, TokenId};
use crate::FactId;

impl<F> Memory<F> {
    /// Every fact, token and index entry.
    pub(crate) fn contents(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, held) in &self.facts {
            lines.extend(vec_of(&held.places, |place| {
                let tokens = self.chains(self.tokens.of_fact(place.tokens));
                format!("fact {id:?} in {}: {tokens:?}", place.alpha)
            }));
        }
        for (node, memory) in &self.alphas {
            lines.push(format!("alpha {node}: {memory:?}"));
        }
        for (node, memory) in &self.betas {
            lines.push(format!("beta {node}: {:?}", self.chains(memory.active.iter().copied())));
            for (key, tokens) in &memory.waiting {
                lines.push(format!(
                    "waiting {node}: {key:?} {:?}",
                    self.chains(tokens.iter().copied())
                ));
            }
            for (place, index) in memory.indexes.iter().enumerate() {
                lines.extend(vec_of(index, |(key, tokens)| {
                    format!(
                        "index {node} {place}: {key:?} {:?}",
                        self.chains(tokens.iter().copied())
                    )
                }));
            }
        }
        lines.push(format!("{} tokens", self.tokens.len()));
        lines
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
        facts.push(token.fact);
        facts
    }
}

fn vec_of<T>(items: impl IntoIterator<Item = T>, line: impl FnMut(T) -> String) -> Vec<String> {
    items.into_iter().map(line).collect()
}
